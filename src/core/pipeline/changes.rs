//! Every value that was changed or dropped, before and after: noted while a row is at hand, drawn when the reports are.
//!
//! Writing the same value in the vendor's form (a date as yyyy-mm-dd, a state by its two letters, spaces around a cell) is no
//! change of it and has no finding.

use std::borrow::Cow;
use std::io;

use rayon::prelude::*;

use super::Prepared;
use super::reporting::place;
use crate::domain::{
    AssessedPatient, CivilDate, Email, Field, Finding, MappedRow, PackedBatch, PackedRow, Patient, Phone, PostalCode,
    Severity, Sex, State, Text,
};
use crate::report::{ChangeLine, ChangesWriter};

/// Between the cells of one field.
const BETWEEN: &str = " | ";

/// Fields between which normalising moves parts of a value: a suffix out of the last name, a unit to the second line.
const FAMILIES: [&[Field]; 3] = [
    &[
        Field::FirstName,
        Field::MiddleName,
        Field::LastName,
        Field::Suffix,
        Field::AdditionalFirstName,
        Field::AdditionalMiddleName,
        Field::AdditionalLastName,
    ],
    &[Field::AddressLine1, Field::AddressLine2, Field::City, Field::State, Field::PostalCode],
    &[
        Field::AdditionalAddressLine1,
        Field::AdditionalAddressLine2,
        Field::AdditionalCity,
        Field::AdditionalState,
        Field::AdditionalPostalCode,
    ],
];

/// Notes what the cells of the row just packed held, where a finding says that it was changed or dropped. `set_aside` are
/// cells that no field took.
pub(super) fn note(
    row: &MappedRow<'_, '_>,
    set_aside: &[(Field, &str)],
    assessed: &AssessedPatient,
    packed: &mut PackedBatch,
) {
    let told = |finding: &&Finding| finding.field.is_some() && finding.severity() >= Severity::Changed;
    let has_sex_letter = assessed.sex_letter.is_some() && assessed.patient.sex.is_none();
    if !has_sex_letter && !assessed.findings.iter().any(|finding| told(&finding)) {
        return;
    }
    for field in Field::ALL {
        let has_finding = assessed.findings.iter().filter(told).any(|finding| finding.field == Some(*field));
        let is_settled_later = has_sex_letter && *field == Field::Sex;
        if !has_finding && !is_settled_later && !has_moved_in(row, *field, assessed) {
            continue;
        }
        let before = before(row, set_aside, *field);
        let after = sent(&assessed.patient, *field);
        if before.trim() != after {
            packed.note_before(*field, &before, &after);
        }
    }
}

/// Whether a field that has no cell got a value out of another one of its family that was changed.
fn has_moved_in(row: &MappedRow<'_, '_>, field: Field, assessed: &AssessedPatient) -> bool {
    let changed = |other: Field| {
        let of_other = assessed.findings.iter().filter(|finding| finding.field == Some(other));
        of_other.into_iter().any(|finding| finding.severity() == Severity::Changed)
    };
    let family = FAMILIES.iter().find(|family| family.contains(&field));
    row.first(field).is_none()
        && family.is_some_and(|family| family.iter().any(|other| changed(*other)))
        && !sent(&assessed.patient, field).is_empty()
}

/// What the cells of the field held, those that were set aside last.
fn before<'a>(row: &MappedRow<'a, '_>, set_aside: &[(Field, &'a str)], field: Field) -> Cow<'a, str> {
    let cells = row.all(field).iter().map(|cell| cell.text);
    let mut texts = cells.chain(set_aside.iter().filter(|(of, _)| *of == field).map(|(_, text)| *text));
    let first = Cow::Borrowed(texts.next().unwrap_or_default());
    texts.fold(first, |sum, text| Cow::Owned(format!("{sum}{BETWEEN}{text}")))
}

/// What is sent of a field; empty where nothing is.
fn sent(patient: &Patient, field: Field) -> Cow<'_, str> {
    let text = |text: &'_ Text| -> String { text.as_text().to_owned() };
    let names = |part: fn(&crate::domain::AdditionalName) -> &Text| {
        joined(patient.additional_names.iter().map(|name| text(part(name))))
    };
    let addresses = |part: fn(&crate::domain::Address) -> String| joined(patient.additional_addresses.iter().map(part));
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
    Cow::Owned(texts.join(BETWEEN))
}

/// Writes every change in input order.
pub fn change_lines(prepared: &Prepared, out: &mut ChangesWriter<'_>) -> io::Result<()> {
    let store = &prepared.store;
    let batches: Vec<usize> = (0..store.batch_count()).collect();
    for group in batches.chunks(rayon::current_num_threads() * 2) {
        let changes: Vec<Vec<Change<'_>>> = group
            .par_iter()
            .map(|batch| {
                let rows = store.changed_rows(*batch);
                rows.flat_map(|(row, befores)| changes_of(&row, befores)).collect()
            })
            .collect();
        for change in changes.iter().flatten() {
            let table = prepared.table(change.row.row_ref().source);
            let (source_file, sheet) = table.map(place).unwrap_or_default();
            out.write(&ChangeLine {
                source_file,
                sheet,
                row: change.row.row_ref().row,
                field: change.field.name(),
                findings: &change.findings,
                before: &change.before,
                after: &change.after,
            })?;
        }
    }
    Ok(())
}

struct Change<'a> {
    row: PackedRow<'a>,
    field: Field,
    findings: String,
    before: String,
    after: String,
}

fn changes_of<'a>(row: &PackedRow<'a>, befores: Vec<crate::domain::Before<'a>>) -> Vec<Change<'a>> {
    let patient = row.patient();
    let findings: Vec<Finding> = row.findings().collect();
    let change = |before: crate::domain::Before<'a>| {
        let after = sent(&patient, before.field).into_owned();
        let text = before.text(&after).into_owned();
        Change { row: *row, field: before.field, findings: codes(&findings, before.field), before: text, after }
    };
    // A date that its column settled may have come to be what the cell said.
    befores.into_iter().map(change).filter(|change| change.before.trim() != change.after).collect()
}

/// The codes that tell of the change: those of the field, else those of the field that the value came from.
fn codes(findings: &[Finding], field: Field) -> String {
    let of = |fields: &[Field], least: Severity| {
        let of_fields = findings.iter().filter(|finding| finding.field.is_some_and(|field| fields.contains(&field)));
        let mut codes: Vec<&str> =
            of_fields.filter(|finding| finding.severity() >= least).map(|finding| finding.code.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes.join(";")
    };
    let own = of(&[field], Severity::Changed);
    if !own.is_empty() {
        return own;
    }
    let family = FAMILIES.iter().find(|family| family.contains(&field)).copied().unwrap_or_default();
    of(family, Severity::Changed)
}
