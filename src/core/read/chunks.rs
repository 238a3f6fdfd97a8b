//! Delimited text cut into chunks between records, fast enough for one thread: only quotation marks are looked at, and
//! line endings are counted. Splitting the chunks into cells is left to all threads.

use std::io::{self, Read};

use super::dialect::Dialect;
use super::record::{Close, after_line_end, close_of, is_line_end};

/// Bytes from which a chunk is full: small enough for a processor's own memory, large enough to be worth handing on.
pub(super) const CHUNK_BYTES: usize = 1 << 19;

/// Columns from which on a cell over several lines is looked at for being several rows: with fewer, an address over two
/// lines may have as many delimiters.
const STRAY_COLUMNS_MIN: usize = 4;

/// Whole records of a file, in bytes that have not been looked at but for quotation marks.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// Number of its first row, as a spreadsheet program shows it.
    pub(super) first_row: u32,
    /// The line of the file in which it begins, from 1: beyond the number of its first row where cells before hold line
    /// breaks.
    pub(super) first_line: u32,
    /// Number of the row behind its last one.
    pub(super) next_row: u32,
    /// Parts that are a row each whose cell is not closed and swallowed the rows below it, which were taken back.
    pub(super) aside: Vec<(usize, usize)>,
}

/// Why the text cannot be cut.
#[derive(Debug)]
pub(super) enum ChunkError {
    /// The system cannot read it.
    Io(io::Error),
    /// A cell of this row is not closed, and neither is one in the rows that it swallowed, or it swallowed too much.
    Quoting(u32),
    /// This row is longer than any.
    TooLong(u32),
}

/// Whether a cell over several lines is one.
enum StrayEnd {
    /// It is.
    None,
    /// It is not; the last line of it, from its beginning to its end.
    Line(usize, usize),
    /// Its last line has not been read to the end.
    NotRead,
}

/// Cuts text.
pub(super) struct Chunks<R> {
    text: R,
    dialect: Dialect,
    /// Cells that rows usually have; 0 where that is not known.
    columns: usize,
    full: usize,
    record_max: usize,
    /// What was read and not handed on; begins where a record does.
    buffer: Vec<u8>,
    ended: bool,
    /// Number of the row at the beginning of the buffer.
    row: u32,
    /// Line at the beginning of the buffer.
    line: u32,
    /// All before this index is known to lie outside quotes, or in cells that are closed.
    at: usize,
    /// The last index up to `at` at which a record begins.
    cut: usize,
    /// Cells over several lines, from mark to mark.
    over_lines: Vec<(usize, usize)>,
    /// Where the record begins that the last of those cells is in.
    joined_from: usize,
    aside: Vec<(usize, usize)>,
    /// Before this index, rows are such as a cell had swallowed.
    swallowed_until: usize,
}

impl<R: Read> Chunks<R> {
    /// Chunks of a text whose records have at most `record_max` bytes.
    pub(super) fn new(text: R, dialect: Dialect, columns: usize, record_max: usize) -> Self {
        Self {
            text,
            dialect,
            columns,
            full: CHUNK_BYTES,
            record_max,
            buffer: Vec::new(),
            ended: false,
            row: 1,
            line: 1,
            at: 0,
            cut: 0,
            over_lines: Vec::new(),
            joined_from: 0,
            aside: Vec::new(),
            swallowed_until: 0,
        }
    }

    /// Passes over the first bytes, which are no row.
    pub(super) fn skip(&mut self, bytes: usize) -> Result<(), ChunkError> {
        while self.buffer.len() < bytes && !self.ended {
            self.fill()?;
        }
        let passed_over = self.buffer.drain(..bytes.min(self.buffer.len()));
        self.line = self.line.saturating_add(count(line_ends(passed_over.as_slice())));
        Ok(())
    }

    /// The next chunk; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, ChunkError> {
        loop {
            let is_at_end = self.at >= self.buffer.len();
            if self.cut >= self.full || (is_at_end && self.ended) {
                let end = if is_at_end && self.ended { self.buffer.len() } else { self.cut };
                return Ok((end > 0).then(|| self.cut_off(end)));
            }
            if is_at_end {
                self.make_room()?;
                self.fill()?;
            } else if !self.advance()? {
                // A cell that is not closed yet: what lies before its record goes ahead.
                if self.cut > 0 {
                    let cut = self.cut;
                    return Ok(Some(self.cut_off(cut)));
                }
                self.make_room()?;
                self.fill()?;
            }
        }
    }

    fn make_room(&self) -> Result<(), ChunkError> {
        if self.buffer.len() - self.cut <= self.record_max {
            return Ok(());
        }
        let row = self.row_at(self.cut);
        let quote = memchr::memchr(self.dialect.quote, self.buffer.get(self.cut..).unwrap_or_default());
        Err(if quote.is_some() { ChunkError::Quoting(row) } else { ChunkError::TooLong(row) })
    }

    /// Reads as much again as there is, and a chunk at least, so that a long record is not looked at over and over.
    fn fill(&mut self) -> Result<(), ChunkError> {
        let wanted = self.buffer.len().max(self.full) as u64;
        self.buffer.reserve(usize::try_from(wanted).unwrap_or_default());
        let count = self.text.by_ref().take(wanted).read_to_end(&mut self.buffer).map_err(ChunkError::Io)?;
        self.ended = (count as u64) < wanted;
        Ok(())
    }

    /// Goes on to behind the next quotation mark or quoted cell, or about a chunk further. `false` where a cell is not
    /// closed as far as was read.
    fn advance(&mut self) -> Result<bool, ChunkError> {
        let window = self.buffer.len().min(self.at + self.full);
        let ahead = self.buffer.get(self.at..window).unwrap_or_default();
        let found = memchr::memchr(self.dialect.quote, ahead).map(|found| self.at + found);
        self.cut_before(found.unwrap_or(window));
        let Some(mark) = found else {
            // A line ending of two bytes may end behind the window.
            self.at = window.max(self.cut);
            return Ok(true);
        };
        if !self.is_cell_start(mark) {
            self.at = mark + 1;
            return Ok(true);
        }
        match close_of(&self.buffer, mark + 1, self.dialect, !self.ended) {
            Close::Proper { mark: close, next } => {
                if !self.has_line_end(mark, close) {
                    self.at = next;
                    return Ok(true);
                }
                match self.stray_end(mark, close) {
                    StrayEnd::None => {
                        self.joined_from = self.record_start(mark);
                        self.over_lines.push((mark, close));
                        self.at = next;
                    }
                    StrayEnd::Line(start, end) => self.set_both_aside(mark, start, end),
                    StrayEnd::NotRead => {
                        self.at = mark;
                        return Ok(false);
                    }
                }
            }
            Close::Improper { mark: close } if !self.has_line_end(mark, close) => self.at = close + 1,
            Close::Improper { mark: close } => self.set_aside(mark, close + 1)?,
            Close::Open if !self.ended => {
                self.at = mark;
                return Ok(false);
            }
            Close::Open if self.has_line_end(mark, self.buffer.len()) => self.set_aside(mark, self.buffer.len())?,
            Close::Open => self.at = self.buffer.len(),
        }
        Ok(true)
    }

    /// Whether a cell over several lines is rather the rows between two stray marks: as many delimiters are in it as
    /// the rows that it would join would have had. Gives the last of those lines.
    fn stray_end(&self, mark: usize, close: usize) -> StrayEnd {
        let Dialect { delimiter, quote, .. } = self.dialect;
        let inner = self.buffer.get(mark + 1..close).unwrap_or_default();
        let delimiters = memchr::memchr_iter(delimiter, inner).count();
        if self.columns < STRAY_COLUMNS_MIN
            || delimiters != (self.columns - 1) * line_ends(inner)
            || memchr::memchr(quote, inner).is_some()
        {
            return StrayEnd::None;
        }
        let start = mark + 1 + memchr::memrchr2(b'\n', b'\r', inner).map_or(0, |end| end + 1);
        let rest = self.buffer.get(close + 1..).unwrap_or_default();
        let line_end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        if line_end + 1 >= rest.len() && !self.ended {
            return StrayEnd::NotRead;
        }
        // A mark behind it would be the beginning of another cell.
        match memchr::memchr(quote, rest.get(..line_end).unwrap_or_default()) {
            None => StrayEnd::Line(start, after_line_end(&self.buffer, close + 1 + line_end).min(self.buffer.len())),
            Some(_) => StrayEnd::None,
        }
    }

    /// Sets the two rows aside that have a stray mark each; the rows between them are read as they are.
    fn set_both_aside(&mut self, mark: usize, last_start: usize, last_end: usize) {
        let first_end = memchr::memchr2(b'\n', b'\r', self.buffer.get(mark..).unwrap_or_default());
        let first_end = first_end.map_or(last_start, |found| after_line_end(&self.buffer, mark + found));
        self.aside.extend([(self.record_start(mark), first_end), (last_start, last_end)]);
        self.at = last_end;
        self.cut = last_end;
    }

    /// Moves the cut to behind the last line ending between `at` and `end`, which lie outside quotes.
    fn cut_before(&mut self, end: usize) {
        let mut ahead = self.buffer.get(self.at..end).unwrap_or_default();
        while let Some(last) = memchr::memrchr2(b'\n', b'\r', ahead) {
            let at = self.at + last;
            // Whether a line feed follows is not known before it is read.
            let is_whole = self.buffer.get(at) == Some(&b'\n') || at + 1 < self.buffer.len() || self.ended;
            if is_whole {
                self.cut = after_line_end(&self.buffer, at);
                return;
            }
            ahead = ahead.get(..last).unwrap_or_default();
        }
    }

    /// Whether a quotation mark opens a cell: nothing but blanks stands between it and the cell before.
    fn is_cell_start(&self, mark: usize) -> bool {
        let before = self.buffer.get(..mark).unwrap_or_default();
        let is_blank = |byte: u8| byte == b' ' && self.dialect.delimiter != b' ';
        let last = before.iter().rev().find(|byte| !is_blank(**byte));
        last.is_none_or(|byte| *byte == self.dialect.delimiter || is_line_end(*byte))
    }

    fn has_line_end(&self, from: usize, to: usize) -> bool {
        memchr::memchr2(b'\n', b'\r', self.buffer.get(from..to).unwrap_or_default()).is_some()
    }

    /// Where the record begins that the byte at `at`, outside quotes, is in.
    fn record_start(&self, at: usize) -> usize {
        let line = memchr::memrchr2(b'\n', b'\r', self.buffer.get(..at).unwrap_or_default()).map_or(0, |end| end + 1);
        match self.over_lines.last() {
            Some((_, close)) if line <= *close => self.joined_from,
            _ => line,
        }
    }

    /// Takes the rows back that the cell behind `mark` has swallowed up to `end`: the record up to the end of the line
    /// in which it begins is set aside, and the lines below are read anew.
    fn set_aside(&mut self, mark: usize, end: usize) -> Result<(), ChunkError> {
        let start = self.record_start(mark);
        if start < self.swallowed_until || end - start > self.record_max {
            return Err(ChunkError::Quoting(self.row_at(start)));
        }
        let rest = self.buffer.get(mark..).unwrap_or_default();
        let line_end = memchr::memchr2(b'\n', b'\r', rest).map_or(self.buffer.len(), |found| mark + found);
        let next = after_line_end(&self.buffer, line_end).min(self.buffer.len());
        self.aside.push((start, next));
        self.swallowed_until = end;
        self.at = next;
        self.cut = next;
        Ok(())
    }

    /// Line endings before an index, but for those within quotes.
    fn lines_before(&self, end: usize) -> u32 {
        let within = |from, to| line_ends(self.buffer.get(from..to).unwrap_or_default());
        let quoted =
            self.over_lines.iter().filter(|(_, close)| *close < end).map(|(mark, close)| within(*mark, *close));
        count(within(0, end).saturating_sub(quoted.sum()))
    }

    fn row_at(&self, index: usize) -> u32 {
        self.row.saturating_add(self.lines_before(index))
    }

    fn cut_off(&mut self, end: usize) -> Chunk {
        let next_row = self.row_at(end);
        let all_lines = line_ends(self.buffer.get(..end).unwrap_or_default());
        let mut rest = Vec::with_capacity(self.buffer.len() - end + self.full);
        rest.extend_from_slice(self.buffer.get(end..).unwrap_or_default());
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        bytes.truncate(end);
        let first_row = std::mem::replace(&mut self.row, next_row);
        let next_line = self.line.saturating_add(count(all_lines));
        let first_line = std::mem::replace(&mut self.line, next_line);
        self.at -= end;
        self.cut = 0;
        self.over_lines.retain_mut(|(mark, close)| {
            let is_left = *mark >= end;
            (*mark, *close) = (mark.wrapping_sub(end), close.wrapping_sub(end));
            is_left
        });
        self.joined_from = self.joined_from.saturating_sub(end);
        self.swallowed_until = self.swallowed_until.saturating_sub(end);
        Chunk { bytes, first_row, first_line, next_row, aside: std::mem::take(&mut self.aside) }
    }
}

fn count(lines: usize) -> u32 {
    u32::try_from(lines).unwrap_or(u32::MAX)
}

/// Line endings in a text: CR LF is one.
pub(super) fn line_ends(text: &[u8]) -> usize {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text).count();
    if returns == 0 {
        return feeds;
    }
    let both = text.iter().zip(text.get(1..).unwrap_or_default());
    let pairs = both.filter(|(first, second)| **first == b'\r' && **second == b'\n').count();
    feeds + returns - pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::split_record;
    use super::*;

    fn chunks(text: &[u8], full: usize) -> Result<Vec<Chunk>, ChunkError> {
        let mut chunks = Chunks::new(text, Dialect::usual(b','), 4, 64 << 20);
        chunks.full = full;
        std::iter::from_fn(|| chunks.next().transpose()).collect()
    }

    /// Row numbers with the bytes of each record, or of each that was set aside.
    fn records(text: &[u8], full: usize) -> Result<Vec<(u32, Vec<u8>)>, u32> {
        let mut records = Vec::new();
        let chunks = chunks(text, full).map_err(|error| match error {
            ChunkError::Quoting(row) | ChunkError::TooLong(row) => row,
            ChunkError::Io(_) => 0,
        })?;
        for chunk in chunks {
            let (mut at, mut row) = (0, chunk.first_row);
            while at < chunk.bytes.len() {
                let next = match chunk.aside.iter().find(|(start, _)| *start == at) {
                    Some((_, end)) => *end,
                    None => split_record(&chunk.bytes, at, Dialect::usual(b','), &mut |_| {}).next,
                };
                records.push((row, chunk.bytes[at..next].to_vec()));
                (at, row) = (next, row + 1);
            }
        }
        Ok(records)
    }

    #[test]
    fn what_the_csv_reader_swallows_is_cut_at_the_line() {
        let seen = records(b"a\n\"b\nc\nd,\"e\"\nf\n", 4).expect("cut");
        let expected: [(u32, &[u8]); 5] = [(1, b"a\n"), (2, b"\"b\n"), (3, b"c\n"), (4, b"d,\"e\"\n"), (5, b"f\n")];
        assert_eq!(seen.iter().map(|(row, bytes)| (*row, bytes.as_slice())).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn two_stray_marks_do_not_make_one_cell_of_several_rows() {
        let text = b"a,b,c,d\n1,\"2,3,4\n5,6,7,8\n9,0\",1,2\n3,\"4\n5\",6,7\n";
        for full in [1, 7, 20, CHUNK_BYTES] {
            let seen: Vec<u32> = records(text, full).expect("cut").iter().map(|(row, _)| *row).collect();
            assert_eq!(seen, [1, 2, 3, 4, 5]);
        }
        let chunk = chunks(text, CHUNK_BYTES).expect("cut").remove(0);
        assert_eq!(chunk.aside, [(8, 17), (25, 34)]);
    }

    #[test]
    fn a_record_longer_than_any_is_refused_with_its_row() {
        let refusal = |text: &[u8]| {
            let mut chunks = Chunks::new(text, Dialect::usual(b','), 0, 64 << 20);
            (chunks.full, chunks.record_max) = (16, 100);
            std::iter::from_fn(|| chunks.next().transpose()).find_map(Result::err)
        };
        let mut text = b"a\n".to_vec();
        text.resize(250, b'x');
        assert!(matches!(refusal(&text), Some(ChunkError::TooLong(2))));
        text[2] = b'"';
        assert!(matches!(refusal(&text), Some(ChunkError::Quoting(2))));
    }

    proptest! {
        #[test]
        fn the_rows_do_not_depend_on_where_a_text_is_cut(
            text in prop::collection::vec(
                prop::sample::select(vec![&b"a"[..], b",", b"\"", b"\n", b"\r", b"\r\n", b" ", b"\"\"", b",\"b\nc\",", b",\"b,c,d\ne\","]), 0..60,
            ),
            full in 1_usize..40,
        ) {
            let text = text.concat();
            prop_assert_eq!(records(&text, full), records(&text, CHUNK_BYTES));
        }

        #[test]
        fn every_byte_is_handed_on_once_and_in_order(text in "[a,\"\n\r ]{0,80}", full in 1_usize..40) {
            if let Ok(chunks) = chunks(text.as_bytes(), full) {
                prop_assert_eq!(chunks.iter().flat_map(|chunk| chunk.bytes.clone()).collect::<Vec<_>>(), text.as_bytes());
            }
        }
    }
}
