//! Rule files that are tables of many lines: comments, a header line, and rows of plain cells, sorted by their first
//! cell.

use super::{RuleFiles, RulesError};

/// A row of a table with what errors need to name it.
#[derive(Clone, Copy)]
pub(super) struct TableRow<'a> {
    cells: &'a str,
    /// Its line in the file, the first being 1.
    pub(super) line: usize,
}

impl<'a> TableRow<'a> {
    /// The cells; as many as the header has columns.
    pub(super) fn cells(self) -> impl Iterator<Item = &'a str> {
        self.cells.split(',')
    }

    /// The first cell, by which the table is sorted and looked up.
    pub(super) fn key(self) -> &'a str {
        self.cells.split(',').next().unwrap_or_default()
    }
}

/// The rows of a table after its comments and its header, checked: as many cells as columns, keys sorted and each once.
pub(super) fn rows<'a>(files: &'a RuleFiles, file: &str, header: &str) -> Result<Vec<TableRow<'a>>, RulesError> {
    let text = files.text(file);
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, cells)| TableRow { cells, line: index + 1 })
        .filter(|row| !row.cells.is_empty() && !row.cells.starts_with('#'));
    if lines.next().map(|row| row.cells) != Some(header) {
        return Err(files.entry_error(file, "header", header, "the first line after the comments must be this header"));
    }
    let columns = header.split(',').count();
    let mut rows: Vec<TableRow<'a>> = Vec::new();
    for row in lines {
        let refuse = |reason: &str| Err(files.entry_error(file, &format!("line {}", row.line), row.key(), reason));
        if row.cells().count() != columns {
            return refuse(&format!("the row needs {columns} cells: {header}"));
        }
        match rows.last().map(|before| before.key().cmp(row.key())) {
            Some(std::cmp::Ordering::Equal) => return refuse("the row is there twice"),
            Some(std::cmp::Ordering::Greater) => return refuse("the row is out of order; the rows must be sorted"),
            Some(std::cmp::Ordering::Less) | None => rows.push(row),
        }
    }
    Ok(rows)
}

/// Whether a text is its own comparison form; written for the plain ASCII that fills these tables.
pub(super) fn is_folded(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        || (!text.is_ascii() && crate::domain::fold(text) == text)
}
