//! The persons whom the vendor holds, or may hold, with the record that was sent about each: what the rows of a later
//! roster are compared with.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::OptionalExtension as _;
use uuid::Uuid;

use super::error::LedgerError;
use super::open::Ledger;
use super::write::LedgerTransaction;
use onroll_core::domain::{IdentityMarks, PersonState, Phi, RememberedRecord, RollPerson, RunId, SystemName};

/// The version from which a ledger can hold records.
const WITH_RECORDS: i64 = 2;

/// States of persons whom the vendor holds, or may hold because of a request whose answer is missing.
const ON_ROLL: &str = "('created', 'already_on_roll', 'intent', 'unknown')";

impl Ledger {
    /// Every person whom the vendor holds or may hold, by rising id.
    pub fn persons_on_roll(&self) -> Result<Vec<RollPerson>, LedgerError> {
        let read = || {
            let statement = format!(
                "SELECT subject_id, identity_hash, state FROM persons WHERE state IN {ON_ROLL} ORDER BY subject_id"
            );
            let mut statement = self.connection().prepare(&statement)?;
            let persons = statement.query_map([], |row| {
                Ok(RollPerson {
                    subject_id: Uuid::from_bytes(row.get(0)?),
                    identity: IdentityMarks(row.get(1)?),
                    state: PersonState::from_word(row.get_ref(2)?.as_str()?).unwrap_or(PersonState::Unknown),
                })
            })?;
            persons.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.storage_error(&error))
    }

    /// Calls `visit` with the record of every such person that has one, by rising id.
    pub fn for_each_record(&self, mut visit: impl FnMut(Uuid, &str, i64)) -> Result<(), LedgerError> {
        if self.version() < WITH_RECORDS {
            return Ok(());
        }
        let mut read = || {
            let statement = format!(
                "SELECT subject_id, record, r.run FROM records r JOIN persons USING (subject_id) \
                 WHERE state IN {ON_ROLL} ORDER BY subject_id"
            );
            let mut statement = self.connection().prepare(&statement)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                visit(Uuid::from_bytes(row.get(0)?), row.get_ref(1)?.as_str()?, row.get(2)?);
            }
            Ok(())
        };
        read().map_err(|error| self.storage_error(&error))
    }

    /// The record of one person; `None` where none was kept.
    pub fn record(&self, subject_id: Uuid) -> Result<Option<RememberedRecord>, LedgerError> {
        if self.version() < WITH_RECORDS {
            return Ok(None);
        }
        let read = |row: &rusqlite::Row<'_>| {
            Ok(RememberedRecord { record: Phi::new(row.get::<_, String>(0)?), run: row.get(1)? })
        };
        self.connection()
            .prepare_cached("SELECT record, run FROM records WHERE subject_id = ?1")
            .and_then(|mut statement| statement.query_row([subject_id.as_bytes()], read).optional())
            .map_err(|error| self.storage_error(&error))
    }

    /// By run: the names that were assumed for systems without a name, such as the name of a file.
    pub fn assumed_systems(&self) -> Result<BTreeMap<i64, BTreeSet<SystemName>>, LedgerError> {
        if self.version() < WITH_RECORDS {
            return Ok(BTreeMap::new());
        }
        let read = || {
            let mut statement = self.connection().prepare("SELECT number, assumed_systems FROM runs")?;
            let runs = statement.query_map([], |row| {
                let names = serde_json::from_str(row.get_ref(1)?.as_str()?);
                Ok((row.get(0)?, names.unwrap_or_default()))
            })?;
            runs.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|error| self.storage_error(&error))
    }

    /// Erases every record: for sites that want no demographics in the ledger. Persons stay known by their ids.
    pub fn forget_records(&mut self) -> Result<(), LedgerError> {
        let set = self.connection().pragma_update(None, "secure_delete", true);
        set.map_err(|error| self.storage_error(&error))?;
        self.write(|writes| writes.connection().execute("DELETE FROM records", []).map(|_| ()))
    }
}

impl LedgerTransaction<'_> {
    /// Keeps the records of persons that are to be sent.
    pub fn remember_records(&self, run: &RunId, records: &[(Uuid, Phi<String>)]) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let mut statement = self.connection().prepare_cached(
            "INSERT INTO records (subject_id, run, record) VALUES (?1, ?2, ?3) \
             ON CONFLICT (subject_id) DO UPDATE SET run = excluded.run, record = excluded.record",
        )?;
        for (subject_id, record) in records {
            statement.execute((subject_id.as_bytes(), number, record.expose()))?;
        }
        Ok(())
    }

    /// Notes the names that a run assumed for systems without a name.
    pub fn note_assumed_systems(&self, run: &RunId, systems: &BTreeSet<SystemName>) -> rusqlite::Result<()> {
        let names = serde_json::to_string(systems).unwrap_or_else(|_| "[]".to_owned());
        let statement = "UPDATE runs SET assumed_systems = ?2 WHERE number = ?1";
        self.connection().execute(statement, (self.run_number(run)?, names)).map(|_| ())
    }
}
