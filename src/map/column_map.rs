//! The mapping of one table: which column holds what, applied row by row.

use std::fmt::Write as _;

use super::assign::assign;
use super::error::MapFileError;
use super::header::{MappingReason, Proposal, propose};
use super::map_file::{MapEntry, MapFile};
use crate::domain::{Field, FieldSlot, MappedCell, SourceRow};
use crate::rules::HeaderRules;
use crate::rules::headers::header_key;

/// Fields that the vendor requires and that no column may be missing for; the subject id is made where there is none.
const REQUIRED: [Field; 2] = [Field::FirstName, Field::LastName];
const HEADERS_SHOWN: usize = 40;
const HEADER_SHOWN_LENGTH: usize = 40;

/// A column of the roster.
#[derive(Clone, Debug)]
pub struct MappedColumn {
    /// The header as read.
    pub header: String,
    /// What it holds; `None` when it is not used.
    pub slot: Option<FieldSlot>,
    /// For an external id: the system that the mapping file names.
    pub system: Option<String>,
    /// 0 to 1.
    pub confidence: f64,
    /// Why.
    pub reason: MappingReason,
}

/// Whether a row has the shape of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowShape {
    /// It has.
    Fits,
    /// It has fewer cells, or more that hold something: which cell belongs to which column cannot be told.
    Ragged,
}

/// The columns of a table in order.
#[derive(Clone, Debug)]
pub struct ColumnMap {
    /// The columns.
    pub columns: Vec<MappedColumn>,
    /// The header's row number.
    pub header_row: u32,
    /// Cells that a row has at least: up to the last column with a header.
    least_cells: usize,
    /// Used columns by slot: what a mapped row is built from.
    order: Vec<usize>,
}

impl ColumnMap {
    /// Maps a header row by the rules.
    pub(super) fn of_header(row: &SourceRow<'_>, rules: &HeaderRules) -> Self {
        let headers: Vec<String> = row.cells().map(|(text, _)| text.trim().to_owned()).collect();
        let proposals: Vec<Option<Proposal>> = headers.iter().map(|header| propose(header, rules)).collect();
        let slots = assign(&proposals);
        let columns = headers.into_iter().zip(proposals).zip(slots).map(|((header, proposal), slot)| {
            let (confidence, reason) = match (proposal, slot) {
                (Some(proposal), Some(_)) => (proposal.confidence, proposal.reason),
                (Some(_), None) => (0.0, MappingReason::Duplicate),
                (None, _) if header.is_empty() => (0.0, MappingReason::NoHeader),
                (None, _) => (0.0, MappingReason::Unknown),
            };
            MappedColumn { header, slot, system: None, confidence, reason }
        });
        let columns: Vec<MappedColumn> = columns.collect();
        let least_cells = columns.iter().rposition(|column| !column.header.is_empty()).map_or(0, |last| last + 1);
        let mut map = Self { columns, header_row: row.number(), least_cells, order: Vec::new() };
        map.put_in_order();
        map
    }

    fn put_in_order(&mut self) {
        let mut order: Vec<(FieldSlot, usize)> =
            self.columns.iter().enumerate().filter_map(|(index, column)| Some((column.slot?, index))).collect();
        order.sort_unstable();
        self.order = order.into_iter().map(|(_, index)| index).collect();
    }

    /// Puts the user's mapping over this one. Headers that the file does not name keep what they have, but for a field
    /// that the file gives to another column.
    pub fn apply(&mut self, file: &MapFile) -> Result<(), MapFileError> {
        let mut given: Vec<(usize, &MapEntry)> = Vec::new();
        for (key, entry) in file.entries() {
            let index = self.find_column(key).map_err(|reason| file.entry_error(key, reason))?;
            let is_same = |(other, known): &&(usize, &MapEntry)| {
                *other == index || (entry.slot.is_some() && known.slot == entry.slot)
            };
            if let Some((other, _)) = given.iter().find(is_same) {
                let what = if *other == index { "column" } else { "field" };
                return Err(file.entry_error(key, format!("\"{}\" has the same {what}", self.column_key(*other))));
            }
            given.push((index, entry));
        }
        self.overlay(&given);
        Ok(())
    }

    /// The same as far as the file fits: for judging whether a row is the header. Tells whether every entry fits.
    pub(super) fn apply_what_fits(&mut self, file: &MapFile) -> bool {
        let entries = file.entries().map(|(key, entry)| (self.find_column(key), entry));
        let (fitting, others): (Vec<_>, Vec<_>) = entries.partition(|(column, _)| column.is_ok());
        let given: Vec<(usize, &MapEntry)> =
            fitting.into_iter().filter_map(|(column, entry)| Some((column.ok()?, entry))).collect();
        self.overlay(&given);
        others.is_empty() && !given.is_empty()
    }

    fn overlay(&mut self, given: &[(usize, &MapEntry)]) {
        for column in &mut self.columns {
            if column.slot.is_some() && given.iter().any(|(_, entry)| entry.slot == column.slot) {
                column.slot = None;
                column.confidence = 0.0;
                column.reason = MappingReason::Duplicate;
            }
        }
        for (index, entry) in given {
            if let Some(column) = self.columns.get_mut(*index) {
                column.slot = entry.slot;
                column.system.clone_from(&entry.system);
                column.confidence = 1.0;
                column.reason = MappingReason::MapFile;
            }
        }
        self.put_in_order();
    }

    /// The column that a mapping file means: by its header, by header and number where several columns have the header,
    /// or by a header that differs in case and punctuation alone.
    fn find_column(&self, key: &str) -> Result<usize, String> {
        let with = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
            self.columns.iter().enumerate().filter(|(_, column)| fits(&column.header)).map(|(index, _)| index).collect()
        };
        let mut found = with(&|header| header == key.trim());
        if found.is_empty() {
            found.extend((0..self.columns.len()).find(|index| self.column_key(*index) == key));
        }
        if found.is_empty() {
            let folded = header_key(key);
            found = with(&|header| !folded.is_empty() && header_key(header) == folded);
        }
        match found.as_slice() {
            [index] => Ok(*index),
            [] => Err(format!("the roster has no such column; its headers are {}", self.headers_seen())),
            several => {
                let keys: Vec<String> =
                    several.iter().map(|index| format!("\"{}\"", self.column_key(*index))).collect();
                Err(format!("several columns have this header; name one of them as {}", keys.join(" or ")))
            }
        }
    }

    /// What a mapping file calls the column: its header, with the column's number where several columns have it.
    fn column_key(&self, index: usize) -> String {
        let header = self.columns.get(index).map(|column| column.header.as_str()).unwrap_or_default();
        let is_alone = self.columns.iter().filter(|column| column.header == header).count() == 1;
        if is_alone && !header.is_empty() {
            return header.to_owned();
        }
        format!("{header} (column {})", index + 1).trim_start().to_owned()
    }

    /// The cells of a row that hold something, by slot, into `cells`.
    pub fn map_row<'a>(&'a self, row: &SourceRow<'a>, cells: &mut Vec<MappedCell<'a>>) -> RowShape {
        cells.clear();
        let width = self.columns.len();
        if row.len() < self.least_cells
            || (width..row.len()).any(|column| row.cell(column).is_some_and(|(text, _)| !text.trim().is_empty()))
        {
            return RowShape::Ragged;
        }
        for index in &self.order {
            let Some(column) = self.columns.get(*index) else { continue };
            if let (Some(slot), Some((text, kind))) = (column.slot, row.cell(*index))
                && !text.trim().is_empty()
            {
                cells.push(MappedCell { slot, text, kind, system: column.system.as_deref() });
            }
        }
        RowShape::Fits
    }

    /// Whether a column holds the field.
    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.slot.is_some_and(|slot| slot.field == field))
    }

    /// Required fields without a column.
    pub fn missing_required(&self) -> Vec<Field> {
        REQUIRED.into_iter().filter(|field| !self.has(*field)).collect()
    }

    /// Headers of columns that are not used; those without a header are left out.
    pub fn unmapped_headers(&self) -> Vec<String> {
        let unused = self.columns.iter().filter(|column| column.slot.is_none() && !column.header.is_empty());
        unused.map(|column| column.header.clone()).collect()
    }

    /// The systems that the mapping file names.
    pub fn named_systems(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|column| column.system.as_deref())
    }

    /// The headers for a message: at most 40 of at most 40 letters.
    pub fn headers_seen(&self) -> String {
        shown_headers(self.columns.iter().map(|column| column.header.as_str()))
    }

    /// The mapping as a file for `--map`, with the reasons as comments.
    pub fn to_toml(&self) -> String {
        let mut text = format!(
            "# Header in row {}. A column holds a field, or is ignored with \"ignore\". A second column of a field is\n\
             # written \"external_id:2\"; the system behind an id is named like this:\n\
             # \"MRN\" = {{ field = \"external_id\", system = \"Clinic A\" }}\n[columns]\n",
            self.header_row
        );
        for (index, column) in self.columns.iter().enumerate() {
            if column.header.is_empty() && column.slot.is_none() {
                continue;
            }
            let key = quoted(&self.column_key(index));
            let value = match (column.slot, &column.system) {
                (Some(slot), Some(system)) => {
                    format!("{{ field = \"{}\", system = {} }}", slot_text(slot), quoted(system))
                }
                (Some(slot), None) => format!("\"{}\"", slot_text(slot)),
                (None, _) => "\"ignore\"".to_owned(),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key} = {value}  # {:.2}, {}", column.confidence, column.reason);
        }
        text
    }
}

fn slot_text(slot: FieldSlot) -> String {
    if slot.group == 0 { slot.field.name().to_owned() } else { format!("{}:{}", slot.field, u32::from(slot.group) + 1) }
}

/// A JSON string is a TOML basic string too, line breaks in a header included, but for one control character.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string().replace('\u{7f}', "\\u007f")
}

/// Headers for a message. What looks like data rather than a header is not printed: four digits or more, or an `@`.
pub(super) fn shown_headers<'a>(headers: impl Iterator<Item = &'a str>) -> String {
    let headers: Vec<&str> = headers.filter(|header| !header.is_empty()).collect();
    let is_data = |header: &str| header.contains('@') || header.chars().filter(char::is_ascii_digit).count() >= 4;
    let mut shown: Vec<String> = headers
        .iter()
        .take(HEADERS_SHOWN)
        .map(|header| {
            let beginning: String = header.chars().take(HEADER_SHOWN_LENGTH).collect();
            if is_data(header) { "(not shown)".to_owned() } else { format!("\"{beginning}\"") }
        })
        .collect();
    if headers.len() > HEADERS_SHOWN {
        shown.push(format!("and {} more", headers.len() - HEADERS_SHOWN));
    }
    shown.join(", ")
}
