//! Input rows as the ledger keeps them: what `rows.csv` needs, so that a run's reports can be drawn again.

use uuid::Uuid;

use onroll_core::domain::{Outcome, PersonState, RowOutcome, Text};

/// Which part a row has in its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowRole {
    /// The row carries the person.
    Primary,
    /// It describes a person whom another row carries.
    Merged,
}

/// A table that rows of a run came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerSource {
    /// The file as it was given.
    pub file: String,
    /// The sheet of a workbook; empty for a delimited file.
    pub sheet: String,
}

/// A row to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewRow<'a> {
    /// Place of the row among all rows of the run, from 0.
    pub ordinal: u32,
    /// Index of its table among the sources given to `NewRun`.
    pub source: u16,
    /// Row number as a spreadsheet program shows it.
    pub row: u32,
    /// The roster's own identifier; empty when there is none.
    pub external_id: &'a Text,
    /// Number of its person within the run.
    pub person: Option<u32>,
    /// The id of its person.
    pub subject_id: Option<Uuid>,
    /// Its part in the person.
    pub role: RowRole,
    /// The outcome of its person as planned: `NotAttempted` when the person is to be created, anything else is final.
    pub planned: Outcome,
    /// Why; holds no personal data.
    pub reason: &'a str,
    /// 0 to 100.
    pub completeness: u8,
    /// Finding codes as `rows.csv` shows them.
    pub findings: &'a str,
}

/// A row as read back, with the state of its person at the end of the run.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Place of the row among all rows of the run, from 0.
    pub ordinal: u32,
    /// Index of its table among the run's sources.
    pub source: u16,
    /// Row number as a spreadsheet program shows it.
    pub row: u32,
    /// The roster's own identifier; empty when there is none.
    pub external_id: Text,
    /// Number of its person within the run.
    pub person: Option<u32>,
    /// The id of its person.
    pub subject_id: Option<Uuid>,
    /// Its part in the person.
    pub role: RowRole,
    /// The outcome of its person as planned.
    pub planned: Outcome,
    /// Why it was planned so.
    pub reason: String,
    /// 0 to 100.
    pub completeness: u8,
    /// Finding codes as `rows.csv` shows them.
    pub findings: String,
    /// What the upload made of the person in this run, and why; `None` when nothing was sent about it.
    pub settled: Option<(PersonState, String)>,
}

impl LedgerRow {
    /// How the row's person ended in this run.
    pub fn person_outcome(&self) -> RowOutcome {
        match &self.settled {
            Some((state, reason)) if self.planned == Outcome::NotAttempted => {
                RowOutcome { outcome: state.outcome(), reason: reason.clone() }
            }
            Some(_) | None => RowOutcome { outcome: self.planned, reason: self.reason.clone() },
        }
    }

    /// How the row ended in this run. A row that was merged into another says so where its person got somewhere.
    pub fn outcome(&self) -> RowOutcome {
        let person = self.person_outcome();
        match self.role {
            RowRole::Primary => person,
            RowRole::Merged => {
                let outcome = person.outcome.of_merged_rows();
                let reason = if outcome == Outcome::Merged { self.reason.clone() } else { person.reason };
                RowOutcome { outcome, reason }
            }
        }
    }
}
