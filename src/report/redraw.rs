//! The lines of `rows.csv` from the ledger: what every row of a run came to, whoever asks and whenever.

use std::collections::BTreeMap;
use std::io;

use super::rows_csv::{RowLine, RowsWriter, ScoreLines};
use crate::domain::FindingCode;
use crate::ledger::{Ledger, LedgerError, LedgerRow, LedgerSource, PersonState};

/// Why rows cannot be drawn from the ledger.
#[derive(Debug, thiserror::Error)]
pub enum RedrawError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes the lines of every row of a run, with their scores and the places of the rows among them; returns the rows per finding that the vendor's answers added.
pub fn rows_from_ledger(
    ledger: &Ledger,
    run: &str,
    scores: (&ScoreLines, &str),
    out: &mut RowsWriter<'_>,
) -> Result<BTreeMap<FindingCode, u64>, RedrawError> {
    let sources = ledger.run_sources(run)?;
    let mut added = BTreeMap::new();
    ledger.for_each_row(run, |row: LedgerRow| {
        let source: Option<&LedgerSource> = sources.get(usize::from(row.source));
        let outcome = row.outcome();
        let of_vendor = finding_of(&row);
        let findings = match of_vendor {
            Some(code) if row.findings.is_empty() => code.to_string(),
            Some(code) => format!("{};{code}", row.findings),
            None => row.findings,
        };
        if let Some(code) = of_vendor {
            *added.entry(code).or_default() += 1;
        }
        out.write(&RowLine {
            source_file: source.map(|source| source.file.as_str()).unwrap_or_default(),
            sheet: source.map(|source| source.sheet.as_str()).unwrap_or_default(),
            row: row.row,
            external_id: row.external_id.as_text(),
            person: row.person.map_or(0, |person| person + 1),
            subject_id: &row.subject_id.map(|id| id.to_string()).unwrap_or_default(),
            outcome: outcome.outcome,
            reason: &outcome.reason,
            completeness: row.completeness,
            scores: scores.0.of_row(scores.1, row.ordinal),
            findings: &findings,
        })?;
        Ok::<(), RedrawError>(())
    })?;
    Ok(added)
}

fn finding_of(row: &LedgerRow) -> Option<FindingCode> {
    match row.settled.as_ref()?.0 {
        PersonState::Refused => Some(FindingCode::VendorRefused),
        PersonState::Conflict => Some(FindingCode::HeldByAnotherPerson),
        PersonState::Planned
        | PersonState::Intent
        | PersonState::Created
        | PersonState::AlreadyOnRoll
        | PersonState::Unknown => None,
    }
}
