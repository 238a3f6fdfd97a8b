//! Runs: when, over what, and how each ended.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension as _;
use uuid::Uuid;

use super::error::LedgerError;
use super::fail::pass_in_ledger;
use super::open::Ledger;
use super::row::{LedgerRow, LedgerSource, RowRole};
use onroll_core::clock;
use onroll_core::domain::{Outcome, PersonState, RunId, Text};

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It is under way, or its process died without a word.
    Running,
    /// It came to its end.
    Finished,
    /// It stopped on purpose and can go on.
    Paused,
    /// It stopped on an error.
    Failed,
    /// Its process died; a later run found that out.
    Interrupted,
}

impl RunState {
    const ALL: [Self; 5] = [Self::Running, Self::Finished, Self::Paused, Self::Failed, Self::Interrupted];

    /// The word in the ledger and in `onroll status`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A run to be written down.
#[derive(Clone, Debug)]
pub struct NewRun<'a> {
    /// Its name.
    pub id: &'a RunId,
    /// What it was started with, as JSON: paths and settings, no patient data and no secret.
    pub inputs: &'a str,
    /// The tables its rows come from, in order.
    pub sources: &'a [LedgerSource],
}

/// A run of the ledger.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// Its name.
    pub id: RunId,
    /// When it began, UTC.
    pub started: String,
    /// When it ended, UTC.
    pub finished: Option<String>,
    /// What it was started with, as JSON.
    pub inputs: String,
    /// The state of the run.
    pub state: RunState,
}

#[cfg(test)]
impl<'a> NewRun<'a> {
    /// A run without sources.
    pub(super) const fn without_sources(id: &'a RunId) -> Self {
        Self { id, inputs: "{}", sources: &[] }
    }
}

impl Ledger {
    /// Writes down a run as under way. Since the ledger is locked, earlier runs that are "running" died: they become
    /// `Interrupted`.
    pub fn begin_run(&mut self, run: &NewRun<'_>) -> Result<(), LedgerError> {
        self.write(|writes| {
            let connection = writes.connection();
            connection.execute("UPDATE runs SET state = 'interrupted' WHERE state = 'running'", [])?;
            connection.execute(
                "INSERT INTO runs (id, started, inputs, state) VALUES (?1, ?2, ?3, 'running')",
                (run.id.as_text(), clock::timestamp(), run.inputs),
            )?;
            let number = connection.last_insert_rowid();
            for (index, source) in run.sources.iter().enumerate() {
                connection.execute(
                    "INSERT INTO sources (run, source, file, sheet) VALUES (?1, ?2, ?3, ?4)",
                    (number, i64::try_from(index).unwrap_or(i64::MAX), &source.file, &source.sheet),
                )?;
            }
            advance_epoch(connection)?;
            pass_in_ledger("run.begun")?;
            Ok(())
        })?;
        self.write_witness()
    }

    /// Writes down how a run ended.
    pub fn end_run(&mut self, run: &RunId, state: RunState) -> Result<(), LedgerError> {
        let number = self.run_number(run)?;
        self.write(|writes| {
            let now = clock::timestamp();
            let statement = "UPDATE runs SET state = ?2, finished = ?3 WHERE number = ?1";
            writes.connection().execute(statement, (number, state.word(), now))?;
            advance_epoch(writes.connection())?;
            pass_in_ledger("run.ended")?;
            Ok(())
        })?;
        self.write_witness()
    }

    /// Keeps a text with the run: the figures of its report that the rows do not give. No patient data.
    pub fn set_run_body(&mut self, run: &RunId, body: &str) -> Result<(), LedgerError> {
        let number = self.run_number(run)?;
        self.write(|writes| {
            writes.connection().execute("UPDATE runs SET body = ?2 WHERE number = ?1", (number, body))?;
            Ok(())
        })
    }

    /// The text kept with the run.
    pub fn run_body(&self, run: &RunId) -> Result<Option<String>, LedgerError> {
        let number = self.run_number(run)?;
        let body = self.connection().query_row("SELECT body FROM runs WHERE number = ?1", [number], |row| row.get(0));
        body.map_err(|error| self.storage_error(&error))
    }

    /// Every run, the oldest first.
    pub fn runs(&self) -> Result<Vec<RunRecord>, LedgerError> {
        let read = || {
            let mut statement =
                self.connection().prepare("SELECT id, started, finished, inputs, state FROM runs ORDER BY number")?;
            let rows = statement.query_map([], |row| {
                let word: String = row.get(4)?;
                let state = RunState::ALL.into_iter().find(|state| state.word() == word);
                Ok(RunRecord {
                    id: RunId::from_text(row.get::<_, String>(0)?),
                    started: row.get(1)?,
                    finished: row.get(2)?,
                    inputs: row.get(3)?,
                    state: state.unwrap_or(RunState::Interrupted),
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.storage_error(&error))
    }

    /// The tables of a run, in order.
    pub fn run_sources(&self, run: &RunId) -> Result<Vec<LedgerSource>, LedgerError> {
        let number = self.run_number(run)?;
        let read = || {
            let mut statement =
                self.connection().prepare("SELECT file, sheet FROM sources WHERE run = ?1 ORDER BY source")?;
            let rows =
                statement.query_map([number], |row| Ok(LedgerSource { file: row.get(0)?, sheet: row.get(1)? }))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.storage_error(&error))
    }

    /// Calls `visit` with every row of a run in input order; stops at its first error.
    pub fn for_each_row<E: From<LedgerError>>(
        &self,
        run: &RunId,
        mut visit: impl FnMut(LedgerRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let number = self.run_number(run)?;
        let storage = |error: rusqlite::Error| E::from(self.storage_error(&error));
        let mut statement = self.connection().prepare(ROWS_OF_A_RUN).map_err(storage)?;
        let mut rows = statement.query([number]).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            visit(row_from(row).map_err(storage)?)?;
        }
        Ok(())
    }

    /// How many rows of a run ended in each outcome.
    pub fn run_outcomes(&self, run: &RunId) -> Result<BTreeMap<Outcome, u64>, LedgerError> {
        let mut counts = BTreeMap::new();
        self.for_each_row(run, |row| {
            *counts.entry(row.outcome().outcome).or_default() += 1;
            Ok::<(), LedgerError>(())
        })?;
        Ok(counts)
    }

    /// The number of a run in other tables.
    pub(super) fn run_number(&self, run: &RunId) -> Result<i64, LedgerError> {
        self.connection()
            .query_row("SELECT number FROM runs WHERE id = ?1", [run.as_text()], |row| row.get(0))
            .optional()
            .map_err(|error| self.storage_error(&error))?
            .ok_or_else(|| LedgerError::UnknownRun { path: self.path().to_owned(), run: run.to_owned() })
    }
}

/// Counts the beginnings and ends of runs: it shows a copy from before the last of them. The witness is written
/// after the ledger, so that it is never ahead of a ledger that is whole.
fn advance_epoch(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    let epoch: [u8; 8] = connection.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0))?;
    let next = u64::from_le_bytes(epoch).saturating_add(1).to_le_bytes();
    connection.execute("UPDATE meta SET value = ?1 WHERE key = 'epoch'", [next]).map(|_| ())
}

const ROWS_OF_A_RUN: &str = "SELECT r.ordinal, r.source, r.row, r.external_id, r.person, r.subject_id, r.merged, \
     r.planned, r.reason, r.completeness, r.findings, o.state, o.reason \
     FROM rows r LEFT JOIN outcomes o ON o.run = r.run AND o.subject_id = r.subject_id \
     WHERE r.run = ?1 ORDER BY r.ordinal";

fn row_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<LedgerRow> {
    let external_id = row.get_ref(3)?.as_str().map(Text::from_text)?;
    let subject_id: Option<[u8; 16]> = row.get(5)?;
    let planned = row.get_ref(7)?.as_str()?.parse();
    let state = row.get_ref(11)?.as_str_or_null()?.and_then(PersonState::from_word);
    let reason: Option<String> = row.get(12)?;
    Ok(LedgerRow {
        ordinal: row.get(0)?,
        source: row.get(1)?,
        row: row.get(2)?,
        external_id,
        person: row.get(4)?,
        subject_id: subject_id.map(Uuid::from_bytes),
        role: if row.get(6)? { RowRole::Merged } else { RowRole::Primary },
        planned: planned.unwrap_or(Outcome::Unknown),
        reason: row.get(8)?,
        completeness: row.get(9)?,
        findings: row.get(10)?,
        settled: state.map(|state| (state, reason.unwrap_or_default())),
    })
}
