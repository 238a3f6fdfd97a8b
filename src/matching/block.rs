//! Which rows are worth comparing: those that share a key under one of the blocking rules.

use std::hash::{DefaultHasher, Hasher as _};

use crate::domain::{Patient, fold_into};

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
    /// The same first name and street line.
    FirstNameAndStreet,
    /// The same birth date, and names that begin with the same two letters in any order.
    ExchangedNames,
    /// The same two names in any order, and the same birth date.
    SwappedNamesAndBirthDate,
    /// The same two names in any order, and the same year of birth.
    NamesAndBirthYear,
    /// The same two names in any order.
    Names,
    /// The same two names in any order, and the same city.
    NamesAndCity,
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
            Self::FirstNameAndStreet => "same first name and street",
            Self::ExchangedNames => "same birth date and initials in any order",
            Self::SwappedNamesAndBirthDate => "same names in any order and birth date",
            Self::NamesAndBirthYear => "same names in any order and year of birth",
            Self::NamesAndCity => "same names in any order and city",
        }
    }
}

/// A key under a rule: rows that share its hash are compared. The text behind it is personal data and is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BlockKey {
    pub(super) rule: BlockingRule,
    pub(super) hash: u64,
}

/// Calls `visit` with each key of a patient and the exact text behind it, which decides when hashes collide.
pub(super) fn visit_keys(patient: &Patient, scratch: &mut String, mut visit: impl FnMut(BlockKey, &str)) {
    if let Some(id) = patient.subject_id {
        emit(BlockingRule::SubjectId, &id.to_string(), &mut visit);
    }
    for id in &patient.external_ids {
        scratch.clear();
        push_folded(scratch, id.system.as_text());
        push_folded(scratch, id.value.as_text());
        emit(BlockingRule::ExternalId, scratch, &mut visit);
    }
    scratch.clear();
    push_folded(scratch, patient.name.first.as_text());
    push_folded(scratch, patient.name.last.as_text());
    if patient.birth_date.is_none() || patient.sex.is_none() {
        push_remaining(scratch, patient);
        emit(BlockingRule::Demographics, scratch, &mut visit);
    }
}

fn emit(rule: BlockingRule, text: &str, visit: &mut impl FnMut(BlockKey, &str)) {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    visit(BlockKey { rule, hash: hasher.finish() }, text);
}

/// Everything about a patient but first and last name, in a form in which no two splits into fields read the same.
fn push_remaining(out: &mut String, patient: &Patient) {
    push_folded(out, patient.name.middle.as_text());
    push_folded(out, patient.name.suffix.as_text());
    out.push_str(&patient.birth_date.map_or(0, crate::domain::CivilDate::packed).to_string());
    out.push('\u{1f}');
    out.push_str(patient.sex.map_or("", crate::domain::Sex::letter));
    for address in std::iter::once(&patient.address).chain(&patient.additional_addresses) {
        push_folded(out, address.line1.as_text());
        push_folded(out, address.line2.as_text());
        push_folded(out, address.city.as_text());
        push_folded(out, address.state.as_ref().map(crate::domain::State::code).unwrap_or_default());
        push_folded(out, &address.postal_code.map(crate::domain::PostalCode::to_wire).unwrap_or_default());
    }
    push_folded(out, &patient.phone.map(crate::domain::Phone::digits).unwrap_or_default());
    out.push_str(patient.email.as_ref().map(crate::domain::Email::as_text).unwrap_or_default());
    for id in &patient.external_ids {
        push_folded(out, id.system.as_text());
        push_folded(out, id.value.as_text());
    }
    for name in &patient.additional_names {
        push_folded(out, name.first.as_text());
        push_folded(out, name.middle.as_text());
        push_folded(out, name.last.as_text());
    }
}

/// The folded text and a separator that folding never produces.
fn push_folded(out: &mut String, text: &str) {
    fold_into(text, out);
    out.push('\u{1f}');
}

/// The text behind a patient's key of one hash; `None` when it has no such key.
pub(super) fn key_text(patient: &Patient, wanted: BlockKey) -> Option<String> {
    let mut found = None;
    visit_keys(patient, &mut String::new(), |key, text| {
        if key == wanted && found.is_none() {
            found = Some(text.to_owned());
        }
    });
    found
}
