//! Subjects for tests.

use uuid::Uuid;

use onroll_core::domain::{SubjectRecord, Text};

/// An invented subject, the same for the same number.
pub(super) fn subject(number: u128) -> SubjectRecord {
    SubjectRecord {
        id: Uuid::from_u128(number),
        first_name: Text::from_text(&format!("First{number}")),
        middle_name: None,
        last_name: Text::from_text(&format!("Last{number}")),
        email: None,
        birth_date: Some(Text::from_text("1971-06-29")),
        death_date: None,
        gender: Some(Text::from_text("F")),
        address_line1: None,
        address_line2: None,
        address_city: None,
        address_state: None,
        address_postal_code: None,
        phone_number: None,
        external_identifiers: Vec::new(),
        labels: Vec::new(),
        additional_names: Vec::new(),
        additional_addresses: Vec::new(),
    }
}
