//! Addresses: street lines in standard form, states to codes, ZIPs to digits. A zero is given back to a ZIP only where
//! the state agrees, and a ZIP outside the state is a finding.

use std::borrow::Cow;

use crate::domain::{Address, Field, Finding, FindingCode, MappedCell, MappedRow, PostalCode, State, Text};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;

use super::repeated_place::{OwnPlace, city_alone, street_alone};
use crate::values::mend::mended;
use crate::values::postal::{ReadPostalCode, read_postal_code};
use crate::values::state::read_state;
use crate::values::street::standard_lines;
use crate::values::text::cleaned;

/// The five fields of an address.
struct AddressFields {
    line1: Field,
    line2: Field,
    city: Field,
    state: Field,
    postal_code: Field,
}

const HOME: AddressFields = AddressFields {
    line1: Field::AddressLine1,
    line2: Field::AddressLine2,
    city: Field::City,
    state: Field::State,
    postal_code: Field::PostalCode,
};

const PRIOR: AddressFields = AddressFields {
    line1: Field::AdditionalAddressLine1,
    line2: Field::AdditionalAddressLine2,
    city: Field::AdditionalCity,
    state: Field::AdditionalState,
    postal_code: Field::AdditionalPostalCode,
};

/// The home address of a row; empty when it has none.
pub(super) fn home_address(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Address {
    address(row, &HOME, 0, rules, findings)
}

/// The prior addresses of a row, by group, without empty and repeated ones.
pub(super) fn prior_addresses(
    row: &MappedRow<'_, '_>,
    home: &Address,
    rules: &Rules,
    findings: &mut Vec<Finding>,
) -> Vec<Address> {
    let fields = [PRIOR.line1, PRIOR.line2, PRIOR.city, PRIOR.state, PRIOR.postal_code];
    let mut groups: Vec<u8> = fields.iter().flat_map(|field| row.all(*field)).map(|cell| cell.slot.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut addresses = Vec::new();
    for group in groups {
        let prior = address(row, &PRIOR, group, rules, findings);
        if !prior.is_empty() && prior != *home && !addresses.contains(&prior) {
            addresses.push(prior);
        }
    }
    addresses
}

fn address(
    row: &MappedRow<'_, '_>,
    fields: &AddressFields,
    group: u8,
    rules: &Rules,
    findings: &mut Vec<Finding>,
) -> Address {
    let mut raw = |field| {
        let text = row.in_group(field, group).map(|cell| mended_cell(cell, findings));
        text.filter(|text| !rules.placeholders.is_missing(PlaceholderFamily::Address, text)).unwrap_or_default()
    };
    let [raw_line1, raw_line2, raw_city, raw_state] =
        [fields.line1, fields.line2, fields.city, fields.state].map(&mut raw);
    let raw_zip = row.in_group(fields.postal_code, group).map(|cell| cell.text.trim()).unwrap_or_default();
    let mut place = OwnPlace { city: &raw_city, state: &raw_state, postal_code: raw_zip };
    let city = city_alone(&raw_city, place, rules);
    place.city = city;
    let line1 = street_alone(&raw_line1, place, rules);
    for (field, is_repeated) in
        [(fields.line1, line1.len() < raw_line1.len()), (fields.city, city.len() < raw_city.len())]
    {
        if is_repeated {
            findings.push(Finding::in_field(FindingCode::PlaceRepeated, field));
        }
    }
    let (line1, line2) = street_lines(line1, &raw_line2, fields, rules, findings);
    let city = Text::from_text(city);
    let state = row.in_group(fields.state, group).and_then(|cell| state(cell, rules, findings));
    let is_foreign = state.is_none()
        && row.in_group(fields.state, group).is_some_and(|cell| rules.states.is_foreign(&cleaned(cell.text)));
    let postal_code =
        row.in_group(fields.postal_code, group).and_then(|cell| postal_code(cell, state, is_foreign, rules, findings));
    Address { line1, line2, city, state, postal_code }
}

/// A cleaned cell, with letters that another program had broken put right.
fn mended_cell<'a>(cell: &MappedCell<'a>, findings: &mut Vec<Finding>) -> Cow<'a, str> {
    let clean = cleaned(cell.text);
    if let Cow::Owned(_) = clean
        && let Cow::Owned(whole) = mended(cell.text)
    {
        findings.push(Finding::in_field(FindingCode::NameMended, cell.slot.field));
        return Cow::Owned(cleaned(&whole).into_owned());
    }
    clean
}

/// Both street lines in standard form, with what was changed in them.
fn street_lines(
    line1: &str,
    line2: &str,
    fields: &AddressFields,
    rules: &Rules,
    findings: &mut Vec<Finding>,
) -> (Text, Text) {
    if line1.is_empty() && line2.is_empty() {
        return (Text::default(), Text::default());
    }
    let street = standard_lines(line1, line2, &rules.addresses);
    if street.unit_moved {
        findings.push(Finding::in_field(FindingCode::UnitMoved, fields.line2));
    } else if street.line1 != line1 {
        findings.push(Finding::in_field(FindingCode::AddressStandardised, fields.line1));
    } else if street.line2 != line2 {
        findings.push(Finding::in_field(FindingCode::AddressStandardised, fields.line2));
    }
    if !street.can_be_delivered {
        findings.push(Finding::in_field(FindingCode::HouseNumberMissing, fields.line1));
    }
    (Text::from_text(&street.line1), Text::from_text(&street.line2))
}

fn state(cell: &MappedCell<'_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<State> {
    let text = cleaned(cell.text);
    if rules.placeholders.is_missing(PlaceholderFamily::Address, &text) {
        return None;
    }
    let state = read_state(&text, &rules.states);
    if state.is_none() {
        findings.push(Finding::in_field(FindingCode::StateUnknown, cell.slot.field));
    }
    state
}

fn postal_code(
    cell: &MappedCell<'_>,
    state: Option<State>,
    is_foreign: bool,
    rules: &Rules,
    findings: &mut Vec<Finding>,
) -> Option<PostalCode> {
    let text = cleaned(cell.text);
    if rules.placeholders.is_missing(PlaceholderFamily::PostalCode, &text) {
        return None;
    }
    let read = if is_foreign { None } else { read_postal_code(&text, state, &rules.states) };
    let Some(ReadPostalCode { code, digits }) = read else {
        findings.push(Finding::in_field(FindingCode::PostalCodeUnreadable, cell.slot.field));
        return None;
    };
    if digits > code.digits() {
        findings.push(Finding::in_field(FindingCode::PostalCodeFillerDropped, cell.slot.field));
    }
    if digits < code.digits() {
        findings.push(Finding::in_field(FindingCode::PostalCodeZerosRestored, cell.slot.field));
    } else if state.is_some_and(|state| !rules.states.has_zip3(state, code.zip3())) {
        findings.push(Finding::in_field(FindingCode::PostalCodeOutsideState, cell.slot.field));
    }
    Some(code)
}
