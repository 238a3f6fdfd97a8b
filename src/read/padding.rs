//! Takes out the blanks between a delimiter and a quotation mark, which the CSV reader would take for text, so that the quotes
//! would not count.

use std::io::{self, Read};

use super::dialect::Dialect;

/// Passes text on unchanged where the dialect is not padded.
pub(super) struct Unpadded<R> {
    inner: R,
    dialect: Dialect,
    place: Place,
    /// Blanks at the beginning of a cell that have not been passed on.
    held: usize,
    buffer: Vec<u8>,
    taken: usize,
    ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Plain,
    Quoted,
    /// After a mark within quotes, which may close them.
    QuoteEnd,
    /// After a backslash within quotes.
    Escaped,
}

/// Bytes read from the inner reader at a time.
const CHUNK: usize = 1 << 16;

impl<R: Read> Unpadded<R> {
    pub(super) fn new(inner: R, dialect: Dialect) -> Self {
        Self { inner, dialect, place: Place::CellStart, held: 0, buffer: Vec::new(), taken: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let count = self.inner.read(&mut chunk)?;
        self.buffer.clear();
        self.taken = 0;
        if count == 0 {
            self.ended = true;
            self.release();
            return Ok(());
        }
        for byte in chunk.into_iter().take(count) {
            self.pass(byte);
        }
        Ok(())
    }

    fn release(&mut self) {
        self.buffer.resize(self.buffer.len() + self.held, b' ');
        self.held = 0;
    }

    fn pass(&mut self, byte: u8) {
        let Dialect { delimiter, quote, backslash, .. } = self.dialect;
        let ends_cell = byte == delimiter || matches!(byte, b'\r' | b'\n');
        self.place = match self.place {
            Place::CellStart if byte == b' ' => {
                self.held += 1;
                return;
            }
            Place::CellStart if byte == quote => {
                self.held = 0;
                Place::Quoted
            }
            // Blanks after the closing mark are dropped as well: they belong to no cell.
            Place::QuoteEnd if byte == b' ' => return,
            Place::QuoteEnd if byte == quote => Place::Quoted,
            Place::Quoted if byte == quote => Place::QuoteEnd,
            Place::Quoted if backslash && byte == b'\\' => Place::Escaped,
            Place::Quoted | Place::Escaped => Place::Quoted,
            Place::CellStart | Place::Plain | Place::QuoteEnd if ends_cell => Place::CellStart,
            Place::CellStart | Place::Plain | Place::QuoteEnd => Place::Plain,
        };
        self.release();
        self.buffer.push(byte);
    }
}

impl<R: Read> Read for Unpadded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.dialect.padded {
            return self.inner.read(out);
        }
        while self.taken == self.buffer.len() && !self.ended {
            self.fill()?;
        }
        let rest = self.buffer.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpadded(text: &str) -> String {
        let dialect = Dialect { padded: true, ..Dialect::usual(b',') };
        let mut out = String::new();
        Unpadded::new(text.as_bytes(), dialect).read_to_string(&mut out).expect("text");
        out
    }

    #[test]
    fn blanks_before_and_after_quotes_go_and_others_stay() {
        assert_eq!(unpadded("a, \"b, c\" , d\n \"e\"\"  , f\",g "), "a,\"b, c\", d\n\"e\"\"  , f\",g ");
        assert_eq!(unpadded("a,  "), "a,  ");
    }
}
