//! Reading an xlsx: unpacking, cells and rows, without what comes after. `fastexcel.py` compares whole files with a
//! reader that people use; for it, `ONROLL_BENCH_WRITE` names a workbook to write, with `ONROLL_BENCH_ROWS` rows of a
//! roster, and `ONROLL_BENCH_SURVEY` one to read, split and map once, each in place of the benchmark. The group
//! `markup` compares the project's own scanner of XML with quick-xml on the two ways in which programs write the cells
//! of a sheet.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark that cannot go on fails")]

#[allow(dead_code, unused_imports, reason = "the benchmark needs the scanner alone, without its tests")]
#[path = "../src/core/read/markup.rs"]
mod markup;
#[allow(unused_imports, reason = "the same, for cells of the usual form")]
#[path = "../src/core/read/plain_cell.rs"]
mod plain_cell;

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::BufRead as _;

use criterion::{Criterion, Throughput, criterion_group};
use onroll_core::generate::{GenerateSettings, generate};
use onroll_core::pipeline::survey_rosters;
use onroll_core::rules::Rules;
use quick_xml::events::Event;
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

/// Bytes that a reader of workbooks gets at a time.
const PIECE: usize = 1 << 18;

/// The markup of a sheet: texts shared and named by number, or written in their cells.
fn sheet(texts_in_cells: bool) -> Vec<u8> {
    let mut sheet = "<worksheet><sheetData>".to_owned();
    for row in 1..=ROWS {
        let _ = write!(sheet, "<row r=\"{row}\" spans=\"1:{COLUMNS}\">");
        for column in ('A'..).take(COLUMNS.into()) {
            let _ = if texts_in_cells {
                write!(sheet, "<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>Value {row}</t></is></c>")
            } else {
                write!(sheet, "<c r=\"{column}{row}\" t=\"s\"><v>{row}</v></c>")
            };
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    sheet.into_bytes()
}

/// Bytes of the values in a cell of the usual form, and the cell's own.
fn usual_cell(markup: &[u8]) -> Option<(usize, usize)> {
    let cell = plain_cell::plain_cell(markup)?;
    let values = [cell.place, cell.style, cell.written, cell.value].into_iter().flatten().map(<[u8]>::len).sum();
    Some((values, cell.length))
}

/// Bytes of attributes and text, by the project's scanner.
fn by_scanner(sheet: &[u8]) -> usize {
    let mut pieces = sheet.chunks(PIECE).map(<[u8]>::to_vec);
    let mut scanner = markup::Scanner::new(Box::new(move || Ok(pieces.next())));
    let mut bytes = 0;
    loop {
        while let Some((values, length)) = usual_cell(scanner.window()) {
            bytes += values;
            scanner.skip(length);
        }
        match scanner.next().expect("sound") {
            Some(markup::Token::Open(_, tag) | markup::Token::Empty(_, tag)) => {
                bytes += markup::attributes(tag).map(|(_, value)| value.len()).sum::<usize>();
            }
            Some(markup::Token::Text(text) | markup::Token::Verbatim(text)) => bytes += text.len(),
            Some(markup::Token::Close(_)) => {}
            None => return bytes,
        }
    }
}

/// The same by quick-xml, which checks here no more than the scanner does.
fn by_quick_xml(sheet: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(std::io::BufReader::with_capacity(PIECE, sheet));
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let (mut buffer, mut bytes, mut is_at_tag) = (Vec::new(), 0, false);
    loop {
        while is_at_tag && let Some((values, length)) = usual_cell(reader.get_mut().fill_buf().expect("read")) {
            bytes += values;
            reader.get_mut().consume(length);
        }
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).expect("sound");
        // Behind a text the reader is within the next tag.
        is_at_tag = !matches!(event, Event::Text(_));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                let mut attributes = tag.attributes();
                attributes.with_checks(false);
                bytes += attributes.flatten().map(|attribute| attribute.value.len()).sum::<usize>();
            }
            Event::Text(text) => bytes += text.len(),
            Event::CData(text) => bytes += text.len(),
            Event::Eof => return bytes,
            _ => {}
        }
    }
}

fn scanning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("markup");
    group.sample_size(20);
    for (name, texts_in_cells) in [("shared texts", false), ("texts in their cells", true)] {
        let sheet = sheet(texts_in_cells);
        assert_eq!(by_scanner(&sheet), by_quick_xml(&sheet));
        group.throughput(Throughput::Bytes(sheet.len() as u64));
        group.bench_function(format!("{name}, own scanner"), |bencher| bencher.iter(|| by_scanner(&sheet)));
        group.bench_function(format!("{name}, quick-xml"), |bencher| bencher.iter(|| by_quick_xml(&sheet)));
    }
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

criterion_group!(benches, reading, scanning);

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
