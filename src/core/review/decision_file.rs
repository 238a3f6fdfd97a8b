//! A steward's decisions: `duplicates.csv` of an earlier run with the column `decision` filled in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use encoding_rs::UTF_8;
use uuid::Uuid;

use crate::domain::{Field, ON_ROLL, PatientStore};
use crate::matching::{Matches, PairDecision};

/// Decisions that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// The file cannot be read; the reason names it.
    #[error("{0}; pass a duplicates.csv with its column `decision` filled in")]
    Unreadable(std::io::Error),
    /// The file cannot be read as CSV.
    #[error("{}: {source}; pass a duplicates.csv with its column `decision` filled in", file.display())]
    Csv {
        /// The file.
        file: PathBuf,
        /// The reader's reason.
        source: csv::Error,
    },
    /// A column is missing.
    #[error("{}: no column {column}; pass a duplicates.csv with its column `decision` filled in", file.display())]
    Column {
        /// The file.
        file: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A line does not say what it should.
    #[error("{} line {line}: {reason}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// Why, and what to do.
        reason: String,
    },
}

/// The location of a row: file, sheet, number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RowLocation {
    file: String,
    sheet: String,
    row: u32,
}

impl fmt::Display for RowLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file == ON_ROLL {
            return write!(formatter, "subject {}", self.sheet);
        }
        let name = Path::new(&self.file).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let space = if self.sheet.is_empty() { "" } else { " " };
        write!(formatter, "{name}{space}{} row {}", self.sheet, self.row)
    }
}

/// The lines of a file that hold a decision.
#[derive(Clone, Debug)]
pub struct DecisionFile {
    file: PathBuf,
    lines: Vec<DecisionLine>,
}

#[derive(Clone, Debug)]
struct DecisionLine {
    line: u64,
    left: RowLocation,
    right: RowLocation,
    decision: Option<PairDecision>,
    /// What the steward saw, in the words of `duplicates.csv`; empty where the column is missing.
    evidence: String,
}

/// A decision on two rows of a run.
#[derive(Clone, Debug)]
pub struct GivenDecision {
    /// The left row.
    pub left: u32,
    /// The right row.
    pub right: u32,
    /// `None` takes back what is remembered about the pair.
    pub decision: Option<PairDecision>,
    /// The locations of the two rows, in words.
    pub locations: (String, String),
    line: u64,
    evidence: String,
}

impl GivenDecision {
    /// The two rows, the smaller first.
    pub fn pair(&self) -> (u32, u32) {
        (self.left.min(self.right), self.left.max(self.right))
    }
}

const COLUMNS: [&str; 7] =
    ["left_file", "left_sheet", "left_row", "right_file", "right_sheet", "right_row", "decision"];

/// The text of a file as spreadsheet programs save it: UTF-8, or what its byte order mark says.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    UTF_8.decode(bytes).0
}

/// The delimiter behind the first header. Spreadsheet programs write semicolons where the comma is the decimal mark.
fn delimiter_of(text: &str) -> u8 {
    let behind = text.trim_start_matches('"').strip_prefix("left_file").unwrap_or_default().trim_start_matches('"');
    behind.bytes().next().filter(|byte| matches!(byte, b';' | b'\t')).unwrap_or(b',')
}

/// The line, from 1, on which the record at a byte begins; the line ending before it may be a part of what the reader
/// gives.
fn line_at(text: &str, byte: u64) -> u64 {
    let begin = usize::try_from(byte).unwrap_or(usize::MAX);
    let rest = text.get(begin..).unwrap_or_default();
    let begin = begin + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
    let before = text.get(..begin).unwrap_or_default();
    // A carriage return alone ends a line too.
    let alone = before.bytes().zip(before.bytes().skip(1).chain([0])).filter(|pair| *pair != (b'\r', b'\n'));
    1 + alone.filter(|(letter, _)| matches!(letter, b'\r' | b'\n')).count() as u64
}

impl DecisionFile {
    /// Reads a file; lines without a decision are skipped.
    ///
    /// # Errors
    /// When it is no CSV, lacks a column, or a decision is neither `same`, `different` nor `revoke`.
    pub fn read(file: &Path) -> Result<Self, DecisionError> {
        let csv_error = |source| DecisionError::Csv { file: file.to_owned(), source };
        let bytes = fs_err::read(file).map_err(DecisionError::Unreadable)?;
        let text = text_of(&bytes);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter_of(&text)).from_reader(text.as_bytes());
        let headers = reader.headers().map_err(csv_error)?.clone();
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            let missing = || DecisionError::Column { file: file.to_owned(), column };
            *place = headers.iter().position(|header| header == column).ok_or_else(missing)?;
        }
        let seen = headers.iter().position(|header| header == "evidence");
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = record.map_err(csv_error)?;
            let line = record.position().map_or(0, |position| line_at(&text, position.byte()));
            let wrong = |reason: &str| DecisionError::Line { file: file.to_owned(), line, reason: reason.to_owned() };
            let cell =
                |column: usize| places.get(column).and_then(|place| record.get(*place)).unwrap_or_default().trim();
            let decision = match cell(6).to_ascii_lowercase().as_str() {
                "" => continue,
                "same" => Some(PairDecision::Same),
                "different" => Some(PairDecision::Different),
                "revoke" => None,
                _ => return Err(wrong("the decision must be same, different, revoke or empty")),
            };
            let location = |from: usize| {
                let row = cell(from + 2).parse().map_err(|_| wrong("a row number is missing"))?;
                // What guards a cell against being taken for a formula is no part of the name.
                let name = |text: &str| text.strip_prefix('\'').unwrap_or(text).to_owned();
                Ok(RowLocation { file: name(cell(from)), sheet: name(cell(from + 1)), row })
            };
            let evidence = seen.and_then(|column| record.get(column)).unwrap_or_default().to_owned();
            lines.push(DecisionLine { line, left: location(0)?, right: location(3)?, decision, evidence });
        }
        Ok(Self { file: file.to_owned(), lines })
    }

    /// The decisions on the rows of a run. `tables` are the path and sheet of each table that was read, by source;
    /// `row_of_subject` finds the row that stands for a subject on the roll.
    ///
    /// # Errors
    /// When a line names a row that was not read, or contradicts an earlier line.
    pub fn resolve(
        &self,
        store: &PatientStore,
        tables: &[(&str, &str)],
        row_of_subject: &dyn Fn(Uuid) -> Option<u32>,
    ) -> Result<Vec<GivenDecision>, DecisionError> {
        let mut decisions: Vec<GivenDecision> = Vec::new();
        let mut decided: BTreeMap<(u32, u32), Option<PairDecision>> = BTreeMap::new();
        if self.lines.is_empty() {
            return Ok(decisions);
        }
        let rows: BTreeMap<(u16, u32), u32> =
            store.rows().map(|(index, row)| ((row.row_ref().source.0, row.row_ref().row), index)).collect();
        for DecisionLine { line, left, right, decision, evidence } in &self.lines {
            let wrong = |reason: String| DecisionError::Line { file: self.file.clone(), line: *line, reason };
            let find = |location: &RowLocation| {
                if location.file == ON_ROLL {
                    let row = Uuid::parse_str(&location.sheet).ok().and_then(row_of_subject);
                    return row.ok_or_else(|| {
                        let subject = &location.sheet;
                        wrong(format!("the ledger has no subject {subject}; remove the line, or name the right ledger"))
                    });
                }
                let index = source_of(location, tables).and_then(|source| rows.get(&(source, location.row)).copied());
                index.ok_or_else(|| {
                    wrong(format!(
                        "{} row {} was not read in this run; remove the line, or name that roster",
                        location.file, location.row
                    ))
                })
            };
            let locations = (left.to_string(), right.to_string());
            let (left, right) = (find(left)?, find(right)?);
            if left == right {
                return Err(wrong("it names the same row twice".to_owned()));
            }
            let (line, evidence) = (*line, evidence.clone());
            let given = GivenDecision { left, right, decision: *decision, locations, line, evidence };
            match decided.insert(given.pair(), *decision) {
                Some(earlier) if earlier != *decision => {
                    return Err(wrong("it contradicts an earlier line about the same two rows".to_owned()));
                }
                Some(_) => {}
                None => decisions.push(given),
            }
        }
        Ok(decisions)
    }

    /// Refuses decisions on rows other than those that the steward saw: the line says how the two compared, and a
    /// roster that was edited or sorted since has other people there.
    ///
    /// # Errors
    /// When the names or birth dates of two rows that are to be one person compare otherwise than the line says.
    pub fn refuse_stale(&self, given: &[GivenDecision], matches: &Matches) -> Result<(), DecisionError> {
        let same: BTreeMap<(u32, u32), &GivenDecision> = given
            .iter()
            .filter(|given| given.decision == Some(PairDecision::Same) && !given.evidence.is_empty())
            .map(|given| (given.pair(), given))
            .collect();
        if same.is_empty() {
            return Ok(());
        }
        for pair in &matches.pairs {
            let Some(given) = same.get(&(pair.left, pair.right)) else { continue };
            let changed = matches.evidence(pair).into_iter().find(|now| {
                TELLING.contains(&now.field)
                    && level_of(&given.evidence, now.field).is_some_and(|seen| seen != now.name)
            });
            if let Some(changed) = changed {
                let (left, right) = &given.locations;
                return Err(DecisionError::Line {
                    file: self.file.clone(),
                    line: given.line,
                    reason: format!(
                        "{left} and {right} are not the rows that were decided: {} compares differently now. The roster \
                         was edited or sorted since then; check it again, and decide in the new duplicates.csv",
                        changed.field
                    ),
                });
            }
        }
        Ok(())
    }
}

/// The fields that show whether two rows are still the rows of the decision.
const TELLING: [Field; 3] = [Field::FirstName, Field::LastName, Field::BirthDate];

/// The level of a field in a text such as `first_name=close 4.93;last_name=same 9.41 (frequency 1.20)`.
fn level_of(evidence: &str, field: Field) -> Option<&str> {
    let fields = evidence.split(';').filter_map(|part| part.split_once('='));
    let (_, level) = fields.into_iter().find(|(name, _)| *name == field.name())?;
    level.split(' ').next()
}

/// The table of a row: by path and sheet; where no path fits, by the file's name alone.
fn source_of(location: &RowLocation, tables: &[(&str, &str)]) -> Option<u16> {
    let name = |path: &str| Path::new(path).file_name().map(ToOwned::to_owned);
    let exact = |(path, sheet): &(&str, &str)| *path == location.file && *sheet == location.sheet;
    let position = tables.iter().position(exact).or_else(|| {
        let is_named = |(path, sheet): &(&str, &str)| name(path) == name(&location.file) && *sheet == location.sheet;
        let mut named = tables.iter().enumerate().filter(|(_, table)| is_named(table));
        let (position, _) = named.next()?;
        named.next().is_none().then_some(position)
    });
    position.and_then(|position| u16::try_from(position).ok())
}
