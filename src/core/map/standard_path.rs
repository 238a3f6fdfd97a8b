//! Headers that are paths into a standard: segments of HL7 v2 (`PID-5.1`) and elements of FHIR (`name[0].given[1]`).
//! Their numbers are positions, not counts of columns, so that they are read here and nowhere else.

use crate::domain::{ColumnMeaning, CombinedField, Field};

/// What a path says about its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathMeaning {
    /// It is one of ours; the number counts columns of one kind from 0.
    Known(ColumnMeaning, u8),
    /// It is a path to something else.
    Other,
}

/// The meaning of a header that is a path; `None` for one that is none.
pub(super) fn path_meaning(header: &str) -> Option<PathMeaning> {
    hl7_path(header).or_else(|| fhir_path(header))
}

const fn known(field: Field) -> PathMeaning {
    PathMeaning::Known(ColumnMeaning::Field(field), 0)
}

const fn combined(combined: CombinedField) -> PathMeaning {
    PathMeaning::Known(ColumnMeaning::Combined(combined), 0)
}

/// The patient identification segment: field, and component from 1. Source: HL7 v2.5.1, chapter 3, 3.4.2.
fn hl7_path(header: &str) -> Option<PathMeaning> {
    let rest = header.trim().get(..3).filter(|start| start.eq_ignore_ascii_case("pid")).and(header.trim().get(3..))?;
    let is_joined = rest.starts_with(|letter: char| letter.is_ascii_digit() || "-._ ".contains(letter));
    let mut numbers = rest
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map_while(|digits| digits.parse::<u8>().ok());
    let field = numbers.next().filter(|_| is_joined)?;
    // Words may follow, but none may stand before the numbers: `PID name 2` is no path.
    if !rest.trim_start_matches(['-', '.', '_', ' ']).starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    Some(match (field, numbers.next()) {
        (2 | 3, None | Some(1)) => known(Field::ExternalId),
        (3, Some(4)) => known(Field::ExternalSystem),
        (5, None) => combined(CombinedField::FullName),
        (5, Some(1)) => known(Field::LastName),
        (5, Some(2)) => known(Field::FirstName),
        (5, Some(3)) => known(Field::MiddleName),
        (5, Some(4)) => known(Field::Suffix),
        (7, None | Some(1)) => known(Field::BirthDate),
        (8, None | Some(1)) => known(Field::Sex),
        (9, None) => combined(CombinedField::AdditionalFullName),
        (9, Some(1)) => known(Field::AdditionalLastName),
        (9, Some(2)) => known(Field::AdditionalFirstName),
        (9, Some(3)) => known(Field::AdditionalMiddleName),
        (11, None) => combined(CombinedField::FullAddress),
        (11, Some(1)) => known(Field::AddressLine1),
        (11, Some(2)) => known(Field::AddressLine2),
        (11, Some(3)) => known(Field::City),
        (11, Some(4)) => known(Field::State),
        (11, Some(5)) => known(Field::PostalCode),
        (13, None | Some(1)) => known(Field::Phone),
        (13, Some(4)) => known(Field::Email),
        (29, None | Some(1)) => known(Field::DeathDate),
        _ => PathMeaning::Other,
    })
}

/// An element of a FHIR Patient, with positions from 0. Source: HL7 FHIR R4, resource Patient.
fn fhir_path(header: &str) -> Option<PathMeaning> {
    let header = header.trim();
    if !header.contains('.') || header.contains(char::is_whitespace) {
        return None;
    }
    let mut steps = header.split(['.', '[', ']']).filter(|step| !step.is_empty()).peekable();
    while steps.next_if(|step| ["patient", "resource"].iter().any(|word| step.eq_ignore_ascii_case(word))).is_some() {}
    let element = steps.next()?.to_ascii_lowercase();
    let mut position = || steps.next_if(|step| step.bytes().all(|byte| byte.is_ascii_digit()));
    let index = position();
    let child = steps.next().unwrap_or_default().to_ascii_lowercase();
    let mut position = || steps.next_if(|step| step.bytes().all(|byte| byte.is_ascii_digit()));
    let child_index = position();
    if steps.next().is_some() || !matches!(element.as_str(), "name" | "address" | "telecom" | "identifier") {
        return None;
    }
    let (index, child_index): (u8, u8) = (index.unwrap_or("0").parse().ok()?, child_index.unwrap_or("0").parse().ok()?);
    let further = index.checked_sub(1);
    let of = |home: ColumnMeaning, other: ColumnMeaning| match further {
        None => PathMeaning::Known(home, 0),
        Some(number) => PathMeaning::Known(other, number),
    };
    let field = |home: Field, other: Field| of(ColumnMeaning::Field(home), ColumnMeaning::Field(other));
    let whole =
        |home: CombinedField, other: CombinedField| of(ColumnMeaning::Combined(home), ColumnMeaning::Combined(other));
    Some(match (element.as_str(), child.as_str(), child_index) {
        ("name", "family", 0) => field(Field::LastName, Field::AdditionalLastName),
        ("name", "given", 0) => field(Field::FirstName, Field::AdditionalFirstName),
        ("name", "given", 1) => field(Field::MiddleName, Field::AdditionalMiddleName),
        ("name", "suffix", 0) if index == 0 => known(Field::Suffix),
        ("name", "text", 0) => whole(CombinedField::FullName, CombinedField::AdditionalFullName),
        ("address", "line", 0) => field(Field::AddressLine1, Field::AdditionalAddressLine1),
        ("address", "line", 1) => field(Field::AddressLine2, Field::AdditionalAddressLine2),
        ("address", "line", 2) if index == 0 => combined(CombinedField::FurtherAddressLine),
        ("address", "city", 0) => field(Field::City, Field::AdditionalCity),
        ("address", "state", 0) => field(Field::State, Field::AdditionalState),
        ("address", "postalcode", 0) => field(Field::PostalCode, Field::AdditionalPostalCode),
        ("address", "text", 0) => whole(CombinedField::FullAddress, CombinedField::AdditionalFullAddress),
        // A telephone number or an e-mail address: the cells tell.
        ("telecom", "value", 0) => PathMeaning::Known(ColumnMeaning::Field(Field::Phone), index),
        ("identifier", "value", 0) => PathMeaning::Known(ColumnMeaning::Field(Field::ExternalId), index),
        ("identifier", "system", 0) => PathMeaning::Known(ColumnMeaning::Field(Field::ExternalSystem), index),
        _ => PathMeaning::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_in_a_standard_are_no_counts_of_columns() {
        assert_eq!(path_meaning("PID-5.1"), Some(known(Field::LastName)));
        assert_eq!(path_meaning("pid_11_5"), Some(known(Field::PostalCode)));
        assert_eq!(path_meaning("PID.F5.R1.C2"), None, "a notation of its own is no path");
        assert_eq!(path_meaning("PID-31"), Some(PathMeaning::Other));
        assert_eq!(path_meaning("Patient.name[0].given[1]"), Some(known(Field::MiddleName)));
        assert_eq!(path_meaning("name.0.family"), Some(known(Field::LastName)));
        assert_eq!(path_meaning("name[0].period.start"), None);
        assert_eq!(path_meaning("name[0].use"), Some(PathMeaning::Other));
        for header in ["PID", "PID number", "Pidgeon 2", "Name", "Addr. 2", "contact[0].name.family", "Dr. Name"] {
            assert_eq!(path_meaning(header), None, "{header}");
        }
    }
}
