//! Required and strongly recommended fields, and the score.

use super::completeness::completeness;
use super::presence::presence;
use crate::domain::{AssessedPatient, Field, Finding, FindingCode, Severity};
use crate::rules::Rules;

/// Adds what is missing to the findings, and scores the row. The findings end in field order, row findings last.
/// `assumed_systems` are the names that stand in for the systems of external ids where nothing names one.
pub fn assess(assessed: &mut AssessedPatient, rules: &Rules, assumed_systems: &[&str]) {
    let missing = missing(assessed);
    assessed.findings.extend(missing);
    assessed.findings.sort_by_key(|finding| (finding.field.is_none(), finding.field, finding.code));
    assessed.presence = presence(assessed, assumed_systems);
    assessed.completeness = completeness(assessed.presence, &rules.completeness);
}

fn missing(assessed: &AssessedPatient) -> Vec<Finding> {
    let patient = &assessed.patient;
    let told_as = |field, least| {
        assessed.findings.iter().any(|finding| finding.field == Some(field) && finding.severity() >= least)
    };
    let told = |field| told_as(field, Severity::Warn);
    let mut missing = Vec::new();
    let mut expect = |present: bool, field: Field, code: FindingCode| {
        // Without a name the row cannot go, and what became of the cell does not say so unless it keeps the row off
        // itself.
        let least = if code.severity() == Severity::Reject { Severity::Hold } else { Severity::Warn };
        if !present && !told_as(field, least) {
            missing.push(Finding::in_field(code, field));
        }
    };
    expect(!patient.name.first.as_text().is_empty(), Field::FirstName, FindingCode::FirstNameMissing);
    expect(!patient.name.last.as_text().is_empty(), Field::LastName, FindingCode::LastNameMissing);
    expect(patient.birth_date.is_some(), Field::BirthDate, FindingCode::BirthDateMissing);
    expect(patient.sex.is_some() || assessed.sex_letter.is_some(), Field::Sex, FindingCode::SexMissing);
    let address = &patient.address;
    if address.is_empty() {
        missing.push(Finding::in_field(FindingCode::AddressMissing, Field::AddressLine1));
        return missing;
    }
    let parts = [
        (address.line1.as_text().is_empty(), Field::AddressLine1),
        (address.city.as_text().is_empty(), Field::City),
        (address.state.is_none(), Field::State),
        (address.postal_code.is_none(), Field::PostalCode),
    ];
    // One finding for the address; a part that was dropped has its own already.
    if let Some((_, field)) = parts.into_iter().find(|(is_missing, field)| *is_missing && !told(*field)) {
        missing.push(Finding::in_field(FindingCode::AddressIncomplete, field));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Address, CivilDate, Patient, PersonName, PostalCode, Sex, State, Text};

    fn assessed(patient: Patient) -> AssessedPatient {
        let mut assessed = AssessedPatient { row: 2, patient, ..AssessedPatient::default() };
        assess(&mut assessed, &Rules::load(None).expect("sound"), &[]);
        assessed
    }

    fn named() -> Patient {
        let text = Text::from_text;
        Patient {
            name: PersonName { first: text("Ann"), last: text("Ng"), ..PersonName::default() },
            ..Patient::default()
        }
    }

    fn codes(assessed: &AssessedPatient) -> Vec<FindingCode> {
        assessed.findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn names_are_required_and_the_rest_is_recommended() {
        assert_eq!(
            codes(&assessed(Patient::default())),
            [
                FindingCode::FirstNameMissing,
                FindingCode::LastNameMissing,
                FindingCode::BirthDateMissing,
                FindingCode::SexMissing,
                FindingCode::AddressMissing
            ]
        );
        assert_eq!(codes(&assessed(named()))[0], FindingCode::BirthDateMissing);
    }

    #[test]
    fn a_name_whose_cell_was_dropped_is_missing_beside_what_became_of_the_cell() {
        for (code, expected) in [
            (FindingCode::SocialSecurityNumber, true),
            (FindingCode::FormulaWithoutValue, true),
            (FindingCode::NamePlaceholder, false),
            (FindingCode::NameNotSplit, false),
        ] {
            let patient =
                Patient { name: PersonName { last: Text::from_text("Ng"), ..PersonName::default() }, ..named() };
            let findings = vec![Finding::in_field(code, Field::FirstName)];
            let mut assessed = AssessedPatient { row: 2, patient, findings, ..AssessedPatient::default() };
            assess(&mut assessed, &Rules::load(None).expect("sound"), &[]);
            assert_eq!(codes(&assessed).contains(&FindingCode::FirstNameMissing), expected, "{code}");
        }
    }

    #[test]
    fn everything_that_is_recommended_makes_an_excellent_row() {
        let full = Patient {
            birth_date: CivilDate::new(1980, 3, 4),
            sex: Some(Sex::Female),
            address: Address {
                line1: Text::from_text("1 Main St"),
                line2: Text::default(),
                city: Text::from_text("Duluth"),
                state: State::from_code("MN"),
                postal_code: PostalCode::from_digits("55802"),
            },
            ..named()
        };
        let assessed = assessed(full);
        assert_eq!((codes(&assessed), assessed.completeness), (Vec::new(), 92));
    }

    #[test]
    fn a_name_alone_is_a_poor_row() {
        assert_eq!(assessed(named()).completeness, 20);
    }
}
