//! Why a file cannot be read as a roster: what it is instead, and what to do.

use std::io;

/// A file that cannot be read. Each message is one sentence that names the file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("{path}: there is no such file; check the name and the folder")]
    Missing {
        /// The path as given.
        path: String,
    },
    /// It is a folder.
    #[error("{path}: this is a folder; name the roster files in it, for example {path}/*.csv")]
    Folder {
        /// The path as given.
        path: String,
    },
    /// It has no bytes, or nothing but blank lines.
    #[error("{path}: the file is empty: it holds no row")]
    Empty {
        /// The path as given.
        path: String,
    },
    /// It is something else than a roster.
    #[error("{path}: this is {found}, not a roster; {advice}")]
    NotARoster {
        /// The path as given.
        path: String,
        /// What it is, with its article.
        found: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A workbook that needs a password.
    #[error("{path}: the workbook is protected by a password; save a copy without one")]
    Password {
        /// The path as given.
        path: String,
    },
    /// A workbook that is damaged, or half written.
    #[error("{path}: the workbook cannot be opened ({reason}); open it in a spreadsheet program and save it again")]
    BrokenWorkbook {
        /// The path as given.
        path: String,
        /// What the reader says.
        reason: String,
    },
    /// A sheet larger than is sensible.
    #[error(
        "{path}, sheet \"{sheet}\": {rows} rows by {columns} columns is more than can be read from this kind of workbook; save it as .xlsx or .csv"
    )]
    TooLarge {
        /// The path as given.
        path: String,
        /// The sheet.
        sheet: String,
        /// Rows that the sheet spans.
        rows: usize,
        /// Columns that it spans.
        columns: usize,
    },
    /// The system cannot read it.
    #[error("{path}: cannot be read: {source}")]
    Io {
        /// The path as given.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
}
