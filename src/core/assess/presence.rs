//! Which fields of a row hold a value that counts. A value that was not valid is not in the patient, so it is missing.

use crate::domain::{Address, AssessedPatient, Field, FindingCode, Patient, Presence, Text};

/// What of the row counts. `assumed_systems` are the names that stand in for the systems of external ids where nothing
/// names one: an identifier without a named system says nothing to anybody else, so that its system counts as missing.
pub(super) fn presence(assessed: &AssessedPatient, assumed_systems: &[&str]) -> Presence {
    let patient = &assessed.patient;
    let mut presence = of_person(patient);
    presence = of_address(presence, &patient.address, HOME);
    for prior in &patient.additional_addresses {
        presence = of_address(presence, prior, PRIOR);
    }
    for name in &patient.additional_names {
        presence = presence.given(Field::AdditionalFirstName, is_there(&name.first));
        presence = presence.given(Field::AdditionalMiddleName, is_there(&name.middle));
        presence = presence.given(Field::AdditionalLastName, is_there(&name.last));
    }
    let is_named = |system: &str| !assumed_systems.contains(&system);
    presence
        .given(Field::SubjectId, patient.subject_id.is_some())
        .given(Field::ExternalId, !patient.external_ids.is_empty())
        .given(Field::ExternalSystem, patient.external_ids.iter().any(|id| is_named(id.system.as_text())))
        .given(Field::Phone, patient.phone.is_some())
        .given(Field::Email, patient.email.is_some())
        .given(Field::Label, !patient.labels.is_empty())
        .given_death(patient.death_date.is_some() || has_unreadable_death(assessed))
}

/// Fields of an address, in the order line 1, line 2, city, state, postal code.
type AddressFields = [Field; 5];

const HOME: AddressFields = [Field::AddressLine1, Field::AddressLine2, Field::City, Field::State, Field::PostalCode];
const PRIOR: AddressFields = [
    Field::AdditionalAddressLine1,
    Field::AdditionalAddressLine2,
    Field::AdditionalCity,
    Field::AdditionalState,
    Field::AdditionalPostalCode,
];

fn of_person(patient: &Patient) -> Presence {
    let name = &patient.name;
    let middle = name.middle.as_text();
    // "B." and "B" are initials; a name of one letter in another script is a name.
    let is_initial = middle.trim_end_matches('.').len() <= 1;
    let middle = match (middle.is_empty(), is_initial) {
        (true, _) => Presence::default(),
        (false, true) => Presence::default().with(Field::MiddleName),
        (false, false) => Presence::full_middle_name(),
    };
    middle
        .given(Field::FirstName, is_there(&name.first))
        .given(Field::LastName, is_there(&name.last))
        .given(Field::Suffix, is_there(&name.suffix))
        .given(Field::BirthDate, patient.birth_date.is_some())
        .given(Field::DeathDate, patient.death_date.is_some())
        .given(Field::Sex, patient.sex.is_some())
}

fn of_address(presence: Presence, address: &Address, fields: AddressFields) -> Presence {
    let [line1, line2, city, state, postal_code] = fields;
    presence
        .given(line1, is_there(&address.line1))
        .given(line2, is_there(&address.line2))
        .given(city, is_there(&address.city))
        .given(state, address.state.is_some())
        .given(postal_code, address.postal_code.is_some())
}

fn is_there(text: &Text) -> bool {
    !text.as_text().is_empty()
}

/// The cell of the date of death said something that is no date: the person has died, the date is missing.
fn has_unreadable_death(assessed: &AssessedPatient) -> bool {
    assessed.findings.iter().any(|finding| finding.code == FindingCode::DeathDateUnreadable)
}

/// Adding by condition, so that presence reads as a list.
trait Given {
    fn given(self, field: Field, is_present: bool) -> Self;
    fn given_death(self, has_died: bool) -> Self;
}

impl Given for Presence {
    fn given(self, field: Field, is_present: bool) -> Self {
        if is_present { self.with(field) } else { self }
    }

    fn given_death(self, has_died: bool) -> Self {
        if has_died { self.deceased() } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CivilDate, ExternalId, Finding, PersonName};

    fn of(patient: Patient) -> Presence {
        presence(&AssessedPatient { patient, ..AssessedPatient::default() }, &["clinic"])
    }

    fn text(value: &str) -> Text {
        Text::from_text(value)
    }

    #[test]
    fn an_initial_is_a_middle_name_but_not_in_full() {
        let middle = |middle| {
            of(Patient { name: PersonName { middle: text(middle), ..PersonName::default() }, ..Patient::default() })
        };
        for initial in ["B", "B."] {
            assert!(middle(initial).has(Field::MiddleName) && !middle(initial).has_all(Presence::full_middle_name()));
        }
        for name in ["Bo", "明"] {
            assert!(middle(name).has_all(Presence::full_middle_name()), "{name}");
        }
        assert!(!middle("").has(Field::MiddleName));
    }

    #[test]
    fn an_identifier_whose_system_nobody_named_is_there_without_its_system() {
        let id = |system| {
            of(Patient {
                external_ids: vec![ExternalId { system: text(system), value: text("7") }],
                ..Patient::default()
            })
        };
        assert!(id("clinic").has(Field::ExternalId) && !id("clinic").has(Field::ExternalSystem));
        assert!(id("Hospital A").has(Field::ExternalSystem));
    }

    #[test]
    fn who_has_died_is_known_by_the_date_or_by_a_cell_that_should_hold_it() {
        let alive = of(Patient::default());
        let dated = of(Patient { death_date: CivilDate::new(2020, 1, 2), ..Patient::default() });
        let undated = AssessedPatient {
            findings: vec![Finding::in_field(FindingCode::DeathDateUnreadable, Field::DeathDate)],
            ..AssessedPatient::default()
        };
        let undated = presence(&undated, &[]);
        assert_eq!((alive.is_deceased(), dated.is_deceased(), undated.is_deceased()), (false, true, true));
        assert!(dated.has(Field::DeathDate) && !undated.has(Field::DeathDate));
    }
}
