//! What has to hold for the dialect that is found in any bytes. Shared by the fuzz target and the replay of its corpus.

use onroll_core::read::{Dialect, detect_dialect};

const DELIMITERS: &[u8] = b",;\t|~^";
/// Taken for a delimiter only where every cell is quoted.
const BLANK: u8 = b' ';

/// Words of the input, without anything that sets cells apart.
fn words(data: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(data);
    let cleaned = text.split_whitespace().map(|word| word.chars().filter(|letter| letter.is_alphanumeric()).collect());
    cleaned.filter(|word: &String| !word.is_empty()).take(60).collect()
}

/// Detects the dialect of the bytes, and of tables made of their words; panics when a law is broken.
pub(crate) fn check(data: &[u8]) {
    let Dialect { delimiter, quote, .. } = detect_dialect(data);
    assert!(DELIMITERS.contains(&delimiter) || delimiter == BLANK, "the delimiter is one of those that are read");
    assert!(matches!(quote, b'"' | b'\''), "so is the quotation mark");
    assert_eq!(detect_dialect(data), detect_dialect(data), "the same bytes have the same dialect");
    let words = words(data);
    let rows: Vec<&[String]> = words.chunks_exact(3).collect();
    if rows.len() < 2 {
        return;
    }
    for delimiter in DELIMITERS {
        for quote_style in [csv::QuoteStyle::Necessary, csv::QuoteStyle::Always] {
            let mut writer =
                csv::WriterBuilder::new().delimiter(*delimiter).quote_style(quote_style).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(*row).expect("written");
            }
            let bytes = writer.into_inner().expect("written");
            assert_eq!(
                detect_dialect(&bytes).delimiter,
                *delimiter,
                "an even table of words has the delimiter it was written with"
            );
        }
    }
}
