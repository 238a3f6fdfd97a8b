//! One record of delimited text, cell by cell: where quoted cells end, and whether they end as they should. CSV readers
//! forgive marks that stand where none can, so that one stray quotation mark swallows hundreds of patients into one
//! cell; here nothing is forgiven without a finding.

use super::dialect::Dialect;

/// A cell in the bytes that it was found in, without its quotation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawCell {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether quotation marks within it are doubled or follow a backslash.
    pub(super) escaped: bool,
}

impl RawCell {
    /// Its bytes as they stand.
    pub(super) fn bytes(self, text: &[u8]) -> &[u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// How a quoted cell ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// With its mark, and what ends a cell behind it.
    Proper {
        /// Index of the mark.
        mark: usize,
        /// Index of the delimiter or line ending behind it, or the end of the text.
        next: usize,
    },
    /// With a mark that something else follows.
    Improper {
        /// Index of the mark.
        mark: usize,
    },
    /// Not at all, as far as the text goes.
    Open,
}

/// Where a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordEnd {
    /// Index behind its line ending.
    pub(super) next: usize,
    /// Whether a quoted cell of it is not closed properly.
    pub(super) misquoted: bool,
}

/// Whether a byte ends a line.
pub(super) const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The index behind the line ending at `at`, which is one byte or CR LF.
pub(super) fn after_line_end(text: &[u8], at: usize) -> usize {
    if text.get(at..at + 2) == Some(b"\r\n") { at + 2 } else { at + 1 }
}

/// Where the quoted cell ends that begins at `first`, behind its mark. Where `goes_on`, more text follows than there
/// is: then a mark at its very end may be the first of two.
pub(super) fn close_of(text: &[u8], first: usize, dialect: Dialect, goes_on: bool) -> Close {
    let Dialect { delimiter, quote, backslash, .. } = dialect;
    let mut at = first;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let found = if backslash { memchr::memchr2(quote, b'\\', rest) } else { memchr::memchr(quote, rest) };
        let Some(mark) = found.map(|found| at + found) else { return Close::Open };
        if text.get(mark) != Some(&quote) || (!backslash && text.get(mark + 1) == Some(&quote)) {
            at = mark + 2;
            continue;
        }
        let behind = text.get(mark + 1..).unwrap_or_default();
        return match behind.iter().position(|byte| *byte != b' ' || delimiter == b' ') {
            None if goes_on => Close::Open,
            None => Close::Proper { mark, next: text.len() },
            Some(blanks) => match behind.get(blanks) {
                Some(byte) if *byte == delimiter || is_line_end(*byte) => {
                    Close::Proper { mark, next: mark + 1 + blanks }
                }
                _ => Close::Improper { mark },
            },
        };
    }
}

/// Hands out the cells of the record that begins at `start`. Blanks between a quotation mark and a delimiter belong to
/// no cell. What follows a mark that is not closed properly up to the next delimiter is a part of its cell.
pub(super) fn split_record(text: &[u8], start: usize, dialect: Dialect, take: &mut impl FnMut(RawCell)) -> RecordEnd {
    let mut misquoted = false;
    let mut start = start;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| **byte == b' ' && dialect.delimiter != b' ').count();
        let (cell, end) = if rest.get(blanks) == Some(&dialect.quote) {
            let first = start + blanks + 1;
            match close_of(text, first, dialect, false) {
                Close::Proper { mark, next } => (unquoted(text, first, mark, dialect), next),
                Close::Improper { mark } => {
                    misquoted = true;
                    let end = end_of_cell(text, mark + 1, dialect.delimiter);
                    (RawCell { start, end, escaped: false }, end)
                }
                Close::Open => {
                    misquoted = true;
                    (RawCell { start, end: text.len(), escaped: false }, text.len())
                }
            }
        } else {
            let end = end_of_cell(text, start + blanks, dialect.delimiter);
            misquoted |= has_stray_mark(text.get(start..end).unwrap_or_default(), dialect.quote);
            (RawCell { start, end, escaped: false }, end)
        };
        take(cell);
        match text.get(end) {
            Some(byte) if *byte == dialect.delimiter => start = end + 1,
            Some(_) => return RecordEnd { next: after_line_end(text, end), misquoted },
            None => return RecordEnd { next: end, misquoted },
        }
    }
}

fn end_of_cell(text: &[u8], from: usize, delimiter: u8) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.iter().position(|byte| *byte == delimiter || is_line_end(*byte)).map_or(text.len(), |found| from + found)
}

/// Whether a cell that is not quoted holds half of a pair of quotation marks, as a slip of the finger or a separator
/// that is lost leaves it. Inches are fine where a word follows, and apostrophes anywhere.
fn has_stray_mark(cell: &[u8], quote: u8) -> bool {
    if quote != b'"' || memchr::memchr_iter(quote, cell).count().is_multiple_of(2) {
        return false;
    }
    !memchr::memchr_iter(quote, cell).all(|at| {
        let before = at.checked_sub(1).and_then(|before| cell.get(before));
        before.is_some_and(u8::is_ascii_digit) && cell.get(at + 1) == Some(&b' ')
    })
}

fn unquoted(text: &[u8], start: usize, end: usize, dialect: Dialect) -> RawCell {
    let inner = text.get(start..end).unwrap_or_default();
    let escape = if dialect.backslash { b'\\' } else { dialect.quote };
    RawCell { start, end, escaped: memchr::memchr(escape, inner).is_some() }
}

/// The text of an escaped cell: of two marks, or of a backslash with what follows it, the second alone stays.
pub(super) fn unescape(cell: &[u8], dialect: Dialect, out: &mut Vec<u8>) {
    let escape = if dialect.backslash { b'\\' } else { dialect.quote };
    let mut rest = cell;
    while let Some(found) = memchr::memchr(escape, rest) {
        out.extend_from_slice(rest.get(..found).unwrap_or_default());
        out.extend(rest.get(found + 1));
        rest = rest.get(found + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &[u8]) -> (Vec<String>, RecordEnd) {
        let dialect = Dialect::usual(b',');
        let mut cells = Vec::new();
        let end = split_record(text, 0, dialect, &mut |cell| {
            let mut bytes = cell.bytes(text).to_vec();
            if cell.escaped {
                bytes.clear();
                unescape(cell.bytes(text), dialect, &mut bytes);
            }
            cells.push(String::from_utf8(bytes).expect("text"));
        });
        (cells, end)
    }

    #[test]
    fn cells_over_several_lines_are_fine_when_they_are_closed() {
        for text in [&b"a,\"two\nlines\",b\n"[..], b"\"he said \"\"no\"\"\n\",\"\"\r\n", b"5\" pipe,\"two\nlines\""] {
            assert_eq!(split(text).1, RecordEnd { next: text.len(), misquoted: false });
        }
    }

    #[test]
    fn a_cell_that_is_left_open_or_goes_on_after_its_end_is_not() {
        for text in [&b"a,\"Buddy,b\nc,d,e\n"[..], b"a,\"Buddy,b\nc,\"Sis,e\n", b"\"Ann\" B,c\n"] {
            assert!(split(text).1.misquoted);
        }
    }

    #[test]
    fn half_a_pair_of_marks_is_a_slip_but_for_inches() {
        for (text, misquoted) in [
            (&b"La\"rsen,Ann\n"[..], true),
            (b"Larsen\",Ann\n", true),
            (b"F\"12 Oak St, Apt 3\",MN\n", true),
            (b"Ann \"Annie\" B,Ng\n", false),
            (b"5\" pipe,Ng\n", false),
        ] {
            assert_eq!(split(text).1.misquoted, misquoted);
        }
    }

    #[test]
    fn blanks_before_and_after_quotes_go_and_others_stay() {
        let first = b" \"a\" , \"b, \"\"c\"\"\"  , d\n";
        let (cells, end) = split(&[&first[..], b"\"e\""].concat());
        assert_eq!((cells, end.next), (vec!["a".into(), "b, \"c\"".into(), " d".into()], first.len()));
    }

    #[test]
    fn a_mark_at_the_end_of_what_was_read_may_be_the_first_of_two() {
        let dialect = Dialect::usual(b',');
        assert_eq!(close_of(b"\"ab\"", 1, dialect, true), Close::Open);
        assert_eq!(close_of(b"\"ab\" ", 1, dialect, true), Close::Open);
        assert_eq!(close_of(b"\"ab\"", 1, dialect, false), Close::Proper { mark: 3, next: 4 });
        assert_eq!(close_of(b"\"ab\"\"c\" x", 1, dialect, false), Close::Improper { mark: 6 });
    }
}
