//! Why an upload stops for good. Pausing is no error: see `UploadSummary::paused`.

use uuid::Uuid;

use crate::ledger::LedgerError;

/// An upload that cannot go on until someone acts. Whatever was not sent stays planned in the ledger.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Client id or secret are refused.
    #[error(
        "xCures refuses the credentials; check client id and secret in the portal (they may have been rotated or \
         deactivated), then run the same command again"
    )]
    Credentials,
    /// The credentials do not reach the project.
    #[error(
        "the credentials have no access to project {project} ({reachable} accessible); check --project against the portal, or \
         ask your Customer Success Manager for access"
    )]
    Project {
        /// The project asked for.
        project: Uuid,
        /// How many projects the credentials reach.
        reachable: usize,
    },
    /// The credentials may not create subjects.
    #[error(
        "these credentials have no permission for this in project {project}; ask your Customer Success Manager for the \
         permission, then run the same command again"
    )]
    Forbidden {
        /// The project.
        project: Uuid,
    },
    /// The vendor cannot be reached, or does not answer as it should.
    #[error("xCures does not answer ({class}); check the network and --url, then run the same command again")]
    NotReachable {
        /// What was seen.
        class: String,
    },
    /// The address, or the TLS set-up of this machine, cannot be used.
    #[error("\"{url}\" cannot be used as the address of the service: {reason}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong, and what is expected.
        reason: String,
    },
    /// The ledger cannot be written. Nothing is sent any more.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A defect: a task of the upload ended without a word.
    #[error(
        "part of the upload ended unexpectedly, and the rows it had sent are marked unknown; run the same command again"
    )]
    WorkerLost,
}

impl UploadError {
    /// Whether credentials or project are refused (exit code 5).
    pub const fn is_access(&self) -> bool {
        matches!(self, Self::Credentials | Self::Project { .. } | Self::Forbidden { .. })
    }
}
