//! The lines of `rows.csv`, `duplicates.csv` and `persons.csv` from the ledger: the same bytes, whoever asks and whenever.

use std::collections::BTreeMap;
use std::io;

use super::duplicates_csv::DuplicatesWriter;
use super::model::PairLine;
use super::persons_csv::{OriginLine, PersonsWriter};
use super::rows_csv::{RowLine, RowsWriter, ScoreLines};
use crate::domain::{FindingCode, MergedPlace, PersonPart};
use crate::ledger::{Ledger, LedgerError, LedgerPair, LedgerRow, LedgerSource, PairEnd, PersonState};

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

/// What stands in `duplicates.csv` in place of a file for a person on the roll; the sheet is then the subject's id.
pub const ON_ROLL: &str = "(on the roll)";

/// Writes every pair of a run.
pub fn pairs_from_ledger(ledger: &Ledger, run: &str, out: &mut DuplicatesWriter<'_>) -> Result<(), RedrawError> {
    let sources = ledger.run_sources(run)?;
    let place = |source: u16| sources.get(usize::from(source)).cloned().unwrap_or_else(nowhere);
    ledger.for_each_pair(run, |pair: LedgerPair| {
        let left = place(pair.left.0);
        let (right, right_row) = match pair.right {
            PairEnd::Row { source, row } => (place(source), row),
            PairEnd::OnRoll(subject) => (LedgerSource { file: ON_ROLL.to_owned(), sheet: subject.to_string() }, 0),
        };
        let line = PairLine {
            left_file: left.file,
            left_sheet: left.sheet,
            left_row: pair.left.1,
            right_file: right.file,
            right_sheet: right.sheet,
            right_row,
            band: pair.band,
            rule: pair.rule,
            weight: pair.weight,
            finding: Some(pair.finding).filter(|finding| !finding.is_empty()),
            household: pair.household,
            probability: pair.probability,
            evidence: Vec::new(),
        };
        Ok(out.write_with_evidence(&line, &pair.evidence)?)
    })
}

fn nowhere() -> LedgerSource {
    LedgerSource { file: String::new(), sheet: String::new() }
}

/// Writes where the values of every merged person of a run come from.
pub fn origins_from_ledger(ledger: &Ledger, run: &str, out: &mut PersonsWriter<'_>) -> Result<(), RedrawError> {
    let sources = ledger.run_sources(run)?;
    ledger.for_each_origin(run, |person, origins| {
        for origin in origins.split(';') {
            let mut words = origin.split(' ');
            let mut number = || words.next().and_then(|word| word.parse::<u32>().ok());
            let (Some(source), Some(row)) = (number(), number()) else { continue };
            let (Some(part), Some(place)) =
                (words.next().and_then(PersonPart::from_word), words.next().and_then(MergedPlace::from_word))
            else {
                continue;
            };
            let source = sources.get(source as usize);
            out.write(&OriginLine {
                person: person + 1,
                part,
                source_file: source.map(|source| source.file.as_str()).unwrap_or_default(),
                sheet: source.map(|source| source.sheet.as_str()).unwrap_or_default(),
                row,
                place,
            })?;
        }
        Ok::<(), RedrawError>(())
    })
}
