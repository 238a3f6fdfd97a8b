//! How fast a roster goes from file to persons: read, map, normalise, assess and match, over sizes.

#![allow(clippy::expect_used, missing_docs, reason = "a bench that cannot go on fails; its entry points are macros")]

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use onroll_core::clock;
use onroll_core::generate::{GenerateSettings, generate};
use onroll_core::pipeline::{IngestSettings, Watcher, prepare};
use onroll_core::rules::Rules;

struct Unwatched;

impl Watcher for Unwatched {
    fn bytes_read(&self, _total: u64) {}
    fn matching(&self, _rows: u32, _tables: usize) {}
}

fn roster(folder: &std::path::Path, rows: u64) -> PathBuf {
    let path = folder.join(format!("roster-{rows}.csv"));
    let mut out = fs_err::File::create(&path).expect("a file");
    generate(&GenerateSettings { rows, seed: 1, ..GenerateSettings::default() }, &mut out, None).expect("a roster");
    path
}

fn file_to_persons(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Rules::load(None).expect("the built-in rules");
    let settings = IngestSettings::on(clock::today());
    let mut group = criterion.benchmark_group("file to persons");
    group.sample_size(10);
    for rows in [10_000_u64, 100_000] {
        let path = onroll_core::Roster::from_path(roster(folder.path(), rows));
        group.throughput(Throughput::Elements(rows));
        group.bench_with_input(BenchmarkId::from_parameter(rows), &path, |bencher, path| {
            bencher.iter(|| black_box(prepare(std::slice::from_ref(path), &rules, &settings, &Unwatched).is_ok()));
        });
    }
    group.finish();
}

criterion_group!(benches, file_to_persons);
criterion_main!(benches);
