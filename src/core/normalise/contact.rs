//! Phones and e-mail addresses: the first of a row that can be sent, in the one form in which the vendor takes it.

use crate::domain::{Email, Field, Finding, FindingCode, MappedRow, Phone};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;
use crate::values::contact::FoundContact;
use crate::values::email::{first_email, read_email};
pub(super) use crate::values::phone::number_of_another_country;
use crate::values::phone::{first_phone, read_phone};
use crate::values::text::cleaned;

/// The first phone of the row that can be sent.
pub(super) fn phone(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Phone> {
    let (words, placeholders) = (&rules.phones, &rules.placeholders);
    let reading = Reading {
        field: Field::Phone,
        family: PlaceholderFamily::Phone,
        unreadable: FindingCode::PhoneUnreadable,
        first: |text: &str| first_phone(text, words, placeholders),
        whole: |text: &str| read_phone(text, words, placeholders).map(|(phone, _)| phone),
    };
    let found = first_valid(row, &reading, rules, findings);
    if found.is_some_and(|phone| rules.placeholders.is_toll_free(phone.number())) {
        findings.push(Finding::in_field(FindingCode::PhoneTollFree, Field::Phone));
    }
    found
}

/// The first e-mail address of the row that can be sent.
pub(super) fn email(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Email> {
    let placeholders = &rules.placeholders;
    let reading = Reading {
        field: Field::Email,
        family: PlaceholderFamily::Email,
        unreadable: FindingCode::EmailUnreadable,
        first: |text: &str| first_email(text, placeholders),
        whole: |text: &str| read_email(text, placeholders).map(|(email, _)| email),
    };
    first_valid(row, &reading, rules, findings)
}

/// How the cells of a field are read.
struct Reading<First, Whole> {
    field: Field,
    family: PlaceholderFamily,
    /// What is found of a cell from which nothing can be sent.
    unreadable: FindingCode,
    /// The first contact of a cell.
    first: First,
    /// The contact that the whole of a cell is.
    whole: Whole,
}

fn first_valid<T: PartialEq>(
    row: &MappedRow<'_, '_>,
    reading: &Reading<impl Fn(&str) -> Option<FoundContact<T>>, impl Fn(&str) -> Option<T>>,
    rules: &Rules,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    let (mut unreadable, mut has_further) = (false, false);
    let mut found: Option<FoundContact<T>> = None;
    for cell in row.all(reading.field) {
        let text = cleaned(cell.text);
        if rules.placeholders.is_missing(reading.family, &text) {
            continue;
        }
        if let Some(found) = &found {
            has_further |= (reading.whole)(&text).is_some_and(|further| further != found.value);
            continue;
        }
        found = (reading.first)(&text);
        has_further |= found.as_ref().is_some_and(|found| found.is_of_several);
        unreadable |= found.is_none();
    }
    if has_further {
        findings.push(Finding::in_field(FindingCode::ContactNotCarried, reading.field));
    }
    if unreadable {
        findings.push(Finding::in_field(reading.unreadable, reading.field));
    }
    if let Some(code) = found.as_ref().and_then(|found| found.code) {
        findings.push(Finding::in_field(code, reading.field));
    }
    found.map(|found| found.value)
}
