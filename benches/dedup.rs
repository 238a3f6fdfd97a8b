//! How fast duplicates are found, stage by stage, over rosters of households: the matching alone on rows that were
//! read, and the merge of what it found.

#![allow(clippy::expect_used, missing_docs, reason = "a bench that cannot go on fails; its entry points are macros")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use onroll_core::clock;
use onroll_core::generate::{GenerateSettings, RosterKind, generate};
use onroll_core::matching::{MatchSettings, match_rows, merge_rows};
use onroll_core::pipeline::{IngestSettings, Prepared, Watcher, plan_persons, prepare};
use onroll_core::rules::Rules;

/// Rows of the rosters.
const SIZES: [u64; 2] = [10_000, 100_000];

struct Unwatched;

impl Watcher for Unwatched {
    fn bytes_read(&self, _total: u64) {}
    fn matching(&self, _rows: u32, _tables: usize) {}
}

fn clinic(rows: u64) -> GenerateSettings {
    GenerateSettings { kind: RosterKind::Clinic, rows, duplicate_share: 0.2, ..GenerateSettings::default() }
}

fn prepared(folder: &std::path::Path, rows: u64, rules: &Rules) -> Prepared {
    let path = folder.join(format!("roster-{rows}.csv"));
    let mut out = fs_err::File::create(&path).expect("a file");
    generate(&clinic(rows), &mut out, None).expect("a roster");
    let settings = IngestSettings::on(clock::today());
    prepare(&[onroll_core::Roster::from_path(path)], rules, &settings, &Unwatched).expect("a roster that reads")
}

fn by_stage(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Rules::load(None).expect("the built-in rules");
    let mut group = criterion.benchmark_group("dedup");
    group.sample_size(10);
    for rows in SIZES {
        group.throughput(Throughput::Elements(rows));
        group.bench_function(BenchmarkId::new("generate", rows), |bencher| {
            bencher.iter(|| generate(&clinic(rows), &mut std::io::sink(), None).expect("a roster"));
        });
        let prepared = prepared(folder.path(), rows, &rules);
        group.bench_function(BenchmarkId::new("match", rows), |bencher| {
            bencher.iter(|| black_box(match_rows(&prepared.store, &rules, &MatchSettings::default()).pairs.len()));
        });
        let clusters = &prepared.matches.clusters;
        group.bench_function(BenchmarkId::new("merge", rows), |bencher| {
            bencher.iter(|| {
                for person in 0..clusters.len() {
                    black_box(merge_rows(&prepared.store, clusters, &rules.nicknames, person));
                }
            });
        });
        group.bench_function(BenchmarkId::new("plan", rows), |bencher| {
            bencher.iter(|| black_box(plan_persons(&prepared, &rules).outcomes.len()));
        });
    }
    group.finish();
}

criterion_group!(benches, by_stage);
criterion_main!(benches);
