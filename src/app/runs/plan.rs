//! The plan of an upload in the ledger: all of it is written down before the first request leaves.

use std::fmt::Write as _;

use uuid::Uuid;

use super::error::RunError;
use super::memory::LedgerMemory;
use crate::ledger::{Ledger, LedgerError, LedgerPair, LedgerSource, NewRow, PairEnd, RowRole};
use onroll_core::domain::{Origin, Outcome, RunId, Text};
use onroll_core::matching::PairEvidence;
use onroll_core::pipeline::{PlannedPersons, Planner, Prepared, Records, TableFacts};
use onroll_core::plan::SubjectIds;
use onroll_core::rules::Rules;
use onroll_core::summary::{RowFacts, bare_pair_line, evidence_of, row_of, visit_rows};

/// Rows written to the ledger in one transaction.
const ROWS_PER_TRANSACTION: usize = 2_000;
/// Pairs and persons written to the ledger in one transaction.
const PER_TRANSACTION: usize = 5_000;

/// What the ledger keeps of the persons that are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Remember {
    /// Their records, so that other spellings are recognised later.
    #[default]
    Records,
    /// Their ids and keyed hashes alone.
    Identifiers,
}

/// The tables of a run as the ledger names them.
pub(super) fn ledger_sources(prepared: &Prepared) -> Vec<LedgerSource> {
    let source =
        |table: &TableFacts| LedgerSource { file: table.input.path.clone(), sheet: table.id.label().to_owned() };
    prepared.tables.iter().map(source).collect()
}

/// Plans every person and writes persons and rows to the ledger.
pub(super) fn plan_upload(
    prepared: &Prepared,
    rules: &Rules,
    project: Uuid,
    remember: Remember,
    ledger: &mut Ledger,
    run: &RunId,
) -> Result<PlannedPersons, RunError> {
    let ids = SubjectIds::new(ledger.secret(), project, prepared.assumed_systems.clone());
    if remember == Remember::Identifiers {
        ledger.forget_records()?;
    }
    ledger.write(|writes| writes.note_assumed_systems(run, &prepared.assumed_systems))?;
    let records = if remember == Remember::Records { Records::Kept } else { Records::Dropped };
    let mut planner = Planner::new(prepared, rules, &ids, records);
    while let Some(new) = planner.plan_next(&LedgerMemory::new(ledger, project))? {
        ledger.write(|writes| {
            writes.plan_persons(run, &new.persons)?;
            writes.remember_records(run, &new.records)
        })?;
    }
    let persons = planner.finish();
    keep_evidence(prepared, &persons, ledger, run)?;
    write_rows(prepared, &persons, ledger, run)?;
    Ok(persons)
}

/// Keeps pairs and origins in the ledger, so that both files can be drawn again.
fn keep_evidence(
    prepared: &Prepared,
    persons: &PlannedPersons,
    ledger: &mut Ledger,
    run: &RunId,
) -> Result<(), LedgerError> {
    let mut ordinal = 0;
    for pairs in prepared.matches.pairs.chunks(PER_TRANSACTION) {
        let lines = pairs.iter().map(|pair| ledger_pair(prepared, pair));
        ledger.write(|writes| writes.add_pairs(run, ordinal, lines))?;
        ordinal += u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    }
    for origins in persons.origins.chunks(PER_TRANSACTION) {
        let texts: Vec<(u32, String)> =
            origins.iter().map(|(person, origins)| (*person, origins_text(prepared, origins))).collect();
        ledger.write(|writes| writes.add_origins(run, &texts))?;
    }
    Ok(())
}

/// `0 17 name record` for each value: table, row, part and place, a semicolon between two.
fn origins_text(prepared: &Prepared, origins: &[Origin]) -> String {
    let mut text = String::with_capacity(origins.len() * 24);
    for origin in origins {
        let (source, row) = row_of(prepared, origin.row);
        let separator = if text.is_empty() { "" } else { ";" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{source} {row} {} {}", origin.part, origin.place);
    }
    text
}

fn ledger_pair(prepared: &Prepared, pair: &PairEvidence) -> LedgerPair {
    let line = bare_pair_line(prepared, pair);
    let right = if let Some(person) = prepared.roll.person_at(pair.right) {
        PairEnd::OnRoll(person.subject_id)
    } else {
        let (source, row) = row_of(prepared, pair.right);
        PairEnd::Row { source, row }
    };
    LedgerPair {
        left: row_of(prepared, pair.left),
        right,
        evidence: evidence_of(prepared, pair),
        band: line.band,
        rule: line.rule,
        weight: line.weight,
        household: line.household,
        probability: line.probability,
        finding: line.finding.unwrap_or_default(),
    }
}

fn write_rows(
    prepared: &Prepared,
    planned: &PlannedPersons,
    ledger: &mut Ledger,
    run: &RunId,
) -> Result<(), LedgerError> {
    struct OwnedRow {
        source: u16,
        row: u32,
        ordinal: u32,
        external_id: Text,
        person: u32,
        subject_id: Option<Uuid>,
        role: RowRole,
        planned: Outcome,
        reason: String,
        completeness: u8,
        findings: String,
    }
    let mut waiting: Vec<OwnedRow> = Vec::with_capacity(ROWS_PER_TRANSACTION);
    let mut flush = |waiting: &mut Vec<OwnedRow>| {
        let rows = waiting.iter().map(|row| NewRow {
            ordinal: row.ordinal,
            source: row.source,
            row: row.row,
            external_id: &row.external_id,
            person: Some(row.person),
            subject_id: row.subject_id,
            role: row.role,
            planned: row.planned,
            reason: &row.reason,
            completeness: row.completeness,
            findings: &row.findings,
        });
        let written = ledger.write(|writes| writes.add_rows(run, rows));
        waiting.clear();
        written
    };
    visit_rows(prepared, planned, |row: &RowFacts<'_>| {
        let outcome = planned.outcomes.get(row.person as usize);
        waiting.push(OwnedRow {
            source: row.row_ref.source.0,
            row: row.row_ref.row,
            ordinal: row.index,
            external_id: Text::from_text(row.external_id),
            person: row.person,
            subject_id: outcome.and_then(|outcome| outcome.subject_id),
            role: if row.is_primary { RowRole::Primary } else { RowRole::Merged },
            planned: outcome.map_or(Outcome::Unknown, |outcome| outcome.outcome),
            reason: row.reason.to_string(),
            completeness: row.completeness,
            findings: row.findings.clone(),
        });
        if waiting.len() >= ROWS_PER_TRANSACTION { flush(&mut waiting) } else { Ok(()) }
    })?;
    flush(&mut waiting)
}
