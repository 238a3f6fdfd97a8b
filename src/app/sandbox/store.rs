//! Subjects in SQLite. The three demo patients that the vendor publishes are there from the start.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Value, json};

use super::settings::{SandboxError, Store};
use super::subject::stored;
use onroll_core::clock;
use onroll_core::private_file::{create_private_folder, restrict};

/// Letters and digits of a server identifier, without those that are mistaken for each other.
const IDENTIFIER_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The vendor's published demo patients.
const DEMO_PATIENTS: [(&str, &str, &str, &str, &str); 3] = [
    ("5a11d0c5-0000-4000-8000-0000000000d1", "Marissa", "Jones", "1971-06-29", "F"),
    ("5a11d0c5-0000-4000-8000-0000000000d2", "Justin", "Williams", "1968-05-28", "M"),
    ("5a11d0c5-0000-4000-8000-0000000000d3", "Helen", "Milliken", "2000-11-16", "F"),
];

/// The subjects of the one project.
#[derive(Debug)]
pub(super) struct Subjects {
    connection: Connection,
}

impl Subjects {
    pub(super) fn open(store: &Store) -> Result<Self, SandboxError> {
        let connection = match store {
            Store::Memory => Connection::open_in_memory()?,
            Store::File(path) => open_file(path)?,
        };
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS subjects (
               number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, identifier TEXT NOT NULL UNIQUE, record TEXT NOT NULL
             ) STRICT",
        )?;
        let subjects = Self { connection };
        if subjects.count()? == 0 {
            for (id, first, last, birth, gender) in DEMO_PATIENTS {
                subjects.insert(
                    id,
                    &json!({ "firstName": first, "lastName": last, "birthDate": birth, "gender": gender }),
                )?;
            }
        }
        Ok(subjects)
    }

    pub(super) fn count(&self) -> rusqlite::Result<u64> {
        self.connection
            .query_row("SELECT count(*) FROM subjects", [], |row| row.get::<_, i64>(0))
            .map(i64::unsigned_abs)
    }

    /// Stores a new subject and gives it back as stored; `None` when the id exists.
    pub(super) fn insert(&self, id: &str, subject: &Value) -> rusqlite::Result<Option<Value>> {
        if self.get(id)?.is_some() {
            return Ok(None);
        }
        let number: i64 =
            self.connection.query_row("SELECT coalesce(max(number), 0) + 1 FROM subjects", [], |row| row.get(0))?;
        let identifier = identifier_of(number.unsigned_abs());
        let now = clock::timestamp();
        let record = stored(subject, id, &identifier, &now, &now);
        self.connection
            .prepare_cached("INSERT INTO subjects (number, id, identifier, record) VALUES (?1, ?2, ?3, ?4)")?
            .execute((number, id, identifier, record.to_string()))?;
        Ok(Some(record))
    }

    pub(super) fn get(&self, id: &str) -> rusqlite::Result<Option<Value>> {
        let mut statement = self.connection.prepare_cached("SELECT record FROM subjects WHERE id = ?1")?;
        let record: Option<String> = statement.query_row([id], |row| row.get(0)).optional()?;
        Ok(record.map(|record| serde_json::from_str(&record).unwrap_or(Value::Null)))
    }

    /// Replaces the demographics of a subject: what is left out is lost.
    pub(super) fn replace(&self, id: &str, subject: &Value) -> rusqlite::Result<Option<Value>> {
        let Some(before) = self.get(id)? else { return Ok(None) };
        let text = |name: &str| before.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let record = stored(subject, id, &text("identifier"), &text("created"), &clock::timestamp());
        self.connection.execute("UPDATE subjects SET record = ?2 WHERE id = ?1", (id, record.to_string()))?;
        Ok(Some(record))
    }

    /// Every subject, by server identifier.
    pub(super) fn all(&self) -> rusqlite::Result<Vec<Value>> {
        let mut statement = self.connection.prepare_cached("SELECT record FROM subjects ORDER BY identifier")?;
        let records = statement.query_map([], |row| row.get::<_, String>(0))?;
        records.map(|record| record.map(|record| serde_json::from_str(&record).unwrap_or(Value::Null))).collect()
    }

    /// Runs `work` as one transaction.
    pub(super) fn together<T>(&self, work: impl FnOnce(&Self) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let transaction = self.connection.unchecked_transaction()?;
        let value = work(self)?;
        transaction.commit()?;
        Ok(value)
    }
}

fn open_file(path: &Path) -> Result<Connection, SandboxError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_private_folder(folder)?;
    }
    if !path.exists() {
        onroll_core::private_file::create_private_file(path)?;
    }
    restrict(path)?;
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // It stands in for a vendor that does not lose power; what a killed process has committed stays.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// Six letters and digits that do not show the order of creation: a fixed permutation of the number.
fn identifier_of(number: u64) -> String {
    let mut rest = number.wrapping_mul(0x2545_F491) & 0x3fff_ffff;
    let mut text = String::with_capacity(6);
    for _ in 0..6 {
        let index = usize::try_from(rest & 31).unwrap_or(0);
        text.push(char::from(IDENTIFIER_ALPHABET[index]));
        rest >>= 5;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_six_characters_and_none_comes_twice() {
        let mut identifiers: Vec<String> = (1..20_000).map(identifier_of).collect();
        assert!(identifiers.iter().all(|identifier| identifier.len() == 6));
        identifiers.sort_unstable();
        identifiers.dedup();
        assert_eq!(identifiers.len(), 19_999);
    }

    #[test]
    fn an_update_that_leaves_the_middle_name_out_clears_it() {
        let subjects = Subjects::open(&Store::Memory).expect("opens");
        let id = "00000000-0000-4000-8000-000000000001";
        let full = json!({ "firstName": "Ann", "middleName": "Bea", "lastName": "Ng" });
        assert!(subjects.insert(id, &full).expect("works").is_some());
        assert!(subjects.insert(id, &full).expect("works").is_none(), "a repeat is refused");
        let replaced =
            subjects.replace(id, &json!({ "firstName": "Ann", "lastName": "Ng" })).expect("works").expect("there");
        assert!(replaced.get("middleName").is_none());
        assert_eq!(subjects.count().expect("works"), 4);
    }
}
