//! The vendor's record of a person: what is validated, planned, hashed and put on the wire.
//!
//! Field names follow the vendor's published API (`CreateSubject`). Fields without a value are left out: the
//! matching standards ask senders never to transmit "unknown".

use serde::Serialize;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::phi::{Phi, Text};

/// A subject as the vendor takes it.
#[derive(Clone, Debug, PartialEq, Eq, Validate)]
pub struct SubjectRecord {
    /// The caller's UUID, the only replay protection there is.
    pub id: Uuid,
    /// Given name, required.
    #[validate(custom(function = "not_blank"))]
    pub first_name: Text,
    /// Middle name or initial.
    pub middle_name: Option<Text>,
    /// Family name, required.
    #[validate(custom(function = "not_blank"))]
    pub last_name: Text,
    /// E-mail address.
    #[validate(custom(function = "email_shaped"))]
    pub email: Option<Text>,
    /// `yyyy-mm-dd`.
    #[validate(custom(function = "date_shaped"))]
    pub birth_date: Option<Text>,
    /// `yyyy-mm-dd`.
    #[validate(custom(function = "date_shaped"))]
    pub death_date: Option<Text>,
    /// `M` or `F`.
    #[validate(custom(function = "sex_letter"))]
    pub gender: Option<Text>,
    /// Street line.
    pub address_line1: Option<Text>,
    /// Unit.
    pub address_line2: Option<Text>,
    /// City.
    pub address_city: Option<Text>,
    /// Two letters.
    #[validate(custom(function = "state_shaped"))]
    pub address_state: Option<Text>,
    /// 5 or 9 digits.
    #[validate(custom(function = "postal_code_shaped"))]
    pub address_postal_code: Option<Text>,
    /// `123-456-7890`.
    #[validate(custom(function = "phone_shaped"))]
    pub phone_number: Option<Text>,
    /// Identifiers with their systems, both required.
    #[validate(nested)]
    pub external_identifiers: Vec<ExternalIdentifierRecord>,
    /// Labels.
    pub labels: Vec<Text>,
    /// Further names.
    #[validate(nested)]
    pub additional_names: Vec<AdditionalNameRecord>,
    /// Further addresses.
    #[validate(nested)]
    pub additional_addresses: Vec<AdditionalAddressRecord>,
}

impl SubjectRecord {
    /// A subject of whom nothing is known but the id and the names, which every subject has.
    pub fn named(id: Uuid, first_name: Text, last_name: Text) -> Self {
        Self {
            id,
            first_name,
            middle_name: None,
            last_name,
            email: None,
            birth_date: None,
            death_date: None,
            gender: None,
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
}

/// An identifier and its system; the vendor requires both.
#[derive(Clone, Debug, PartialEq, Eq, Validate)]
pub struct ExternalIdentifierRecord {
    /// The identifier.
    #[validate(custom(function = "not_blank"))]
    pub external_identifier: Text,
    /// Who assigned it.
    #[validate(custom(function = "not_blank"))]
    pub external_system: Text,
}

/// A further name; the vendor requires at least one of first and last.
#[derive(Clone, Debug, PartialEq, Eq, Validate)]
#[validate(schema(function = "first_or_last"))]
pub struct AdditionalNameRecord {
    /// Given name.
    pub first: Option<Text>,
    /// Family name.
    pub last: Option<Text>,
    /// Middle name.
    pub middle: Option<Text>,
}

/// A further address.
#[derive(Clone, Debug, PartialEq, Eq, Validate)]
pub struct AdditionalAddressRecord {
    /// Street line.
    pub address_line1: Option<Text>,
    /// Unit.
    pub address_line2: Option<Text>,
    /// City.
    pub address_city: Option<Text>,
    /// Two letters.
    #[validate(custom(function = "state_shaped"))]
    pub address_state: Option<Text>,
    /// 5 or 9 digits.
    #[validate(custom(function = "postal_code_shaped"))]
    pub address_postal_code: Option<Text>,
}

/// Names and values of the record's present fields in wire order: the one place where a record is written out.
macro_rules! serialize_present {
    ($type:ty { $($required:ident => $required_name:literal),* ; $($optional:ident => $optional_name:literal),* ; $($list:ident => $list_name:literal),* }) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry($required_name, self.$required.exposed_for_wire())?;)*
                $(if let Some(value) = &self.$optional { map.serialize_entry($optional_name, value.as_text())?; })*
                $(if !self.$list.is_empty() { map.serialize_entry($list_name, &WireList(&self.$list))?; })*
                map.end()
            }
        }
    };
}

trait ExposedForWire {
    type Wire: Serialize + ?Sized;
    fn exposed_for_wire(&self) -> &Self::Wire;
}

impl ExposedForWire for Uuid {
    type Wire = Self;
    fn exposed_for_wire(&self) -> &Self {
        self
    }
}

impl ExposedForWire for Text {
    type Wire = str;
    fn exposed_for_wire(&self) -> &str {
        self.as_text()
    }
}

struct WireList<'a, T>(&'a [T]);

impl<T: WireItem> Serialize for WireList<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(WireItem::item))
    }
}

trait WireItem {
    type Item<'a>: Serialize
    where
        Self: 'a;
    fn item(&self) -> Self::Item<'_>;
}

impl WireItem for Text {
    type Item<'a> = &'a str;
    fn item(&self) -> &str {
        self.as_text()
    }
}

macro_rules! wire_item_itself {
    ($($type:ty),+) => { $(impl WireItem for $type {
        type Item<'a> = &'a Self;
        fn item(&self) -> &Self { self }
    })+ };
}

wire_item_itself!(ExternalIdentifierRecord, AdditionalNameRecord, AdditionalAddressRecord);

serialize_present!(SubjectRecord {
    id => "id", first_name => "firstName", last_name => "lastName";
    middle_name => "middleName", email => "email", birth_date => "birthDate", death_date => "deathDate",
    gender => "gender", address_line1 => "addressLine1", address_line2 => "addressLine2",
    address_city => "addressCity", address_state => "addressState", address_postal_code => "addressPostalCode",
    phone_number => "phoneNumber";
    external_identifiers => "externalIdentifiers", labels => "labels", additional_names => "additionalNames",
    additional_addresses => "additionalAddresses"
});
serialize_present!(ExternalIdentifierRecord {
    external_identifier => "externalIdentifier", external_system => "externalSystem"; ;
});
serialize_present!(AdditionalNameRecord { ; first => "first", last => "last", middle => "middle"; });
serialize_present!(AdditionalAddressRecord { ;
    address_line1 => "addressLine1", address_line2 => "addressLine2", address_city => "addressCity",
    address_state => "addressState", address_postal_code => "addressPostalCode";
});

fn check(holds: bool, code: &'static str) -> Result<(), ValidationError> {
    if holds { Ok(()) } else { Err(ValidationError::new(code)) }
}

fn not_blank(text: &Text) -> Result<(), ValidationError> {
    check(!text.as_text().trim().is_empty(), "required")
}

fn email_shaped(text: &Text) -> Result<(), ValidationError> {
    check(super::email::is_email(text.as_text()), "email")
}

fn date_shaped(text: &Text) -> Result<(), ValidationError> {
    let text = text.as_text();
    check(text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(), "yyyy-mm-dd")
}

fn sex_letter(text: &Text) -> Result<(), ValidationError> {
    check(matches!(text.as_text(), "M" | "F"), "M or F")
}

fn state_shaped(text: &Text) -> Result<(), ValidationError> {
    check(super::State::from_code(text.as_text()).is_some(), "two letters")
}

fn postal_code_shaped(text: &Text) -> Result<(), ValidationError> {
    let digits: String = text.as_text().chars().filter(|letter| *letter != '-').collect();
    check(super::PostalCode::from_digits(&digits).is_some(), "5 or 9 digits")
}

fn phone_shaped(text: &Text) -> Result<(), ValidationError> {
    let digits: String = text.as_text().chars().filter(|letter| *letter != '-').collect();
    check(super::Phone::from_digits(&digits).is_some(), "123-456-7890")
}

fn first_or_last(name: &AdditionalNameRecord) -> Result<(), ValidationError> {
    check(name.first.is_some() || name.last.is_some(), "first or last")
}

impl SubjectRecord {
    /// The record as JSON text, for the payload hash. Personal data, hence the wrapper.
    pub fn to_json(&self) -> Phi<String> {
        Phi::new(serde_json::to_string(self).unwrap_or_default())
    }
}
