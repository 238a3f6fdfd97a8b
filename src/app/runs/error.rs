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
    Pipeline(#[from] PipelineError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
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
        source: UploadError,
    },
    /// Columns were recognised by their cells alone, and nobody has confirmed the mapping.
    #[error(
        "{path}{table}: no known header tells what the columns hold, so that they were judged by their cells, and nothing \
         was sent. Look at them with `onroll check {quoted}`; then save `onroll map {quoted}` to a file, correct it and give it \
         with `--map FILE`, or go on as it is with `--accept-mapping`"
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
    #[error("run {run} ended before its plan was complete: nothing was sent, and nothing can be reported")]
    Unplanned {
        /// The run.
        run: RunId,
    },
    /// A run was stored in another form.
    #[error("the run was stored by another version of onroll and cannot be drawn again: {0}")]
    OtherVersion(serde_json::Error),
    /// The report cannot be put into words for the ledger.
    #[error("{0}")]
    NotStorable(serde_json::Error),
    /// The thread that writes the ledger has died.
    #[error("the ledger's writer died; run the same command again")]
    WriterLost,
}

impl From<DrawError<LedgerError>> for RunError {
    fn from(error: DrawError<LedgerError>) -> Self {
        match error {
            DrawError::Source(error) => error.into(),
            DrawError::Report(error) => error.into(),
        }
    }
}
