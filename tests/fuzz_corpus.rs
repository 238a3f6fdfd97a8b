//! The corpus of the fuzz targets in `fuzz/`, replayed by an ordinary test: what was found once stays found.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../fuzz/laws/delimited.rs"]
mod delimited;
#[path = "../fuzz/laws/dialect.rs"]
mod dialect;
#[path = "../fuzz/laws/mapping.rs"]
mod mapping;
#[path = "../fuzz/laws/workbook.rs"]
mod workbook;

/// Runs every file of a target's corpus through its law.
fn replay(target: &str, law: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> =
        fs_err::read_dir(folder).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has a corpus");
    for file in files {
        law(&fs_err::read(&file).expect("a file"));
    }
}

#[test]
fn the_corpus_of_dialect_holds() {
    replay("dialect", dialect::check);
}

#[test]
fn the_corpus_of_delimited_holds() {
    replay("delimited", delimited::check);
}

#[test]
fn the_corpus_of_workbook_holds() {
    replay("workbook", workbook::check);
}

#[test]
fn the_corpus_of_mapping_holds() {
    replay("mapping", mapping::check);
}
