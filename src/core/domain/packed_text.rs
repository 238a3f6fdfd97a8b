//! The text of a packed patient: each value with its length before it, end to end in one text, so that reading it back
//! checks nothing and, as a view, allocates nothing.

use std::fmt;

use compact_str::CompactString;
use uuid::Uuid;

use super::phi::{Phi, Text};
use super::{
    AdditionalName, Address, CivilDate, ContactTexts, Email, ExternalId, Patient, PersonName, Phone, PostalCode, Sex,
    State, Unsendable,
};

/// Stands before and after a length that is no single letter of ASCII.
const LONG: char = '\u{7f}';

/// Appends a patient but for its dates, which the store keeps in columns. The sex is one letter, in lower case where
/// its column may settle what it means.
pub(super) fn encode_patient(out: &mut String, patient: &Patient, sex: Option<&str>) {
    match patient.subject_id {
        Some(id) => put_text(out, id.hyphenated().encode_lower(&mut Uuid::encode_buffer())),
        None => put_text(out, ""),
    }
    for part in [&patient.name.first, &patient.name.middle, &patient.name.last, &patient.name.suffix] {
        put_text(out, part.as_text());
    }
    out.push_str(sex.unwrap_or("-"));
    put_address(out, &patient.address);
    match patient.phone {
        Some(phone) => {
            put_length(out, 10);
            put_digits(out, phone.number(), 10);
        }
        None => put_text(out, ""),
    }
    put_text(out, patient.email.as_ref().map(Email::as_text).unwrap_or_default());
    put_length(out, patient.external_ids.len());
    for id in &patient.external_ids {
        put_text(out, id.system.as_text());
        put_text(out, id.value.as_text());
    }
    put_length(out, patient.additional_names.len());
    for name in &patient.additional_names {
        put_text(out, name.first.as_text());
        put_text(out, name.middle.as_text());
        put_text(out, name.last.as_text());
    }
    put_length(out, patient.additional_addresses.len());
    for address in &patient.additional_addresses {
        put_address(out, address);
    }
    put_length(out, patient.labels.len());
    for label in &patient.labels {
        put_text(out, label.as_text());
    }
    put_length(out, patient.unsendable.birth_digits as usize);
    put_text(out, patient.unsendable.postal_code.as_text());
    put_length(out, usize::try_from(patient.unsendable.phone).unwrap_or_default());
}

fn put_address(out: &mut String, address: &Address) {
    for part in [&address.line1, &address.line2, &address.city] {
        put_text(out, part.as_text());
    }
    put_text(out, address.state.as_ref().map(State::code).unwrap_or_default());
    // As `PostalCode::to_wire` writes it.
    match address.postal_code.map(|code| (code.zip_number(), code.plus4())) {
        Some((zip, None)) => {
            put_length(out, 5);
            put_digits(out, zip.into(), 5);
        }
        Some((zip, Some(plus4))) => {
            put_length(out, 10);
            put_digits(out, zip.into(), 5);
            out.push('-');
            put_digits(out, plus4.into(), 4);
        }
        None => put_text(out, ""),
    }
}

/// So many of the last digits of a number.
fn put_digits(out: &mut String, number: u64, count: u32) {
    for place in (0..count).rev() {
        out.push(char::from(b'0' + u8::try_from(number / 10_u64.pow(place) % 10).unwrap_or_default()));
    }
}

fn put_text(out: &mut String, text: &str) {
    put_length(out, text.len());
    out.push_str(text);
}

/// A length as one letter of ASCII; from 127 on as digits between two of [`LONG`].
fn put_length(out: &mut String, length: usize) {
    match u8::try_from(length) {
        Ok(short) if char::from(short) < LONG => out.push(char::from(short)),
        _ => {
            out.push(LONG);
            out.push_str(&length.to_string());
            out.push(LONG);
        }
    }
}

/// Reads on from a place in the text.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn length(&mut self) -> usize {
        match self.rest.as_bytes().first() {
            Some(short) if char::from(*short) < LONG => {
                self.rest = self.rest.get(1..).unwrap_or_default();
                usize::from(*short)
            }
            _ => self.long_length(),
        }
    }

    #[cold]
    fn long_length(&mut self) -> usize {
        let mut parts = self.rest.splitn(3, LONG).skip(1);
        let length = parts.next().and_then(|digits| digits.parse().ok()).unwrap_or_default();
        self.rest = parts.next().unwrap_or_default();
        length
    }

    fn text(&mut self) -> &'a str {
        let length = self.length();
        let (text, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        text
    }

    fn texts<const N: usize>(&mut self) -> [&'a str; N] {
        std::array::from_fn(|_| self.text())
    }

    fn sex(&mut self) -> Option<Sex> {
        let (letter, rest) = self.rest.split_at_checked(1).unwrap_or_default();
        self.rest = rest;
        match letter {
            "F" => Some(Sex::Female),
            "M" | "m" => Some(Sex::Male),
            _ => None,
        }
    }

    /// A list whose items are so many texts each; passes over it.
    fn list<const N: usize>(&mut self) -> Texts<'a, N> {
        let count = self.length();
        let list = Texts { count, at: *self };
        for _ in 0..count * N {
            self.text();
        }
        list
    }
}

/// A list in a packed patient: items of so many texts each, in the order of their fields.
#[derive(Clone, Copy)]
pub struct Texts<'a, const N: usize> {
    count: usize,
    at: Cursor<'a>,
}

impl<'a, const N: usize> Texts<'a, N> {
    /// The items.
    pub fn texts(self) -> impl Iterator<Item = [&'a str; N]> + Clone {
        let mut at = self.at;
        (0..self.count).map(move |_| at.texts())
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.count == 0
    }
}

/// A packed patient read where it lies. All of it is personal data; a missing value is an empty text.
#[derive(Clone, Copy)]
pub struct PatientView<'a> {
    /// The roster's own UUID for the subject, hyphenated.
    pub subject_id: &'a str,
    /// First name.
    pub first: &'a str,
    /// Middle name.
    pub middle: &'a str,
    /// Last name.
    pub last: &'a str,
    /// Generational suffix.
    pub suffix: &'a str,
    /// Sex assigned at birth.
    pub sex: Option<Sex>,
    /// Street line, unit line, city, state and ZIP of the home address; the ZIP as the vendor takes it.
    pub address: [&'a str; 5],
    /// Ten digits.
    pub phone: &'a str,
    /// E-mail address.
    pub email: &'a str,
    /// System and value of each identifier.
    pub external_ids: Texts<'a, 2>,
    /// First, middle and last name of each further name.
    pub additional_names: Texts<'a, 3>,
    /// Further addresses, as `address`.
    pub additional_addresses: Texts<'a, 5>,
    /// Labels.
    pub labels: Texts<'a, 1>,
    /// As [`Unsendable::birth_digits`].
    pub unsendable_birth_digits: u32,
    /// As [`Unsendable::postal_code`].
    pub unsendable_postal_code: &'a str,
    /// As [`Unsendable::phone`].
    pub unsendable_phone: u64,
    /// Date of birth.
    pub birth_date: Option<CivilDate>,
    /// Date of death.
    pub death_date: Option<CivilDate>,
}

impl PatientView<'_> {
    /// Telephone number.
    pub fn phone_number(&self) -> Option<Phone> {
        Phone::from_digits(self.phone)
    }

    /// A number for the telephone number that is compared: one of another country is kept apart from every other. 0 for
    /// none.
    pub fn compared_phone(&self) -> u64 {
        const OTHER_COUNTRY: u64 = 10_000_000_000_000_000;
        match self.phone_number() {
            Some(phone) => phone.number(),
            None if self.unsendable_phone == 0 => 0,
            None => OTHER_COUNTRY + self.unsendable_phone,
        }
    }

    /// The home address's ZIP.
    pub fn zip(&self) -> Option<PostalCode> {
        let [.., zip] = self.address;
        PostalCode::from_wire(zip)
    }
}

impl fmt::Debug for PatientView<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

/// The patient of an encoded text, without its dates.
pub(super) fn view_patient(text: &str) -> PatientView<'_> {
    let cursor = &mut Cursor { rest: text };
    let [subject_id, first, middle, last, suffix] = cursor.texts();
    PatientView {
        subject_id,
        first,
        middle,
        last,
        suffix,
        sex: cursor.sex(),
        address: cursor.texts(),
        phone: cursor.text(),
        email: cursor.text(),
        external_ids: cursor.list(),
        additional_names: cursor.list(),
        additional_addresses: cursor.list(),
        labels: cursor.list(),
        unsendable_birth_digits: u32::try_from(cursor.length()).unwrap_or_default(),
        unsendable_postal_code: cursor.text(),
        unsendable_phone: cursor.length() as u64,
        birth_date: None,
        death_date: None,
    }
}

/// Where the letter of the sex stands in an encoded text.
pub(super) fn place_of_sex(text: &str) -> usize {
    let cursor = &mut Cursor { rest: text };
    let _: [&str; 5] = cursor.texts();
    text.len() - cursor.rest.len()
}

/// The first values of an encoded text, without going on to its lists.
pub(super) fn view_contacts(text: &str) -> ContactTexts<'_> {
    let cursor = &mut Cursor { rest: text };
    let [_, first, _, last, _] = cursor.texts();
    cursor.sex();
    let [line1, line2, city, _, postal_code] = cursor.texts();
    ContactTexts { first, last, line1, line2, city, postal_code, phone: cursor.text(), email: cursor.text() }
}

/// The first identifier of an encoded text, without its system; empty where there is none.
pub(super) fn view_first_external_id(text: &str) -> &str {
    let cursor = &mut Cursor { rest: text };
    let _: [&str; 5] = cursor.texts();
    cursor.sex();
    // The address, phone and e-mail.
    let _: [&str; 7] = cursor.texts();
    if cursor.length() == 0 {
        return "";
    }
    let [_, value] = cursor.texts();
    value
}

/// The patient of an encoded text with every value copied, without its dates.
pub(super) fn decode_patient(text: &str) -> Patient {
    let view = view_patient(text);
    Patient {
        subject_id: if view.subject_id.is_empty() { None } else { Uuid::parse_str(view.subject_id).ok() },
        name: PersonName {
            first: phi(view.first),
            middle: phi(view.middle),
            last: phi(view.last),
            suffix: phi(view.suffix),
        },
        sex: view.sex,
        address: address(view.address),
        phone: Phone::from_digits(view.phone),
        email: Email::from_packed(view.email),
        external_ids: view
            .external_ids
            .texts()
            .map(|[system, value]| ExternalId { system: phi(system), value: phi(value) })
            .collect(),
        additional_names: view
            .additional_names
            .texts()
            .map(|[first, middle, last]| AdditionalName { first: phi(first), middle: phi(middle), last: phi(last) })
            .collect(),
        additional_addresses: view.additional_addresses.texts().map(address).collect(),
        labels: view.labels.texts().map(|[label]| phi(label)).collect(),
        unsendable: Unsendable {
            birth_digits: view.unsendable_birth_digits,
            postal_code: phi(view.unsendable_postal_code),
            phone: view.unsendable_phone,
        },
        birth_date: None,
        death_date: None,
    }
}

fn phi(text: &str) -> Text {
    Phi::new(CompactString::new(text))
}

fn address([line1, line2, city, state, postal_code]: [&str; 5]) -> Address {
    Address {
        line1: phi(line1),
        line2: phi(line2),
        city: phi(city),
        state: State::from_code(state),
        postal_code: PostalCode::from_wire(postal_code),
    }
}
