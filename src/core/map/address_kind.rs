//! Home and mailing address beside each other: two addresses, each of which stays whole. Filling the gaps of one from
//! the other would make a third one where nobody lives.

use super::assign::further;
use super::header::{Proposal, in_numbered_address, propose};
use crate::domain::{ColumnMeaning, CombinedField, Field};
use crate::rules::HeaderRules;
use crate::rules::headers::header_key;

/// The qualifier under which the columns of a mailing address are numbered among the further addresses.
const MAILING: &str = "mailing";
/// The same for an address without such a word, beside a home address.
const OTHER: &str = "other address";

/// Which address a header speaks of. The first one that is there is the patient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum AddressKind {
    /// `Home Address`, `Residential City`.
    Home,
    /// `Address`, `City`.
    Plain,
    /// `Mailing Address`, `Mail City`.
    Mailing,
}

impl AddressKind {
    fn from_header(header: &str) -> Self {
        let key = header_key(header);
        let has = |words: &[&str]| key.split(' ').any(|word| words.contains(&word));
        if has(&["mailing", "mail"]) {
            Self::Mailing
        } else if has(&["home", "permanent", "physical", "res", "residence", "residential"]) {
            Self::Home
        } else {
            Self::Plain
        }
    }
}

/// An address that is the patient's as well as the first one is, and no prior one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SecondAddress {
    /// The mailing address.
    Mailing,
    /// One by number or by other words: `Address 2, City 2`, `Address` beside `Home Address`.
    Other,
}

/// Which second address the header of a column speaks of that holds a part of a further one.
pub(super) fn second_address(header: &str, meaning: ColumnMeaning, rules: &HeaderRules) -> Option<SecondAddress> {
    let is_further = matches!(
        meaning,
        ColumnMeaning::Field(
            Field::AdditionalAddressLine1
                | Field::AdditionalAddressLine2
                | Field::AdditionalCity
                | Field::AdditionalState
                | Field::AdditionalPostalCode
        ) | ColumnMeaning::Combined(CombinedField::AdditionalFullAddress | CombinedField::AdditionalCityStateZip)
    );
    if !is_further {
        return None;
    }
    if AddressKind::from_header(header) == AddressKind::Mailing {
        return Some(SecondAddress::Mailing);
    }
    let is_patients = || propose(header, rules).is_some_and(|proposal| !address_parts(&proposal).is_empty());
    (in_numbered_address(header, rules).is_some() || is_patients()).then_some(SecondAddress::Other)
}

/// The fields of the patient's address that a column holds.
fn address_parts(proposal: &Proposal) -> &'static [Field] {
    let parts: &'static [Field] = match proposal.meaning {
        ColumnMeaning::Field(Field::AddressLine1) => &[Field::AddressLine1],
        ColumnMeaning::Field(Field::AddressLine2) => &[Field::AddressLine2],
        ColumnMeaning::Field(Field::City) => &[Field::City],
        ColumnMeaning::Field(Field::State) => &[Field::State],
        ColumnMeaning::Field(Field::PostalCode) => &[Field::PostalCode],
        ColumnMeaning::Combined(
            combined @ (CombinedField::FullAddress | CombinedField::CityStateZip | CombinedField::FurtherAddressLine),
        ) => combined.parts(),
        _ => &[],
    };
    parts
}

/// Makes a second address under other words a further one, with all its columns:
/// `Address, City, Mailing Address, Mailing City`. Columns that only complete the first stay with it:
/// `Address, Mailing City, Mailing State`.
pub(super) fn part_addresses(headers: &[String], proposals: &mut [Option<Proposal>]) {
    let kinds: Vec<AddressKind> = headers.iter().map(|header| AddressKind::from_header(header)).collect();
    let parts_of = |proposals: &[Option<Proposal>], kind| -> Vec<Field> {
        let of_kind = kinds.iter().zip(proposals).filter(|(of, _)| **of == kind);
        of_kind.filter_map(|(_, proposal)| proposal.as_ref()).flat_map(address_parts).copied().collect()
    };
    let all = [AddressKind::Home, AddressKind::Plain, AddressKind::Mailing];
    let has_street = |kind: &AddressKind| parts_of(proposals, *kind).contains(&Field::AddressLine1);
    // Columns without a street complete either: `Home Address, City, State, Mailing Address`.
    let completing: Vec<Field> =
        all.into_iter().filter(|kind| !has_street(kind)).flat_map(|kind| parts_of(proposals, kind)).collect();
    let completeness = |kind: AddressKind| {
        let mut parts = parts_of(proposals, kind);
        parts.extend(&completing);
        parts.sort_unstable();
        parts.dedup();
        parts.len()
    };
    let with_street = all.into_iter().filter(has_street).map(|kind| (completeness(kind), kind));
    let most = with_street.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let Some((_, first)) = most else { return };
    let held = parts_of(proposals, first);
    for kind in all.into_iter().filter(|kind| *kind != first) {
        let is_second = parts_of(proposals, kind).iter().any(|field| held.contains(field));
        if !is_second {
            continue;
        }
        for (_, proposal) in kinds.iter().zip(proposals.iter_mut()).filter(|(of, _)| **of == kind) {
            let is_part = proposal.as_ref().is_some_and(|proposal| !address_parts(proposal).is_empty());
            if let Some(part) = proposal.take_if(|_| is_part) {
                let qualifier = Some(if kind == AddressKind::Mailing { MAILING } else { OTHER }.to_owned());
                // A third line of a further address has no field: it is left out.
                *proposal = further(part.meaning).map(|meaning| Proposal { meaning, number: 0, qualifier, ..part });
            }
        }
    }
}
