//! A patient back from the record that was sent: how the ledger remembers a person on the roll.

use compact_str::CompactString;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{
    AdditionalAddressRecord, AdditionalName, AdditionalNameRecord, Address, CivilDate, Email, ExternalId,
    ExternalIdentifierRecord, Patient, PersonName, Phi, Phone, PostalCode, Sex, State, SubjectRecord, Text,
};
use crate::rules::names::NameRules;

type Field = Option<CompactString>;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoredRecord {
    id: Uuid,
    first_name: CompactString,
    middle_name: Field,
    last_name: CompactString,
    email: Field,
    birth_date: Field,
    death_date: Field,
    gender: Field,
    #[serde(flatten)]
    address: StoredAddress,
    phone_number: Field,
    external_identifiers: Vec<StoredExternalId>,
    labels: Vec<CompactString>,
    additional_names: Vec<StoredName>,
    additional_addresses: Vec<StoredAddress>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredAddress {
    #[serde(rename = "addressLine1")]
    line1: Field,
    #[serde(rename = "addressLine2")]
    line2: Field,
    #[serde(rename = "addressCity")]
    city: Field,
    #[serde(rename = "addressState")]
    state: Field,
    #[serde(rename = "addressPostalCode")]
    postal_code: Field,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredExternalId {
    external_identifier: CompactString,
    external_system: CompactString,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredName {
    first: Field,
    last: Field,
    middle: Field,
}

/// The patient of a record that [`super::to_subject_record`] wrote, its id among the rest; `None` for text that is
/// none.
pub fn patient_of_record(record: &str, rules: &NameRules) -> Option<Patient> {
    let stored: StoredRecord = serde_json::from_str(record).ok()?;
    let name = PersonName {
        first: Phi::new(stored.first_name),
        middle: text(stored.middle_name),
        last: Phi::new(stored.last_name),
        suffix: Text::default(),
    };
    let mut patient = Patient {
        subject_id: Some(stored.id),
        name,
        additional_names: stored.additional_names.into_iter().map(additional_name).collect(),
        birth_date: date(stored.birth_date),
        death_date: date(stored.death_date),
        sex: stored.gender.and_then(|letter| match letter.as_str() {
            "F" => Some(Sex::Female),
            "M" => Some(Sex::Male),
            _ => None,
        }),
        address: address(stored.address),
        additional_addresses: stored.additional_addresses.into_iter().map(address).collect(),
        phone: stored.phone_number.and_then(|number| Phone::from_digits(&number.replace('-', ""))),
        email: stored.email.and_then(|address| Email::parse(&address)),
        external_ids: stored.external_identifiers.into_iter().map(external_id).collect(),
        labels: stored.labels.into_iter().map(Phi::new).collect(),
        ..Patient::default()
    };
    take_suffix_back(&mut patient, rules);
    Some(patient)
}

/// The record that was sent, as it was: what makes the same bytes again whatever the settings are by now.
pub fn subject_record_of(record: &str) -> Option<SubjectRecord> {
    let stored: StoredRecord = serde_json::from_str(record).ok()?;
    let home = address_record(stored.address);
    Some(SubjectRecord {
        id: stored.id,
        first_name: Phi::new(stored.first_name),
        middle_name: stored.middle_name.map(Phi::new),
        last_name: Phi::new(stored.last_name),
        email: stored.email.map(Phi::new),
        birth_date: stored.birth_date.map(Phi::new),
        death_date: stored.death_date.map(Phi::new),
        gender: stored.gender.map(Phi::new),
        address_line1: home.address_line1,
        address_line2: home.address_line2,
        address_city: home.address_city,
        address_state: home.address_state,
        address_postal_code: home.address_postal_code,
        phone_number: stored.phone_number.map(Phi::new),
        external_identifiers: stored.external_identifiers.into_iter().map(external_identifier_record).collect(),
        labels: stored.labels.into_iter().map(Phi::new).collect(),
        additional_names: stored.additional_names.into_iter().map(additional_name_record).collect(),
        additional_addresses: stored.additional_addresses.into_iter().map(address_record).collect(),
    })
}

fn external_identifier_record(stored: StoredExternalId) -> ExternalIdentifierRecord {
    ExternalIdentifierRecord {
        external_identifier: Phi::new(stored.external_identifier),
        external_system: Phi::new(stored.external_system),
    }
}

fn additional_name_record(stored: StoredName) -> AdditionalNameRecord {
    AdditionalNameRecord {
        first: stored.first.map(Phi::new),
        last: stored.last.map(Phi::new),
        middle: stored.middle.map(Phi::new),
    }
}

fn address_record(stored: StoredAddress) -> AdditionalAddressRecord {
    AdditionalAddressRecord {
        address_line1: stored.line1.map(Phi::new),
        address_line2: stored.line2.map(Phi::new),
        address_city: stored.city.map(Phi::new),
        address_state: stored.state.map(Phi::new),
        address_postal_code: stored.postal_code.map(Phi::new),
    }
}

fn text(field: Field) -> Text {
    Phi::new(field.unwrap_or_default())
}

fn date(field: Field) -> Option<CivilDate> {
    let field = field?;
    let mut parts = field.split('-');
    CivilDate::new(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)
}

fn address(stored: StoredAddress) -> Address {
    Address {
        line1: text(stored.line1),
        line2: text(stored.line2),
        city: text(stored.city),
        state: stored.state.and_then(|code| State::from_code(&code)),
        postal_code: stored.postal_code.and_then(|code| PostalCode::from_digits(&code.replace('-', ""))),
    }
}

fn additional_name(stored: StoredName) -> AdditionalName {
    AdditionalName { first: text(stored.first), middle: text(stored.middle), last: text(stored.last) }
}

fn external_id(stored: StoredExternalId) -> ExternalId {
    ExternalId { system: Phi::new(stored.external_system), value: Phi::new(stored.external_identifier) }
}

/// A suffix was sent as the first further name, `Williams Jr` beside `Williams`, or behind the last name: there it
/// tells less than in its own place.
fn take_suffix_back(patient: &mut Patient, rules: &NameRules) {
    let behind = patient.name.last.as_text().rsplit_once(' ').filter(|(_, word)| rules.suffix(word) == Some(*word));
    if let Some((last, suffix)) = behind.map(|(last, suffix)| (Text::from_text(last), Text::from_text(suffix))) {
        (patient.name.last, patient.name.suffix) = (last, suffix);
        return;
    }
    let Some(name) = patient.additional_names.first() else { return };
    if name.first != patient.name.first || name.middle != patient.name.middle {
        return;
    }
    let rest = name.last.as_text().strip_prefix(patient.name.last.as_text()).and_then(|rest| rest.strip_prefix(' '));
    let Some(suffix) = rest.filter(|word| rules.suffix(word) == Some(*word)).map(Text::from_text) else { return };
    patient.name.suffix = suffix;
    patient.additional_names.remove(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SuffixDestination;
    use crate::plan::to_subject_record;
    use crate::rules::RuleFiles;

    fn rules() -> NameRules {
        NameRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    fn full() -> Patient {
        let place = |line1: &str| Address {
            line1: Text::from_text(line1),
            line2: Text::from_text("Apt 4"),
            city: Text::from_text("Duluth"),
            state: State::from_code("MN"),
            postal_code: PostalCode::from_digits("558021234"),
        };
        Patient {
            subject_id: Some(Uuid::from_u128(9)),
            name: PersonName {
                first: Text::from_text("Justin"),
                middle: Text::from_text("M"),
                last: Text::from_text("Williams"),
                suffix: Text::from_text("Jr"),
            },
            additional_names: vec![AdditionalName { last: Text::from_text("O'Neil"), ..AdditionalName::default() }],
            birth_date: CivilDate::new(1971, 6, 29),
            death_date: CivilDate::new(2020, 1, 2),
            sex: Some(Sex::Male),
            address: place("1 \"Main\" St"),
            additional_addresses: vec![place("2 Oak Ave")],
            phone: Phone::from_digits("2125550123"),
            email: Email::parse("justin@clinic.example.org"),
            external_ids: vec![ExternalId { system: Text::from_text("A"), value: Text::from_text("0042") }],
            labels: vec![Text::from_text("cohort 1")],
            ..Patient::default()
        }
    }

    #[test]
    fn a_patient_comes_back_from_the_record_and_makes_the_same_record_again() {
        let mut bare = Patient { subject_id: Some(Uuid::from_u128(8)), ..Patient::default() };
        (bare.name.first, bare.name.last) = (Text::from_text("Ann"), Text::from_text("Ng"));
        for patient in [full(), bare] {
            let id = patient.subject_id.expect("an id");
            let record = to_subject_record(&patient, id, SuffixDestination::default()).to_json();
            let back = patient_of_record(record.expose(), &rules()).expect("a record");
            assert!(back == patient, "something was lost");
            assert_eq!(to_subject_record(&back, id, SuffixDestination::default()).to_json().expose(), record.expose());
        }
    }

    #[test]
    fn the_record_that_was_sent_comes_back_byte_for_byte_and_a_suffix_in_its_own_place() {
        let settings = [SuffixDestination::AdditionalNames, SuffixDestination::LastName, SuffixDestination::Dropped];
        for suffix in settings {
            let record = to_subject_record(&full(), Uuid::from_u128(9), suffix).to_json();
            let again = subject_record_of(record.expose()).expect("a record");
            assert_eq!(again.to_json().expose(), record.expose(), "{suffix:?}");
            let back = patient_of_record(record.expose(), &rules()).expect("a record");
            let kept = if suffix == SuffixDestination::Dropped { "" } else { "Jr" };
            assert_eq!((back.name.last.as_text(), back.name.suffix.as_text()), ("Williams", kept), "{suffix:?}");
        }
        assert!(subject_record_of("{").is_none());
    }

    #[test]
    fn a_second_last_name_is_no_suffix() {
        let mut patient = full();
        patient.name.suffix = Text::default();
        let (first, middle) = (patient.name.first.clone(), patient.name.middle.clone());
        patient.additional_names = vec![AdditionalName { first, middle, last: Text::from_text("Williams Ortega") }];
        let record = to_subject_record(&patient, Uuid::from_u128(9), SuffixDestination::default()).to_json();
        assert!(patient_of_record(record.expose(), &rules()) == Some(patient));
        assert_eq!(patient_of_record("{", &rules()), None);
    }
}
