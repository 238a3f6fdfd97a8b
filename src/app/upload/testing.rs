//! Subjects for tests.

use uuid::Uuid;

use onroll_core::domain::{SubjectRecord, Text};

/// An invented subject, the same for the same number.
pub(super) fn subject(number: u128) -> SubjectRecord {
    SubjectRecord {
        birth_date: Some(Text::from_text("1971-06-29")),
        gender: Some(Text::from_text("F")),
        ..SubjectRecord::named(
            Uuid::from_u128(number),
            Text::from_text(&format!("First{number}")),
            Text::from_text(&format!("Last{number}")),
        )
    }
}
