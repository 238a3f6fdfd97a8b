//! One header to one field: exact spelling, then without filler words, then nearly.

use std::fmt;

use crate::domain::{Field, FieldSlot};
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
    pub(super) slot: FieldSlot,
    /// Whether the header itself numbers the column (`MRN 2`).
    pub(super) is_numbered: bool,
    pub(super) confidence: f64,
    pub(super) reason: MappingReason,
}

/// What a header most likely means; `None` when nothing fits.
pub(super) fn propose(header: &str, rules: &HeaderRules) -> Option<Proposal> {
    let whole = header_key(header);
    let bare = header_key(&without_brackets(header));
    let keys: Vec<&str> = if bare == whole { vec![&whole] } else { vec![&whole, &bare] };
    keys.iter()
        .find_map(|key| exact(key, rules))
        .or_else(|| keys.iter().find_map(|key| without_filler(key, rules)))
        .or_else(|| nearly(&bare, rules))
}

fn without_brackets(header: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::with_capacity(header.len());
    for letter in header.chars() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    kept
}

fn proposal(field: Field, group: Option<u8>, confidence: f64, reason: MappingReason) -> Proposal {
    let slot = FieldSlot { field, group: group.unwrap_or(0) };
    Proposal { slot, is_numbered: group.is_some(), confidence, reason }
}

fn exact(key: &str, rules: &HeaderRules) -> Option<Proposal> {
    let found =
        |key: &str, group| rules.field_of(key).map(|field| proposal(field, group, 1.0, MappingReason::Spelling));
    found(key, None).or_else(|| {
        let (name, group) = numbered(key)?;
        found(name, Some(group)).filter(|proposal| can_repeat(proposal.slot.field))
    })
}

/// `mrn 2` and `mrn2` to `mrn` and group 1.
fn numbered(key: &str) -> Option<(&str, u8)> {
    let name = key.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number: u8 = key.get(name.len()..)?.parse().ok()?;
    Some((name.trim_end(), number.checked_sub(1)?))
}

/// Whether a person may have several of the field.
pub(super) fn can_repeat(field: Field) -> bool {
    matches!(
        field,
        Field::ExternalId
            | Field::ExternalSystem
            | Field::Phone
            | Field::Email
            | Field::Label
            | Field::AdditionalFirstName
            | Field::AdditionalMiddleName
            | Field::AdditionalLastName
            | Field::AdditionalAddressLine1
            | Field::AdditionalAddressLine2
            | Field::AdditionalCity
            | Field::AdditionalState
            | Field::AdditionalPostalCode
    )
}

fn is_vetoed(key: &str, rules: &HeaderRules) -> bool {
    key.split(' ').any(|word| rules.is_veto(word))
}

fn without_filler(key: &str, rules: &HeaderRules) -> Option<Proposal> {
    if is_vetoed(key, rules) {
        return None;
    }
    let words: Vec<&str> = key.split(' ').filter(|word| !rules.is_filler(word)).collect();
    let shortened = words.join(" ");
    if shortened == key || shortened.is_empty() {
        return None;
    }
    exact(&shortened, rules).map(|found| Proposal { confidence: 0.95, reason: MappingReason::WithoutFiller, ..found })
}

fn nearly(key: &str, rules: &HeaderRules) -> Option<Proposal> {
    if is_vetoed(key, rules) || key.len() < NEARLY_SHORTEST {
        return None;
    }
    let near: Vec<(f64, &str, Field)> = rules
        .spellings()
        .filter(|(spelling, _)| spelling.len() >= NEARLY_SHORTEST)
        .map(|(spelling, field)| (strsim::normalized_damerau_levenshtein(key, spelling), spelling, field))
        .filter(|(similarity, ..)| *similarity >= NEARLY)
        .collect();
    let best = near.iter().max_by(|left, right| left.0.total_cmp(&right.0).then_with(|| right.1.cmp(left.1)))?;
    // Near to two fields is near to none.
    if near.iter().any(|(.., field)| *field != best.2) {
        return None;
    }
    Some(proposal(best.2, None, best.0, MappingReason::Nearly(best.1.to_owned())))
}
