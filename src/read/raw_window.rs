//! The bytes of the record being read, kept beside the CSV reader: it skips empty lines without telling, and forgives
//! quotation marks that swallow rows. Both can only be seen in the bytes themselves.

use std::io::{self, Read};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A reader that remembers what it passed on since a given offset.
pub(super) struct RawWindow<R> {
    inner: R,
    bytes: Vec<u8>,
    first: u64,
    keep: u64,
}

impl<R: Read> RawWindow<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, bytes: Vec::new(), first: 0, keep: 0 }
    }

    /// Says that bytes before `offset` are not needed any more, but for the one before it.
    pub(super) fn keep_from(&mut self, offset: u64) {
        self.keep = offset.saturating_sub(1);
    }

    fn byte(&self, offset: u64) -> Option<u8> {
        self.bytes.get(usize::try_from(offset.checked_sub(self.first)?).ok()?).copied()
    }

    /// The bytes from one offset to another.
    pub(super) fn raw(&self, from: u64, to: u64) -> &[u8] {
        let index = |offset: u64| usize::try_from(offset.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.bytes.get(index(from)..index(to)).unwrap_or_default()
    }

    /// What lies between the offset at which the last record ended and the first byte of the next one: the number of
    /// empty lines, and the offset of that byte.
    pub(super) fn empty_lines(&self, offset: u64) -> (u32, u64) {
        let mut at = offset;
        if offset == 0 && self.bytes.starts_with(BYTE_ORDER_MARK) {
            at = 3;
        }
        let ended_by_carriage_return = offset > 0 && self.byte(offset - 1) == Some(b'\r');
        if ended_by_carriage_return && self.byte(at) == Some(b'\n') {
            at += 1;
        }
        let mut lines = 0;
        loop {
            match self.byte(at) {
                Some(b'\r') if self.byte(at + 1) == Some(b'\n') => at += 2,
                Some(b'\r' | b'\n') => at += 1,
                _ => return (lines, at),
            }
            lines += 1;
        }
    }
}

impl<R: Read> Read for RawWindow<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let passed = usize::try_from(self.keep.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.drain(..passed);
        self.first += passed as u64;
        self.bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(bytes: &[u8]) -> RawWindow<&[u8]> {
        let mut window = RawWindow::new(bytes);
        io::copy(&mut window, &mut io::sink()).expect("read");
        window
    }

    #[test]
    fn empty_lines_are_counted_whatever_ends_them() {
        assert_eq!(window(b"\n\na").empty_lines(0), (2, 2));
        assert_eq!(window(b"\r\n\r\na").empty_lines(0), (2, 4));
        assert_eq!(window(b"\r\ra").empty_lines(0), (2, 2));
        assert_eq!(window(b"a\r\n\r\nb").empty_lines(2), (1, 5));
        assert_eq!(window(b"a\nb").empty_lines(2), (0, 2));
        assert_eq!(window(b"\xef\xbb\xbf\na").empty_lines(0), (1, 4));
    }

    #[test]
    fn bytes_before_the_kept_offset_are_dropped_when_more_come() {
        let mut window = RawWindow::new(&b"0123456789"[..]);
        let mut buffer = [0; 4];
        assert_eq!(window.read(&mut buffer).expect("read"), 4);
        window.keep_from(3);
        assert_eq!(window.read(&mut buffer).expect("read"), 4);
        assert_eq!(window.raw(2, 8), b"234567");
        assert_eq!(window.bytes.len(), 6);
    }
}
