//! Stewards' decisions in the ledger. A decision that a later one replaced stays, so that an auditor sees both.

use super::error::LedgerError;
use super::open::Ledger;
use super::write::LedgerTransaction;
use onroll_core::clock;
use onroll_core::domain::{Decision, NewDecision, RecordedDecision, RowMarks, RunId};

/// The version from which a ledger remembers verdicts.
const WITH_VERDICTS: i64 = 2;

impl Ledger {
    /// Every verdict, the oldest first.
    pub fn decisions(&self) -> Result<Vec<RecordedDecision>, LedgerError> {
        if self.version() < WITH_VERDICTS {
            return Ok(Vec::new());
        }
        let read = || {
            let mut statement = self.connection().prepare(
                "SELECT v.number, r.id, decided, verdict, left_marks, right_marks, left_place, right_place, replaced_by \
                 FROM verdicts v JOIN runs r ON r.number = v.run ORDER BY v.number",
            )?;
            let verdicts = statement.query_map([], |row| {
                let word: String = row.get(3)?;
                let decision = Decision::ALL.into_iter().find(|decision| decision.word() == word);
                Ok(RecordedDecision {
                    number: row.get(0)?,
                    run: row.get(1)?,
                    decided: row.get(2)?,
                    // A word from nowhere decides nothing.
                    decision: decision.unwrap_or(Decision::Revoked),
                    marks: (RowMarks(row.get(4)?), RowMarks(row.get(5)?)),
                    places: (row.get(6)?, row.get(7)?),
                    replaced_by: row.get(8)?,
                })
            })?;
            verdicts.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.storage_error(&error))
    }
}

impl LedgerTransaction<'_> {
    /// Writes down the verdicts that were given to a run.
    pub fn remember_decisions(&self, run: &RunId, verdicts: &[NewDecision]) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let now = clock::timestamp();
        for verdict in verdicts {
            self.connection().execute(
                "INSERT INTO verdicts (run, decided, verdict, left_marks, right_marks, left_place, right_place) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    number,
                    &now,
                    verdict.decision.word(),
                    verdict.marks.0.0,
                    verdict.marks.1.0,
                    &verdict.places.0,
                    &verdict.places.1,
                ),
            )?;
            let own = self.connection().last_insert_rowid();
            for replaced in &verdict.replaces {
                let statement = "UPDATE verdicts SET replaced_by = ?2 WHERE number = ?1 AND replaced_by IS NULL";
                self.connection().execute(statement, (replaced, own))?;
            }
        }
        Ok(())
    }
}
