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
    /// What Windows programs in the Americas and western Europe write without being asked. ISO 8859-1 is its part
    /// without the bytes 0x80 to 0x9f, and read the same.
    Windows1252,
    /// What old programs on the Macintosh wrote, and Excel on it as "CSV (Macintosh)".
    Macintosh,
}

/// An encoding, and the evidence for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DetectedEncoding {
    pub(super) encoding: TextEncoding,
    /// As the end of a sentence in the report.
    pub(super) evidence: &'static str,
    /// A sign that stands within words, as in none that was decoded rightly: `Mu§oz`.
    pub(super) sign_in_words: Option<char>,
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
            Self::Macintosh => "macintosh",
        }
    }

    /// The decoder; `None` for UTF-8, which is read as it is.
    pub(super) fn decoder(self) -> Option<&'static encoding_rs::Encoding> {
        match self {
            Self::Utf8 { .. } => None,
            Self::Utf16LittleEndian => Some(encoding_rs::UTF_16LE),
            Self::Utf16BigEndian => Some(encoding_rs::UTF_16BE),
            Self::Windows1252 => Some(encoding_rs::WINDOWS_1252),
            Self::Macintosh => Some(encoding_rs::MACINTOSH),
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

/// The encoding of a file that begins with `head`. Bytes that are no UTF-8 mean Windows-1252, unless well-formed
/// letters beyond ASCII outnumber them: then it is UTF-8 with damaged rows, which reading a damaged file as
/// Windows-1252 would turn into wrong names without a word.
pub(super) fn detect_encoding(head: &[u8]) -> DetectedEncoding {
    let found = |encoding: TextEncoding, evidence| {
        let is_guess = matches!(encoding, TextEncoding::Windows1252 | TextEncoding::Macintosh);
        let looked_at = head.get(..SIGNS_LOOKED_FOR).unwrap_or(head);
        let sign_in_words = encoding.decoder().filter(|_| is_guess).and_then(|decoder| {
            let text = decoder.decode_without_bom_handling(looked_at).0;
            sign_in_words(&text)
        });
        DetectedEncoding { encoding, evidence, sign_in_words }
    };
    match head {
        [0xef, 0xbb, 0xbf, ..] => return found(TextEncoding::Utf8 { marked: true }, "the byte order mark"),
        [0xff, 0xfe, ..] => return found(TextEncoding::Utf16LittleEndian, "the byte order mark"),
        [0xfe, 0xff, ..] => return found(TextEncoding::Utf16BigEndian, "the byte order mark"),
        _ => {}
    }
    if let Some(unmarked) = unmarked_utf16(head) {
        return found(unmarked, "a NUL byte in every other place");
    }
    match sequences_beyond_ascii(head) {
        (0, 0) => found(TextEncoding::Utf8 { marked: false }, "plain ASCII in the part that was examined"),
        (_, 0) => found(TextEncoding::Utf8 { marked: false }, "every non-ASCII letter is valid UTF-8"),
        (well_formed, malformed) if well_formed > malformed => {
            found(TextEncoding::Utf8 { marked: false }, "most non-ASCII letters are valid UTF-8")
        }
        _ if is_macintosh(head) => {
            found(TextEncoding::Macintosh, "it is not UTF-8, and the non-ASCII letters are those of a Macintosh")
        }
        _ => found(TextEncoding::Windows1252, "it is not UTF-8, and the non-ASCII letters are those of Windows"),
    }
}

/// Whether the bytes beside ASCII letters are letters on the Macintosh rather than in Windows-1252: there, the accented
/// letters of western Europe are 0xc0 to 0xff, and 0x80 to 0x9f are punctuation but for a few of eastern Europe; on the
/// Macintosh 0x80 to 0x9f are the usual letters, and 0xe5 to 0xef their rarer capitals. A small letter with an accent
/// that begins a word before small letters, as in "çngel", is such a capital.
fn is_macintosh(head: &[u8]) -> bool {
    let (mut macintosh, mut windows) = (0, 0);
    for at in head.windows(3) {
        if let [before, byte, after] = at
            && !byte.is_ascii()
            && (before.is_ascii_alphabetic() || after.is_ascii_alphabetic())
        {
            let begins_word = !before.is_ascii_alphabetic() && *before < 0x80 && after.is_ascii_lowercase();
            let is_capital = matches!(byte, 0xe5..=0xef) && begins_word;
            // S, Z and OE with their marks, Y with two dots, and apostrophes are what Windows-1252 has there in names.
            let is_letter = matches!(byte, 0x80..=0x9f) && !matches!(byte, 0x8a | 0x8c | 0x91 | 0x92);
            macintosh += usize::from(is_letter || is_capital);
            windows += usize::from(*byte >= 0xc0 && !is_capital);
        }
    }
    macintosh > 2 * windows
}

/// Bytes that are looked at for signs within words.
const SIGNS_LOOKED_FOR: usize = 256 << 10;
/// A sign within words is no slip when there is one among so many letters beyond ASCII.
const LETTERS_PER_SIGN: usize = 20;

/// A sign between two letters, where that is no slip: what an encoding has there that has letters in the file's own
/// one. Those of money, of sections and of length stand before letters there, too.
fn sign_in_words(text: &str) -> Option<char> {
    let (mut letters, mut signs, mut first) = (0, 0, None);
    let mut before = [' '; 2];
    for letter in text.chars().chain([' ']) {
        let [previous, middle] = before;
        if !middle.is_ascii() {
            let begins = !previous.is_alphanumeric() && matches!(middle, '£' | '¥' | '¤' | '§' | '¯');
            let is_within = (previous.is_alphabetic() || begins) && letter.is_alphabetic();
            // `Petroviæ` is Petrović: no language has that at the end of a word.
            let is_ending = previous == 'i' && middle == 'æ' && !letter.is_alphabetic();
            if (is_within && is_sign(middle)) || is_ending {
                signs += 1;
                first = first.or(Some(middle));
            } else if middle.is_alphabetic() {
                letters += 1;
            }
        }
        before = [middle, letter];
    }
    first.filter(|_| signs * LETTERS_PER_SIGN >= letters)
}

/// Whether a character beyond ASCII is no letter and nothing that people write between letters either.
fn is_sign(letter: char) -> bool {
    let is_written = matches!(
        letter,
        '\u{a0}' | '\u{ad}' | '´' | '·' | '\u{2010}'..='\u{201f}' | '\u{2026}' | '«' | '»' | '®' | '™'
    );
    letter == 'ˆ' || !(letter.is_alphabetic() || is_written)
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

/// Letters beyond ASCII after which there is nothing more to learn.
const LETTERS_MAX: usize = 50_000;

/// Number of well-formed letters beyond ASCII and of malformed sequences, as far as [`LETTERS_MAX`]. A sequence cut off
/// at the end is neither.
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
        if well_formed + malformed > LETTERS_MAX {
            break;
        }
    }
    (well_formed, malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(head: &[u8]) -> TextEncoding {
        detect_encoding(head).encoding
    }

    #[test]
    fn macintosh_letters_are_told_from_those_of_windows() {
        assert_eq!(encoding(b"Jos\x8e,Mu\x96oz\nRen\x8e,Pe\x96a\n"), TextEncoding::Macintosh);
        assert_eq!(encoding(b"Jos\xe9,Mu\xf1oz\nO\x92Brien,\x8aim\xe1k\n"), TextEncoding::Windows1252);
        assert_eq!(encoding(b"O\x92Brien,Ann\n"), TextEncoding::Windows1252);
    }

    #[test]
    fn signs_within_names_tell_that_the_file_is_in_another_encoding() {
        let sign = |head: &[u8]| detect_encoding(head).sign_in_words;
        // Muñoz, María in the code page 437 of DOS; Łukasz, Wałęsa in Windows-1250.
        assert_eq!(sign(b"Mu\xa4oz,Mar\xa1a\nPe\xa4a,Zo\x89\n"), Some('\u{a7}'));
        assert_eq!(sign(b"Wa\xb3\xeasa,\xa3ukasz\n"), Some('\u{b3}'));
        assert_eq!(sign(b"Kova\xe8i\xe6,Ana\n"), Some('\u{e6}'));
        assert_eq!(sign(b"Mu\xf1oz,Mar\xeda,Kj\xe6r,O\x92Brien,37 \xb0C,\xa3 5,M\xaa Jos\xe9\n"), None);
        assert_eq!(sign(b"Jos\x8e,Mu\x96oz\nRen\x8e,Pe\x96a,O\xd5Brien\n"), None);
        // One slip in a file that is read rightly.
        let mut bytes = b"Mu\xf1oz,Jos\xe9\n".repeat(20);
        bytes.extend_from_slice(b"M\xa7ller\n");
        assert_eq!(sign(&bytes), None);
    }

    #[test]
    fn byte_order_marks_decide() {
        assert_eq!(encoding(b"\xef\xbb\xbfa"), TextEncoding::Utf8 { marked: true });
        assert_eq!(encoding(b"\xff\xfea\0"), TextEncoding::Utf16LittleEndian);
        assert_eq!(encoding(b"\xfe\xff\0a"), TextEncoding::Utf16BigEndian);
    }

    #[test]
    fn without_a_mark_the_bytes_decide() {
        assert_eq!(encoding(b"Last,First\n"), TextEncoding::Utf8 { marked: false });
        assert_eq!(encoding("Nu\u{f1}ez".as_bytes()), TextEncoding::Utf8 { marked: false });
        assert_eq!(encoding(b"Nu\xf1ez,Ann\n"), TextEncoding::Windows1252);
        assert_eq!(encoding(b"L\0a\0s\0t\0\n\0"), TextEncoding::Utf16LittleEndian);
        assert_eq!(encoding(b"\0L\0a\0s\0t\0\n"), TextEncoding::Utf16BigEndian);
    }

    #[test]
    fn a_letter_cut_off_at_the_end_of_the_sample_is_no_error() {
        assert_eq!(encoding(b"Nu\xc3"), TextEncoding::Utf8 { marked: false });
    }

    #[test]
    fn one_damaged_row_does_not_turn_a_file_of_utf8_into_another_encoding() {
        let mut bytes = "Nu\u{f1}ez\nPe\u{f1}a\n".repeat(20).into_bytes();
        bytes.extend_from_slice(b"Mu\xf1oz\n");
        assert_eq!(encoding(&bytes), TextEncoding::Utf8 { marked: false });
    }
}
