//! What kind of file it is, by its content: endings are often wrong.

use super::again::KeptInput;
use super::dialect::{Dialect, SAMPLE_BYTES};
use super::encoding::detect_encoding;
use super::error::ReadError;
use super::limits::Limits;
use super::source::Roster;
use super::unpacking::Packing;

/// How a file was read; goes into the report.
#[derive(Clone, Debug)]
pub struct InputFacts {
    /// The path as given.
    pub path: String,
    /// The kind of file.
    pub format: Format,
    /// The encoding of a delimited file; empty for workbooks.
    pub encoding: String,
    /// The evidence for the encoding; empty for workbooks.
    pub encoding_evidence: &'static str,
    /// A sign that stands within words, by which the encoding is in doubt.
    pub sign_in_words: Option<char>,
    /// How cells are set apart in a delimited file.
    pub dialect: Option<Dialect>,
    /// How the file was packed.
    pub packing: Option<Packing>,
    /// Size in bytes, packed as it is.
    pub bytes: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// How large it could have been.
    pub(super) limits: Limits,
    /// What came through a pipe, for a second look.
    pub(super) kept: Option<KeptInput>,
    /// Where it came from, for the same.
    pub(super) roster: Roster,
}

/// The kinds of roster that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with one row a line and cells set apart by a character.
    Delimited {
        /// The character.
        delimiter: char,
    },
    /// Excel 2007 and later, macros or not.
    Xlsx,
    /// Excel 2007 and later, in binary.
    Xlsb,
    /// Excel 97 to 2003.
    Xls,
    /// `OpenDocument`.
    Ods,
}

impl Format {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delimited { .. } => "delimited text",
            Self::Xlsx => "xlsx workbook",
            Self::Xlsb => "xlsb workbook",
            Self::Xls => "xls workbook",
            Self::Ods => "ods workbook",
        }
    }

    /// The delimiter of a delimited file.
    pub const fn delimiter(self) -> Option<char> {
        match self {
            Self::Delimited { delimiter } => Some(delimiter),
            Self::Xlsx | Self::Xlsb | Self::Xls | Self::Ods => None,
        }
    }
}

/// What the first bytes show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Text, to be read as a delimited file.
    Text,
    /// A stream packed by gzip or Zstandard.
    Packed(Packing),
    /// A ZIP archive: perhaps an xlsx or ods workbook.
    Zip,
    /// A compound file: an xls workbook, or an encrypted xlsx.
    Compound,
}

const EXPORT_ADVICE: &str = "export the roster as .csv or .xlsx";

/// First bytes of files that are often taken for rosters, what they are, and what to do.
const STRANGERS: &[(&[u8], &str, &str)] = &[
    (b"%PDF", "a PDF document", EXPORT_ADVICE),
    (b"\x89PNG", "a PNG image", EXPORT_ADVICE),
    (b"\xff\xd8\xff", "a JPEG image", EXPORT_ADVICE),
    (b"GIF8", "a GIF image", EXPORT_ADVICE),
    (b"BZh91AY", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"\x7fELF", "a program", EXPORT_ADVICE),
    (b"MZ\x90\x00", "a program", EXPORT_ADVICE),
    (b"II*\x00", "a TIFF image", EXPORT_ADVICE),
    (b"MM\x00*", "a TIFF image", EXPORT_ADVICE),
    (b"SQLite format 3", "an SQLite database", EXPORT_ADVICE),
    (b"{\\rtf", "a rich-text document", EXPORT_ADVICE),
    (b"PAR1", "a Parquet file", EXPORT_ADVICE),
];

/// One byte in so many may be NUL before a file is no text.
const NUL_SHARE: usize = 200;

const SAVE_ADVICE: &str = "open it in a spreadsheet program and save it as .xlsx or .csv";

/// Markup that some systems save under the ending .xls, and data of programs.
const MARKUP: &[(&[u8], &str, &str)] = &[
    (b"<!doctype html", "an HTML page", SAVE_ADVICE),
    (b"<html", "an HTML page", SAVE_ADVICE),
    (b"<head", "an HTML page", SAVE_ADVICE),
    (b"<meta", "an HTML page", SAVE_ADVICE),
    (b"<style", "an HTML page", SAVE_ADVICE),
    (b"<body", "an HTML page", SAVE_ADVICE),
    (b"<table", "an HTML page", SAVE_ADVICE),
    (b"<div", "an HTML page", SAVE_ADVICE),
    (b"<!--", "an HTML or XML document", SAVE_ADVICE),
    (b"<?xml", "an XML document", SAVE_ADVICE),
    (b"<workbook", "an XML document", SAVE_ADVICE),
    (b"mime-version:", "a web archive", SAVE_ADVICE),
    (b"{\"", "JSON data", EXPORT_ADVICE),
    (b"[{", "JSON data", EXPORT_ADVICE),
];

/// Tells the kind of file by its first bytes; refuses what is no roster.
pub(super) fn content_of(path: &str, first_bytes: &[u8]) -> Result<Content, ReadError> {
    let stranger = |found, advice| Err(ReadError::NotARoster { path: path.to_owned(), found, advice });
    if first_bytes.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    if first_bytes.starts_with(b"PK\x03\x04") || first_bytes.starts_with(b"PK\x05\x06") {
        return Ok(Content::Zip);
    }
    if let Some(packing) = Packing::from_first_bytes(first_bytes) {
        return Ok(Content::Packed(packing));
    }
    if first_bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Ok(Content::Compound);
    }
    if let Some((_, found, advice)) = STRANGERS.iter().find(|(magic, ..)| first_bytes.starts_with(magic)) {
        return stranger(found, advice);
    }
    let sample = first_bytes.get(..SAMPLE_BYTES).unwrap_or(first_bytes);
    // A few NUL bytes make a few bad rows; many make something else than text.
    let text = detect_encoding(first_bytes).encoding.decoded(sample);
    if memchr::memchr_iter(0, &text).count() * NUL_SHARE > text.len() {
        return stranger("a binary file (it contains NUL bytes)", EXPORT_ADVICE);
    }
    Ok(Content::Text)
}

/// Refuses markup and program data, given the beginning of the text in UTF-8.
pub(super) fn refuse_markup(path: &str, sample: &[u8]) -> Result<(), ReadError> {
    let beginning = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start();
    let is_beginning = |tag: &[u8]| beginning.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    if (is_beginning(b"https://") || is_beginning(b"http://")) && !beginning.trim_ascii_end().contains(&b'\n') {
        let (found, advice) = ("a web address", "download the roster and name the file");
        return Err(ReadError::NotARoster { path: path.to_owned(), found, advice });
    }
    let excel_2003 = b"urn:schemas-microsoft-com:office:spreadsheet";
    if beginning.starts_with(b"<") && memchr::memmem::find(beginning, excel_2003).is_some() {
        let found = "a workbook in the XML format of Excel 2003";
        return Err(ReadError::NotARoster { path: path.to_owned(), found, advice: SAVE_ADVICE });
    }
    match MARKUP.iter().find(|(tag, ..)| is_beginning(tag)) {
        Some((_, found, advice)) => Err(ReadError::NotARoster { path: path.to_owned(), found, advice }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_named_for_what_they_are() {
        for (bytes, word) in [
            (b"%PDF-1.7".as_slice(), "PDF"),
            (b"\x89PNG\r\n", "PNG"),
            (b"  <HTML><body>", "HTML"),
            (b"\xef\xbb\xbf<?xml version", "XML"),
            (b"a,b\n\0\0", "binary"),
            (b"https://clinic.example/roster.csv\n", "web address"),
        ] {
            let refusal = content_of("x.csv", bytes).and_then(|_| refuse_markup("x.csv", bytes)).expect_err("refused");
            assert!(refusal.to_string().contains(word), "{refusal}");
        }
        assert!(matches!(content_of("x.csv", b""), Err(ReadError::Empty { .. })));
    }

    #[test]
    fn text_and_workbooks_are_told_apart_by_content() {
        assert_eq!(content_of("x.xlsx", b"First,Last\n").ok(), Some(Content::Text));
        assert_eq!(content_of("x.csv", b"PK\x03\x04....").ok(), Some(Content::Zip));
        assert_eq!(content_of("x.csv", b"\xff\xfeF\0i\0").ok(), Some(Content::Text));
        assert_eq!(content_of("x.csv", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1]).ok(), Some(Content::Compound));
    }
}
