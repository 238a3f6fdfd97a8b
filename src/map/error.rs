//! Why columns cannot be mapped.

use std::path::PathBuf;

/// No header row that can be understood.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// No row among the first maps a last name and another field.
    #[error(
        "no column for last_name, which the vendor requires; the headers seen are {headers}. Name the columns in a \
         mapping: `onroll map` prints one to start from, `--map FILE` uses it"
    )]
    NoHeader {
        /// The cells of the first row that holds something.
        headers: String,
    },
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
