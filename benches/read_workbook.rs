//! Reading an xlsx: unpacking, cells and rows, without what comes after. `fastexcel.py` compares whole files with a
//! reader that people use.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark that cannot go on fails")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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
            onroll::read::read_roster(&path, &|_| {}, &mut |event| {
                if let onroll::read::ReadEvent::Rows(batch) = event {
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

criterion_group!(benches, reading);
criterion_main!(benches);
