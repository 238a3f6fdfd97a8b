//! Why a run cannot begin, go on or be reported on.

use crate::ledger::LedgerError;
use crate::upload::UploadError;
use onroll_core::domain::{Host, RunId};
use onroll_core::pipeline::{MemoryError, PipelineError};
use onroll_core::report::{DrawError, ReportError};

/// A run that cannot go on. No message holds a value of a patient.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The rosters cannot be prepared.
    #[error(transparent)]
    Pipeline(Box<PipelineError>),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(Box<LedgerError>),
    /// The ledger cannot be asked about earlier runs.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The vendor cannot be reached, or refuses.
    #[error("{host}: {source}")]
    Upload {
        /// The vendor's host.
        host: Host,
        /// Why.
        source: Box<UploadError>,
    },
    /// Columns were recognised by their cells alone, and nobody has confirmed the mapping.
    #[error(
        "{path}{table}: none of the headers is known, so the columns were mapped by their cells, and nothing was sent. \
         Review the columns with `onroll check {quoted}`. Then save the output of `onroll map {quoted}` to a file, correct it \
         and pass it with `--map FILE`, or accept the mapping as it is with `--accept-mapping`"
    )]
    UnconfirmedMapping {
        /// The roster.
        path: String,
        /// The sheet, as `, sheet "Name"`, or nothing.
        table: String,
        /// The roster as a word of a command line.
        quoted: String,
    },
    /// A run ended before its plan was complete.
    #[error("run {run} ended before its plan was complete; nothing was sent, so there is nothing to report")]
    Unplanned {
        /// The run.
        run: RunId,
    },
    /// A run was stored in another form.
    #[error("another version of onroll stored this run, and its reports cannot be written again: {0}")]
    OtherVersion(serde_json::Error),
    /// The report cannot be put into words for the ledger.
    #[error("{0}")]
    NotStorable(serde_json::Error),
    /// The threads that drive the requests cannot be started.
    #[error("the threads that send cannot be started: {0}; close other programs and run the same command again")]
    Runtime(std::io::Error),
    /// The thread that writes the ledger has died.
    #[error("the thread that writes the ledger ended unexpectedly; run the same command again")]
    WriterLost,
}

impl RunError {
    /// The vendor cannot be reached, or refuses.
    pub fn from_upload(host: &Host, source: UploadError) -> Self {
        Self::Upload { host: host.clone(), source: Box::new(source) }
    }
}

impl From<LedgerError> for RunError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(Box::new(error))
    }
}

impl From<PipelineError> for RunError {
    fn from(error: PipelineError) -> Self {
        Self::Pipeline(Box::new(error))
    }
}

impl From<DrawError<LedgerError>> for RunError {
    fn from(error: DrawError<LedgerError>) -> Self {
        match error {
            DrawError::Source(error) => error.into(),
            DrawError::Report(error) => error.into(),
        }
    }
}
