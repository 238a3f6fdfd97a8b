//! Cleaning that every text field shares: white space, control characters, composed letters.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::is_invisible;

/// The text without control and zero-width characters, with single spaces (no-break spaces among them) and composed
/// letters (NFC). Borrowed where nothing may be wrong with it: a text with letters beyond ASCII or an `&`, which may
/// stand for one, is handed back anew.
pub(crate) fn cleaned(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    // Nothing ends the loop early, so that it takes about a step for each letter.
    let (unclean, _) = trimmed.bytes().fold((0_u32, 0), |(unclean, previous), byte| {
        let is_second_space = byte == b' ' && previous == b' ';
        (unclean | u32::from(!matches!(byte, b' '..=b'%' | b'\''..=b'~')) | u32::from(is_second_space), byte)
    });
    let is_clean = unclean == 0;
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

/// Whether a cell shows an error of a spreadsheet program, as delimited files made from one hold it: the error values
/// of ECMA-376 part 1, section 18.17.3, the later ones of Excel, `#ERROR!` of Google Sheets and `Err:502` of
/// `LibreOffice`.
pub(crate) fn is_spreadsheet_error(text: &str) -> bool {
    const ERRORS: [&str; 15] = [
        "BLOCKED!",
        "BUSY!",
        "CALC!",
        "CONNECT!",
        "DIV/0!",
        "ERROR!",
        "FIELD!",
        "GETTING_DATA",
        "N/A",
        "NAME?",
        "NULL!",
        "NUM!",
        "REF!",
        "SPILL!",
        "VALUE!",
    ];
    let text = text.trim();
    match text.as_bytes() {
        [b'#', ..] => {
            let error = text.trim_start_matches(['#', ' ']);
            ERRORS.iter().any(|known| error.eq_ignore_ascii_case(known))
        }
        [b'E' | b'e', b'r' | b'R', b'r' | b'R', b':', digits @ ..] => {
            digits.len() == 3 && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
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
        assert_eq!(cleaned("An\u{206a}n"), "Ann");
        assert_eq!(cleaned("r\u{7f}\u{327}"), "ŗ");
    }

    #[test]
    fn errors_of_spreadsheet_programs_are_told_from_values_that_begin_like_one() {
        for error in ["#N/A", "#Ref!", " #Name? ", "#VALUE!", "#Div/0!", "# N/A", "Err:502"] {
            assert!(is_spreadsheet_error(error), "{error}");
        }
        for value in ["#4", "# 12", "N/A", "Err", "Erra", "#Namen", ""] {
            assert!(!is_spreadsheet_error(value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(text in ".*") {
            let once = cleaned(&text).into_owned();
            prop_assert_eq!(cleaned(&once).into_owned(), once);
        }
    }
}
