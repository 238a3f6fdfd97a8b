//! The vendor's limits, as declared on the wire type.

use validator::Validate as _;

use crate::domain::{PatientView, SubjectRecord};

/// Checks a record against the vendor's limits; gives the vendor's names of the fields that break them, sorted, without
/// values.
pub fn check_vendor_limits(subject: &SubjectRecord) -> Result<(), Vec<String>> {
    subject.validate().map_err(|errors| {
        let mut fields: Vec<String> = errors.errors().keys().map(|field| wire_name(field)).collect();
        fields.sort_unstable();
        fields
    })
}

/// Whether the record of a patient, with nothing merged into it, is surely within the vendor's limits. The types see to
/// most of them: what is left are texts that are required. `false` leaves it to [`check_vendor_limits`].
pub fn is_within_vendor_limits(patient: &PatientView<'_>) -> bool {
    let is_blank = |text: &str| text.trim().is_empty();
    !is_blank(patient.first) && !is_blank(patient.last) && !patient.external_ids.texts().flatten().any(is_blank)
}

/// `address_postal_code` to `addressPostalCode`.
fn wire_name(field: &str) -> String {
    let mut words = field.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    name
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{AdditionalNameRecord, Text};

    fn record() -> SubjectRecord {
        let text = |value| Some(Text::from_text(value));
        SubjectRecord {
            id: Uuid::from_u128(1),
            first_name: Text::from_text("Ann"),
            middle_name: None,
            last_name: Text::from_text("Ng"),
            email: text("ann@clinic.example.org"),
            birth_date: text("1980-03-04"),
            death_date: None,
            gender: text("F"),
            address_line1: None,
            address_line2: None,
            address_city: None,
            address_state: text("MN"),
            address_postal_code: text("55401-1234"),
            phone_number: text("612-555-0123"),
            external_identifiers: Vec::new(),
            labels: Vec::new(),
            additional_names: Vec::new(),
            additional_addresses: Vec::new(),
        }
    }

    #[test]
    fn a_sound_record_passes() {
        assert_eq!(check_vendor_limits(&record()), Ok(()));
    }

    #[test]
    fn each_broken_limit_is_named_as_the_vendor_names_it_and_without_its_value() {
        let text = |value| Some(Text::from_text(value));
        let mut broken = record();
        broken.last_name = Text::from_text(" ");
        broken.birth_date = text("04/03/1980");
        broken.gender = text("female");
        broken.address_state = text("Minnesota");
        broken.address_postal_code = text("5540");
        broken.phone_number = text("12");
        broken.email = text("ann");
        broken.additional_names = vec![AdditionalNameRecord { first: None, last: None, middle: text("B") }];
        let expected = [
            "additionalNames",
            "addressPostalCode",
            "addressState",
            "birthDate",
            "email",
            "gender",
            "lastName",
            "phoneNumber",
        ];
        assert_eq!(check_vendor_limits(&broken).expect_err("broken"), expected);
    }
}
