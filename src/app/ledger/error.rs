//! Why a ledger cannot be used. Every message names the file and what to do.

use onroll_core::domain::{Host, RunId};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// A ledger that cannot be used. Never a reason to start a new one silently: it is what keeps people from being sent
/// twice.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file or its folder cannot be created or read.
    #[error("the ledger {} cannot be opened: {source}", path.display())]
    Io {
        /// The ledger.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Another run holds the lock.
    #[error(
        "another onroll run is using the ledger {}; wait until it ends, then run the same command again",
        path.display()
    )]
    InUse {
        /// The ledger.
        path: PathBuf,
    },
    /// The file system cannot lock.
    #[error(
        "the ledger {} cannot be locked ({source}); use --ledger FILE to keep it on a local disk",
        path.display()
    )]
    CannotLock {
        /// The ledger.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file system is that of another machine.
    #[error(
        "the ledger {} is on a network file system ({kind}), where the locks and the log of a database are not reliable; \
         use --ledger FILE to keep it on a local disk",
        path.display()
    )]
    OnNetwork {
        /// The ledger.
        path: PathBuf,
        /// The kind of file system.
        kind: String,
    },
    /// An older state than one that was seen before: restored from a backup, or its log is lost.
    #[error(
        "the ledger {} is an old copy (state {found}; the last state used was {seen}): it was restored from a backup, or its \
         -wal file was removed. Restore the newest copy. If there is none, move {} away and run the same command again: \
         the ids stay the same, so anybody sent since then is found in xCures and not created twice",
        path.display(), witness.display()
    )]
    OlderThanSeen {
        /// The ledger.
        path: PathBuf,
        /// The file that remembers.
        witness: PathBuf,
        /// Its epoch.
        found: u64,
        /// The highest epoch seen.
        seen: u64,
    },
    /// Another ledger than the one that was here.
    #[error(
        "{} is not the ledger that was used here before: it has another key, and would give the same people different ids. \
         Restore the right ledger; if you changed it on purpose, move {} away",
        path.display(), witness.display()
    )]
    Replaced {
        /// The ledger.
        path: PathBuf,
        /// The file that remembers.
        witness: PathBuf,
    },
    /// The file beside the ledger cannot be read.
    #[error(
        "{} is damaged; it is the witness that shows whether the ledger {} is the newest, and it stores the key. Restore it \
         from a backup. If you are sure of the ledger, move the witness away, and onroll makes a new one",
        path.display(), ledger.display()
    )]
    WitnessDamaged {
        /// The witness.
        path: PathBuf,
        /// The ledger.
        ledger: PathBuf,
    },
    /// There is no such ledger.
    #[error("there is no ledger {}; `onroll upload` creates one", path.display())]
    Missing {
        /// The ledger.
        path: PathBuf,
    },
    /// The file is a symbolic link, a folder or something else than a file.
    #[error("{} is not a regular file; name the ledger itself with --ledger FILE", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not an onroll ledger; it was not changed. Name another file with --ledger FILE", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The file was a ledger and is damaged.
    #[error(
        "the ledger {} is damaged ({detail}); it was not changed. Restore the newest backup. If there is none, move the \
         ledger away but leave the file with the same name and .witness at the end: onroll then creates a new ledger with \
         the same key, and finds anybody who was sent in xCures under the same id",
        path.display()
    )]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// What the database says.
        detail: String,
    },
    /// A later version of onroll wrote it.
    #[error(
        "the ledger {} was written by a later version of onroll (format {found}, this version knows {known}); use that \
         version",
        path.display()
    )]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The format of this version.
        known: i64,
    },
    /// It belongs to another host or project.
    #[error(
        "the ledger {} belongs to project {bound_project} on {bound_host}, not to project {project} on {host}; omit \
         --ledger to use the ledger of each project, or name another file",
        path.display()
    )]
    OtherBinding {
        /// The ledger.
        path: PathBuf,
        /// The host it belongs to.
        bound_host: Host,
        /// The project it belongs to.
        bound_project: String,
        /// The host asked for.
        host: Host,
        /// The project asked for.
        project: Uuid,
    },
    /// A run that the ledger does not have.
    #[error("the ledger {} has no run \"{run}\"; `onroll status` lists its runs", path.display())]
    UnknownRun {
        /// The ledger.
        path: PathBuf,
        /// The run asked for.
        run: RunId,
    },
    /// A read or write failed: a full disk, a failing disk, or a defect.
    #[error(
        "the ledger {} cannot be read or written: {detail}. Nothing more was sent. Free space or repair the disk, then \
         run the same command again",
        path.display()
    )]
    Storage {
        /// The ledger.
        path: PathBuf,
        /// What the database says.
        detail: String,
    },
}

/// An error while opening, sorted into "is something else", "is damaged" and "cannot be read".
pub(super) fn refused(path: &Path, error: &rusqlite::Error) -> LedgerError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => LedgerError::NotALedger { path },
        Some(rusqlite::ErrorCode::DatabaseCorrupt) | None => LedgerError::Damaged { path, detail: error.to_string() },
        Some(_) => LedgerError::Storage { path, detail: error.to_string() },
    }
}
