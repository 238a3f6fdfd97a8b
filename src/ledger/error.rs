//! Why a ledger cannot be used. Every message names the file and what to do.

use std::path::PathBuf;

use uuid::Uuid;

/// A ledger that cannot be used. Never a reason to start a new one silently: it is what keeps people from being sent twice.
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
        "another onroll run is using the ledger {}; wait until it has ended, then give the same command again",
        path.display()
    )]
    InUse {
        /// The ledger.
        path: PathBuf,
    },
    /// The file system cannot lock.
    #[error(
        "the ledger {} cannot be locked ({source}); keep it on a local disk, with --ledger FILE",
        path.display()
    )]
    CannotLock {
        /// The ledger.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// There is no such ledger.
    #[error("there is no ledger {}; `onroll upload` makes one", path.display())]
    Missing {
        /// The ledger.
        path: PathBuf,
    },
    /// The file is a symbolic link, a folder or something else than a file.
    #[error("{} is no regular file; name the ledger itself with --ledger FILE", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not an onroll ledger; it was left as it is. Name another file with --ledger FILE", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The file was a ledger and is damaged.
    #[error(
        "the ledger {} is damaged ({detail}); it was left as it is. Restore it from a backup: without it, onroll does \
         not know whom it has sent",
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
        "the ledger {} belongs to project {bound_project} on {bound_host}, not to project {project} on {host}; leave \
         --ledger out to use the ledger of each project, or name another file",
        path.display()
    )]
    OtherBinding {
        /// The ledger.
        path: PathBuf,
        /// The host it belongs to.
        bound_host: String,
        /// The project it belongs to.
        bound_project: String,
        /// The host asked for.
        host: String,
        /// The project asked for.
        project: Uuid,
    },
    /// A run that the ledger does not have.
    #[error("the ledger {} has no run \"{run}\"; `onroll status` lists its runs", path.display())]
    UnknownRun {
        /// The ledger.
        path: PathBuf,
        /// The run asked for.
        run: String,
    },
    /// A read or write failed: a full disk, a failing disk, or a defect.
    #[error(
        "the ledger {} cannot be read or written: {detail}. Nothing was sent after that; free or repair the disk, then \
         give the same command again",
        path.display()
    )]
    Storage {
        /// The ledger.
        path: PathBuf,
        /// What the database says.
        detail: String,
    },
}
