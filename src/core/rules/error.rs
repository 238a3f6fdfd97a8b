//! What can be wrong with a rule file. Every error names file, table and key.

use std::path::PathBuf;

/// A rule file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The overlay folder cannot be read.
    #[error("the rules folder {} cannot be read: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The overlay has a file that is no rule file.
    #[error("{}: there is no rule file of this name; the rule files are {known}", file.display())]
    UnknownFile {
        /// The file.
        file: PathBuf,
        /// The names there are.
        known: String,
    },
    /// The file is not well formed. `message` names the line.
    #[error("{file}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser says.
        message: String,
    },
    /// An entry breaks a rule of its table.
    #[error("{file}, table \"{table}\", key \"{key}\": {reason}")]
    Entry {
        /// The file.
        file: String,
        /// The table.
        table: String,
        /// The key.
        key: String,
        /// What is wrong, and what is expected.
        reason: String,
    },
}
