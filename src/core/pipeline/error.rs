//! Why rosters cannot be prepared. A bad row never stops a run; it becomes a finding.

use super::memory::MemoryError;
use crate::map::{MapError, MapFileError};
use crate::read::ReadError;
use crate::review::DecisionError;

/// A roster that cannot be ingested.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The file cannot be read, or is something else than a roster.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No table of the file has a header row that can be understood.
    #[error("{path}{table}: {source}")]
    NoRoster {
        /// The file.
        path: String,
        /// The sheet, as ` sheet "Name"`, or nothing.
        table: String,
        /// Why.
        source: MapError,
    },
    /// A required field has no column.
    #[error(
        "{path}{table}: no column for {missing}, which xCures requires{because}; the headers are {headers}. Name the \
         column in a mapping: `onroll map` prints one, `--map FILE` uses it"
    )]
    MissingRequired {
        /// The file.
        path: String,
        /// The sheet, as ` sheet "Name"`, or nothing.
        table: String,
        /// The fields, separated by commas.
        missing: String,
        /// Columns whose content contradicts their header, each as ` (in column 2 ...)`, or nothing.
        because: String,
        /// The headers.
        headers: String,
    },
    /// The `--map` file does not fit.
    #[error("{path}{table}: {source}")]
    MapFile {
        /// The roster.
        path: String,
        /// The sheet, as ` sheet "Name"`, or nothing.
        table: String,
        /// Why.
        source: MapFileError,
    },
    /// A workbook has no such sheet.
    #[error("{path}: there is no sheet {wanted}; the sheets are {sheets}. Choose one with --sheet, by name or number")]
    NoSuchSheet {
        /// The workbook.
        path: String,
        /// The sheet that was asked for.
        wanted: String,
        /// The sheets that there are.
        sheets: String,
    },
    /// The ledger cannot be asked who is on the roll.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The decisions do not fit the rosters.
    #[error(transparent)]
    Decisions(#[from] DecisionError),
    /// More tables than a run can hold.
    #[error("a run can read at most 65,535 tables; split the rosters into several runs")]
    TooManyTables,
}
