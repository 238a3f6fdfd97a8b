//! Reading an xlsx: unpacking, cells and rows, without what comes after. `fastexcel.py` compares whole files with a
//! reader that people use; for it, `ONROLL_BENCH_WRITE` names a workbook to write, with `ONROLL_BENCH_ROWS` rows of a roster,
//! and `ONROLL_BENCH_SURVEY` one to read, split and map once, each in place of the benchmark.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark that cannot go on fails")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group};
use onroll_core::generate::{GenerateSettings, generate};
use onroll_core::pipeline::survey_rosters;
use onroll_core::rules::Rules;
use rust_xlsxwriter::{Format, Workbook};

const ROWS: u32 = 20_000;
const COLUMNS: u16 = 16;

fn workbook() -> Vec<u8> {
    let date = Format::new().set_num_format("mm/dd/yyyy");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for column in 0..COLUMNS {
        sheet.write(0, column, format!("Column {column}")).expect("written");
    }
    for row in 1..=ROWS {
        for column in 0..COLUMNS {
            match column {
                0 => sheet.write(row, column, 480_000 + row),
                1 => sheet.write_with_format(row, column, 10_000 + row % 20_000, &date),
                2..=8 => sheet.write(row, column, format!("Value {}", (row * 31 + u32::from(column)) % 5_000)),
                _ => sheet.write(row, column, format!("{row} {column}")),
            }
            .expect("written");
        }
    }
    workbook.save_to_buffer().expect("saved")
}

fn reading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("roster.xlsx");
    fs_err::write(&path, workbook()).expect("written");
    let mut group = criterion.benchmark_group("read_workbook");
    group.throughput(Throughput::Elements(u64::from(ROWS)));
    group.sample_size(10);
    group.bench_function("xlsx, rows of 16 columns", |bencher| {
        bencher.iter(|| {
            let mut rows = 0;
            onroll_core::read::read_roster(&path, &|_| {}, &mut |event| {
                if let onroll_core::read::ReadEvent::Rows(batch) = event {
                    rows += batch.split().len();
                }
                Ok(())
            })
            .expect("read");
            black_box(rows)
        });
    });
    group.finish();
}

/// Writes a roster of 16 columns, numbers where its cells are numbers.
fn write_roster(path: &str, rows: u64) {
    let mut text = Vec::new();
    generate(&GenerateSettings { rows, seed: 1, ..GenerateSettings::default() }, &mut text, None).expect("a roster");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
    for (row, record) in (0..).zip(reader.records()) {
        for (column, cell) in (0..COLUMNS).zip(&record.expect("a record")) {
            match cell.parse::<u32>() {
                Ok(number) if !cell.starts_with('0') => sheet.write(row, column, number),
                _ => sheet.write(row, column, cell),
            }
            .expect("written");
        }
    }
    workbook.save(path).expect("saved");
}

criterion_group!(benches, reading);

fn main() {
    let told = |name: &str| std::env::var(name).ok();
    if let Some(path) = told("ONROLL_BENCH_WRITE") {
        let rows = told("ONROLL_BENCH_ROWS").and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
        return write_roster(&path, rows);
    }
    if let Some(path) = told("ONROLL_BENCH_SURVEY") {
        let rules = Rules::load(None).expect("the built-in rules");
        let survey = survey_rosters(&[path], &rules, None).expect("read");
        assert!(survey.rows > 0 && survey.mapped_rows == survey.rows, "{survey:?}");
        return;
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
