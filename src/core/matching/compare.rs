//! Two rows of one id side by side: whether they contradict each other.

use crate::domain::{FindingCode, Patient, fold};

use super::block::BlockingRule;
use super::evidence::{Band, ComparisonLevel, PairEvidence};
use super::levels::Levels;

/// Jaro-Winkler similarity from which two folded names count as spellings of one name. 0.88 is the second of the three
/// name levels that Splink's comparison library ships.
const SIMILAR_NAME: f64 = 0.88;

/// Compares two rows that a blocking rule brought together.
pub(super) fn compare(left: (u32, &Patient), right: (u32, &Patient), rule: BlockingRule) -> PairEvidence {
    let (left_index, left) = left;
    let (right_index, right) = right;
    let levels = IdentityLevels {
        first: name_level(left.name.first.as_text(), right.name.first.as_text()),
        last: last_name_level(left, right),
        suffix: text_level(left.name.suffix.as_text(), right.name.suffix.as_text()),
        birth: value_level(left.birth_date, right.birth_date),
        sex: value_level(left.sex, right.sex),
    };
    let band = decide(rule, left, levels);
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

/// The levels of the fields that distinguish people with one id.
#[derive(Clone, Copy)]
struct IdentityLevels {
    first: ComparisonLevel,
    last: ComparisonLevel,
    suffix: ComparisonLevel,
    birth: ComparisonLevel,
    sex: ComparisonLevel,
}

fn decide(rule: BlockingRule, left: &Patient, levels: IdentityLevels) -> Band {
    let differ = |level| level == ComparisonLevel::Different;
    let contradicts = differ(levels.birth)
        || differ(levels.sex)
        || differ(levels.suffix)
        || (differ(levels.first) && differ(levels.last))
        || may_be_twins(levels);
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
fn may_be_twins(levels: IdentityLevels) -> bool {
    levels.first == ComparisonLevel::Different
        && levels.last == ComparisonLevel::Same
        && levels.birth == ComparisonLevel::Same
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
    folded_level(&fold(left), &fold(right))
}

fn folded_level(left: &str, right: &str) -> ComparisonLevel {
    if left.is_empty() || right.is_empty() {
        ComparisonLevel::Missing
    } else if left == right {
        ComparisonLevel::Same
    } else {
        ComparisonLevel::Different
    }
}

fn name_level(left: &str, right: &str) -> ComparisonLevel {
    let (left, right) = (fold(left), fold(right));
    let level = folded_level(&left, &right);
    if level != ComparisonLevel::Different {
        return level;
    }
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
