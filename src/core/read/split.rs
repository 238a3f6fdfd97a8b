//! Rows that are still to be split into cells, so that it can be done on any thread.

use encoding_rs::Encoding;

use super::chunks::{Chunk, line_ends};
use super::dialect::Dialect;
use super::record::{after_line_end, is_line_end, split_record, unescape};
use crate::domain::{RowBatch, RowFault, RowPlace};

/// Consecutive rows of a table on their way out of the reading thread.
#[derive(Debug)]
pub struct UnsplitRows(Inner);

#[derive(Debug)]
enum Inner {
    Split(RowBatch),
    Chunk(Box<TextChunk>),
}

impl UnsplitRows {
    /// The rows of a table that onroll wrote, split into cells without their guards. Rows that were split before are
    /// taken to have none left.
    pub fn split_unguarded(self) -> RowBatch {
        match self.0 {
            Inner::Split(batch) => batch,
            Inner::Chunk(chunk) => {
                let mut batch = chunk.split();
                batch.unguard();
                batch
            }
        }
    }

    /// Whether there may be a row with one of these numbers, which rise.
    pub fn may_hold_any(&self, numbers: &[u32]) -> bool {
        match &self.0 {
            Inner::Split(_) => !numbers.is_empty(),
            Inner::Chunk(text) => {
                let chunk = &text.chunk;
                let first = numbers.partition_point(|number| *number < chunk.first_row);
                // The last row of a file may have no line ending, which is what is counted.
                numbers.get(first).is_some_and(|number| *number <= chunk.next_row)
            }
        }
    }

    /// The rows, split into cells.
    pub fn split(self) -> RowBatch {
        match self.0 {
            Inner::Split(batch) => batch,
            Inner::Chunk(chunk) => chunk.split(),
        }
    }
}

impl From<RowBatch> for UnsplitRows {
    fn from(batch: RowBatch) -> Self {
        Self(Inner::Split(batch))
    }
}

impl From<TextChunk> for UnsplitRows {
    fn from(chunk: TextChunk) -> Self {
        Self(Inner::Chunk(Box::new(chunk)))
    }
}

/// What the bytes of a chunk are.
#[derive(Clone, Copy, Debug)]
pub(super) enum ChunkText {
    /// UTF-8 as it is in the file.
    Utf8,
    /// An encoding in which every byte is a letter, and ASCII is ASCII.
    SingleByte(&'static Encoding),
    /// UTF-8 made of UTF-16, with U+FFFD where that was malformed.
    Utf16,
}

impl ChunkText {
    /// Bytes that a text of the chunk takes in the file.
    pub(super) fn file_bytes(self, text: &str) -> u64 {
        let count = match self {
            Self::Utf8 => text.len(),
            Self::SingleByte(_) => text.chars().count(),
            Self::Utf16 => 2 * text.encode_utf16().count(),
        };
        count as u64
    }
}

/// Letters of a cell in most rosters, its delimiter included: room for cells is made by it.
const LETTERS_PER_CELL: usize = 7;

/// A chunk of a file with what is needed to split it.
#[derive(Debug)]
pub(super) struct TextChunk {
    pub(super) chunk: Chunk,
    pub(super) dialect: Dialect,
    pub(super) encoded: ChunkText,
    /// Where it begins in the file, in bytes.
    pub(super) first_byte: u64,
}

impl TextChunk {
    fn split(self) -> RowBatch {
        let Self { chunk: Chunk { bytes, first_row, first_line, mut aside, .. }, dialect, encoded, first_byte } = self;
        let (text, damaged) = match encoded {
            ChunkText::SingleByte(encoding) => {
                for (start, end) in &mut aside {
                    let decoded =
                        |index: usize| encoding.decode_without_bom_handling(bytes.get(..index).unwrap_or_default());
                    (*start, *end) = (decoded(*start).0.len(), decoded(*end).0.len());
                }
                (encoding.decode_without_bom_handling(&bytes).0.into_owned(), Vec::new())
            }
            ChunkText::Utf8 => sound_text(bytes),
            ChunkText::Utf16 => {
                let (text, mut damaged) = sound_text(bytes);
                damaged.extend(text.match_indices(char::REPLACEMENT_CHARACTER).map(|(index, _)| index));
                damaged.sort_unstable();
                (text, damaged)
            }
        };
        let splitter = Splitter {
            text: text.as_bytes(),
            dialect,
            has_nul: memchr::memchr(0, text.as_bytes()).is_some(),
            next_quote: 0,
            unescaped: Vec::new(),
            batch: RowBatch::with_room(text.len() / LETTERS_PER_CELL),
            inner_lines: first_line.saturating_sub(first_row),
        };
        let place = Place { encoded, at: 0, byte: first_byte };
        let (batch, unescaped) = splitter.split(&text, first_row, Marks { damaged, aside, place });
        let mut text = text;
        text.push_str(&String::from_utf8_lossy(&unescaped));
        batch.over(text)
    }
}

/// A text whose malformed bytes are question marks, and where those are.
fn sound_text(bytes: Vec<u8>) -> (String, Vec<usize>) {
    let mut bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Vec::new()),
        Err(error) => error.into_bytes(),
    };
    let mut malformed = Vec::new();
    let mut at = 0;
    for part in bytes.utf8_chunks() {
        at += part.valid().len();
        malformed.extend(at..at + part.invalid().len());
        at += part.invalid().len();
    }
    for index in &malformed {
        if let Some(byte) = bytes.get_mut(*index) {
            *byte = b'?';
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), malformed)
}

/// What is wrong with a chunk, and where it lies in the file.
struct Marks {
    /// Where bytes were malformed, in order.
    damaged: Vec<usize>,
    /// Parts that are a faulty row each, in order.
    aside: Vec<(usize, usize)>,
    place: Place,
}

impl Marks {
    fn is_damaged(&self, start: usize, end: usize) -> bool {
        let first = self.damaged.partition_point(|index| *index < start);
        self.damaged.get(first).is_some_and(|index| *index < end)
    }

    fn end_of_aside(&self, start: usize) -> Option<usize> {
        self.aside.iter().find(|(from, _)| *from == start).map(|(_, end)| *end)
    }
}

/// A place in the text with its place in the file.
struct Place {
    encoded: ChunkText,
    at: usize,
    byte: u64,
}

impl Place {
    /// Where a row that begins at a later index of the text lies in the file.
    fn byte_at(&mut self, text: &str, index: usize) -> u64 {
        self.byte += match self.encoded {
            ChunkText::Utf8 => (index - self.at) as u64,
            _ => self.encoded.file_bytes(text.get(self.at..index).unwrap_or_default()),
        };
        self.at = index;
        self.byte
    }
}

struct Splitter<'a> {
    text: &'a [u8],
    dialect: Dialect,
    has_nul: bool,
    /// Where the next quotation mark is, from the row at hand on.
    next_quote: usize,
    /// Cells without their escapes; they come behind the text.
    unescaped: Vec<u8>,
    batch: RowBatch,
    /// Line breaks within cells, from the beginning of the file on: how far the line is beyond the row.
    inner_lines: u32,
}

impl Splitter<'_> {
    fn split(mut self, text: &str, first_row: u32, mut marks: Marks) -> (RowBatch, Vec<u8>) {
        let (mut at, mut row) = (0, first_row);
        while let Some(byte) = self.text.get(at).copied() {
            let start = at;
            if let Some(end) = marks.end_of_aside(at) {
                at = end;
                let place = self.place(row, marks.place.byte_at(text, start));
                self.batch.end_faulty_row(row, RowFault::Misquoted, Some(place));
                self.pass_inner_lines(start, end);
            } else if is_line_end(byte) {
                at = after_line_end(self.text, at);
            } else {
                let place = self.place(row, marks.place.byte_at(text, start));
                let fault;
                (at, fault) = self.split_row(start, &marks);
                match fault {
                    None => self.batch.end_row_at(row, place),
                    Some(fault) => self.batch.end_faulty_row(row, fault, Some(place)),
                }
            }
            row = row.saturating_add(1);
        }
        (self.batch, self.unescaped)
    }

    fn place(&self, row: u32, byte: u64) -> RowPlace {
        RowPlace { byte, line: row.saturating_add(self.inner_lines) }
    }

    /// Counts the line breaks within a row.
    fn pass_inner_lines(&mut self, start: usize, next: usize) {
        let inner = line_ends(self.text.get(start..next).unwrap_or_default()).saturating_sub(1);
        self.inner_lines = self.inner_lines.saturating_add(u32::try_from(inner).unwrap_or(u32::MAX));
    }

    /// Appends the cells of the row that begins at `start`; gives where the next one does, and what is wrong with this
    /// one.
    fn split_row(&mut self, start: usize, marks: &Marks) -> (usize, Option<RowFault>) {
        if self.next_quote < start || start == 0 {
            let ahead = self.text.get(start..).unwrap_or_default();
            self.next_quote = memchr::memchr(self.dialect.quote, ahead).map_or(self.text.len(), |found| start + found);
        }
        let ahead = self.text.get(start..).unwrap_or_default();
        let line_end = memchr::memchr2(b'\n', b'\r', ahead).map_or(self.text.len(), |found| start + found);
        let (next, misquoted) = if self.next_quote >= line_end {
            self.split_line(start, line_end);
            (after_line_end(self.text, line_end).min(self.text.len()), false)
        } else {
            let (next, misquoted) = self.split_quoted(start);
            if next > line_end + 2 {
                self.pass_inner_lines(start, next);
            }
            (next, misquoted)
        };
        let is_nul = || self.has_nul && memchr::memchr(0, self.text.get(start..next).unwrap_or_default()).is_some();
        let fault = match () {
            () if misquoted => Some(RowFault::Misquoted),
            () if is_nul() => Some(RowFault::Nul),
            () if marks.is_damaged(start, next) => Some(RowFault::Undecodable),
            () => None,
        };
        (next, fault)
    }

    fn split_line(&mut self, start: usize, end: usize) {
        let line = self.text.get(start..end).unwrap_or_default();
        let mut cell = start;
        for delimiter in memchr::memchr_iter(self.dialect.delimiter, line) {
            self.batch.push_span(cell, start + delimiter);
            cell = start + delimiter + 1;
        }
        self.batch.push_span(cell, end);
    }

    fn split_quoted(&mut self, start: usize) -> (usize, bool) {
        let Self { text, dialect, unescaped, batch, .. } = self;
        let end = split_record(text, start, *dialect, &mut |cell| {
            if cell.escaped {
                let from = text.len() + unescaped.len();
                unescape(cell.bytes(text), *dialect, unescaped);
                batch.push_span(from, text.len() + unescaped.len());
            } else {
                batch.push_span(cell.start, cell.end);
            }
        });
        (end.next, end.misquoted)
    }
}
