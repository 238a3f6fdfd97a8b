//! Which encoding a delimited file is in, from its byte order mark or its first bytes.

use std::borrow::Cow;

/// An encoding that rosters come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextEncoding {
    /// Without or with a byte order mark.
    Utf8 { marked: bool },
    /// As Excel's "Unicode text" writes it.
    Utf16LittleEndian,
    /// Its rarer sibling.
    Utf16BigEndian,
    /// What Windows programs in the Americas and western Europe write without being asked.
    Windows1252,
}

impl TextEncoding {
    /// The name used in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 { marked: false } => "UTF-8",
            Self::Utf8 { marked: true } => "UTF-8 with byte order mark",
            Self::Utf16LittleEndian => "UTF-16LE",
            Self::Utf16BigEndian => "UTF-16BE",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The decoder; `None` for UTF-8, which is read as it is.
    pub(super) fn decoder(self) -> Option<&'static encoding_rs::Encoding> {
        match self {
            Self::Utf8 { .. } => None,
            Self::Utf16LittleEndian => Some(encoding_rs::UTF_16LE),
            Self::Utf16BigEndian => Some(encoding_rs::UTF_16BE),
            Self::Windows1252 => Some(encoding_rs::WINDOWS_1252),
        }
    }

    /// A sample in UTF-8.
    pub(super) fn decoded(self, sample: &[u8]) -> Cow<'_, [u8]> {
        match self.decoder() {
            None => Cow::Borrowed(sample),
            Some(encoding) => match encoding.decode_with_bom_removal(sample).0 {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
        }
    }
}

/// The encoding of a file that begins with `head`. Bytes that are no UTF-8 mean Windows-1252, unless well-formed letters
/// beyond ASCII outnumber them: then it is UTF-8 with damaged rows, which reading a damaged file as Windows-1252 would
/// turn into wrong names without a word.
pub(super) fn detect_encoding(head: &[u8]) -> TextEncoding {
    match head {
        [0xef, 0xbb, 0xbf, ..] => return TextEncoding::Utf8 { marked: true },
        [0xff, 0xfe, ..] => return TextEncoding::Utf16LittleEndian,
        [0xfe, 0xff, ..] => return TextEncoding::Utf16BigEndian,
        _ => {}
    }
    if let Some(unmarked) = unmarked_utf16(head) {
        return unmarked;
    }
    let (well_formed, malformed) = sequences_beyond_ascii(head);
    if malformed == 0 || well_formed > malformed {
        TextEncoding::Utf8 { marked: false }
    } else {
        TextEncoding::Windows1252
    }
}

/// Text of Western letters in UTF-16 has a NUL in nearly every other byte, and always on the same side.
fn unmarked_utf16(head: &[u8]) -> Option<TextEncoding> {
    let (pairs, _) = head.get(..head.len().min(4 << 10))?.as_chunks::<2>();
    let high_first = pairs.iter().filter(|pair| pair[0] == 0 && pair[1] != 0).count();
    let low_first = pairs.iter().filter(|pair| pair[1] == 0 && pair[0] != 0).count();
    let nearly_all = pairs.len() >= 4 && pairs.len() * 9 / 10 <= low_first.max(high_first);
    match (nearly_all, high_first, low_first) {
        (true, 0, _) => Some(TextEncoding::Utf16LittleEndian),
        (true, _, 0) => Some(TextEncoding::Utf16BigEndian),
        _ => None,
    }
}

/// Number of well-formed letters beyond ASCII and of malformed sequences. A sequence cut off at the end is neither.
fn sequences_beyond_ascii(bytes: &[u8]) -> (usize, usize) {
    let (mut well_formed, mut malformed) = (0, 0);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        well_formed += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        let is_cut_off = chunks.peek().is_none()
            && std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
        if !chunk.invalid().is_empty() && !is_cut_off {
            malformed += 1;
        }
    }
    (well_formed, malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_marks_decide() {
        assert_eq!(detect_encoding(b"\xef\xbb\xbfa"), TextEncoding::Utf8 { marked: true });
        assert_eq!(detect_encoding(b"\xff\xfea\0"), TextEncoding::Utf16LittleEndian);
        assert_eq!(detect_encoding(b"\xfe\xff\0a"), TextEncoding::Utf16BigEndian);
    }

    #[test]
    fn without_a_mark_the_bytes_decide() {
        assert_eq!(detect_encoding(b"Last,First\n"), TextEncoding::Utf8 { marked: false });
        assert_eq!(detect_encoding("Nu\u{f1}ez".as_bytes()), TextEncoding::Utf8 { marked: false });
        assert_eq!(detect_encoding(b"Nu\xf1ez,Ann\n"), TextEncoding::Windows1252);
        assert_eq!(detect_encoding(b"L\0a\0s\0t\0\n\0"), TextEncoding::Utf16LittleEndian);
        assert_eq!(detect_encoding(b"\0L\0a\0s\0t\0\n"), TextEncoding::Utf16BigEndian);
    }

    #[test]
    fn a_letter_cut_off_at_the_end_of_the_sample_is_no_error() {
        assert_eq!(detect_encoding(b"Nu\xc3"), TextEncoding::Utf8 { marked: false });
    }

    #[test]
    fn one_damaged_row_does_not_turn_a_file_of_utf8_into_another_encoding() {
        let mut bytes = "Nu\u{f1}ez\nPe\u{f1}a\n".repeat(20).into_bytes();
        bytes.extend_from_slice(b"Mu\xf1oz\n");
        assert_eq!(detect_encoding(&bytes), TextEncoding::Utf8 { marked: false });
    }
}
