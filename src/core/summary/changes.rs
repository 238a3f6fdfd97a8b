//! Every value that was changed or dropped, before and after, as `changes.csv` shows it.

use std::io;

use rayon::prelude::*;

use crate::domain::{Before, FIELD_FAMILIES, Field, Finding, PackedRow, Severity, sent_text};
use crate::pipeline::{Prepared, TableFacts};
use crate::report::{ChangeLine, ChangesWriter};

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
            let (source_file, sheet) = table.map(TableFacts::location).unwrap_or_default();
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

fn changes_of<'a>(row: &PackedRow<'a>, befores: Vec<Before<'a>>) -> Vec<Change<'a>> {
    let patient = row.patient();
    let findings: Vec<Finding> = row.findings().collect();
    let change = |before: Before<'a>| {
        let after = sent_text(&patient, before.field).into_owned();
        let text = before.text(&after).into_owned();
        Change { row: *row, field: before.field, findings: codes(&findings, before.field), before: text, after }
    };
    // A date that its column settled may have come to be what the cell said.
    befores.into_iter().map(change).filter(|change| change.before.trim() != change.after).collect()
}

/// The codes of the change: those of the field, else those of the field that the value came from.
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
    let family = FIELD_FAMILIES.iter().find(|family| family.contains(&field)).copied().unwrap_or_default();
    of(family, Severity::Changed)
}
