//! Two rows side by side: the level of each field, and what the levels amount to.

use crate::domain::{Field, FindingCode, Patient, fold};

use super::block::BlockingRule;
use super::evidence::{Band, ComparisonLevel, FieldEvidence, PairEvidence};
use super::levels::Levels;

/// Jaro-Winkler similarity from which two folded names count as spellings of one name. 0.88 is the second of the three
/// name levels that Splink's comparison library ships.
const SIMILAR_NAME: f64 = 0.88;

/// Compares two rows that a blocking rule brought together.
pub(super) fn compare(left: (u32, &Patient), right: (u32, &Patient), rule: BlockingRule) -> PairEvidence {
    let (left_index, left) = left;
    let (right_index, right) = right;
    let fields = vec![
        evidence(Field::FirstName, name_level(left.name.first.as_text(), right.name.first.as_text())),
        evidence(Field::MiddleName, name_level(left.name.middle.as_text(), right.name.middle.as_text())),
        evidence(Field::LastName, last_name_level(left, right)),
        evidence(Field::Suffix, text_level(left.name.suffix.as_text(), right.name.suffix.as_text())),
        evidence(Field::BirthDate, value_level(left.birth_date, right.birth_date)),
        evidence(Field::Sex, value_level(left.sex, right.sex)),
        evidence(Field::AddressLine1, text_level(left.address.line1.as_text(), right.address.line1.as_text())),
        evidence(Field::PostalCode, value_level(zip5(left), zip5(right))),
        evidence(Field::Phone, value_level(left.phone, right.phone)),
        evidence(Field::Email, value_level(left.email.as_ref(), right.email.as_ref())),
        evidence(Field::ExternalId, external_id_level(left, right)),
    ];
    let band = decide(rule, left, &fields);
    PairEvidence {
        left: left_index,
        right: right_index,
        rule,
        band,
        levels: Levels::default(),
        weight: 0,
        household: 0,
    }
}

fn evidence(field: Field, level: ComparisonLevel) -> FieldEvidence {
    FieldEvidence { field, level, name: level.word(), weight: 0, term: 0 }
}

fn decide(rule: BlockingRule, left: &Patient, fields: &[FieldEvidence]) -> Band {
    let is = |field, level| fields.iter().any(|evidence| evidence.field == field && evidence.level == level);
    let differ = |field| is(field, ComparisonLevel::Different);
    let contradicts = differ(Field::BirthDate)
        || differ(Field::Sex)
        || differ(Field::Suffix)
        || (differ(Field::FirstName) && differ(Field::LastName))
        || may_be_twins(fields);
    if contradicts {
        return Band::Review(FindingCode::MergeConflict);
    }
    if rule == BlockingRule::Demographics && !can_be_told_apart(left) {
        return Band::Review(FindingCode::Indistinguishable);
    }
    Band::Match
}

/// Twins, and dependants under one insurance number: the last name and the birth date are the same, the first names are
/// not spellings of each other. A shared id does not tell such people apart; a person has to look.
fn may_be_twins(fields: &[FieldEvidence]) -> bool {
    let is = |field, level| fields.iter().any(|evidence| evidence.field == field && evidence.level == level);
    is(Field::FirstName, ComparisonLevel::Different)
        && is(Field::LastName, ComparisonLevel::Same)
        && is(Field::BirthDate, ComparisonLevel::Same)
}

/// Whether a patient without birth date or sex carries anything beyond the name. Two rows with equal values of these
/// describe one person; two bare names may be two people.
fn can_be_told_apart(patient: &Patient) -> bool {
    patient.birth_date.is_some()
        || patient.phone.is_some()
        || patient.email.is_some()
        || !patient.address.line1.as_text().is_empty()
}

fn text_level(left: &str, right: &str) -> ComparisonLevel {
    let (left, right) = (fold(left), fold(right));
    if left.is_empty() || right.is_empty() {
        ComparisonLevel::Missing
    } else if left == right {
        ComparisonLevel::Same
    } else {
        ComparisonLevel::Different
    }
}

fn name_level(left: &str, right: &str) -> ComparisonLevel {
    let level = text_level(left, right);
    if level != ComparisonLevel::Different {
        return level;
    }
    let (left, right) = (fold(left), fold(right));
    let initial = left.chars().count() == 1 || right.chars().count() == 1;
    if (initial && left.chars().next() == right.chars().next()) || strsim::jaro_winkler(&left, &right) >= SIMILAR_NAME {
        ComparisonLevel::Similar
    } else {
        ComparisonLevel::Different
    }
}

/// The last names, or a last name of one row among the further names of the other.
fn last_name_level(left: &Patient, right: &Patient) -> ComparisonLevel {
    let level = name_level(left.name.last.as_text(), right.name.last.as_text());
    let carried = |patient: &Patient, other: &Patient| {
        patient.additional_names.iter().any(|name| fold(name.last.as_text()) == fold(other.name.last.as_text()))
    };
    if level == ComparisonLevel::Different && (carried(left, right) || carried(right, left)) {
        return ComparisonLevel::Similar;
    }
    level
}

fn value_level<T: PartialEq>(left: Option<T>, right: Option<T>) -> ComparisonLevel {
    match (left, right) {
        (Some(left), Some(right)) if left == right => ComparisonLevel::Same,
        (Some(_), Some(_)) => ComparisonLevel::Different,
        (None, _) | (_, None) => ComparisonLevel::Missing,
    }
}

fn zip5(patient: &Patient) -> Option<String> {
    patient.address.postal_code.map(crate::domain::PostalCode::zip5)
}

fn external_id_level(left: &Patient, right: &Patient) -> ComparisonLevel {
    if left.external_ids.iter().any(|id| right.external_ids.contains(id)) {
        ComparisonLevel::Same
    } else if left.external_ids.iter().any(|id| right.external_ids.iter().any(|other| other.system == id.system)) {
        ComparisonLevel::Different
    } else {
        ComparisonLevel::Missing
    }
}
