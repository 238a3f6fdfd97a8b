//! Delimited text through the csv crate: encoding and delimiter found in the first bytes, rows as slices, no text
//! allocated per cell.

use std::io::{self, Read};

use csv::ByteRecord;
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::dialect::{Dialect, SAMPLE_BYTES, detect_dialect, named_by_first_line};
use super::encoding::detect_encoding;
use super::error::ReadError;
use super::format::{Format, InputFacts, refuse_markup};
use super::padding::Unpadded;
use super::quoting::is_closed_properly;
use super::raw_window::RawWindow;
use super::roster::{Emit, ROWS_PER_BATCH, ReadEvent, TEXT_PER_BATCH};
use crate::domain::{CellKind, RowBatch, RowFault};

/// Bytes that a cell may have swallowed for its rows to be taken back.
const SWALLOWED_MAX: usize = 64 << 20;
/// Bytes asked for at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// Reads the rows of a delimited file. `first` are its first bytes, `whole` is all of it, the first bytes included.
pub(super) fn read(path: &str, first: &[u8], whole: impl Read, emit: &mut Emit<'_>) -> Result<InputFacts, ReadError> {
    let detected = detect_encoding(first);
    let encoding = detected.encoding;
    let is_whole_file = first.len() <= SAMPLE_BYTES;
    let sample = encoding.decoded(first.get(..SAMPLE_BYTES).unwrap_or(first));
    refuse_markup(path, &sample)?;
    let dialect = detect_dialect(&sample, is_whole_file);
    let facts = InputFacts {
        path: path.to_owned(),
        format: Format::Delimited { delimiter: char::from(dialect.delimiter) },
        encoding: encoding.name().to_owned(),
        encoding_evidence: detected.evidence,
        dialect: Some(dialect),
        packing: None,
        bytes: 0,
        sha256: String::new(),
    };
    let mut rows = DelimitedRows {
        path,
        dialect,
        replaces_malformed: encoding.decoder().is_some_and(|decoder| !decoder.is_single_byte()),
        hides_first_line: named_by_first_line(&sample).is_some(),
        row: 0,
        batch: RowBatch::default(),
        holds_something: false,
    };
    match encoding.decoder() {
        None => rows.send_all(whole, emit),
        Some(encoding) => {
            let mut decoder = DecodeReaderBytesBuilder::new();
            let decoder = decoder.encoding(Some(encoding)).strip_bom(true);
            let buffered = io::BufReader::with_capacity(BUFFER_BYTES, whole);
            rows.send_all(decoder.build(buffered), emit)
        }
    }?;
    Ok(facts)
}

/// The rows of one file on their way out.
struct DelimitedRows<'a> {
    path: &'a str,
    dialect: Dialect,
    /// Whether the decoder puts U+FFFD where the bytes are malformed.
    replaces_malformed: bool,
    hides_first_line: bool,
    /// Number of the row sent last, as a spreadsheet program shows it: empty lines count, line breaks within quotes do
    /// not.
    row: u32,
    batch: RowBatch,
    holds_something: bool,
}

impl DelimitedRows<'_> {
    fn send_all(&mut self, text: impl Read, emit: &mut Emit<'_>) -> Result<(), ReadError> {
        let delimiter = Some(char::from(self.dialect.delimiter));
        if emit(ReadEvent::Table { sheet: None, hidden: false, delimiter }).is_err() {
            return Ok(());
        }
        let mut builder = self.dialect.builder();
        builder.buffer_capacity(BUFFER_BYTES);
        let mut reader = builder.from_reader(RawWindow::new(Unpadded::new(text, self.dialect)));
        let mut record = ByteRecord::new();
        loop {
            let start = reader.position().byte();
            reader.get_mut().keep_from(start);
            if !reader.read_byte_record(&mut record).map_err(|error| self.csv_error(error))? {
                break;
            }
            let (empty_lines, first_byte) = reader.get_ref().empty_lines(start);
            if self.hides_first_line {
                self.hides_first_line = false;
                continue;
            }
            self.row = self.row.saturating_add(empty_lines).saturating_add(1);
            let raw = || reader.get_ref().raw(first_byte, reader.position().byte());
            self.push(&record, raw)?;
            let is_full = self.batch.len() >= ROWS_PER_BATCH || self.batch.text_bytes() >= TEXT_PER_BATCH;
            if is_full && emit(ReadEvent::Rows(std::mem::take(&mut self.batch))).is_err() {
                return Ok(());
            }
        }
        if !self.holds_something {
            return Err(ReadError::Blank { path: self.path.to_owned() });
        }
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() && emit(ReadEvent::Rows(batch)).is_err() {
            return Ok(());
        }
        // A receiver that is gone at the end of the table needs no further word.
        let _ = emit(ReadEvent::EndOfTable);
        Ok(())
    }

    fn push<'r>(&mut self, record: &ByteRecord, raw: impl FnOnce() -> &'r [u8]) -> Result<(), ReadError> {
        let bytes = record.as_slice();
        self.holds_something |= !bytes.trim_ascii().is_empty();
        let controls = Controls::in_bytes(bytes);
        let raw = raw();
        // A mark anywhere in the record, and every line break in a cell, is looked at in the bytes themselves: the CSV
        // reader forgives marks that stand where none can.
        let quoted = memchr::memchr(self.dialect.quote, raw).is_some();
        let fault = if (quoted || controls.line_breaks) && !is_closed_properly(raw, self.dialect) {
            if controls.line_breaks {
                return self.salvage(raw);
            }
            Some(RowFault::Misquoted)
        } else if controls.nul {
            Some(RowFault::Nul)
        } else if self.push_cells(record) {
            None
        } else {
            Some(RowFault::Undecodable)
        };
        match fault {
            None => self.batch.end_row(self.row),
            Some(fault) => self.batch.end_faulty_row(self.row, fault),
        }
        Ok(())
    }

    /// Takes the rows back that a cell has swallowed whose quotation mark is not closed: the line in which it begins is set
    /// aside, and the lines below are read anew. A further cell among them that is not closed ends the reading, because
    /// nobody can tell whether what follows lies within quotes.
    fn salvage(&mut self, raw: &[u8]) -> Result<(), ReadError> {
        let refusal = || ReadError::Quoting { path: self.path.to_owned(), row: self.row };
        if raw.len() > SWALLOWED_MAX {
            return Err(refusal());
        }
        let end = memchr::memchr2(b'\n', b'\r', raw).ok_or_else(refusal)?;
        let end = end + if raw.get(end..end + 2) == Some(b"\r\n") { 2 } else { 1 };
        self.batch.end_faulty_row(self.row, RowFault::Misquoted);
        let rest = raw.get(end..).unwrap_or_default();
        let mut reader = self.dialect.builder().from_reader(RawWindow::new(rest));
        let mut record = ByteRecord::new();
        loop {
            let start = reader.position().byte();
            reader.get_mut().keep_from(start);
            if !reader.read_byte_record(&mut record).map_err(|error| self.csv_error(error))? {
                return Ok(());
            }
            let (empty_lines, first_byte) = reader.get_ref().empty_lines(start);
            self.row = self.row.saturating_add(empty_lines).saturating_add(1);
            let raw = reader.get_ref().raw(first_byte, reader.position().byte());
            if Controls::in_bytes(record.as_slice()).line_breaks && !is_closed_properly(raw, self.dialect) {
                return Err(ReadError::Quoting { path: self.path.to_owned(), row: self.row });
            }
            self.push(&record, || raw)?;
        }
    }

    /// Appends the cells of a record, checked as one piece. The cells fall at letter boundaries, but in damaged files:
    /// then nothing is appended.
    fn push_cells(&mut self, record: &ByteRecord) -> bool {
        let Ok(text) = std::str::from_utf8(record.as_slice()) else { return false };
        let cell = |index| record.range(index).and_then(|range| text.get(range));
        let is_damaged = self.replaces_malformed && text.contains(char::REPLACEMENT_CHARACTER);
        if is_damaged || (!text.is_ascii() && (0..record.len()).any(|index| cell(index).is_none())) {
            return false;
        }
        for index in 0..record.len() {
            self.batch.push_cell(cell(index).unwrap_or_default(), CellKind::Text);
        }
        true
    }

    fn csv_error(&self, error: csv::Error) -> ReadError {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            // A flexible reader of bytes has no other kind of error; the message holds positions only.
            _ => io::Error::new(io::ErrorKind::InvalidData, "the text cannot be split into rows"),
        };
        ReadError::Io { path: self.path.to_owned(), source }
    }
}

/// Control characters that change how a record is treated.
struct Controls {
    nul: bool,
    line_breaks: bool,
}

impl Controls {
    fn in_bytes(bytes: &[u8]) -> Self {
        // Most records have no control character but tabs; this one pass, which the compiler vectorises, tells so.
        if bytes.iter().fold(0, |found, byte| found | u8::from(*byte < b' ' && *byte != b'\t')) == 0 {
            return Self { nul: false, line_breaks: false };
        }
        Self { nul: bytes.contains(&0), line_breaks: bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows_in(path: &str, delimiter: u8) -> DelimitedRows<'_> {
        DelimitedRows {
            path,
            dialect: Dialect::usual(delimiter),
            replaces_malformed: false,
            hides_first_line: false,
            row: 0,
            batch: RowBatch::default(),
            holds_something: false,
        }
    }

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
        for end in ["\n", "\r\n", "\r"] {
            let text = "First,Last\n\nAnn,\"N\ng\"\nBea,Ruiz\n\n\nCy,Ost".replace('\n', end);
            let (_, rows) = rows_of(text.as_bytes());
            let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, [1, 3, 4, 7], "{end:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_header() {
        let (facts, rows) = rows_of("\u{feff}First,Last\nAnn,Ng\n".as_bytes());
        assert_eq!((facts.encoding.as_str(), rows[0].1[0].as_str()), ("UTF-8 with byte order mark", "First"));
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
                undecodable += batch.rows().filter(|row| row.fault() == Some(RowFault::Undecodable)).count();
            }
            Ok(())
        })
        .expect("read");
        assert_eq!(undecodable, 1);
    }

    #[test]
    fn a_file_of_blank_lines_is_refused() {
        for bytes in ["\n\n", " \n\t\n", ",,\n,,\n", "\u{feff}\r\n"] {
            let refusal = read("x.csv", bytes.as_bytes(), bytes.as_bytes(), &mut |_| Ok(()));
            assert!(matches!(refusal, Err(ReadError::Blank { .. })), "{bytes:?}");
        }
    }

    #[test]
    fn empty_lines_before_the_header_and_before_an_unended_last_row_count() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "\n\nFirst,Last\n\n\nAnn,Ng".replace('\n', end);
            let (_, rows) = rows_of(text.as_bytes());
            assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 6], "{end:?}");
        }
    }

    #[test]
    fn row_numbers_hold_across_the_chunks_in_which_a_file_is_read() {
        let mut text = "First,Last\n".to_owned();
        let mut expected = vec![1];
        for number in 0..60_000_u32 {
            let empty = number % 3;
            text.push_str("\r\n".repeat(empty as usize).as_str());
            text.push_str(if number % 7 == 0 { "Ann,\"N\r\ng\"\r\n" } else { "Ann,Ng\r\n" });
            expected.push(expected.last().expect("not empty") + empty + 1);
        }
        let (_, rows) = rows_of(text.as_bytes());
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_rows_that_an_unclosed_quotation_mark_swallows_are_taken_back() {
        let text = b"a,b,c\n\n1,\"x,2\r\n\r\n3,4,5\n6,\"7,8\",9\n";
        let mut rows = Vec::new();
        read("x.csv", text, text.as_slice(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                rows.extend(batch.rows().map(|row| (row.number(), row.fault(), row.len())));
            }
            Ok(())
        })
        .expect("read");
        let misquoted = Some(RowFault::Misquoted);
        assert_eq!(rows, [(1, None, 3), (3, misquoted, 0), (5, None, 3), (6, None, 3)]);
    }

    #[test]
    fn a_second_unclosed_quotation_mark_below_the_first_is_refused_with_its_row() {
        let text = b"a,b,c\n\n1,\"x,2\n3,4,5\n6,\"y,7\n";
        let refusal = read("x.csv", text, text.as_slice(), &mut |_| Ok(()));
        assert!(matches!(refusal, Err(ReadError::Quoting { row: 5, .. })), "{refusal:?}");
    }

    #[test]
    fn apostrophes_backslashes_and_padding_are_read_as_they_were_meant() {
        let cell = |text: &str| rows_of(text.as_bytes()).1[1].1.clone();
        assert_eq!(cell("Last,First\n'Ng, J','O''Dea'\n'Ruiz','Bea'\n"), cells(&["Ng, J", "O'Dea"]));
        assert_eq!(cell("Last,First\n\"Ng \\\"J\\\" x\",\"Ann, B\"\n"), cells(&["Ng \"J\" x", "Ann, B"]));
        assert_eq!(cell("Last, First\n \"Ng, J\" , \"Ann\"\nRuiz, Bea\n"), cells(&["Ng, J", "Ann"]));
    }

    #[test]
    fn a_row_whose_cell_goes_on_after_its_quotes_is_marked_and_no_other() {
        let mut faults = Vec::new();
        let bytes = b"Last,First,City\n\"Ng\",\"Ann \"Annie\" B\",X\n\"Ruiz\",Bea,Y\nOst,5\" pipe,Z\n";
        read("x.csv", bytes, bytes.as_slice(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                faults.extend(batch.rows().map(|row| row.fault()));
            }
            Ok(())
        })
        .expect("read");
        assert_eq!(faults, [None, Some(RowFault::Misquoted), None, None]);
    }

    #[test]
    fn a_row_of_nul_bytes_is_marked_for_what_it_is() {
        let mut bytes = b"First,Last\n".to_vec();
        bytes.extend(b"Ann,Ng\n".repeat(200));
        bytes.extend(b"B\0a,Ng\n");
        let mut faults = Vec::new();
        read("x.csv", &bytes, bytes.as_slice(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                faults.extend(batch.rows().filter_map(|row| row.fault()));
            }
            Ok(())
        })
        .expect("read");
        assert_eq!(faults, [RowFault::Nul]);
    }

    #[test]
    fn quotation_marks_inside_a_cell_are_text() {
        let (_, rows) = rows_of(b"First,Last\nAnn \"Annie\",Ng\n\"Bea \"\"B\"\"\",Ruiz\n");
        assert_eq!(rows[1].1, cells(&["Ann \"Annie\"", "Ng"]));
        assert_eq!(rows[2].1, cells(&["Bea \"B\"", "Ruiz"]));
    }

    #[test]
    fn rows_whose_bytes_are_no_text_are_marked_and_the_next_row_is_fine() {
        let undecodable = |bytes: &[u8]| {
            let mut marked = Vec::new();
            read("x.csv", bytes, bytes, &mut |event| {
                if let ReadEvent::Rows(batch) = event {
                    marked.extend(batch.rows().map(|row| row.fault() == Some(RowFault::Undecodable)));
                }
                Ok(())
            })
            .expect("read");
            marked
        };
        // Halves of one letter in two cells are text as a whole, and not in either cell.
        assert_eq!(undecodable("N\u{f1},b\n".repeat(3).as_bytes()), [false; 3]);
        let damaged = b"\xc3\xb1\xc3\xb1,b\nN\xc3,\xb1b\nN\xc3\xb1,b\n";
        assert_eq!(undecodable(damaged), [false, true, false]);
        let mut utf16: Vec<u8> = "\u{feff}a,b\nc,".encode_utf16().flat_map(u16::to_le_bytes).collect();
        utf16.extend([0x00, 0xd8]);
        utf16.extend("\ne,f\n".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(undecodable(&utf16), [false, true, false]);
    }

    #[test]
    fn the_line_that_names_the_delimiter_for_excel_is_no_row() {
        let (facts, rows) = rows_of(b"sep=;\r\nFirst;Last\r\nAnn;Ng\r\n");
        assert_eq!(facts.format.delimiter(), Some(';'));
        assert_eq!(rows[0], (1, cells(&["First", "Last"])));
    }

    #[test]
    fn a_receiver_that_is_gone_ends_the_reading_without_an_error() {
        let bytes = b"First,Last\nAnn,Ng\n".repeat(10_000);
        for allowed in 0..4 {
            let mut events = 0;
            let outcome = read("x.csv", &bytes, bytes.as_slice(), &mut |_| {
                events += 1;
                if events > allowed { Err(crate::read::Stopped) } else { Ok(()) }
            });
            assert!(outcome.is_ok());
            assert_eq!(events, allowed + 1);
        }
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back_cell_by_cell(
            rows in prop::collection::vec(prop::collection::vec("[^\u{0}\u{feff}]{0,8}|[a,;\"\r\n\t|]{0,4}", 3), 1..20),
            delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
            quote_all: bool,
            ends_in_crlf: bool,
        ) {
            prop_assume!(rows.iter().flatten().any(|cell| !cell.trim_ascii().is_empty()));
            let mut builder = csv::WriterBuilder::new();
            builder.delimiter(delimiter);
            builder.quote_style(if quote_all { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary });
            builder.terminator(if ends_in_crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') });
            let mut writer = builder.from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let mut read_back = Vec::new();
            let mut numbers = Vec::new();
            let sent = rows_in("x.csv", delimiter).send_all(bytes.as_slice(), &mut |event| {
                if let ReadEvent::Rows(batch) = event {
                    for row in batch.rows() {
                        numbers.push(row.number() as usize);
                        read_back.push(row.cells().map(|(text, _)| text.to_owned()).collect::<Vec<_>>());
                    }
                }
                Ok(())
            });
            prop_assert!(sent.is_ok());
            prop_assert_eq!(numbers, (1..=rows.len()).collect::<Vec<_>>());
            prop_assert_eq!(read_back, rows);
        }
    }
}
