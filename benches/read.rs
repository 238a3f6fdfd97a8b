//! How fast a roster of a million rows is read, split and mapped, beside a CSV reader that does nothing with what it finds.
//! `ONROLL_BENCH_ROWS` sets another size, `ONROLL_BENCH_ROSTER` names a file instead. `benches/polars_read.py` measures Polars
//! on the same file.

#![allow(clippy::expect_used, missing_docs, reason = "a bench that cannot go on fails; its entry points are macros")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onroll::generate::{GenerateSettings, generate};
use onroll::pipeline::survey_rosters;
use onroll::rules::Rules;

fn roster(folder: &Path) -> PathBuf {
    if let Ok(named) = std::env::var("ONROLL_BENCH_ROSTER") {
        return named.into();
    }
    let rows = std::env::var("ONROLL_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let path = folder.join("roster.csv");
    let mut out = fs_err::File::create(&path).expect("a file");
    generate(&GenerateSettings { rows, seed: 1, ..GenerateSettings::default() }, &mut out, None).expect("a roster");
    path
}

/// Records of the csv crate, counted and dropped.
fn byte_records(path: &Path) -> usize {
    let file = fs_err::File::open(path).expect("the file");
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 18).from_reader(file);
    let mut record = csv::ByteRecord::new();
    let mut records = 0;
    while reader.read_byte_record(&mut record).expect("a record") {
        records += 1;
    }
    records
}

fn read_and_map(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = roster(folder.path());
    let rules = Rules::load(None).expect("the built-in rules");
    let rosters = [path.display().to_string()];
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(fs_err::metadata(&path).expect("the file").len()));
    group.bench_function("csv crate, ByteRecords, nothing done", |bencher| {
        bencher.iter(|| black_box(byte_records(&path)));
    });
    group.bench_function("read, split and map", |bencher| {
        bencher.iter(|| black_box(survey_rosters(&rosters, &rules, None).expect("read")));
    });
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    group.bench_function("read, split and map, one thread beside the reading one", |bencher| {
        bencher.iter(|| black_box(one_thread.install(|| survey_rosters(&rosters, &rules, None).expect("read"))));
    });
    group.finish();
}

criterion_group!(benches, read_and_map);
criterion_main!(benches);
