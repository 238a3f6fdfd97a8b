//! What is sent of each field of a patient, as text: what a report shows as the value after a change.

use std::borrow::Cow;

use super::address::Address;
use super::date::CivilDate;
use super::email::Email;
use super::field::Field;
use super::name::AdditionalName;
use super::patient::Patient;
use super::phi::Text;
use super::phone::Phone;
use super::postal::{PostalCode, State};
use super::sex::Sex;

/// Between the values of a field that has several.
pub const BETWEEN_VALUES: &str = " | ";

/// What is sent of a field; empty where nothing is.
pub fn sent_text(patient: &Patient, field: Field) -> Cow<'_, str> {
    let text = |text: &'_ Text| -> String { text.as_text().to_owned() };
    let names =
        |part: fn(&AdditionalName) -> &Text| joined(patient.additional_names.iter().map(|name| text(part(name))));
    let addresses = |part: fn(&Address) -> String| joined(patient.additional_addresses.iter().map(part));
    let (name, home) = (&patient.name, &patient.address);
    let of = |text: &'_ Text| -> Cow<'_, str> { Cow::Owned(text.as_text().to_owned()) };
    match field {
        Field::SubjectId => Cow::Owned(patient.subject_id.map(|id| id.to_string()).unwrap_or_default()),
        Field::ExternalId => joined(patient.external_ids.iter().map(|id| text(&id.value))),
        Field::ExternalSystem => joined(patient.external_ids.iter().map(|id| text(&id.system))),
        Field::FirstName => of(&name.first),
        Field::MiddleName => of(&name.middle),
        Field::LastName => of(&name.last),
        Field::Suffix => of(&name.suffix),
        Field::BirthDate => Cow::Owned(patient.birth_date.map(CivilDate::to_iso).unwrap_or_default()),
        Field::DeathDate => Cow::Owned(patient.death_date.map(CivilDate::to_iso).unwrap_or_default()),
        Field::Sex => Cow::Borrowed(patient.sex.map(Sex::letter).unwrap_or_default()),
        Field::AddressLine1 => of(&home.line1),
        Field::AddressLine2 => of(&home.line2),
        Field::City => of(&home.city),
        Field::State => Cow::Owned(home.state.as_ref().map(State::code).unwrap_or_default().to_owned()),
        Field::PostalCode => Cow::Owned(home.postal_code.map(PostalCode::to_wire).unwrap_or_default()),
        Field::Phone => Cow::Owned(patient.phone.map(Phone::to_wire).unwrap_or_default()),
        Field::Email => Cow::Owned(patient.email.as_ref().map(Email::as_text).unwrap_or_default().to_owned()),
        Field::AdditionalFirstName => names(|name| &name.first),
        Field::AdditionalMiddleName => names(|name| &name.middle),
        Field::AdditionalLastName => names(|name| &name.last),
        Field::AdditionalAddressLine1 => addresses(|prior| prior.line1.as_text().to_owned()),
        Field::AdditionalAddressLine2 => addresses(|prior| prior.line2.as_text().to_owned()),
        Field::AdditionalCity => addresses(|prior| prior.city.as_text().to_owned()),
        Field::AdditionalState => {
            addresses(|prior| prior.state.as_ref().map(State::code).unwrap_or_default().to_owned())
        }
        Field::AdditionalPostalCode => {
            addresses(|prior| prior.postal_code.map(PostalCode::to_wire).unwrap_or_default())
        }
        Field::Label => joined(patient.labels.iter().map(text)),
    }
}

fn joined<'a>(texts: impl Iterator<Item = String>) -> Cow<'a, str> {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    Cow::Owned(texts.join(BETWEEN_VALUES))
}
