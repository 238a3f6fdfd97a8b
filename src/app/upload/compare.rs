//! Whether the subject that the vendor holds under an id is the one that we would create.

use super::api::StoredSubject;
use onroll_core::domain::{Field, Phi, SubjectRecord, Text, fold};

/// The fields of which one value is compared, beside the two names. The lists are not: the vendor may order and
/// complete them.
const COMPARED: [Field; 11] = [
    Field::MiddleName,
    Field::BirthDate,
    Field::DeathDate,
    Field::Sex,
    Field::AddressLine1,
    Field::AddressLine2,
    Field::City,
    Field::State,
    Field::PostalCode,
    Field::Phone,
    Field::Email,
];

/// What the vendor holds otherwise than we would create it.
pub(super) struct HeldOtherwise {
    /// The fields.
    pub(super) fields: Vec<Field>,
    /// Our record with the vendor's values in those fields, as JSON.
    pub(super) record: Phi<String>,
}

/// Where the vendor holds another value than ours, or none. A value that we do not have is no difference.
pub(super) fn held_otherwise(ours: &SubjectRecord, stored: &StoredSubject) -> Option<HeldOtherwise> {
    let mut record = ours.clone();
    let differs = |field: &Field| {
        let (Some(slot), held) = (slot(&mut record, *field), held(stored, *field)) else { return false };
        let differs = slot.as_ref().is_some_and(|ours| form(*field, ours.as_text()) != form(*field, held.as_text()));
        if differs {
            *slot = (!held.as_text().trim().is_empty()).then(|| held.clone());
        }
        differs
    };
    let fields: Vec<Field> = COMPARED.into_iter().filter(differs).collect();
    (!fields.is_empty()).then(|| HeldOtherwise { fields, record: record.to_json() })
}

/// The place of a field in our record.
fn slot(record: &mut SubjectRecord, field: Field) -> Option<&mut Option<Text>> {
    Some(match field {
        Field::MiddleName => &mut record.middle_name,
        Field::BirthDate => &mut record.birth_date,
        Field::DeathDate => &mut record.death_date,
        Field::Sex => &mut record.gender,
        Field::AddressLine1 => &mut record.address_line1,
        Field::AddressLine2 => &mut record.address_line2,
        Field::City => &mut record.address_city,
        Field::State => &mut record.address_state,
        Field::PostalCode => &mut record.address_postal_code,
        Field::Phone => &mut record.phone_number,
        Field::Email => &mut record.email,
        _ => return None,
    })
}

/// The vendor's value of a field.
const fn held(stored: &StoredSubject, field: Field) -> &Text {
    match field {
        Field::MiddleName => &stored.middle_name,
        Field::BirthDate => &stored.birth_date,
        Field::DeathDate => &stored.death_date,
        Field::Sex => &stored.gender,
        Field::AddressLine1 => &stored.address_line1,
        Field::AddressLine2 => &stored.address_line2,
        Field::City => &stored.address_city,
        Field::State => &stored.address_state,
        Field::PostalCode => &stored.address_postal_code,
        Field::Phone => &stored.phone_number,
        _ => &stored.email,
    }
}

/// A value in a form that does not tell spelling habits apart: of a ZIP the first five digits, of a telephone number
/// the last ten.
fn form(field: Field, text: &str) -> String {
    let digits = || text.chars().filter(char::is_ascii_digit);
    match field {
        Field::BirthDate | Field::DeathDate => date_part(text).to_owned(),
        Field::Sex => first_letter(&fold(text)).to_owned(),
        Field::PostalCode => digits().take(5).collect(),
        Field::Phone => digits().skip(digits().count().saturating_sub(10)).collect(),
        Field::Email => text.trim().to_lowercase(),
        _ => fold(text),
    }
}

/// Whether both are one person: the same first and last name in comparison form, and no birth date or sex that both
/// give and that differs.
pub(super) fn is_same_person(ours: &SubjectRecord, stored: &StoredSubject) -> bool {
    let same_name = |left: &Text, right: &Text| fold(left.as_text()) == fold(right.as_text());
    let birth_date = ours.birth_date.as_ref().map_or("", Text::as_text);
    let sex = ours.gender.as_ref().map_or("", Text::as_text);
    same_name(&ours.first_name, &stored.first_name)
        && same_name(&ours.last_name, &stored.last_name)
        && no_contradiction(birth_date, date_part(stored.birth_date.as_text()))
        && no_contradiction(&fold(sex), first_letter(&fold(stored.gender.as_text())))
}

fn no_contradiction(left: &str, right: &str) -> bool {
    left.is_empty() || right.is_empty() || left == right
}

/// `1971-06-29` of `1971-06-29T00:00:00Z`.
fn date_part(text: &str) -> &str {
    text.trim().get(..10).unwrap_or(text)
}

/// `f` of `female`: only the letters are guaranteed, the words have been seen.
fn first_letter(text: &str) -> &str {
    text.chars().next().and_then(|letter| text.get(..letter.len_utf8())).unwrap_or_default()
}

/// Whether the vendor stored the subject at or after a moment, by the two clocks. Not known: no.
pub(super) fn stored_since(stored: &StoredSubject, moment_milliseconds: i64) -> bool {
    let Some(text) = stored.created.as_deref() else { return false };
    let Ok(created) = text.parse::<jiff::Timestamp>() else { return false };
    // A vendor that states whole seconds has cut off the rest: the moment is cut the same way.
    let finest = if text.contains('.') { 1 } else { 1_000 };
    created.as_millisecond() >= moment_milliseconds - moment_milliseconds.rem_euclid(finest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::testing::subject;

    fn stored(first: &str, birth_date: &str, gender: &str) -> StoredSubject {
        StoredSubject {
            first_name: Text::from_text(first),
            last_name: Text::from_text("LAST1"),
            birth_date: Text::from_text(birth_date),
            gender: Text::from_text(gender),
            ..StoredSubject::default()
        }
    }

    #[test]
    fn a_moment_in_whole_seconds_is_compared_in_whole_seconds() {
        let since = |created: &str, moment| {
            stored_since(&StoredSubject { created: Some(created.to_owned()), ..stored("A", "", "") }, moment)
        };
        assert!(since("1970-01-01T00:00:05Z", 5_700));
        assert!(!since("1970-01-01T00:00:05Z", 6_000));
        assert!(!since("1970-01-01T00:00:05.600Z", 5_700));
        assert!(since("1970-01-01T00:00:05.700Z", 5_700));
        assert!(!since("some day", 0));
    }

    #[test]
    fn spelling_and_format_do_not_make_another_person() {
        for (birth_date, gender) in [("1971-06-29", "F"), ("1971-06-29T00:00:00.000Z", "female"), ("", "")] {
            assert!(is_same_person(&subject(1), &stored("first1", birth_date, gender)), "{birth_date} {gender}");
        }
    }

    #[test]
    fn a_different_name_birth_date_or_sex_does() {
        for (first, birth_date, gender) in [("Other", "", ""), ("First1", "1971-06-30", "F"), ("First1", "", "M")] {
            assert!(!is_same_person(&subject(1), &stored(first, birth_date, gender)), "{first} {birth_date} {gender}");
        }
    }

    fn at_home(street: &str, postal_code: &str, phone: &str, email: &str) -> SubjectRecord {
        let text = |text: &str| (!text.is_empty()).then(|| Text::from_text(text));
        SubjectRecord {
            address_line1: text(street),
            address_postal_code: text(postal_code),
            phone_number: text(phone),
            email: text(email),
            ..subject(1)
        }
    }

    #[test]
    fn the_same_values_in_the_vendors_spelling_are_no_difference_nor_is_what_the_roster_does_not_have() {
        let full = StoredSubject {
            address_line1: Text::from_text("1 MAIN ST."),
            address_postal_code: Text::from_text("558021234"),
            phone_number: Text::from_text("+1 (218) 555-0101"),
            email: Text::from_text("Ann@Clinic.example.org"),
            middle_name: Text::from_text("Marie"),
            ..stored("First1", "1971-06-29T00:00:00Z", "female")
        };
        for ours in
            [at_home("1 Main St", "55802-1234", "218-555-0101", "ann@clinic.example.org"), at_home("", "", "", "")]
        {
            assert!(held_otherwise(&ours, &full).is_none());
        }
    }

    #[test]
    fn other_and_missing_values_are_named_and_the_record_says_what_the_vendor_holds() {
        let ours = at_home("400 Pine St", "55802", "612-555-0199", "ann@clinic.example.org");
        let theirs = StoredSubject {
            address_line1: Text::from_text("1 Main St"),
            address_postal_code: Text::from_text("55802-0001"),
            phone_number: Text::from_text("218-555-0101"),
            ..stored("First1", "1971-06-29", "F")
        };
        let found = held_otherwise(&ours, &theirs).expect("three fields differ");
        assert_eq!(found.fields, [Field::AddressLine1, Field::Phone, Field::Email]);
        let expected = at_home("1 Main St", "55802", "218-555-0101", "").to_json();
        assert_eq!(found.record.expose(), expected.expose());
    }

    #[test]
    fn what_was_stored_before_we_sent_is_not_ours() {
        let mut subject = stored("First1", "", "");
        subject.created = Some("2026-01-02T03:04:05.500Z".to_owned());
        let moment = 1_767_323_045_500;
        assert!(stored_since(&subject, moment) && !stored_since(&subject, moment + 1));
        subject.created = Some("yesterday".to_owned());
        assert!(!stored_since(&subject, 0));
    }
}
