//! Stewards' decisions in the ledger. A decision that a later one replaced stays, so that an auditor sees both.

use super::error::LedgerError;
use super::open::Ledger;
use super::write::LedgerTransaction;
use onroll_core::clock;
use onroll_core::domain::{Decision, NewDecision, RecordedDecision, RowMarks, RunId};

/// The version from which a ledger remembers decisions.
const WITH_DECISIONS: i64 = 2;

impl Ledger {
    /// Every decision, the oldest first.
    pub fn decisions(&self) -> Result<Vec<RecordedDecision>, LedgerError> {
        if self.version() < WITH_DECISIONS {
            return Ok(Vec::new());
        }
        let read = || {
            let mut statement = self.connection().prepare(
                "SELECT v.number, r.id, decided, verdict, left_marks, right_marks, left_place, right_place, replaced_by \
                 FROM verdicts v JOIN runs r ON r.number = v.run ORDER BY v.number",
            )?;
            let decisions = statement.query_map([], |row| {
                let word: String = row.get(3)?;
                let decision = Decision::ALL.into_iter().find(|decision| decision.word() == word);
                Ok(RecordedDecision {
                    number: row.get(0)?,
                    run: RunId::from_text(row.get::<_, String>(1)?),
                    decided: row.get(2)?,
                    // A word from nowhere decides nothing.
                    decision: decision.unwrap_or(Decision::Revoked),
                    marks: (RowMarks(row.get(4)?), RowMarks(row.get(5)?)),
                    locations: (row.get(6)?, row.get(7)?),
                    replaced_by: row.get(8)?,
                })
            })?;
            decisions.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.storage_error(&error))
    }
}

impl LedgerTransaction<'_> {
    /// Writes down the decisions that were given to a run.
    pub fn remember_decisions(&self, run: &RunId, decisions: &[NewDecision]) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let now = clock::timestamp();
        for new in decisions {
            self.connection().execute(
                "INSERT INTO verdicts (run, decided, verdict, left_marks, right_marks, left_place, right_place) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (number, &now, new.decision.word(), new.marks.0.0, new.marks.1.0, &new.locations.0, &new.locations.1),
            )?;
            let own = self.connection().last_insert_rowid();
            for replaced in &new.replaces {
                let statement = "UPDATE verdicts SET replaced_by = ?2 WHERE number = ?1 AND replaced_by IS NULL";
                self.connection().execute(statement, (replaced, own))?;
            }
        }
        Ok(())
    }
}
