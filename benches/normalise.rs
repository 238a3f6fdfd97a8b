//! What one row costs between reading and matching: mapping, normalising, validating and scoring, on one core and on
//! two. The bound is 4 microseconds of one core on the generated roster of a million rows, and 1.8 times as many rows
//! on two cores.

#![allow(clippy::expect_used, missing_docs, reason = "a bench that cannot go on fails; its entry points are macros")]

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use onroll_core::assess::assess;
use onroll_core::clock;
use onroll_core::domain::{MappedRow, RowBatch};
use onroll_core::generate::{GenerateSettings, generate};
use onroll_core::map::{ColumnMap, MappedCells, RowShape, find_columns};
use onroll_core::normalise::{ColumnEvidence, NormaliseContext, normalise_row};
use onroll_core::read::{ReadEvent, read_roster};
use onroll_core::rules::Rules;
use rayon::prelude::*;

/// The allocator of the command.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of the sample, the size that the bound speaks of.
const ROWS: u64 = 1_000_000;

fn batches(folder: &Path) -> Vec<RowBatch> {
    let path = folder.join("roster.csv");
    let mut out = fs_err::File::create(&path).expect("a file");
    generate(&GenerateSettings { rows: ROWS, seed: 1, ..GenerateSettings::default() }, &mut out, None).expect("rows");
    let mut batches = Vec::new();
    read_roster(&path, &|_| (), &mut |event| {
        if let ReadEvent::Rows(rows) = event {
            batches.push(rows.split());
        }
        Ok(())
    })
    .expect("a roster");
    batches
}

/// Maps, normalises and assesses the rows of a batch; returns the sum of their scores.
fn take_batch(batch: &RowBatch, columns: &ColumnMap, context: &NormaliseContext<'_>) -> u64 {
    let mut evidence = ColumnEvidence::default();
    let mut cells = MappedCells::default();
    let mut scores = 0;
    for row in batch.rows() {
        if columns.map_row(&row, context.rules, &mut cells) == RowShape::Fits {
            let mapped = MappedRow::new(row.number(), &cells.cells);
            let mut assessed = normalise_row(&mapped, context, &mut evidence);
            assess(&mut assessed, context.rules, &[]);
            scores += u64::from(assessed.completeness);
            black_box(assessed);
        }
    }
    scores
}

fn row_cost(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Rules::load(None).expect("the built-in rules");
    let batches = batches(folder.path());
    let first = batches.first().expect("a batch");
    let (_, columns) = find_columns(first, &rules, None).expect("a header");
    let context =
        NormaliseContext { rules: &rules, default_system: "clinic", is_system_assumed: false, today: clock::today() };
    let mut group = criterion.benchmark_group("map, normalise, validate and score");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS));
    for threads in [1_usize, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        group.bench_with_input(BenchmarkId::new("threads", threads), &batches, |bencher, batches| {
            bencher.iter(|| -> u64 {
                pool.install(|| batches.par_iter().map(|batch| take_batch(batch, &columns, &context)).sum())
            });
        });
    }
    group.finish();
}

fn start_up(criterion: &mut Criterion) {
    criterion.bench_function("load the built-in rules", |bencher| {
        bencher.iter(|| black_box(Rules::load(None).is_ok()));
    });
}

criterion_group!(benches, row_cost, start_up);
criterion_main!(benches);
