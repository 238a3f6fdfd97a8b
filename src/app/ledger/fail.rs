//! Places in a ledger's transaction at which a test can have its disk fail.

use std::io;

use onroll_core::fail_point;

/// Passes a place in a ledger's transaction.
pub(super) fn pass_in_ledger(point: &'static str) -> rusqlite::Result<()> {
    fail_point::pass(point).map_err(|error| {
        let full = error.kind() == io::ErrorKind::StorageFull;
        let code = if full { rusqlite::ffi::SQLITE_FULL } else { rusqlite::ffi::SQLITE_IOERR };
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), Some(error.to_string()))
    })
}
