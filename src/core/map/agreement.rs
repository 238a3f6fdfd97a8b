//! Whether a column's content agrees with what its header says, in figures and in words.

use std::fmt;

use super::profile::{Form, FormSet, Profile};
use crate::domain::{CellKind, ColumnMeaning, CombinedField, Field};
use crate::rules::Rules;

/// Cells that a column has to have before its content can contradict its header.
const FEWEST_CELLS: u32 = 3;
/// Share of cells in agreement up to which the content can contradict.
const AGREEMENT_AT_MOST: f64 = 0.1;
/// Share of cells that have to have one other form.
const OTHER_FORM_AT_LEAST: f64 = 0.8;
/// Names that a column has to have before they can be those of the other column, and their share.
const FEWEST_NAMES: u32 = 12;
const OTHER_NAMES_AT_LEAST: f64 = 0.6;
/// Part of a header's confidence that its content cannot take away.
const HEADER_ALONE: f64 = 0.6;

/// What the cells of a column say about its mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentEvidence {
    /// Cells looked at that hold something.
    pub cells: u32,
    /// Cells among these that have the form of the field.
    pub agreeing: u32,
    /// What such cells are, in the plural.
    pub expected: &'static str,
}

impl fmt::Display for ContentEvidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cells {
            0 => formatter.write_str("no cells to examine"),
            cells => write!(formatter, "{} of {cells} cells examined are {}", self.agreeing, self.expected),
        }
    }
}

impl ContentEvidence {
    /// The evidence for a meaning; `None` for fields whose cells may have any form.
    pub(super) fn for_column(meaning: ColumnMeaning, profile: &Profile) -> Option<Self> {
        let (forms, expected) = expected_of(meaning)?;
        Some(Self { cells: profile.filled(), agreeing: profile.count(forms), expected })
    }

    /// The confidence of a header whose cells are these.
    pub(super) fn weigh(self, confidence: f64) -> f64 {
        if self.cells == 0 {
            return confidence;
        }
        let share = f64::from(self.agreeing) / f64::from(self.cells);
        confidence * (HEADER_ALONE + (1.0 - HEADER_ALONE) * share)
    }
}

/// What the cells of a column look like if its header says nothing: only forms that have a field.
pub(super) fn looks_like(profile: &Profile) -> Option<Form> {
    const TELLING: [Form; 8] = [
        Form::Email,
        Form::Phone,
        Form::Date,
        Form::State,
        Form::Zip,
        Form::OneLineAddress,
        Form::Street,
        Form::NameWithComma,
    ];
    let is_filled = profile.filled() >= FEWEST_CELLS;
    TELLING.into_iter().find(|form| is_filled && profile.share(*form) >= OTHER_FORM_AT_LEAST)
}

/// What a column surely holds instead of what its header says.
pub(super) fn contradiction(meaning: ColumnMeaning, profile: &Profile) -> Option<Form> {
    const ANYWHERE: [Form; 6] = [Form::Email, Form::Date, Form::Phone, Form::Uuid, Form::Zip, Form::State];
    const FOR_FORMED: [Form; 1] = [Form::Words];
    const FOR_WORDS: [Form; 2] = [Form::Digits, Form::Code];
    let (forms, _) = expected_of(meaning)?;
    if let Some(kind) = other_kind_of_name(meaning, profile) {
        return Some(kind);
    }
    if profile.filled() < FEWEST_CELLS || profile.share_of(forms) > AGREEMENT_AT_MOST {
        return None;
    }
    let others: &[Form] = match meaning {
        // A state or a sex that is not known is reported row by row.
        ColumnMeaning::Field(Field::State | Field::AdditionalState | Field::Sex) => &[],
        _ if forms.has(Form::Words) => &FOR_WORDS,
        _ => &FOR_FORMED,
    };
    let is_mostly = |form| profile.share(form) >= OTHER_FORM_AT_LEAST;
    let is_name = matches!(meaning, ColumnMeaning::Field(Field::FirstName | Field::LastName));
    let found = ANYWHERE.iter().chain(others).copied().find(|form| !forms.has(*form) && is_mostly(*form));
    // `First12` under `First Name` is what the roster calls people.
    found.filter(|form| !(*form == Form::Code && is_name && is_mostly(Form::NumberedWord)))
}

/// Family names in the column of first names, or the other way round: most of them frequent as one, hardly any as the
/// other. A few cells show nothing, because there are people called Taylor Jordan.
fn other_kind_of_name(meaning: ColumnMeaning, profile: &Profile) -> Option<Form> {
    let (own, other) = match meaning {
        ColumnMeaning::Field(Field::FirstName) => (Form::GivenName, Form::Surname),
        ColumnMeaning::Field(Field::LastName) => (Form::Surname, Form::GivenName),
        _ => return None,
    };
    let is_other = profile.filled() >= FEWEST_NAMES
        && profile.share(own) <= AGREEMENT_AT_MOST
        && profile.share(other) >= OTHER_NAMES_AT_LEAST;
    is_other.then_some(other)
}

/// Whether a text is what cells of a meaning look like, and little else does; blanks and placeholders are everywhere.
pub(super) fn has_form_of(meaning: ColumnMeaning, text: &str, rules: &Rules) -> bool {
    let Some((forms, _)) = expected_of(meaning) else { return true };
    let mut profile = Profile::default();
    profile.add(text, CellKind::Text, rules);
    profile.filled() == profile.count(forms.without(&[Form::ShortenedZip, Form::SmallStateCode]))
}

/// The forms that cells of a meaning have, and what they are called.
fn expected_of(meaning: ColumnMeaning) -> Option<(FormSet, &'static str)> {
    const NAMES: &[Form] = &[Form::Words, Form::Initial, Form::NameWithMore];
    const STREETS: &[Form] = &[Form::Street, Form::OneLineAddress, Form::Place, Form::Words, Form::Unit, Form::Code];
    const UNITS: &[Form] =
        &[Form::Unit, Form::Code, Form::Digits, Form::Words, Form::Street, Form::Place, Form::OneLineAddress];
    let field = match meaning {
        ColumnMeaning::Field(field) => field,
        ColumnMeaning::Combined(combined) => {
            let (forms, words): (&[Form], _) = match combined {
                CombinedField::FullName | CombinedField::AdditionalFullName => {
                    (&[Form::NameWithComma, Form::SeveralWords], "full names")
                }
                CombinedField::FullAddress | CombinedField::AdditionalFullAddress => {
                    (&[Form::OneLineAddress], "full addresses")
                }
                CombinedField::CityStateZip | CombinedField::AdditionalCityStateZip => {
                    (&[Form::Place, Form::Zip, Form::State], "cities with state or ZIP")
                }
                CombinedField::FurtherAddressLine => (UNITS, "address lines"),
            };
            return Some((FormSet::from_forms(forms), words));
        }
    };
    let (forms, words): (&[Form], _) = match field {
        Field::SubjectId => (&[Form::Uuid, Form::Code, Form::Digits], "identifiers"),
        Field::ExternalId => {
            (&[Form::Code, Form::Digits, Form::Uuid, Form::SocialSecurityNumber, Form::Words], "identifiers")
        }
        Field::FirstName
        | Field::MiddleName
        | Field::LastName
        | Field::AdditionalFirstName
        | Field::AdditionalMiddleName
        | Field::AdditionalLastName => (NAMES, "words without digits"),
        Field::Suffix => (&[Form::Words, Form::Code, Form::Initial], "suffixes"),
        Field::BirthDate | Field::DeathDate => (&[Form::Date, Form::SerialDate], "dates"),
        Field::Sex => (&[Form::Sex, Form::Words, Form::Digits], "words for the sex"),
        Field::AddressLine1 | Field::AdditionalAddressLine1 => (STREETS, "street lines"),
        Field::AddressLine2 | Field::AdditionalAddressLine2 => (UNITS, "units"),
        Field::City | Field::AdditionalCity => (&[Form::Words, Form::Place], "words without digits"),
        Field::State | Field::AdditionalState => (&[Form::State, Form::SmallStateCode], "states"),
        Field::PostalCode | Field::AdditionalPostalCode => (&[Form::Zip, Form::ShortenedZip], "ZIPs"),
        Field::Phone => (&[Form::Phone], "phone numbers"),
        Field::Email => (&[Form::Email], "e-mail addresses"),
        Field::ExternalSystem | Field::Label => return None,
    };
    Some((FormSet::from_forms(forms), words))
}
