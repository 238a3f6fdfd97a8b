//! Columns of identifiers: numbers of records under a header that says something else, and which column of systems
//! belongs to which of several identifiers.

use super::column_map::ColumnMap;
use super::header::{MappingReason, Proposal};
use super::profile::{Form, Profile};
use crate::domain::{ColumnMeaning, CombinedField, Field, FieldSlot};
use crate::rules::headers::header_key;

/// Share of cells that have to be long codes in a column of `Unit #` that numbers records.
const RECORD_NUMBERS_AT_LEAST: f64 = 0.9;

/// `Unit #` is the number of a flat; over long codes of which none stands there twice, and not behind a street, it is
/// the number of the medical record, as Meditech calls it.
pub(super) fn number_records(headers: &[String], proposals: &mut [Option<Proposal>], profiles: &[Profile]) {
    const UNITS: [&str; 3] = ["unit", "unit no", "unit number"];
    let is_line = |index: usize| {
        let meaning = proposals.get(index).and_then(Option::as_ref).map(|proposal| proposal.meaning);
        matches!(
            meaning,
            Some(
                ColumnMeaning::Field(Field::AddressLine1 | Field::AddressLine2)
                    | ColumnMeaning::Combined(CombinedField::FullAddress | CombinedField::FurtherAddressLine)
            )
        )
    };
    let is_record = |index: usize, header: &String, profile: &Profile| {
        UNITS.contains(&header_key(header).as_str())
            && !index.checked_sub(1).is_some_and(is_line)
            && profile.is_distinct()
            && profile.share(Form::LongCode) >= RECORD_NUMBERS_AT_LEAST
    };
    let numbered = headers.iter().zip(profiles).enumerate();
    let found: Vec<usize> = numbered
        .filter(|(index, (header, profile))| is_record(*index, header, profile))
        .map(|(index, _)| index)
        .collect();
    for index in found {
        if let Some(Some(proposal)) = proposals.get_mut(index) {
            proposal.meaning = ColumnMeaning::Field(Field::ExternalId);
            proposal.reason = MappingReason::HeaderAndContent("long codes, each used once");
        }
    }
}

/// A column of systems whose header names an identifier (`MRN System`, `identifier[0].system`) belongs to that one,
/// whichever stands before it: both get a number that no other has.
pub(super) fn pair_systems(headers: &[String], proposals: &mut [Option<Proposal>]) {
    for (system, number) in columns_of(proposals, Field::ExternalSystem) {
        let ids = columns_of(proposals, Field::ExternalId);
        let header = headers.get(system).map(String::as_str).unwrap_or_default();
        let is_named = |(index, _): &&(usize, u8)| headers.get(*index).is_some_and(|id| names_identifier(header, id));
        let Some((own, own_number)) = ids.iter().find(is_named).copied() else { continue };
        let systems = columns_of(proposals, Field::ExternalSystem);
        let is_held = ids.iter().any(|(index, other)| *index < own && *other == own_number);
        let is_free = |next: &u8| !ids.iter().chain(&systems).any(|(_, taken)| taken == next);
        let paired = if is_held { (0..u8::MAX).find(is_free).unwrap_or(u8::MAX) } else { own_number };
        if !is_held && paired == number {
            continue;
        }
        for index in [own, system] {
            if let Some(Some(proposal)) = proposals.get_mut(index) {
                proposal.number = paired;
            }
        }
    }
}

impl ColumnMap {
    /// Gives every column of identifiers a system to stand in where nothing names one: identifiers of two kinds may be
    /// the same number of two people. The first kind has `assumed`; the others have it with their header behind it.
    /// Where the user named `assumed`, all have it.
    pub fn assume_systems(&mut self, assumed: &str, is_named: bool) {
        let columns = |field: Field| -> Vec<(FieldSlot, usize)> {
            let slots = self.columns.iter().enumerate().filter_map(|(index, column)| Some((column.slot()?, index)));
            let mut found: Vec<_> = slots.filter(|(slot, _)| slot.field == field).collect();
            found.sort_unstable();
            found
        };
        let header = |index: usize| self.columns.get(index).map(|column| column.header.as_str()).unwrap_or_default();
        let (ids, systems) = (columns(Field::ExternalId), columns(Field::ExternalSystem));
        let is_of_one = |system: usize| ids.iter().any(|(_, id)| names_identifier(header(system), header(*id)));
        if systems.iter().any(|(_, system)| !is_of_one(*system)) {
            return;
        }
        let mut first_kind = None;
        let mut given = Vec::new();
        for (slot, index) in &ids {
            let has_system = systems.iter().any(|(system, _)| system.group == slot.group)
                || self.columns.get(*index).is_some_and(|column| column.system.is_some());
            if has_system {
                continue;
            }
            let key = header_key(header(*index));
            let kind = key.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ').to_owned();
            let is_first = is_named || *first_kind.get_or_insert_with(|| kind.clone()) == kind;
            let name = if is_first { assumed.to_owned() } else { format!("{assumed} {}", header(*index)) };
            given.push((*index, name));
        }
        for (index, name) in given {
            if let Some(column) = self.columns.get_mut(index) {
                column.assumed_system = Some(name);
            }
        }
    }

    /// The systems that stand in for what nothing names.
    pub fn assumed_systems(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|column| column.assumed_system.as_deref())
    }
}

/// The columns of a field, with the number that their header says.
fn columns_of(proposals: &[Option<Proposal>], field: Field) -> Vec<(usize, u8)> {
    let found = proposals.iter().enumerate().filter_map(|(index, proposal)| Some((index, proposal.as_ref()?)));
    let found = found.filter(|(_, proposal)| proposal.meaning == ColumnMeaning::Field(field));
    found.map(|(index, proposal)| (index, proposal.number)).collect()
}

/// Whether the header of a column of systems names the identifier that another header is over.
fn names_identifier(system: &str, identifier: &str) -> bool {
    let named = without_ends(system, &["4", "assigning", "authority", "facility", "source", "system", "type"]);
    !named.is_empty() && named == without_ends(identifier, &["1", "no", "number", "value"])
}

/// The key of a header without words at its end.
fn without_ends(header: &str, ends: &[&str]) -> String {
    let key = header_key(header);
    let mut words: Vec<&str> = key.split(' ').collect();
    while words.last().is_some_and(|last| ends.contains(last)) {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use crate::domain::RowBatch;
    use crate::map::export_tests::{RULES, batch_of};
    use crate::map::export_tests::{assert_mapped, assert_mapped_with};
    use crate::map::find_columns;

    #[test]
    fn unit_number_over_long_codes_is_the_record_number_of_meditech() {
        assert_mapped_with(
            &[
                ("Unit #", "external_id"),
                ("Acct #", "external_id:2"),
                ("Patient Name", "full_name"),
                ("DOB", "birth_date"),
                ("Street", "address_line1"),
            ],
            &[
                &["M00010", "V100", "LOPEZ,MARIA A", "05/13/1980", "12 OAK ST"],
                &["M00011", "V101", "GARZA,JOSE", "06/14/1975", "14 ELM ST"],
            ],
        );
    }

    #[test]
    fn unit_number_over_short_numbers_or_behind_a_street_stays_an_address_line() {
        let headers = [
            ("Unit #", "address_line2"),
            ("MRN", "external_id"),
            ("Last Name", "last_name"),
            ("First Name", "first_name"),
        ];
        assert_mapped_with(&headers, &[&["4", "1", "Ng", "Ann"], &["12B", "2", "Ruiz", "Omar"]]);
        let headers = [
            ("Last Name", "last_name"),
            ("First Name", "first_name"),
            ("Street", "address_line1"),
            ("Unit #", "address_line2"),
        ];
        assert_mapped_with(&headers, &[&["Ng", "Ann", "1 Oak St", "T12040"], &["Ruiz", "Omar", "2 Elm St", "T12041"]]);
    }

    #[test]
    fn a_system_belongs_to_the_identifier_that_its_header_names() {
        assert_mapped(&[
            ("id", "external_id"),
            ("identifier[0].system", "external_system:2"),
            ("identifier[0].value", "external_id:2"),
            ("name[0].family", "last_name"),
            ("name[0].given[0]", "first_name"),
        ]);
        assert_mapped(&[
            ("Chart No", "external_id"),
            ("MRN", "external_id:2"),
            ("MRN System", "external_system:2"),
            ("Last Name", "last_name"),
            ("First Name", "first_name"),
        ]);
        assert_mapped(&[
            ("MRN", "external_id"),
            ("Facility", "external_system"),
            ("Chart No", "external_id:2"),
            ("Last Name", "last_name"),
            ("First Name", "first_name"),
        ]);
    }

    fn assumed(headers: &[&str]) -> Vec<String> {
        let rows: RowBatch = batch_of([headers].iter());
        let (_, mut columns) = find_columns(&rows, &RULES, None).expect("a roster");
        columns.assume_systems("clinic", false);
        columns.assumed_systems().map(str::to_owned).collect()
    }

    #[test]
    fn identifiers_of_two_kinds_are_of_two_systems_where_nothing_names_them() {
        assert_eq!(assumed(&["PERSON_ID", "MRN", "Last Name", "First Name"]), ["clinic", "clinic MRN"]);
        assert_eq!(assumed(&["MRN 1", "MRN 2", "Last Name", "First Name"]), ["clinic", "clinic"]);
        assert_eq!(assumed(&["MRN", "Last Name", "First Name"]), ["clinic"]);
        assert_eq!(assumed(&["PERSON_ID", "MRN", "Facility", "Last Name", "First Name"]), Vec::<String>::new());
        let fhir = ["id", "identifier[0].system", "identifier[0].value", "name[0].family", "name[0].given[0]"];
        assert_eq!(assumed(&fhir), ["clinic"]);
    }
}
