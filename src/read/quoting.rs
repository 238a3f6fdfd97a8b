//! Whether the quoted cells of a record are closed properly. CSV readers take any bytes, so that one stray quotation
//! mark can swallow hundreds of patients into one cell; this is asked wherever a record runs over several lines.

use super::dialect::Dialect;

/// Whether every quoted cell of the raw record is closed and followed by a delimiter or the end.
pub(super) fn is_closed_properly(raw: &[u8], dialect: Dialect) -> bool {
    let delimiter = dialect.delimiter;
    let mut rest = raw;
    loop {
        rest = match quoted_cell(rest, dialect) {
            QuotedCell::None => rest,
            QuotedCell::Open => return false,
            QuotedCell::Closed(after) => match after.iter().position(|byte| *byte != b' ') {
                None => return true,
                Some(index) if is_end_of_cell(after.get(index), delimiter) => after.get(index..).unwrap_or_default(),
                Some(_) => return false,
            },
        };
        let Some(end) = rest.iter().position(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n')) else {
            return true;
        };
        if rest.get(end) != Some(&delimiter) {
            return true;
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
}

fn is_end_of_cell(byte: Option<&u8>, delimiter: u8) -> bool {
    byte.is_some_and(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n'))
}

enum QuotedCell<'a> {
    None,
    Open,
    Closed(&'a [u8]),
}

fn quoted_cell(raw: &[u8], Dialect { quote, backslash, .. }: Dialect) -> QuotedCell<'_> {
    let Some((first, mut rest)) = raw.split_first() else { return QuotedCell::None };
    if *first != quote {
        return QuotedCell::None;
    }
    loop {
        let Some(mark) = rest.iter().position(|byte| *byte == quote || (backslash && *byte == b'\\')) else {
            return QuotedCell::Open;
        };
        let is_escape = rest.get(mark) != Some(&quote);
        rest = rest.get(mark + 1..).unwrap_or_default();
        match rest.split_first() {
            Some((_, after)) if is_escape => rest = after,
            Some((next, after)) if *next == quote && !backslash => rest = after,
            _ => return QuotedCell::Closed(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_over_several_lines_are_fine_when_they_are_closed() {
        assert!(is_closed_properly(b"a,\"two\nlines\",b\n", Dialect::usual(b',')));
        assert!(is_closed_properly(b"\"he said \"\"no\"\"\n\",\"\"\r\n", Dialect::usual(b',')));
        assert!(is_closed_properly(b"5\" pipe,\"two\nlines\"", Dialect::usual(b',')));
    }

    #[test]
    fn a_cell_that_is_left_open_or_goes_on_after_its_end_is_not() {
        assert!(!is_closed_properly(b"a,\"Buddy,b\nc,d,e\n", Dialect::usual(b',')));
        assert!(!is_closed_properly(b"a,\"Buddy,b\nc,\"Sis,e\n", Dialect::usual(b',')));
    }
}
