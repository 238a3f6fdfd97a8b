//! Values that were changed or dropped, noted with what the cells held while the row is at hand.
//!
//! Writing the same value in the vendor's form (a date as yyyy-mm-dd, a state by its two letters, spaces around a cell)
//! does not change it and has no finding.

use std::borrow::Cow;

use crate::domain::{
    AssessedPatient, BETWEEN_VALUES, FIELD_FAMILIES, Field, Finding, MappedRow, PackedBatch, Severity, sent_text,
};

/// Notes what the cells of the row just packed held, where a finding says that it was changed or dropped. `set_aside`
/// are cells that no field took.
pub fn note_changes(
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
        let after = sent_text(&assessed.patient, *field);
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
    let family = FIELD_FAMILIES.iter().find(|family| family.contains(&field));
    row.first(field).is_none()
        && family.is_some_and(|family| family.iter().any(|other| changed(*other)))
        && !sent_text(&assessed.patient, field).is_empty()
}

/// What the cells of the field held, those that were set aside last.
fn before<'a>(row: &MappedRow<'a, '_>, set_aside: &[(Field, &'a str)], field: Field) -> Cow<'a, str> {
    let cells = row.all(field).iter().map(|cell| cell.text);
    let mut texts = cells.chain(set_aside.iter().filter(|(of, _)| *of == field).map(|(_, text)| *text));
    let first = Cow::Borrowed(texts.next().unwrap_or_default());
    texts.fold(first, |sum, text| Cow::Owned(format!("{sum}{BETWEEN_VALUES}{text}")))
}
