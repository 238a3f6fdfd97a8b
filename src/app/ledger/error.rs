//! Why a ledger cannot be used. Every message names the file and what to do.

use onroll_core::domain::{Host, RunId};
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
    /// The file system is that of another machine.
    #[error(
        "the ledger {} would lie on a network file system ({kind}), where locks and the log of a database cannot be relied \
         on; keep it on a local disk, with --ledger FILE",
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
        "the ledger {} is older than it was when it was last used (state {found}, and state {seen} was seen): it was restored \
         from a backup, or its -wal file was taken away. Put the newest copy back. If there is none, move {} away and give the \
         same command again: the ids stay the same, so that whoever was sent since is found on the roll and not created again",
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
        "{} is another ledger than the one that was here: it has another key, and would give the same people other ids. Put \
         the right one back; if the change is meant, move {} away",
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
        "{} is damaged: it tells whether the ledger {} is the newest, and keeps its key. Restore it from a backup; if you are \
         sure of the ledger, move it away, and it is made anew",
        path.display(), ledger.display()
    )]
    WitnessDamaged {
        /// The witness.
        path: PathBuf,
        /// The ledger.
        ledger: PathBuf,
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
        "the ledger {} is damaged ({detail}); it was left as it is. Restore its newest backup. If there is none, \
         move it away and leave the file of the same name with .witness behind it: a new ledger is then made with the same \
         key, and whoever was sent is found on the roll under the same id",
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
