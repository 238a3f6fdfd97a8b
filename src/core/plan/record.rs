//! A patient written as the vendor's record.

use uuid::Uuid;

use crate::domain::{
    AdditionalAddressRecord, AdditionalName, AdditionalNameRecord, Address, Email, ExternalIdentifierRecord, Patient,
    PersonName, Phone, SubjectRecord, SuffixDestination, Text,
};

/// The vendor's record of a patient. Parts without a value are left out. The vendor has no field for a generational
/// suffix: unless the setting says otherwise, the last name is sent without it, and once more with it as an additional
/// name, so that records under either spelling are found.
pub fn to_subject_record(patient: &Patient, id: Uuid, suffix: SuffixDestination) -> SubjectRecord {
    let home = address_record(&patient.address);
    SubjectRecord {
        id,
        first_name: patient.name.first.clone(),
        middle_name: present(&patient.name.middle),
        last_name: match suffix {
            SuffixDestination::LastName => last_and_suffix(&patient.name),
            SuffixDestination::AdditionalNames | SuffixDestination::Dropped => patient.name.last.clone(),
        },
        email: patient.email.as_ref().map(Email::as_text).map(Text::from_text),
        birth_date: patient.birth_date.map(|date| Text::from_text(&date.to_iso())),
        death_date: patient.death_date.map(|date| Text::from_text(&date.to_iso())),
        gender: patient.sex.map(|sex| Text::from_text(sex.letter())),
        address_line1: home.address_line1,
        address_line2: home.address_line2,
        address_city: home.address_city,
        address_state: home.address_state,
        address_postal_code: home.address_postal_code,
        phone_number: patient.phone.map(Phone::to_wire).map(|phone| Text::from_text(&phone)),
        external_identifiers: external_identifiers(patient),
        labels: patient.labels.iter().filter_map(present).collect(),
        additional_names: additional_names(patient, suffix),
        additional_addresses: patient
            .additional_addresses
            .iter()
            .filter(|address| !address.is_empty())
            .map(address_record)
            .collect(),
    }
}

fn present(text: &Text) -> Option<Text> {
    (!text.as_text().is_empty()).then(|| text.clone())
}

fn external_identifiers(patient: &Patient) -> Vec<ExternalIdentifierRecord> {
    let ids = patient.external_ids.iter();
    ids.map(|id| ExternalIdentifierRecord { external_identifier: id.value.clone(), external_system: id.system.clone() })
        .collect()
}

fn additional_names(patient: &Patient, suffix: SuffixDestination) -> Vec<AdditionalNameRecord> {
    let named = patient.additional_names.iter().filter(|name| is_named(name)).map(|name| AdditionalNameRecord {
        first: present(&name.first),
        last: present(&name.last),
        middle: present(&name.middle),
    });
    let with_suffix = match suffix {
        SuffixDestination::AdditionalNames => with_suffix(&patient.name),
        SuffixDestination::LastName | SuffixDestination::Dropped => None,
    };
    with_suffix.into_iter().chain(named).collect()
}

fn is_named(name: &AdditionalName) -> bool {
    !name.first.as_text().is_empty() || !name.last.as_text().is_empty()
}

fn with_suffix(name: &PersonName) -> Option<AdditionalNameRecord> {
    present(&name.suffix)?;
    Some(AdditionalNameRecord {
        first: present(&name.first),
        last: Some(last_and_suffix(name)),
        middle: present(&name.middle),
    })
}

/// `Williams Jr`.
fn last_and_suffix(name: &PersonName) -> Text {
    Text::from_text(format!("{} {}", name.last.as_text(), name.suffix.as_text()).trim())
}

fn address_record(address: &Address) -> AdditionalAddressRecord {
    AdditionalAddressRecord {
        address_line1: present(&address.line1),
        address_line2: present(&address.line2),
        address_city: present(&address.city),
        address_state: address.state.map(|state| Text::from_text(state.code())),
        address_postal_code: address.postal_code.map(|code| Text::from_text(&code.to_wire())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CivilDate, PostalCode, Sex, State};

    #[test]
    fn a_suffix_is_sent_as_a_further_name_unless_the_setting_says_otherwise() {
        let mut patient = Patient::default();
        patient.name.first = Text::from_text("Justin");
        patient.name.last = Text::from_text("Williams");
        patient.name.suffix = Text::from_text("Jr");
        let json = to_subject_record(&patient, Uuid::nil(), SuffixDestination::default()).to_json();
        assert_eq!(
            json.expose(),
            r#"{"id":"00000000-0000-0000-0000-000000000000","firstName":"Justin","lastName":"Williams","additionalNames":[{"first":"Justin","last":"Williams Jr"}]}"#
        );
        let record = |suffix| to_subject_record(&patient, Uuid::nil(), suffix);
        let behind = record(SuffixDestination::LastName);
        assert_eq!((behind.last_name.as_text(), behind.additional_names.len()), ("Williams Jr", 0));
        let dropped = record(SuffixDestination::Dropped);
        assert_eq!((dropped.last_name.as_text(), dropped.additional_names.len()), ("Williams", 0));
    }

    #[test]
    fn values_are_written_in_the_vendors_forms_and_missing_ones_are_left_out() {
        let mut patient = Patient {
            birth_date: CivilDate::new(1971, 6, 29),
            sex: Some(Sex::Female),
            phone: Phone::from_digits("2125550123"),
            ..Patient::default()
        };
        patient.name.first = Text::from_text("Marissa");
        patient.name.last = Text::from_text("Jones");
        patient.address.state = State::from_code("MN");
        patient.address.postal_code = PostalCode::from_digits("554011234");
        patient.additional_addresses.push(Address::default());
        let json = to_subject_record(&patient, Uuid::nil(), SuffixDestination::default()).to_json();
        assert_eq!(
            json.expose(),
            r#"{"id":"00000000-0000-0000-0000-000000000000","firstName":"Marissa","lastName":"Jones","birthDate":"1971-06-29","gender":"F","addressState":"MN","addressPostalCode":"55401-1234","phoneNumber":"212-555-0123"}"#
        );
    }
}
