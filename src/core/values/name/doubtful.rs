//! Names in which something stands that is no name and that no rule takes off: the row waits for somebody to look.

use super::parts::Position;
use crate::rules::NameRules;

/// Whether a first or last name holds more than a name: digits, two people, words of a note, a company, or the whole of
/// a newborn's temporary name in the place of the last.
pub(crate) fn holds_more(text: &str, position: Position, names: &NameRules) -> bool {
    let (mut digits, mut has_mark, mut has_space) = (0_u32, false, false);
    for byte in text.bytes() {
        digits += u32::from(byte.is_ascii_digit());
        has_mark |= matches!(byte, b'&' | b'/');
        has_space |= byte == b' ';
    }
    if digits > 1 || (has_mark && joins_two(text)) {
        return true;
    }
    if !has_space {
        return false;
    }
    let words = || text.split([' ', ',', '(', ')', '.']).filter(|word| !word.is_empty());
    let is_one_of = |word: &str, list: &[String]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let is_note = |word: &str| is_one_of(word, &names.doubtful_words);
    let is_joined = text.as_bytes().windows(5).any(|part| part.eq_ignore_ascii_case(b" and "));
    let is_company = words().next_back().is_some_and(|word| is_one_of(word, &names.doubtful_endings));
    let is_newborn = || position == Position::Last && names.newborn.begins(text);
    words().count() > 1 && (is_joined || is_company || words().any(is_note) || is_newborn())
}

/// Whether `&` stands in a text, or `/` between two words or behind the c of `c/o`. Malay `a/l` and `s/o` are parts of
/// a name.
fn joins_two(text: &str) -> bool {
    let is_word = |word: &str| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
    text.contains('&')
        || text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("c/o "))
        || text.match_indices('/').any(|(at, _)| {
            let (before, after) = text.split_at(at);
            let before = before.trim_end().rsplit([' ', '/']).next().unwrap_or_default();
            let after = after.trim_start_matches(['/', ' ']).split([' ', '/']).next().unwrap_or_default();
            is_word(before) && is_word(after)
        })
}
