//! One header to one field: exact spelling, then without filler words, then nearly.

use std::fmt;

use super::assign::can_repeat;
use super::standard_path::{PathMeaning, path_meaning};
use crate::domain::{ColumnMeaning, CombinedField, Field};
use crate::rules::HeaderRules;
use crate::rules::headers::header_key;
use crate::values::name::whole::NameOrder;

/// Confidence of a phone or an e-mail address at work: below that of any other, so that it is used last.
const AT_WORK: f64 = 0.85;
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
    /// The header says which part of the patient it is about, and the cells say that they hold several fields.
    HeaderAndContent(&'static str),
    /// The header says nothing, and the cells have the form of the field.
    Content(&'static str),
    /// The user's mapping says so.
    MapFile,
    /// The user's mapping gives the field to another column.
    Displaced,
    /// Another column holds the field already.
    Duplicate,
    /// Other columns hold the parts of the combined column already.
    PartsHeld,
    /// The header names a field and the cells hold something else.
    Contradicted {
        /// What the header says.
        meaning: ColumnMeaning,
        /// What the cells are, in the plural.
        cells: &'static str,
    },
    /// The header speaks of whole names and the cells are none.
    NotWhole,
    /// A word of the header says that it is about somebody or something else.
    SomethingElse,
    /// The header is not known, and the cells look like something that has a field.
    UnknownOver(&'static str),
    /// Nothing fits.
    Unknown,
    /// The column has no header.
    NoHeader,
}

impl fmt::Display for MappingReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spelling => formatter.write_str("a known spelling"),
            Self::WithoutFiller => formatter.write_str("a known spelling, ignoring filler words"),
            Self::Nearly(spelling) => write!(formatter, "close to \"{spelling}\""),
            Self::HeaderAndContent(cells) => write!(formatter, "a known spelling, and the cells are {cells}"),
            Self::Content(cells) => write!(formatter, "mapped by the cells, which are {cells}"),
            Self::MapFile => formatter.write_str("your mapping says so"),
            Self::Displaced => formatter.write_str("your mapping uses another column for this field"),
            Self::Duplicate => formatter.write_str(
                "another column holds this field; this one is compared with it, and used if that one is empty",
            ),
            Self::PartsHeld => formatter.write_str("other columns hold its parts"),
            Self::Contradicted { meaning, cells } => {
                write!(formatter, "the header says {meaning}, but the cells are {cells}")
            }
            Self::NotWhole => formatter.write_str("the header says full names, but the cells are not full names"),
            Self::SomethingElse => {
                formatter.write_str("not about who the patient is (such as provider, visit, insurance)")
            }
            Self::UnknownOver(cells) => {
                write!(formatter, "no field has this header; the cells look like {cells}")
            }
            Self::Unknown => formatter.write_str("no field has this header"),
            Self::NoHeader => formatter.write_str("the column has no header"),
        }
    }
}

/// A field proposed for a header.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) meaning: ColumnMeaning,
    /// Which of several columns of the field the header says it is, from 0: 1 for `MRN 2`.
    pub(super) number: u8,
    /// Which further name or address it belongs to: the table of `[qualifiers]` that a word of the header stands in.
    pub(super) qualifier: Option<String>,
    pub(super) confidence: f64,
    pub(super) reason: MappingReason,
}

/// What a header most likely means; `None` when nothing fits.
pub(super) fn propose(header: &str, rules: &HeaderRules) -> Option<Proposal> {
    match path_meaning(header) {
        Some(PathMeaning::Known(meaning, number)) => {
            return Some(Proposal::new(meaning, number, 1.0, MappingReason::Spelling));
        }
        Some(PathMeaning::Other) => return None,
        None => {}
    }
    let header = without_affixes(header);
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
    let key = header_key(without_affixes(text));
    path_meaning(text).is_some() || exact(&key, rules).is_some() || is_vetoed(&key, rules)
}

/// A custom field of a Salesforce export without what its packages add: `HealthCloudGA__MedicalRecordNumber__pc`.
fn without_affixes(header: &str) -> &str {
    let Some(name) = header.strip_suffix("__c").or_else(|| header.strip_suffix("__pc")) else { return header };
    name.rsplit_once("__").map_or(name, |(_, name)| name)
}

impl Proposal {
    pub(super) fn new(meaning: ColumnMeaning, number: u8, confidence: f64, reason: MappingReason) -> Self {
        Self { meaning, number, qualifier: None, confidence, reason }
    }

    fn qualified(self, key: &str, rules: &HeaderRules) -> Self {
        let qualifier = key.split(' ').find_map(|word| rules.qualifier_of(word)).map(str::to_owned);
        let is_contact = matches!(self.meaning, ColumnMeaning::Field(Field::Phone | Field::Email));
        let is_at_work = is_contact && (key.contains("work") || key.split(' ').any(|word| word == "wk"));
        Self { qualifier, confidence: if is_at_work { AT_WORK } else { self.confidence }, ..self }
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
    let found = |key: &str, number| {
        rules.meaning_of(key).map(|meaning| Proposal::new(meaning, number, 1.0, MappingReason::Spelling))
    };
    found(key, 0).or_else(|| {
        let (name, number) = numbered(key)?;
        let first_line = ColumnMeaning::Field(Field::AddressLine1);
        if number >= 2 && (rules.meaning_of(name) == Some(first_line) || is_first_line(name, rules)) {
            let further = ColumnMeaning::Combined(CombinedField::FurtherAddressLine);
            return Some(Proposal::new(further, number - 2, 1.0, MappingReason::Spelling));
        }
        // `City 1` is the city; a second one belongs to another address.
        found(name, number).filter(|proposal| number == 0 || can_repeat(proposal.meaning))
    })
}

/// Whether `name 1` is a first address line: `address line`.
fn is_first_line(name: &str, rules: &HeaderRules) -> bool {
    rules.meaning_of(&format!("{name} 1")) == Some(ColumnMeaning::Field(Field::AddressLine1))
}

/// What the columns of a second or further address in numbered columns hold: `Address 2`, `City 2`, `Addr2 Zip` beside
/// `City 1`. The number is that of the address, from 1.
pub(super) fn in_numbered_address(header: &str, rules: &HeaderRules) -> Option<(Field, u8)> {
    let key = header_key(header);
    let mut number = None;
    let mut bare = String::with_capacity(key.len());
    for word in key.split(' ') {
        let (name, digits) = word.split_at(word.trim_end_matches(|letter: char| letter.is_ascii_digit()).len());
        // `address 2 line 1`: the number of the line stays.
        let is_line = bare.ends_with("line") || name == "line";
        let word = if digits.is_empty() || is_line || number.is_some() {
            word
        } else {
            number = Some(digits.parse::<u8>().ok()?);
            name
        };
        if !word.is_empty() {
            bare.push_str(if bare.is_empty() { "" } else { " " });
            bare.push_str(word);
        }
    }
    let field = match rules.meaning_of(&bare)? {
        ColumnMeaning::Field(field) => field,
        ColumnMeaning::Combined(_) => return None,
    };
    let is_part =
        matches!(field, Field::AddressLine1 | Field::AddressLine2 | Field::City | Field::State | Field::PostalCode);
    number.filter(|number| is_part && *number >= 1).map(|number| (field, number))
}

/// The order of names that a header states: `Name (Last, First)`.
pub(super) fn name_order_of(header: &str) -> Option<NameOrder> {
    let key = header_key(header);
    let place_of = |names: &[&str]| key.split(' ').position(|word| names.contains(&word));
    let first = place_of(&["first", "given", "forename", "nombre", "nombres", "prenom", "prenoms"])?;
    let last = place_of(&["last", "family", "surname", "apellido", "apellidos", "nom"])?;
    Some(if first < last { NameOrder::FirstLast } else { NameOrder::LastFirst })
}

/// `mrn 2` and `mrn2` to `mrn` and the number 1, counted from 0.
fn numbered(key: &str) -> Option<(&str, u8)> {
    let name = key.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number: u8 = key.get(name.len()..)?.parse().ok()?;
    Some((name.trim_end(), number.checked_sub(1)?))
}

/// Whether a header that means no field has a word by which it is known to be something else.
pub(super) fn is_about_something_else(header: &str, rules: &HeaderRules) -> bool {
    path_meaning(header) == Some(PathMeaning::Other) || is_vetoed(&header_key(without_affixes(header)), rules)
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
    // As many letters more or fewer as can still be one spelling: most are ruled out without being compared.
    let is_as_long = |spelling: &str| {
        let longer = spelling.len().max(key.len());
        spelling.len().abs_diff(key.len()) * 10 <= longer
    };
    let near: Vec<(f64, &str, ColumnMeaning)> = rules
        .spellings()
        .filter(|(spelling, _)| spelling.len() >= NEARLY_SHORTEST && is_as_long(spelling))
        .filter(|(spelling, _)| digits(spelling).eq(digits(key)))
        .map(|(spelling, field)| (strsim::normalized_damerau_levenshtein(key, spelling), spelling, field))
        .filter(|(similarity, ..)| *similarity >= NEARLY)
        .collect();
    let best = near.iter().max_by(|left, right| left.0.total_cmp(&right.0).then_with(|| right.1.cmp(left.1)))?;
    // Near to two fields is near to none.
    if near.iter().any(|(.., field)| *field != best.2) {
        return None;
    }
    Some(Proposal::new(best.2, 0, best.0, MappingReason::Nearly(best.1.to_owned())))
}

/// Digits are no slips: line 3 is not line 2.
fn digits(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(char::is_ascii_digit)
}
