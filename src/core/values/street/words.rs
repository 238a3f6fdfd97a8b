//! The words of a street line: how each is written, and what kind of word it is by its letters alone.

use crate::rules::addresses::{WordFacts, WordKey};

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written<'a> {
    AsItStands,
    Standard(&'a str),
    /// A route number: without leading zeros.
    Number,
    /// A floor: without the ending of an ordinal.
    Cardinal,
    /// A box on a route: without hyphen.
    WithoutHyphen,
    NotAtAll,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) key: Option<WordKey>,
    pub(super) facts: WordFacts,
    pub(super) after_comma: bool,
    pub(super) written: Written<'a>,
}

impl Word<'_> {
    pub(super) fn has_digit(&self) -> bool {
        self.text.bytes().any(|byte| byte.is_ascii_digit())
    }

    pub(super) fn begins_with_digit(&self) -> bool {
        self.text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
    }

    /// Whether it can be the identifier of a unit: a number, a letter or two, or letters with a number.
    pub(super) fn is_unit_id(&self) -> bool {
        let is_short = self.text.len() <= 2 && self.text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.has_digit() || (is_short && !self.facts.is_suffix())
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.text.trim_end_matches('.').eq_ignore_ascii_case(word)
    }
}

/// The letter case of a line, which standard spellings take on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LetterCase {
    Upper,
    Lower,
    Mixed,
}

impl LetterCase {
    pub(super) fn from_text(text: &str) -> Self {
        let lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
        let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
        match (upper, lower) {
            (true, false) => Self::Upper,
            (false, true) => Self::Lower,
            _ => Self::Mixed,
        }
    }

    pub(super) fn write(self, standard: &str, out: &mut String) {
        match self {
            Self::Upper => out.extend(standard.chars().map(|letter| letter.to_ascii_uppercase())),
            Self::Lower => out.extend(standard.chars().map(|letter| letter.to_ascii_lowercase())),
            Self::Mixed => out.push_str(standard),
        }
    }
}

/// Corners, care-of and attention lines are no street line; nothing is changed in them.
pub(super) fn is_beyond_us(word: &str) -> bool {
    word.contains(['&', '@', '%'])
        || ["c/o", "attn", "attention", "and"].iter().any(|mark| word.eq_ignore_ascii_case(mark))
}

/// `12`, `12A`, `39-40`, `N6W23001`.
pub(super) fn is_house_number(word: &Word<'_>) -> bool {
    let bytes = word.text.as_bytes();
    let first = bytes.first().copied().unwrap_or_default();
    let second = bytes.get(1).copied().unwrap_or_default();
    if is_ordinal(word.text) {
        return false;
    }
    first.is_ascii_digit() || (b"NSEWnsew".contains(&first) && second.is_ascii_digit())
}

/// `1/2`.
pub(super) fn is_fraction(text: &str) -> bool {
    text.split_once('/').is_some_and(|(over, under)| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits(over) && digits(under)
    })
}

/// `3rd`.
pub(super) fn is_ordinal(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let ending = text.get(digits..).unwrap_or_default();
    digits > 0 && ["st", "nd", "rd", "th"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// What numbers a highway: digits with a letter or two, or one or two capital letters as in Missouri's "Route MM".
pub(super) fn is_highway_number(word: &Word<'_>) -> bool {
    let is_lettered = word.text.len() <= 2
        && word.text.bytes().all(|byte| byte.is_ascii_uppercase())
        && !word.facts.is_directional()
        && !word.facts.is_suffix();
    (word.begins_with_digit() && !is_ordinal(word.text)) || is_lettered
}

pub(super) fn is_article(text: &str) -> bool {
    ["the", "el", "la", "las", "los"].iter().any(|article| text.eq_ignore_ascii_case(article))
}

/// Military units with boxes: postal service centre, common mail room, unit.
pub(super) fn is_military(text: &str) -> bool {
    ["psc", "cmr", "unit", "omc"].iter().any(|known| text.eq_ignore_ascii_case(known))
}

pub(super) fn is_ship(text: &str) -> bool {
    ["uss", "usns", "usnv", "uscgc"].iter().any(|known| text.eq_ignore_ascii_case(known))
}

/// `Box`, `POB`, `P.O.Box123`, `RR2`, `HC-1`, `#123` and the `Carr 2 Km 4.5` of Puerto Rico: with a number in the line
/// they need no house number.
pub(super) fn begins_box_or_route(text: &str) -> bool {
    let letters: String =
        text.chars().take_while(|letter| !letter.is_ascii_digit()).filter(char::is_ascii_alphabetic).collect();
    text == "#"
        || ["box", "pob", "po", "pobox", "rr", "rfd", "hc", "hcr", "carr", "carretera", "km"]
            .iter()
            .any(|known| letters.eq_ignore_ascii_case(known))
}

/// House numbers that are written out, as in `One Main St` (Publication 28, appendix D1).
pub(super) fn is_number_word(text: &str) -> bool {
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
        .iter()
        .any(|known| text.eq_ignore_ascii_case(known))
}

/// North or south with east or west.
pub(super) fn joined(first: &str, second: &str) -> Option<&'static str> {
    match (first, second) {
        ("N", "E") => Some("NE"),
        ("N", "W") => Some("NW"),
        ("S", "E") => Some("SE"),
        ("S", "W") => Some("SW"),
        _ => None,
    }
}
