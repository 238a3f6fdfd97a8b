//! Delimited text through the csv crate: encoding and delimiter found in the first bytes, rows as slices, no text
//! allocated per cell.

use std::io::{self, Read};

use csv::ByteRecord;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::error::ReadError;
use super::format::{Format, InputFacts};
use super::roster::{Emit, ReadEvent};
use crate::domain::{CellKind, RowBatch};

const ROWS_PER_BATCH: usize = 4_096;
const TEXT_PER_BATCH: usize = 1 << 20;
/// Delimiters that are tried, the commonest first: it wins when two fit equally well.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows on which a delimiter is judged.
const ROWS_JUDGED: usize = 200;
/// Bytes on which a delimiter is judged.
const BYTES_JUDGED: usize = 1 << 16;

/// Reads the rows of a delimited file. `first` are its first bytes, `whole` is all of it, the first bytes included.
pub(super) fn read(path: &str, first: &[u8], whole: impl Read, emit: &mut Emit<'_>) -> Result<InputFacts, ReadError> {
    let (encoding, decode) = encoding_of(first);
    let decoded_start = encoding.decode(first).0;
    let delimiter = delimiter_of(decoded_start.as_bytes());
    let facts = InputFacts {
        path: path.to_owned(),
        format: Format::Delimited { delimiter: char::from(delimiter) },
        encoding: encoding.name().to_owned(),
        bytes: 0,
        sha256: String::new(),
    };
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true).buffer_capacity(1 << 18);
    let rows = if decode {
        let decoder = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(whole);
        send_rows(path, &mut builder.from_reader(decoder), emit)
    } else {
        let skipped = if first.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut whole = whole;
        io::copy(&mut whole.by_ref().take(skipped), &mut io::sink())
            .map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
        send_rows(path, &mut builder.from_reader(whole), emit)
    };
    rows.map(|()| facts)
}

/// The encoding, and whether the bytes have to be decoded before they are split. UTF-8 is split as it is.
fn encoding_of(first: &[u8]) -> (&'static Encoding, bool) {
    if let Some((encoding, _)) = Encoding::for_bom(first) {
        return (encoding, encoding != UTF_8);
    }
    match std::str::from_utf8(first) {
        Ok(_) => (UTF_8, false),
        // The cut at the end of the first bytes may fall inside a letter; that alone is no other encoding.
        Err(error) if error.error_len().is_none() => (UTF_8, false),
        Err(_) => (WINDOWS_1252, true),
    }
}

/// The delimiter with which most rows have the same number of cells, more than one; a comma when none does.
fn delimiter_of(start: &[u8]) -> u8 {
    let judged = start.get(..BYTES_JUDGED.min(start.len())).unwrap_or_default();
    let score = |delimiter: &u8| (constant_rows(judged, *delimiter), std::cmp::Reverse(place(*delimiter)));
    DELIMITERS.into_iter().max_by_key(score).unwrap_or(b',')
}

fn place(delimiter: u8) -> usize {
    DELIMITERS.iter().position(|known| *known == delimiter).unwrap_or(DELIMITERS.len())
}

/// How many rows share the commonest number of cells above one, times that number's weight: a delimiter that splits
/// every row into many cells is surer than one that splits it into two.
fn constant_rows(bytes: &[u8], delimiter: u8) -> usize {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(bytes);
    let mut widths: Vec<usize> = reader
        .byte_records()
        .take(ROWS_JUDGED)
        .filter_map(Result::ok)
        .map(|record| record.len())
        .filter(|width| *width > 1)
        .collect();
    widths.sort_unstable();
    let commonest = widths.chunk_by(|left, right| left == right).map(|group| (group.len(), group.first()));
    commonest.max().map_or(0, |(rows, width)| rows * 64 + width.copied().unwrap_or_default().min(63))
}

/// Sends every record as a row. The row number is the one that a spreadsheet program shows: blank lines count, line
/// breaks within quotes do not.
fn send_rows<R: Read>(path: &str, reader: &mut csv::Reader<R>, emit: &mut Emit<'_>) -> Result<(), ReadError> {
    if emit(ReadEvent::Table { sheet: None, hidden: false }).is_err() {
        return Ok(());
    }
    let mut record = ByteRecord::new();
    let mut batch = RowBatch::default();
    let mut numbers = RowNumbers::default();
    let mut holds_something = false;
    loop {
        let more = reader.read_byte_record(&mut record).map_err(|error| read_error(path, error))?;
        if !more {
            break;
        }
        let number = numbers.next(reader.position().line(), &record);
        let text = std::str::from_utf8(record.as_slice());
        if text.is_ok() && push_cells(&mut batch, &record) {
            batch.end_row(number);
        } else {
            batch.end_undecodable_row(number);
        }
        holds_something |= !record.as_slice().trim_ascii().is_empty();
        let is_full = batch.len() >= ROWS_PER_BATCH || batch.text_bytes() >= TEXT_PER_BATCH;
        if is_full && emit(ReadEvent::Rows(std::mem::take(&mut batch))).is_err() {
            return Ok(());
        }
    }
    if !holds_something {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    if !batch.is_empty() && emit(ReadEvent::Rows(batch)).is_err() {
        return Ok(());
    }
    // A receiver that is gone at the end of the table needs no further word.
    let _ = emit(ReadEvent::EndOfTable);
    Ok(())
}

/// Appends the cells of a record whose bytes together are UTF-8. A cell boundary may still fall inside a letter of a
/// damaged file: then the row is not decodable.
fn push_cells(batch: &mut RowBatch, record: &ByteRecord) -> bool {
    let decodable = record.iter().all(|cell| std::str::from_utf8(cell).is_ok());
    if decodable {
        for cell in record {
            batch.push_cell(std::str::from_utf8(cell).unwrap_or_default(), CellKind::Text);
        }
    }
    decodable
}

/// Row numbers from the reader's line numbers.
#[derive(Default)]
struct RowNumbers {
    row: u32,
    line: u64,
}

impl RowNumbers {
    /// `line` is where the reader stands after the record.
    fn next(&mut self, line: u64, record: &ByteRecord) -> u32 {
        let lines = line.saturating_sub(self.line.max(1));
        self.line = line;
        let mut blank = 0;
        if lines > 1 {
            let parts = record.as_slice().split(|byte| *byte == b'\n').count() as u64;
            blank = lines.saturating_sub(parts);
        }
        self.row += 1 + u32::try_from(blank).unwrap_or(u32::MAX - self.row - 1);
        self.row
    }
}

fn read_error(path: &str, error: csv::Error) -> ReadError {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        // A flexible reader of bytes has no other kind of error; the message holds positions only.
        _ => io::Error::new(io::ErrorKind::InvalidData, "the text cannot be split into rows"),
    };
    ReadError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows_of(bytes: &[u8]) -> (InputFacts, Vec<(u32, Vec<String>)>) {
        let mut rows = Vec::new();
        let facts = read("x.csv", bytes, bytes, &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                for row in batch.rows() {
                    rows.push((row.number(), row.cells().map(|(text, _)| text.to_owned()).collect()));
                }
            }
            Ok(())
        })
        .expect("read");
        (facts, rows)
    }

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn comma_semicolon_tab_and_pipe_are_found() {
        for delimiter in [',', ';', '\t', '|'] {
            let text = "First,Last,City\nAnn,Ng,\"Paul, St.\"\nBea,Ruiz,Duluth\n".replace(',', &delimiter.to_string());
            let (facts, rows) = rows_of(text.as_bytes());
            assert_eq!(facts.format, Format::Delimited { delimiter });
            assert_eq!(rows.len(), 3);
            assert_eq!(rows[2].1, cells(&["Bea", "Ruiz", "Duluth"]));
        }
    }

    #[test]
    fn row_numbers_count_blank_lines_and_not_line_breaks_in_quotes() {
        for end in ["\n", "\r\n"] {
            let text = "First,Last\n\nAnn,\"N\ng\"\nBea,Ruiz\n\n\nCy,Ost".replace('\n', end);
            let (_, rows) = rows_of(text.as_bytes());
            let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers[..3], [1, 3, 4], "{end:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_header() {
        let (facts, rows) = rows_of("\u{feff}First,Last\nAnn,Ng\n".as_bytes());
        assert_eq!((facts.encoding.as_str(), rows[0].1[0].as_str()), ("UTF-8", "First"));
    }

    #[test]
    fn windows_1252_and_utf_16_are_decoded() {
        let (facts, rows) = rows_of(b"First,Last\nJos\xe9,Mu\xf1oz\n");
        assert_eq!((facts.encoding.as_str(), &rows[1].1), ("windows-1252", &cells(&["José", "Muñoz"])));
        let utf16: Vec<u8> = "\u{feff}First,Last\nJosé,Ng\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (facts, rows) = rows_of(&utf16);
        assert_eq!((facts.encoding.as_str(), &rows[1].1), ("UTF-16LE", &cells(&["José", "Ng"])));
    }

    #[test]
    fn a_row_that_is_no_utf_8_late_in_the_file_is_marked() {
        let mut bytes = b"First,Last\n".to_vec();
        bytes.extend(b"Ann,Ng\n".repeat(1 << 17));
        let start = bytes.get(..1 << 19).expect("long enough").to_vec();
        bytes.extend(b"Jos\xe9,Ng\n");
        let mut undecodable = 0;
        read("x.csv", &start, bytes.as_slice(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                undecodable += batch.rows().filter(crate::domain::SourceRow::is_undecodable).count();
            }
            Ok(())
        })
        .expect("read");
        assert_eq!(undecodable, 1);
    }

    #[test]
    fn a_file_of_blank_lines_is_empty() {
        let refusal = read("x.csv", b"\n\n", b"\n\n".as_slice(), &mut |_| Ok(()));
        assert!(matches!(refusal, Err(ReadError::Empty { .. })));
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back_cell_by_cell(
            rows in prop::collection::vec(prop::collection::vec("[^\u{0}\u{feff}]{0,8}", 3), 1..20),
        ) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            prop_assume!(rows.iter().flatten().any(|cell| !cell.trim().is_empty()));
            let mut read_back = Vec::new();
            send_rows("x.csv", &mut csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes.as_slice()), &mut |event| {
                if let ReadEvent::Rows(batch) = event {
                    read_back.extend(batch.rows().map(|row| row.cells().map(|(text, _)| text.to_owned()).collect::<Vec<_>>()));
                }
                Ok(())
            }).unwrap();
            prop_assert_eq!(read_back, rows);
        }
    }
}
