//! Bringing a ledger of an earlier version up to date: a copy of it first, then every change in one transaction.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use uuid::Uuid;

use super::error::{LedgerError, refused};
use super::fail::pass_in_ledger;
use super::paths::{beside, sync_folder};
use super::schema;
use onroll_core::private_file::create_private_file;

/// Brings the ledger from version `from` to the present one. Returns where the copy of the old one is.
pub(super) fn migrate(path: &Path, connection: &mut Connection, from: i64) -> Result<PathBuf, LedgerError> {
    let backup = copy(path, connection, from)?;
    let mut change = || {
        let transaction = connection.transaction()?;
        apply_changes(&transaction, from)?;
        pass_in_ledger("ledger.migrated")?;
        transaction.commit()
    };
    change().map_err(|error| refused(path, &error))?;
    Ok(backup)
}

/// Makes the changes after version `from`, and gives the ledger an id and an epoch where it has none.
pub(super) fn apply_changes(connection: &Connection, from: i64) -> rusqlite::Result<()> {
    for (_, statements) in schema::CHANGES.iter().filter(|(version, _)| *version > from) {
        connection.execute_batch(statements)?;
    }
    let statement = "INSERT OR IGNORE INTO meta (key, value) VALUES ('id', ?1), ('epoch', ?2)";
    connection.execute(statement, (Uuid::new_v4().as_bytes(), 0_u64.to_le_bytes()))?;
    connection.pragma_update(None, "user_version", schema::VERSION)
}

/// A private copy of the ledger beside it, complete or absent. Copies of earlier migrations stay.
fn copy(path: &Path, connection: &Connection, version: i64) -> Result<PathBuf, LedgerError> {
    let io_error = |source| LedgerError::Io { path: path.to_owned(), source };
    let name = |number: u32| match number {
        1 => beside(path, &format!(".version-{version}")),
        number => beside(path, &format!(".version-{version}.{number}")),
    };
    let backup = (1..10_000).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(1));
    let partial = beside(path, ".partial-copy");
    // VACUUM INTO takes an empty file, and this one is private from its first byte.
    let file = create_private_file(&partial).map_err(io_error)?;
    let name = partial.to_str().ok_or_else(|| io_error(io::Error::other("its name is not valid text")))?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| refused(path, &error))?;
    file.sync_all().map_err(io_error)?;
    fs_err::rename(&partial, &backup).map_err(io_error)?;
    sync_folder(path).map_err(io_error)?;
    Ok(backup)
}
