//! Phones and e-mail addresses.

use crate::domain::{Email, Field, Finding, FindingCode, MappedRow, Phone};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;

use super::text::cleaned;

/// The first phone of the row that can be sent.
pub(super) fn phone(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Phone> {
    let read = |text: &str| read_phone(text, rules);
    first_valid(row, Field::Phone, PlaceholderFamily::Phone, rules, findings, read)
}

/// The first e-mail address of the row that can be sent.
pub(super) fn email(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Email> {
    first_valid(row, Field::Email, PlaceholderFamily::Email, rules, findings, Email::parse)
}

fn first_valid<T>(
    row: &MappedRow<'_, '_>,
    field: Field,
    family: PlaceholderFamily,
    rules: &Rules,
    findings: &mut Vec<Finding>,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let mut unreadable = false;
    let mut found = None;
    for cell in row.all(field) {
        let text = cleaned(cell.text);
        if found.is_none() && !rules.placeholders.is_missing(family, &text) {
            found = read(&text);
            unreadable |= found.is_none();
        }
    }
    if unreadable {
        let code = if field == Field::Phone { FindingCode::PhoneUnreadable } else { FindingCode::EmailUnreadable };
        findings.push(Finding::in_field(code, field));
    }
    found
}

/// Ten digits of the North American Numbering Plan, with or without +1, punctuation and an extension.
fn read_phone(text: &str, rules: &Rules) -> Option<Phone> {
    let lower = text.strip_suffix(".0").unwrap_or(text).to_ascii_lowercase();
    let main = lower.split(['x', 'e', '#', ';']).next().unwrap_or_default();
    if main.chars().any(char::is_alphabetic) {
        return None;
    }
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    let national = if digits.len() == 11 { digits.strip_prefix('1')? } else { &digits };
    if rules.placeholders.is_unusable_phone(national) { None } else { Phone::from_digits(national) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_read_in_their_usual_forms() {
        let rules = Rules::load(None).expect("sound");
        for text in [
            "612-555-0123",
            "(612) 555-0123",
            "+1 612 555 0123",
            "16125550123",
            "612.555.0123",
            "6125550123",
            "612/555-0123 x12",
            "612-555-0123 ext. 5",
            "6125550123.0",
        ] {
            assert_eq!(read_phone(text, &rules).map(Phone::to_wire).as_deref(), Some("612-555-0123"), "{text}");
        }
        for text in [
            "123",
            "555-0123",
            "112-555-0123",
            "612-155-0123",
            "0000000000",
            "9999999999",
            "26125550123",
            "call mother",
            "+44 20 7946 0018",
        ] {
            assert_eq!(read_phone(text, &rules), None, "{text}");
        }
    }

    #[test]
    fn addresses_need_an_at_sign_and_a_dot_in_the_domain() {
        assert!(
            Email::parse("Ann.Ng@Clinic.example.org")
                .is_some_and(|email| email.as_text() == "ann.ng@clinic.example.org")
        );
        for text in ["ann", "ann@clinic", "ann at clinic.org", "@clinic.org"] {
            assert!(Email::parse(text).is_none(), "{text}");
        }
    }
}
