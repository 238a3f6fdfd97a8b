//! Cleaning that every text field shares: white space, control characters, composed letters.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// The text without control and zero-width characters, with single spaces (no-break spaces among them) and composed
/// letters (NFC).
pub(super) fn cleaned(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    // Two spaces are looked for byte by byte: searching a short text for a short one costs several times as much.
    let is_clean = trimmed.is_ascii()
        && !trimmed.bytes().any(|byte| byte.is_ascii_control())
        && !trimmed.as_bytes().windows(2).any(|pair| pair == b"  ");
    if is_clean {
        return Cow::Borrowed(trimmed);
    }
    let mut out = String::with_capacity(trimmed.len());
    let mut gap = false;
    // What cannot be seen goes first: it would keep a letter and its accent from being composed.
    let visible = trimmed.chars().filter(|letter| letter.is_whitespace() || !is_invisible(*letter));
    for letter in visible.nfc() {
        if letter.is_whitespace() {
            gap = true;
        } else {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Control characters, zero-width characters and direction marks, which come along when text is copied from web pages.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_space_and_invisible_characters_are_tidied() {
        assert_eq!(cleaned("  Ann\u{a0}\u{a0}Marie\u{200b} "), "Ann Marie");
        assert_eq!(cleaned("Nguye\u{302}\u{303}n"), "Nguyễn");
        assert_eq!(cleaned("a\tb\r\nc"), "a b c");
        assert_eq!(cleaned("r\u{7f}\u{327}"), "ŗ");
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(text in ".*") {
            let once = cleaned(&text).into_owned();
            prop_assert_eq!(cleaned(&once).into_owned(), once);
        }
    }
}
