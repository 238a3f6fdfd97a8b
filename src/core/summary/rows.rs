//! What the reports say of each row: its place, its person, its findings and what became of it.

use std::borrow::Cow;
use std::fmt::Write as _;

use rayon::prelude::*;

use crate::domain::{Finding, FindingCode, Outcome, PackedRow, Presence, RowRef};
use crate::pipeline::{PlannedPersons, Prepared, TableFacts};

/// A row with everything its line says, but for what the person came to.
pub struct RowFacts<'a> {
    /// The table.
    pub table: Option<&'a TableFacts>,
    /// Index of the row in the store.
    pub index: u32,
    /// The location of the row.
    pub row_ref: RowRef,
    /// The person's number, from 0.
    pub person: u32,
    /// Whether the row carries its person.
    pub is_primary: bool,
    /// The first external id.
    pub external_id: &'a str,
    /// 0 to 100.
    pub completeness: u8,
    /// Which fields count: by it the line of its matchability is found.
    pub presence: Presence,
    /// Codes with fields, separated by `;`.
    pub findings: String,
    /// What becomes of the row if nothing more happens.
    pub outcome: Outcome,
    /// Why.
    pub reason: Cow<'a, str>,
}

/// Calls `visit` with every row in input order.
pub fn visit_rows<E>(
    prepared: &Prepared,
    persons: &PlannedPersons,
    mut visit: impl FnMut(&RowFacts<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let threads = rayon::current_num_threads();
    let batches: Vec<usize> = (0..prepared.store.batch_count()).collect();
    for group in batches.chunks(threads * 2) {
        let facts: Vec<Vec<RowFacts<'_>>> = group
            .par_iter()
            .map(|batch| {
                prepared
                    .store
                    .batch_rows(*batch)
                    .map(|(index, row)| row_facts(prepared, persons, index, &row))
                    .collect()
            })
            .collect();
        for row in facts.iter().flatten() {
            visit(row)?;
        }
    }
    Ok(())
}

/// What the reports say of a row.
pub fn row_facts<'a>(
    prepared: &'a Prepared,
    persons: &'a PlannedPersons,
    index: u32,
    row: &PackedRow<'a>,
) -> RowFacts<'a> {
    let person = prepared.matches.clusters.person_of(index);
    let row_ref = row.row_ref();
    let planned = persons.outcomes.get(person as usize);
    let is_primary = planned.is_none_or(|planned| planned.primary == index);
    let findings = row.findings().chain(persons.findings_of(person).iter().copied());
    let of_person = planned.map_or(Outcome::NotAttempted, |outcome| outcome.outcome);
    let mut reason = planned.map(|outcome| Cow::Borrowed(outcome.reason.as_ref())).unwrap_or_default();
    let outcome = if is_primary { of_person } else { of_person.of_merged_rows() };
    let is_merged = outcome == Outcome::Merged;
    if is_merged {
        reason = planned.map(|outcome| Cow::Owned(merged_into(prepared, outcome.primary))).unwrap_or_default();
    }
    let findings = findings.chain(is_merged.then_some(Finding::in_row(FindingCode::MergedWithRow)));
    RowFacts {
        table: prepared.table(row_ref.source),
        index,
        row_ref,
        person,
        is_primary,
        external_id: row.first_external_id(),
        completeness: row.completeness(),
        presence: row.presence(),
        findings: finding_list(findings),
        outcome,
        reason,
    }
}

/// `merged into clinic-a.csv row 17`.
fn merged_into(prepared: &Prepared, primary: u32) -> String {
    let mut text = "merged into ".to_owned();
    if let Some(row) = prepared.store.row(primary) {
        let row_ref = row.row_ref();
        let (file, sheet) = prepared.table(row_ref.source).map(TableFacts::location).unwrap_or_default();
        let _ = write!(text, "{file}{}{sheet} row {}", if sheet.is_empty() { "" } else { " " }, row_ref.row);
    }
    text
}

fn finding_list(findings: impl Iterator<Item = Finding>) -> String {
    let mut text = String::new();
    for finding in findings {
        if text.is_empty() {
            // Room for three.
            text.reserve(64);
        } else {
            text.push(';');
        }
        text.push_str(finding.code.code());
        if let Some(field) = finding.field {
            text.push(':');
            text.push_str(field.name());
        }
    }
    text
}
