//! Why a file cannot be read as a roster: what it is instead, and what to do.

use std::io;

use super::limits::{Excess, Limit, Way};

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
    /// A pipe by name that no program writes into.
    #[error("{path}: nothing was written to this pipe; start the program that writes to it, or name a file")]
    Silent {
        /// The path as given.
        path: String,
    },
    /// It has no bytes.
    #[error("{path}: the file is empty (0 bytes); ask for a new export")]
    Empty {
        /// The path as given.
        path: String,
    },
    /// It has nothing but blank rows.
    #[error("{path}: the file contains only blank rows; ask for a new export")]
    Blank {
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
    #[error("{path}: the workbook cannot be read ({reason}); open it in a spreadsheet program and save it again")]
    BrokenWorkbook {
        /// The path as given.
        path: String,
        /// What the reader says about its structure; never a cell's text.
        reason: String,
    },
    /// An archive that cannot be unpacked.
    #[error("{path}: the archive cannot be unpacked ({reason}); create it again, or name the roster itself")]
    BrokenArchive {
        /// The path as given.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An archive of several files.
    #[error(
        "{path}: the archive contains {files} files, but onroll reads archives of one roster; unpack it and name the rosters"
    )]
    SeveralInArchive {
        /// The path as given.
        path: String,
        /// How many.
        files: usize,
    },
    /// Larger than is sensible for a roster, as files made to exhaust memory are.
    #[error("{path}: {excess}; delete what is not part of the roster and save it again, or export the sheet as .csv{}", Way(*limit))]
    TooLarge {
        /// The path as given.
        path: String,
        /// What is too large, and what the limit is.
        excess: String,
        /// The limit, where another one can be set.
        limit: Option<Limit>,
    },
    /// A quoted cell that swallows the rows below it.
    #[error(
        "{path}, row {row}: a cell begins with a quotation mark that is not closed properly, so the rows below run into it; \
         close the quotation mark in that row, or remove it"
    )]
    Quoting {
        /// The path as given.
        path: String,
        /// The row in which the cell begins.
        row: u32,
    },
    /// The reader gave up without a reason.
    #[error("{path}: a bug in onroll prevents reading it; please report it, and export the roster as .csv meanwhile")]
    Defect {
        /// The path as given.
        path: String,
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

impl ReadError {
    /// A file that is beyond a limit.
    pub(super) fn too_large(path: &str, excess: Excess) -> Self {
        Self::TooLarge { path: path.to_owned(), excess: excess.text, limit: excess.limit }
    }
}
