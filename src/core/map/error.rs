//! Why columns cannot be mapped.

use std::path::PathBuf;

/// No header row that can be understood.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// No row among the first maps a last name and another field.
    #[error(
        "no column for last_name, which xCures requires, next to another known column; the headers in row {row} are \
         {headers}. Name the columns in a mapping and pass it with `--map FILE`"
    )]
    NoHeader {
        /// The row with the most headers that are known.
        row: u32,
        /// Its cells.
        headers: String,
    },
    /// No row among the first has a header that is known. None is shown, because it may be a patient.
    #[error(
        "no header row found in the first {rows} rows (not shown, they may contain patients). Add a row of headers such as \
         \"Last Name\", \"First Name\", \"Date of Birth\", or name the headers that are there in a mapping and pass it \
         with `--map FILE`"
    )]
    NothingKnown {
        /// Rows looked at.
        rows: usize,
    },
    /// The table lists the people who treat, beside the roster.
    #[error(
        "it looks like a list of providers, not of patients: there is a column \"{header}\", but no birth date, sex or \
         record number. To read it anyway, choose it with `--sheet`"
    )]
    Providers {
        /// The header that shows it.
        header: String,
    },
    /// No row has the headers that the mapping names.
    #[error(transparent)]
    MapFile(#[from] MapFileError),
}

/// A `--map` file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapFileError {
    /// It cannot be read.
    #[error("{source}")]
    Io {
        /// The system's reason, which names the file.
        source: std::io::Error,
    },
    /// It is not well formed.
    #[error("{}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// What the parser says; it names the line.
        message: String,
    },
    /// An entry names something that does not exist.
    #[error("{}, table \"columns\", key \"{key}\": {reason}", file.display())]
    Entry {
        /// The file.
        file: PathBuf,
        /// The header in question.
        key: String,
        /// What is wrong, and what is expected.
        reason: String,
    },
}
