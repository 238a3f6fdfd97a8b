//! One header to one field: exact spelling, then without filler words, then nearly.

use std::fmt;

use super::assign::can_repeat;
use crate::domain::Field;
use crate::rules::HeaderRules;
use crate::rules::headers::header_key;

/// Edit similarity from which two keys count as one spelling: one slip in ten letters.
const NEARLY: f64 = 0.9;
/// Shorter keys are too alike to be matched nearly.
const NEARLY_SHORTEST: usize = 6;

/// Why a column has the field it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingReason {
    /// The header is one of the spellings.
    Spelling,
    /// It is one when words that say nothing are left out.
    WithoutFiller,
    /// It nearly is one.
    Nearly(String),
    /// The user's mapping says so.
    MapFile,
    /// Another column holds the field already.
    Duplicate,
    /// Nothing fits.
    Unknown,
    /// The column has no header.
    NoHeader,
}

impl fmt::Display for MappingReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spelling => formatter.write_str("a known spelling"),
            Self::WithoutFiller => formatter.write_str("a known spelling, without words that say nothing"),
            Self::Nearly(spelling) => write!(formatter, "nearly \"{spelling}\""),
            Self::MapFile => formatter.write_str("your mapping says so"),
            Self::Duplicate => formatter.write_str("another column holds this field already"),
            Self::Unknown => formatter.write_str("no field is known by this header"),
            Self::NoHeader => formatter.write_str("the column has no header"),
        }
    }
}

/// A field proposed for a header.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) field: Field,
    /// Which of several columns of the field the header says it is, from 0: 1 for `MRN 2`.
    pub(super) number: u8,
    /// Which further name or address it belongs to: the table of `[qualifiers]` that a word of the header stands in.
    pub(super) qualifier: Option<String>,
    pub(super) confidence: f64,
    pub(super) reason: MappingReason,
}

/// What a header most likely means; `None` when nothing fits.
pub(super) fn propose(header: &str, rules: &HeaderRules) -> Option<Proposal> {
    let whole = header_key(header);
    if let Some(found) = exact(&whole, rules) {
        return Some(found.qualified(&whole, rules));
    }
    if is_vetoed(&whole, rules) {
        return None;
    }
    let bare = without_hint(header, rules).unwrap_or_else(|| whole.clone());
    let found = exact(&bare, rules)
        .or_else(|| without_filler(&whole, rules))
        .or_else(|| without_filler(&bare, rules))
        .or_else(|| nearly(&bare, rules));
    found.map(|found| found.qualified(&whole, rules))
}

/// Whether the header is one of the spellings, or has a word by which it is known to be something else. A cell with a
/// patient's data is neither.
pub(super) fn is_known_header(text: &str, rules: &HeaderRules) -> bool {
    let key = header_key(text);
    exact(&key, rules).is_some() || is_vetoed(&key, rules)
}

impl Proposal {
    fn of(field: Field, number: u8, confidence: f64, reason: MappingReason) -> Self {
        Self { field, number, qualifier: None, confidence, reason }
    }

    fn qualified(self, key: &str, rules: &HeaderRules) -> Self {
        let qualifier = key.split(' ').find_map(|word| rules.qualifier_of(word)).map(str::to_owned);
        Self { qualifier, ..self }
    }
}

/// The key without what stands in brackets, where that is a hint about the format. `Phone (Emergency Contact)` and
/// `Last Name (Maiden)` keep theirs: it says whose it is, or which.
fn without_hint(header: &str, rules: &HeaderRules) -> Option<String> {
    let (mut kept, mut hint) = (String::with_capacity(header.len()), String::new());
    let mut depth = 0_u32;
    for letter in header.chars() {
        match letter {
            '(' | '[' => {
                depth += 1;
                hint.push(' ');
            }
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => hint.push(letter),
        }
    }
    let is_telling = header_key(&hint).split(' ').any(|word| rules.qualifier_of(word).is_some());
    (!hint.is_empty() && !is_telling).then(|| header_key(&kept))
}

fn exact(key: &str, rules: &HeaderRules) -> Option<Proposal> {
    let found =
        |key: &str, number| rules.field_of(key).map(|field| Proposal::of(field, number, 1.0, MappingReason::Spelling));
    found(key, 0).or_else(|| {
        let (name, number) = numbered(key)?;
        found(name, number).filter(|proposal| can_repeat(proposal.field))
    })
}

/// `mrn 2` and `mrn2` to `mrn` and the number 1, counted from 0.
fn numbered(key: &str) -> Option<(&str, u8)> {
    let name = key.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number: u8 = key.get(name.len()..)?.parse().ok()?;
    Some((name.trim_end(), number.checked_sub(1)?))
}

fn is_vetoed(key: &str, rules: &HeaderRules) -> bool {
    key.split(' ').any(|word| rules.is_veto(word))
}

fn without_filler(key: &str, rules: &HeaderRules) -> Option<Proposal> {
    let words: Vec<&str> = key.split(' ').filter(|word| !rules.is_filler(word)).collect();
    let shortened = words.join(" ");
    if shortened == key || shortened.is_empty() {
        return None;
    }
    exact(&shortened, rules).map(|found| Proposal { confidence: 0.95, reason: MappingReason::WithoutFiller, ..found })
}

fn nearly(key: &str, rules: &HeaderRules) -> Option<Proposal> {
    if key.len() < NEARLY_SHORTEST {
        return None;
    }
    let near: Vec<(f64, &str, Field)> = rules
        .spellings()
        .filter(|(spelling, _)| spelling.len() >= NEARLY_SHORTEST && digits(spelling).eq(digits(key)))
        .map(|(spelling, field)| (strsim::normalized_damerau_levenshtein(key, spelling), spelling, field))
        .filter(|(similarity, ..)| *similarity >= NEARLY)
        .collect();
    let best = near.iter().max_by(|left, right| left.0.total_cmp(&right.0).then_with(|| right.1.cmp(left.1)))?;
    // Near to two fields is near to none.
    if near.iter().any(|(.., field)| *field != best.2) {
        return None;
    }
    Some(Proposal::of(best.2, 0, best.0, MappingReason::Nearly(best.1.to_owned())))
}

/// Digits are no slips: line 3 is not line 2.
fn digits(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(char::is_ascii_digit)
}
