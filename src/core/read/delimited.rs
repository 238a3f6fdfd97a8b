//! Delimited text: encoding and dialect found in the first bytes, the text cut into chunks of whole rows. The chunks
//! are split into cells wherever they are used, on all threads.

use std::io::{self, Read};

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::chunks::{Chunk, ChunkError, Chunks};
use super::dialect::{Dialect, SAMPLE_BYTES, dialect_of, named_by_first_line, usual_width};
use super::encoding::{TextEncoding, detect_encoding};
use super::error::ReadError;
use super::format::{Format, InputFacts, refuse_markup};
use super::limits::{Excess, Limit, Limits};
use super::record::is_line_end;
use super::roster::{Emit, ReadEvent};
use super::source::Roster;
use super::split::{ChunkText, TextChunk};

/// Bytes of UTF-16 asked for at a time.
const BUFFER_BYTES: usize = 1 << 18;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file that begins with these bytes is read: what sets its cells apart.
pub fn detect_dialect(first: &[u8]) -> Dialect {
    let sample = detect_encoding(first).encoding.decoded(first.get(..SAMPLE_BYTES).unwrap_or(first));
    dialect_of(&sample, first.len() <= SAMPLE_BYTES)
}

/// Reads the rows of a delimited file. `first` are its first bytes, `whole` is all of it, the first bytes included.
pub(super) fn read(
    path: &str,
    first: &[u8],
    whole: impl Read,
    limits: &Limits,
    emit: &mut Emit<'_>,
) -> Result<InputFacts, ReadError> {
    let detected = detect_encoding(first);
    let encoding = detected.encoding;
    let sample = encoding.decoded(first.get(..SAMPLE_BYTES).unwrap_or(first));
    refuse_markup(path, &sample)?;
    let dialect = dialect_of(&sample, first.len() <= SAMPLE_BYTES);
    let facts = InputFacts {
        path: path.to_owned(),
        format: Format::Delimited { delimiter: char::from(dialect.delimiter) },
        encoding: encoding.name().to_owned(),
        encoding_evidence: detected.evidence,
        sign_in_words: detected.sign_in_words,
        dialect: Some(dialect),
        packing: None,
        bytes: 0,
        sha256: String::new(),
        limits: *limits,
        kept: None,
        roster: Roster::from_path(path),
    };
    let mark = if sample.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let unread = named_by_first_line(&sample).map_or(mark, |(_, line)| line);
    let columns = usual_width(&sample, dialect, first.len() <= SAMPLE_BYTES);
    let encoded = ChunkText::Utf8;
    let mut rows = DelimitedRows { path, dialect, columns, limits: *limits, encoded, byte: 0, holds_something: false };
    match encoding {
        TextEncoding::Utf8 { .. } => {
            rows.byte = unread as u64;
            rows.send_all(whole, unread, emit)
        }
        TextEncoding::Utf16LittleEndian | TextEncoding::Utf16BigEndian => {
            let mut decoder = DecodeReaderBytesBuilder::new();
            let decoder = decoder.encoding(encoding.decoder()).strip_bom(true);
            let buffered = io::BufReader::with_capacity(BUFFER_BYTES, whole);
            let is_marked = matches!(first, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
            rows.encoded = ChunkText::Utf16;
            rows.byte = 2 * (unread as u64 + u64::from(is_marked));
            rows.send_all(decoder.build(buffered), unread, emit)
        }
        TextEncoding::Windows1252 | TextEncoding::Macintosh => {
            rows.encoded = encoding.decoder().map_or(ChunkText::Utf8, ChunkText::SingleByte);
            rows.byte = unread as u64;
            rows.send_all(whole, unread, emit)
        }
    }?;
    Ok(facts)
}

/// The rows of one file on their way out.
struct DelimitedRows<'a> {
    path: &'a str,
    dialect: Dialect,
    /// Cells that rows of the sample usually have.
    columns: usize,
    limits: Limits,
    encoded: ChunkText,
    /// Where the next chunk begins in the file, in bytes.
    byte: u64,
    holds_something: bool,
}

impl DelimitedRows<'_> {
    /// Sends the rows of a text but for its first bytes, which are no row.
    fn send_all(&mut self, text: impl Read, unread: usize, emit: &mut Emit<'_>) -> Result<(), ReadError> {
        let delimiter = Some(char::from(self.dialect.delimiter));
        if emit(ReadEvent::Table { sheet: None, hidden: false, delimiter }).is_err() {
            return Ok(());
        }
        let mut chunks = Chunks::new(text, self.dialect, self.columns, self.limits.count(Limit::Row));
        chunks.skip(unread).map_err(|error| self.refusal(error))?;
        while let Some(chunk) = chunks.next().map_err(|error| self.refusal(error))? {
            let first_byte = self.byte;
            self.byte += self.file_bytes(&chunk);
            self.holds_something |= self.says_something(&chunk);
            if chunk.bytes.iter().all(|byte| is_line_end(*byte)) {
                continue;
            }
            let chunk = TextChunk { chunk, dialect: self.dialect, encoded: self.encoded, first_byte };
            if emit(ReadEvent::Rows(chunk.into())).is_err() {
                return Ok(());
            }
        }
        if !self.holds_something {
            return Err(ReadError::Blank { path: self.path.to_owned() });
        }
        // A receiver that is gone at the end of the table needs no further word.
        let _ = emit(ReadEvent::EndOfTable);
        Ok(())
    }

    /// Bytes that a chunk takes in the file.
    fn file_bytes(&self, chunk: &Chunk) -> u64 {
        match self.encoded {
            ChunkText::Utf8 | ChunkText::SingleByte(_) => chunk.bytes.len() as u64,
            ChunkText::Utf16 => self.encoded.file_bytes(&String::from_utf8_lossy(&chunk.bytes)),
        }
    }

    /// Whether a chunk has anything but blanks and delimiters.
    fn says_something(&self, chunk: &Chunk) -> bool {
        chunk.bytes.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != self.dialect.delimiter)
    }

    fn refusal(&self, error: ChunkError) -> ReadError {
        let path = self.path.to_owned();
        match error {
            ChunkError::Io(source) => ReadError::Io { path, source },
            ChunkError::Quoting(row) => ReadError::Quoting { path, row },
            ChunkError::TooLong(row) => {
                let most = self.limits.shown(Limit::Row);
                let excess = format!("row {row} is larger than {most}, too large for a patient's row");
                ReadError::too_large(&path, Excess::new(Limit::Row, excess))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::RowFault;

    fn rows_in(path: &str, delimiter: u8) -> DelimitedRows<'_> {
        DelimitedRows {
            path,
            dialect: Dialect::usual(delimiter),
            columns: 0,
            limits: Limits::default(),
            encoded: ChunkText::Utf8,
            byte: 0,
            holds_something: false,
        }
    }

    fn rows_of(bytes: &[u8]) -> (InputFacts, Vec<(u32, Vec<String>)>) {
        let mut rows = Vec::new();
        let facts = read("x.csv", bytes, bytes, &Limits::default(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                for row in batch.split().rows() {
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
        read("x.csv", &start, bytes.as_slice(), &Limits::default(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                undecodable += batch.split().rows().filter(|row| row.fault() == Some(RowFault::Undecodable)).count();
            }
            Ok(())
        })
        .expect("read");
        assert_eq!(undecodable, 1);
    }

    #[test]
    fn a_file_of_blank_lines_is_refused() {
        for bytes in ["\n\n", " \n\t\n", ",,\n,,\n", "\u{feff}\r\n"] {
            let refusal = read("x.csv", bytes.as_bytes(), bytes.as_bytes(), &Limits::default(), &mut |_| Ok(()));
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
        read("x.csv", text, text.as_slice(), &Limits::default(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                rows.extend(batch.split().rows().map(|row| (row.number(), row.fault(), row.len())));
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
        let refusal = read("x.csv", text, text.as_slice(), &Limits::default(), &mut |_| Ok(()));
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
        read("x.csv", bytes, bytes.as_slice(), &Limits::default(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                faults.extend(batch.split().rows().map(|row| row.fault()));
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
        read("x.csv", &bytes, bytes.as_slice(), &Limits::default(), &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                faults.extend(batch.split().rows().filter_map(|row| row.fault()));
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
            read("x.csv", bytes, bytes, &Limits::default(), &mut |event| {
                if let ReadEvent::Rows(batch) = event {
                    marked.extend(batch.split().rows().map(|row| row.fault() == Some(RowFault::Undecodable)));
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
        let bytes = b"First,Last\nAnn,Ng\n".repeat(100_000);
        for allowed in 0..4 {
            let mut events = 0;
            let outcome = read("x.csv", &bytes, bytes.as_slice(), &Limits::default(), &mut |_| {
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
            let sent = rows_in("x.csv", delimiter).send_all(bytes.as_slice(), 0, &mut |event| {
                if let ReadEvent::Rows(batch) = event {
                    for row in batch.split().rows() {
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
