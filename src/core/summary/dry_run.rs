//! The lines of a dry run, from memory.

use std::convert::Infallible;
use std::io;

use super::pairs::{bare_pair_line, evidence_of, row_of};
use super::rows::visit_rows;
use super::scores::Presences;
use crate::domain::Outcome;
use crate::pipeline::{PlannedPersons, Prepared, TableFacts};
use crate::report::{LinesError, OriginLine, PairLine, RowLine, RunFacts, ScoreLines};
use crate::rules::Rules;

/// A dry run, as the source of the lines of its reports.
#[derive(Clone, Copy, Debug)]
pub struct DryRun<'a> {
    /// The rows, and who is who.
    pub prepared: &'a Prepared,
    /// What would happen to each person.
    pub persons: &'a PlannedPersons,
    /// The rules of the run.
    pub rules: &'a Rules,
}

impl RunFacts for DryRun<'_> {
    type Error = Infallible;

    fn rows_read(&self) -> u64 {
        u64::from(self.prepared.store.len())
    }

    fn each_row(&self, visit: &mut dyn FnMut(&RowLine<'_>) -> io::Result<()>) -> Result<(), LinesError<Self::Error>> {
        let scores = ScoreLines::new(Presences::from_store(&self.prepared.store).lines(self.rules));
        visit_rows(self.prepared, self.persons, |row| {
            let (source_file, sheet) = row.table.map(TableFacts::location).unwrap_or_default();
            let outcome = self.persons.outcomes.get(row.person as usize);
            // In a dry run nobody has an id but those who are on the roll.
            let on_roll = outcome.filter(|outcome| outcome.outcome == Outcome::AlreadyOnRoll);
            let subject_id = on_roll.and_then(|outcome| outcome.subject_id);
            visit(&RowLine {
                source_file,
                sheet,
                row: row.row_ref.row,
                external_id: row.external_id,
                person: row.person + 1,
                subject_id: &subject_id.map(|id| id.to_string()).unwrap_or_default(),
                outcome: row.outcome,
                reason: &row.reason,
                completeness: row.completeness,
                scores: scores.get(row.presence.bits()),
                findings: &row.findings,
            })
        })
        .map_err(LinesError::File)
    }

    fn each_pair(
        &self,
        visit: &mut dyn FnMut(&PairLine, &str) -> io::Result<()>,
    ) -> Result<(), LinesError<Self::Error>> {
        let mut pairs = self.prepared.matches.pairs.iter();
        pairs
            .try_for_each(|pair| visit(&bare_pair_line(self.prepared, pair), &evidence_of(self.prepared, pair)))
            .map_err(LinesError::File)
    }

    fn each_origin(
        &self,
        visit: &mut dyn FnMut(&OriginLine<'_>) -> io::Result<()>,
    ) -> Result<(), LinesError<Self::Error>> {
        for (person, origins) in &self.persons.origins {
            for origin in origins {
                let (source, row) = row_of(self.prepared, origin.row);
                let table = self.prepared.tables.get(usize::from(source));
                let (source_file, sheet) = table.map(TableFacts::location).unwrap_or_default();
                let person = person + 1;
                visit(&OriginLine { person, part: origin.part, source_file, sheet, row, place: origin.place })?;
            }
        }
        Ok(())
    }
}
