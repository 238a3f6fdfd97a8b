//! The evidence of each pair of a run, and the origins of merged values: what `duplicates.csv` and `persons.csv` need,
//! so that they can be drawn again. Rows are named by table and number; no value of a patient is kept.

use onroll_core::domain::RunId;
use uuid::Uuid;

use super::error::LedgerError;
use super::open::Ledger;
use super::write::LedgerTransaction;

/// The version from which a ledger keeps them.
const WITH_PAIRS: i64 = 2;

/// One end of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairEnd {
    /// A row: the index of its table, and its number.
    Row {
        /// Index of the table among the run's sources.
        source: u16,
        /// Row number.
        row: u32,
    },
    /// A person on the roll.
    OnRoll(Uuid),
}

/// A pair as `duplicates.csv` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPair {
    /// Table and number of the left row.
    pub left: (u16, u32),
    /// The right end.
    pub right: PairEnd,
    /// The band.
    pub band: String,
    /// What brought the two together.
    pub rule: String,
    /// The match weight.
    pub weight: String,
    /// What the household takes off.
    pub household: String,
    /// Probability of one person.
    pub probability: String,
    /// Why it goes to review; empty otherwise.
    pub finding: String,
    /// The evidence, as the file words it.
    pub evidence: String,
}

impl LedgerTransaction<'_> {
    /// Keeps the pairs of a run, from `ordinal` on.
    pub fn add_pairs(
        &self,
        run: &RunId,
        ordinal: u32,
        pairs: impl IntoIterator<Item = LedgerPair>,
    ) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let mut statement = self.connection().prepare_cached(
            "INSERT INTO pairs (run, ordinal, left_source, left_row, right_source, right_row, right_subject, band, rule, \
             weight, household, probability, finding, evidence) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        for (ordinal, pair) in (ordinal..).zip(pairs) {
            let (source, row, subject) = match pair.right {
                PairEnd::Row { source, row } => (Some(source), Some(row), None),
                PairEnd::OnRoll(subject) => (None, None, Some(*subject.as_bytes())),
            };
            statement.execute(rusqlite::params![
                number,
                ordinal,
                pair.left.0,
                pair.left.1,
                source,
                row,
                subject,
                pair.band,
                pair.rule,
                pair.weight,
                pair.household,
                pair.probability,
                pair.finding,
                pair.evidence,
            ])?;
        }
        Ok(())
    }

    /// Keeps where the values of merged persons come from, in words of the caller's.
    pub fn add_origins(&self, run: &RunId, origins: &[(u32, String)]) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let mut statement =
            self.connection().prepare_cached("INSERT INTO origins (run, person, origins) VALUES (?1, ?2, ?3)")?;
        for (person, origins) in origins {
            statement.execute((number, person, origins))?;
        }
        Ok(())
    }
}

impl Ledger {
    /// Calls `visit` with every pair of a run in the order in which they were kept; stops at its first error.
    pub fn for_each_pair<E: From<LedgerError>>(
        &self,
        run: &RunId,
        mut visit: impl FnMut(LedgerPair) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.version() < WITH_PAIRS {
            return Ok(());
        }
        let number = self.run_number(run)?;
        let storage = |error: rusqlite::Error| E::from(self.storage_error(&error));
        let statement = "SELECT left_source, left_row, right_source, right_row, right_subject, band, rule, weight, \
                         household, probability, finding, evidence FROM pairs WHERE run = ?1 ORDER BY ordinal";
        let mut statement = self.connection().prepare(statement).map_err(storage)?;
        let mut rows = statement.query([number]).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            visit(pair_from(row).map_err(storage)?)?;
        }
        Ok(())
    }

    /// Calls `visit` with every person of a run whose origins were kept, by rising number; stops at its first error.
    pub fn for_each_origin<E: From<LedgerError>>(
        &self,
        run: &RunId,
        mut visit: impl FnMut(u32, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.version() < WITH_PAIRS {
            return Ok(());
        }
        let number = self.run_number(run)?;
        let storage = |error: rusqlite::Error| E::from(self.storage_error(&error));
        let statement = "SELECT person, origins FROM origins WHERE run = ?1 ORDER BY person";
        let mut statement = self.connection().prepare(statement).map_err(storage)?;
        let mut rows = statement.query([number]).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            let person = row.get(0).map_err(storage)?;
            let origins: String = row.get(1).map_err(storage)?;
            visit(person, &origins)?;
        }
        Ok(())
    }
}

fn pair_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<LedgerPair> {
    let subject: Option<[u8; 16]> = row.get(4)?;
    let right = match subject {
        Some(subject) => PairEnd::OnRoll(Uuid::from_bytes(subject)),
        None => PairEnd::Row { source: row.get(2)?, row: row.get(3)? },
    };
    Ok(LedgerPair {
        left: (row.get(0)?, row.get(1)?),
        right,
        band: row.get(5)?,
        rule: row.get(6)?,
        weight: row.get(7)?,
        household: row.get(8)?,
        probability: row.get(9)?,
        finding: row.get(10)?,
        evidence: row.get(11)?,
    })
}
