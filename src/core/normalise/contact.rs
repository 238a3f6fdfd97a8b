//! Phones and e-mail addresses: the first of a row that can be sent, in the one form in which the vendor takes it.

use crate::domain::{Email, Field, Finding, FindingCode, MappedRow, Phone};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;

pub(super) use crate::values::phone::number_of_another_country;
use crate::values::phone::{numbers_of, read_phone};
use crate::values::text::cleaned;

/// A value with what was changed or noticed on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Read<T> {
    value: T,
    code: Option<FindingCode>,
}

/// The first phone of the row that can be sent.
pub(super) fn phone(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Phone> {
    let read = |text: &str| read_phone(text, rules).map(|(value, code)| Read { value, code });
    let found = first_valid(row, Field::Phone, PlaceholderFamily::Phone, rules, findings, read);
    if found.is_some_and(|phone| rules.placeholders.is_toll_free(phone.number())) {
        findings.push(Finding::in_field(FindingCode::PhoneTollFree, Field::Phone));
    }
    found
}

/// The first e-mail address of the row that can be sent.
pub(super) fn email(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Email> {
    first_valid(row, Field::Email, PlaceholderFamily::Email, rules, findings, |text| read_email(text, rules))
}

fn first_valid<T: PartialEq>(
    row: &MappedRow<'_, '_>,
    field: Field,
    family: PlaceholderFamily,
    rules: &Rules,
    findings: &mut Vec<Finding>,
    read: impl Fn(&str) -> Option<Read<T>>,
) -> Option<T> {
    let (mut unreadable, mut has_further) = (false, false);
    let mut found: Option<Read<T>> = None;
    for cell in row.all(field) {
        let text = cleaned(cell.text);
        if rules.placeholders.is_missing(family, &text) {
            continue;
        }
        if let Some(found) = &found {
            has_further |= read(&text).is_some_and(|further| further.value != found.value);
            continue;
        }
        found = read(&text);
        // Several in one cell: the first that can be sent.
        if found.is_none() {
            let numbers = if field == Field::Phone { numbers_of(&text) } else { Vec::new() };
            let parts = if text.contains(SEPARATORS) { text.split(SEPARATORS).collect() } else { Vec::new() };
            found = numbers.into_iter().chain(parts).map(str::trim).filter(|part| !part.is_empty()).find_map(&read);
            has_further |= found.is_some();
        }
        unreadable |= found.is_none();
    }
    if has_further {
        findings.push(Finding::in_field(FindingCode::ContactNotCarried, field));
    }
    if unreadable {
        let code = if field == Field::Phone { FindingCode::PhoneUnreadable } else { FindingCode::EmailUnreadable };
        findings.push(Finding::in_field(code, field));
    }
    if let Some(code) = found.as_ref().and_then(|found| found.code) {
        findings.push(Finding::in_field(code, field));
    }
    found.map(|found| found.value)
}

/// What stands between several contacts in one cell.
const SEPARATORS: [char; 5] = [';', ',', '/', '|', '&'];

/// An address as it stands, or out of `mailto:`, `Ann Ng <ann@clinic.example.org>` or a sentence's punctuation.
fn read_email(text: &str, rules: &Rules) -> Option<Read<Email>> {
    let without_note =
        text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")).filter(|(_, note)| !note.contains('@'));
    let address = without_note.map_or(text, |(address, _)| address);
    let bare = match address.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        Some((inside, _)) => inside,
        None => address,
    };
    let bare = bare.trim_matches([' ', '.', ',', ';', ':', '"', '\'', '<', '>', '(', ')']);
    let bare = match bare.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => bare.get(7..).unwrap_or_default(),
        _ => bare,
    };
    let value = Email::parse(bare)?;
    if rules.placeholders.is_unusable_email(value.as_text()) || !may_be_delivered(value.as_text()) {
        return None;
    }
    let code = (bare.len() != text.len()).then_some(FindingCode::EmailTidied);
    Some(Read { value, code })
}

/// Whether the part before the @ ends without a dot (RFC 5321, section 4.1.2) and the domain ends in letters, as every
/// top-level domain does (RFC 3696, section 2): the rule of the HTML standard lets both pass.
fn may_be_delivered(address: &str) -> bool {
    let Some((user, domain)) = address.rsplit_once('@') else { return false };
    let top = domain.rsplit('.').next().unwrap_or_default();
    !user.ends_with('.') && (top.starts_with("xn--") || top.chars().all(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    #[test]
    fn addresses_need_an_at_sign_and_a_dot_in_the_domain() {
        let read = |text: &str| read_email(text, &RULES).map(|read| read.value.as_text().to_owned());
        assert_eq!(read("Ann.Ng@Clinic.example.org").as_deref(), Some("ann.ng@clinic.example.org"));
        for text in ["ann", "ann@clinic", "ann at clinic.org", "@clinic.org"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
