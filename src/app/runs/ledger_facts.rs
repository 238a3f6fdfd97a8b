//! The lines of `rows.csv`, `duplicates.csv` and `persons.csv` from the ledger: the same bytes, whoever asks and
//! whenever.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;

use crate::ledger::{Ledger, LedgerError, LedgerPair, LedgerRow, LedgerSource, PairEnd};
use onroll_core::domain::{FindingCode, MergedPlace, ON_ROLL, PersonPart, PersonState, RunId};
use onroll_core::report::{LinesError, OriginLine, PairLine, RowLine, RunFacts, ScoreLines};

/// A run of the ledger, as the source of the lines of its reports.
pub(super) struct LedgerFacts<'a> {
    ledger: &'a Ledger,
    run: &'a RunId,
    rows_read: u64,
    scores: &'a ScoreLines,
    /// The place of each row's scores among them.
    score_places: &'a str,
    sources: Vec<LedgerSource>,
    of_vendor: RefCell<BTreeMap<FindingCode, u64>>,
}

impl<'a> LedgerFacts<'a> {
    /// Of a run that read so many rows.
    pub(super) fn new(
        ledger: &'a Ledger,
        run: &'a RunId,
        rows_read: u64,
        (scores, score_places): (&'a ScoreLines, &'a str),
    ) -> Result<Self, LedgerError> {
        let (sources, of_vendor) = (ledger.run_sources(run)?, RefCell::default());
        Ok(Self { ledger, run, rows_read, scores, score_places, sources, of_vendor })
    }

    /// Once the rows were drawn: how many of them have a finding that the vendor's answer added, by finding.
    pub(super) fn into_findings_of_vendor(self) -> BTreeMap<FindingCode, u64> {
        self.of_vendor.into_inner()
    }

    fn location(&self, source: usize) -> (&str, &str) {
        self.sources.get(source).map(|source| (source.file.as_str(), source.sheet.as_str())).unwrap_or_default()
    }
}

impl From<LedgerError> for LinesError<LedgerError> {
    fn from(error: LedgerError) -> Self {
        Self::Source(error)
    }
}

impl RunFacts for LedgerFacts<'_> {
    type Error = LedgerError;

    fn rows_read(&self) -> u64 {
        self.rows_read
    }

    fn each_row(&self, visit: &mut dyn FnMut(&RowLine<'_>) -> io::Result<()>) -> Result<(), LinesError<LedgerError>> {
        self.ledger.for_each_row(self.run, |row: LedgerRow| {
            let (source_file, sheet) = self.location(usize::from(row.source));
            let outcome = row.outcome();
            let of_vendor = finding_of(&row);
            let findings = match of_vendor {
                Some(code) if row.findings.is_empty() => code.to_string(),
                Some(code) => format!("{};{code}", row.findings),
                None => row.findings,
            };
            if let Some(code) = of_vendor {
                *self.of_vendor.borrow_mut().entry(code).or_default() += 1;
            }
            visit(&RowLine {
                source_file,
                sheet,
                row: row.row,
                external_id: row.external_id.as_text(),
                person: row.person.map_or(0, |person| person + 1),
                subject_id: &row.subject_id.map(|id| id.to_string()).unwrap_or_default(),
                outcome: outcome.outcome,
                reason: &outcome.reason,
                completeness: row.completeness,
                scores: self.scores.for_row(self.score_places, row.ordinal),
                findings: &findings,
            })?;
            Ok(())
        })
    }

    fn each_pair(
        &self,
        visit: &mut dyn FnMut(&PairLine, &str) -> io::Result<()>,
    ) -> Result<(), LinesError<LedgerError>> {
        self.ledger.for_each_pair(self.run, |pair: LedgerPair| {
            let (left_file, left_sheet) = self.location(usize::from(pair.left.0));
            let subject;
            let (right_file, right_sheet, right_row) = match pair.right {
                PairEnd::Row { source, row } => {
                    let (file, sheet) = self.location(usize::from(source));
                    (file, sheet, row)
                }
                PairEnd::OnRoll(id) => {
                    subject = id.to_string();
                    (ON_ROLL, subject.as_str(), 0)
                }
            };
            let line = PairLine {
                left_file: left_file.to_owned(),
                left_sheet: left_sheet.to_owned(),
                left_row: pair.left.1,
                right_file: right_file.to_owned(),
                right_sheet: right_sheet.to_owned(),
                right_row,
                band: pair.band,
                rule: pair.rule,
                weight: pair.weight,
                finding: Some(pair.finding).filter(|finding| !finding.is_empty()),
                household: pair.household,
                probability: pair.probability,
                evidence: Vec::new(),
            };
            visit(&line, &pair.evidence)?;
            Ok(())
        })
    }

    fn each_origin(
        &self,
        visit: &mut dyn FnMut(&OriginLine<'_>) -> io::Result<()>,
    ) -> Result<(), LinesError<LedgerError>> {
        self.ledger.for_each_origin(self.run, |person, origins| {
            for origin in origins.split(';') {
                let Some((source, row, part, place)) = origin_from(origin) else { continue };
                let (source_file, sheet) = self.location(source);
                visit(&OriginLine { person: person + 1, part, source_file, sheet, row, place })?;
            }
            Ok(())
        })
    }
}

/// An origin as the plan wrote it: `0 17 name record`.
fn origin_from(text: &str) -> Option<(usize, u32, PersonPart, MergedPlace)> {
    let mut words = text.split(' ');
    let (source, row) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((source, row, PersonPart::from_word(words.next()?)?, MergedPlace::from_word(words.next()?)?))
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
