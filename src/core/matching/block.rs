//! Which rows are worth comparing: those that share a key under one of the blocking rules.

use super::hash::{hash, mixed};
use crate::domain::{CivilDate, PatientView, Sex, fold_into};

/// Why two rows are compared. Ordered by strength: a pair found by several rules is filed under the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockingRule {
    /// A person decided.
    Decision,
    /// The roster gives both the same subject id.
    SubjectId,
    /// Both carry the same external id in the same system.
    ExternalId,
    /// The same first name, last name, birth date and sex, all present.
    Identity,
    /// Birth date or sex is missing, and everything that is there is the same.
    Demographics,
    /// The same phone.
    Phone,
    /// The same e-mail address.
    Email,
    /// The same street line, and first names that begin alike.
    StreetAndFirstInitial,
    /// The same birth date, day and month in any order, and last names that begin alike.
    BirthDateAndLastBeginning,
    /// The same birth date, day and month in any order, and first names that begin alike.
    BirthDateAndFirstInitial,
    /// The same birth date, day and month in any order, and the same ZIP or other postal code.
    BirthDateAndPostalCode,
    /// The same birth date, day and month in any order, and the same city.
    BirthDateAndCity,
    /// The same last name and ZIP, and first names that begin alike.
    LastNameAndPostalCode,
    /// The same last name and city, and first names that begin alike.
    LastNameAndCity,
    /// The same first name and postal code, and last names that begin alike.
    FirstNameAndPostalCode,
    /// The same house number and postal code.
    HouseNumberAndPostalCode,
    /// The same last name and the same road, whatever the house number.
    LastNameAndRoad,
    /// The same first name and road, and last names that begin alike.
    FirstNameAndRoad,
    /// The same last name, and first and middle names that begin alike.
    LastNameAndInitials,
    /// The same first name, and middle and last names that begin alike.
    FirstNameAndInitials,
    /// The same last name and year of birth, and first names that begin alike.
    LastNameAndBirthYear,
    /// The same last name, day and month of birth, and first names that begin alike.
    LastNameAndBirthDay,
    /// The same first name, day and month of birth, and last names that begin alike.
    FirstNameAndBirthDay,
    /// The same birth date, and names that begin with the same two letters in any order.
    ExchangedNames,
    /// The same two names in any order.
    Names,
}

impl BlockingRule {
    /// What comes first when pairs are joined: decisions, then the rules that decide by themselves, then weights.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Decision => 0,
            Self::SubjectId | Self::ExternalId | Self::Demographics => 1,
            _ => 2,
        }
    }

    /// The name in `duplicates.csv` and the reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decision => "decided",
            Self::SubjectId => "same subject id",
            Self::ExternalId => "same external id",
            Self::Identity => "same name, birth date and sex",
            Self::Demographics => "same in every field",
            Self::Phone => "same phone",
            Self::Email => "same e-mail address",
            Self::StreetAndFirstInitial => "same street and first initial",
            Self::BirthDateAndLastBeginning => "same birth date and beginning of the last name",
            Self::BirthDateAndFirstInitial => "same birth date and first initial",
            Self::BirthDateAndPostalCode => "same birth date and postal code",
            Self::BirthDateAndCity => "same birth date and city",
            Self::FirstNameAndPostalCode => "same first name, postal code and last initial",
            Self::HouseNumberAndPostalCode => "same house number and postal code",
            Self::Names => "same names in any order",
            Self::LastNameAndPostalCode => "same last name, ZIP and first initial",
            Self::LastNameAndCity => "same last name, city and first initial",
            Self::LastNameAndRoad => "same last name and road",
            Self::FirstNameAndRoad => "same first name, road and last initial",
            Self::LastNameAndInitials => "same last name and initials",
            Self::FirstNameAndInitials => "same first name, middle initial and beginning of the last name",
            Self::LastNameAndBirthYear => "same last name, year of birth and first initial",
            Self::LastNameAndBirthDay => "same last name, day of birth and first initial",
            Self::FirstNameAndBirthDay => "same first name, day of birth and last initial",
            Self::ExchangedNames => "same birth date and initials in any order",
        }
    }
}

/// Calls `visit` with each key of a patient: its rule, its hash, and the exact text behind it, which decides when
/// hashes collide. Rows that share a key are compared. The text is personal data and is not kept.
pub(super) fn visit_keys(
    patient: &PatientView<'_>,
    scratch: &mut String,
    mut visit: impl FnMut(BlockingRule, u64, &str),
) {
    if !patient.subject_id.is_empty() {
        emit(BlockingRule::SubjectId, patient.subject_id, &mut visit);
    }
    for [system, value] in patient.external_ids.texts() {
        scratch.clear();
        push_folded(scratch, system);
        push_folded(scratch, value);
        emit(BlockingRule::ExternalId, scratch, &mut visit);
    }
    if patient.birth_date.is_none() || patient.sex.is_none() {
        scratch.clear();
        push_folded(scratch, patient.first);
        push_folded(scratch, patient.last);
        push_remaining(scratch, patient);
        emit(BlockingRule::Demographics, scratch, &mut visit);
    }
}

fn emit(rule: BlockingRule, text: &str, visit: &mut impl FnMut(BlockingRule, u64, &str)) {
    visit(rule, mixed(&[rule as u64, hash(text)]), text);
}

/// Everything about a patient but first and last name, in a form in which no two splits into fields read the same.
fn push_remaining(out: &mut String, patient: &PatientView<'_>) {
    push_folded(out, patient.middle);
    push_folded(out, patient.suffix);
    out.push_str(&patient.birth_date.map_or(0, CivilDate::packed).to_string());
    out.push('\u{1f}');
    out.push_str(patient.sex.map_or("", Sex::letter));
    for address in std::iter::once(patient.address).chain(patient.additional_addresses.texts()) {
        for part in address {
            push_folded(out, part);
        }
    }
    push_folded(out, patient.phone);
    out.push_str(patient.email);
    for part in patient.external_ids.texts().flatten().chain(patient.additional_names.texts().flatten()) {
        push_folded(out, part);
    }
}

/// The folded text and a separator that folding never produces.
fn push_folded(out: &mut String, text: &str) {
    fold_into(text, out);
    out.push('\u{1f}');
}

/// The rule and the text behind a patient's key of one hash; `None` when it has no such key.
pub(super) fn key_text(patient: &PatientView<'_>, wanted: u64) -> Option<(BlockingRule, String)> {
    let mut found = None;
    visit_keys(patient, &mut String::new(), |rule, hash, text| {
        if hash == wanted && found.is_none() {
            found = Some((rule, text.to_owned()));
        }
    });
    found
}
