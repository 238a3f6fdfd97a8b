//! How fast a roster of a million rows is read, split and mapped, beside a CSV reader that does nothing with what it
//! finds. `ONROLL_BENCH_ROWS` sets another size, `ONROLL_BENCH_ROSTER` names a file instead. `benches/polars_read.py`
//! measures Polars on the same file. `detection` is what is done before the first row: opening, the first bytes,
//! packing, encoding and dialect.

#![allow(clippy::expect_used, missing_docs, reason = "a bench that cannot go on fails; its entry points are macros")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onroll_core::generate::{GenerateSettings, generate};
use onroll_core::pipeline::survey_rosters;
use onroll_core::read::{Stopped, read_roster};
use onroll_core::rules::Rules;

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

/// Files whose beginning takes the most to look at, each with what is special about it.
fn files_to_detect(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let large = roster(folder);
    let text = fs_err::read(&large).expect("the roster");
    let text = String::from_utf8_lossy(&text[..text.len().min(8 << 20)]).into_owned();
    let one_row = text.lines().take(2).collect::<Vec<_>>().join("\n");
    let plain: String = text.chars().filter(|letter| *letter != '"').collect();
    let late = plain.replace(',', ";").lines().enumerate().fold(String::new(), |all, (line, row)| {
        all + &if line == 23_790 { format!("\"{row}\"\n") } else { format!("{row}\n") }
    });
    let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let accented = text.replace('a', "\u{e9}");
    let windows: Vec<u8> = accented.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect();
    let mixed = [accented.as_bytes(), &windows[..4_000], accented.as_bytes()].concat();
    let open_quotes = "\"a,b\n'c;d\n".repeat(100_000);
    let blanks = format!("a b\n{}\n", " ".repeat(4 << 20));
    let wide = format!("{}\n", ",x;y|z".repeat(5_000)).repeat(40);
    let marks = format!("a,b\n{}\n", "\"".repeat(1 << 20));
    let files: [(&str, &[u8]); 9] = [
        ("one row", one_row.as_bytes()),
        ("UTF-16", &utf16),
        ("Windows-1252", &windows),
        ("mixed encodings", &mixed),
        ("quotes from line 23,791 on", late.as_bytes()),
        ("quotation marks that are not closed", open_quotes.as_bytes()),
        ("blanks alone", blanks.as_bytes()),
        ("15,000 columns", wide.as_bytes()),
        ("quotation marks alone", marks.as_bytes()),
    ];
    let written = files.into_iter().map(|(what, bytes)| {
        let path = folder.join(format!("{what}.csv"));
        fs_err::write(&path, bytes).expect("written");
        (what, path)
    });
    std::iter::once(("a million rows", large)).chain(written.collect::<Vec<_>>()).collect()
}

fn detection(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("detection");
    group.sample_size(20);
    for (what, path) in files_to_detect(folder.path()) {
        group.bench_function(what, |bencher| {
            // The receiver is gone at the first word, which comes when the dialect is known.
            bencher.iter(|| black_box(read_roster(&path, &|_| {}, &mut |_| Err(Stopped)).is_ok()));
        });
    }
    group.finish();
}

criterion_group!(benches, read_and_map, detection);
criterion_main!(benches);
