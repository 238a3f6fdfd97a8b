//! The mapping of one table: which column holds what, applied row by row.

use std::fmt::Write as _;

use super::error::MapFileError;
use super::header::{MappingReason, Proposal, can_repeat, propose};
use super::map_file::MapFile;
use crate::domain::{Field, FieldSlot, MappedCell, SourceRow};
use crate::rules::HeaderRules;

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
    /// Used columns by slot: what a mapped row is built from.
    order: Vec<usize>,
}

impl ColumnMap {
    /// Maps a header row by the rules.
    pub(super) fn of_header(row: &SourceRow<'_>, rules: &HeaderRules) -> Self {
        let headers: Vec<String> = row.cells().map(|(text, _)| text.trim().to_owned()).collect();
        let proposals: Vec<Option<Proposal>> = headers.iter().map(|header| propose(header, rules)).collect();
        let mut columns: Vec<MappedColumn> = headers.into_iter().map(unused).collect();
        // The surest first, so that a vague header cannot take the field of a clear one.
        let mut by_confidence: Vec<(usize, Proposal)> =
            proposals.into_iter().enumerate().filter_map(|(index, proposal)| Some((index, proposal?))).collect();
        by_confidence
            .sort_by(|left, right| right.1.confidence.total_cmp(&left.1.confidence).then(left.0.cmp(&right.0)));
        let mut taken: Vec<FieldSlot> = Vec::new();
        for (index, proposal) in by_confidence {
            let Some(column) = columns.get_mut(index) else { continue };
            match free_slot(&proposal, &taken) {
                Some(slot) => {
                    taken.push(slot);
                    column.slot = Some(slot);
                    column.confidence = proposal.confidence;
                    column.reason = proposal.reason;
                }
                None => column.reason = MappingReason::Duplicate,
            }
        }
        let mut map = Self { columns, header_row: row.number(), order: Vec::new() };
        map.put_in_order();
        map
    }

    fn put_in_order(&mut self) {
        let mut order: Vec<(FieldSlot, usize)> =
            self.columns.iter().enumerate().filter_map(|(index, column)| Some((column.slot?, index))).collect();
        order.sort_unstable();
        self.order = order.into_iter().map(|(_, index)| index).collect();
    }

    /// Puts the user's mapping over this one. Headers that the file does not name keep what they have.
    pub fn apply(&mut self, file: &MapFile) -> Result<(), MapFileError> {
        for (header, entry) in file.entries() {
            let Some(index) = self.columns.iter().position(|column| column.header == *header) else {
                let reason = format!("the roster has no such column; its headers are {}", self.headers_seen());
                return Err(file.entry_error(header, reason));
            };
            if let Some(slot) = entry.slot {
                for other in &mut self.columns {
                    if other.slot == Some(slot) && file.names(&other.header) && other.header != *header {
                        return Err(
                            file.entry_error(header, format!("\"{}\" is mapped to the same field", other.header))
                        );
                    }
                    if other.slot == Some(slot) {
                        other.slot = None;
                        other.reason = MappingReason::Duplicate;
                    }
                }
            }
            if let Some(column) = self.columns.get_mut(index) {
                column.slot = entry.slot;
                column.system.clone_from(&entry.system);
                column.confidence = 1.0;
                column.reason = MappingReason::MapFile;
            }
        }
        self.put_in_order();
        Ok(())
    }

    /// The cells of a row that hold something, by slot, into `cells`.
    pub fn map_row<'a>(&'a self, row: &SourceRow<'a>, cells: &mut Vec<MappedCell<'a>>) -> RowShape {
        cells.clear();
        let width = self.columns.len();
        if row.len() < width
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
        for column in self.columns.iter().filter(|column| !column.header.is_empty()) {
            // A JSON string is a TOML basic string too, line breaks in a header included.
            let key = serde_json::Value::String(column.header.clone());
            let value = match (column.slot, &column.system) {
                (Some(slot), Some(system)) => {
                    format!(
                        "{{ field = \"{}\", system = {} }}",
                        slot_text(slot),
                        serde_json::Value::String(system.clone())
                    )
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

fn unused(header: String) -> MappedColumn {
    let reason = if header.is_empty() { MappingReason::NoHeader } else { MappingReason::Unknown };
    MappedColumn { header, slot: None, system: None, confidence: 0.0, reason }
}

/// The slot that a proposal can have: the one it names, or the next free number of a field that can repeat.
fn free_slot(proposal: &Proposal, taken: &[FieldSlot]) -> Option<FieldSlot> {
    let slot = proposal.slot;
    if !taken.contains(&slot) {
        return Some(slot);
    }
    if proposal.is_numbered || !can_repeat(slot.field) {
        return None;
    }
    (slot.group..u8::MAX).map(|group| FieldSlot { group, ..slot }).find(|slot| !taken.contains(slot))
}

/// Headers for a message; patients' data do not stand in header rows, but a file without one is shortened all the same.
pub(super) fn shown_headers<'a>(headers: impl Iterator<Item = &'a str>) -> String {
    let headers: Vec<&str> = headers.filter(|header| !header.is_empty()).collect();
    let mut shown: Vec<String> = headers
        .iter()
        .take(HEADERS_SHOWN)
        .map(|header| format!("\"{}\"", header.chars().take(HEADER_SHOWN_LENGTH).collect::<String>()))
        .collect();
    if headers.len() > HEADERS_SHOWN {
        shown.push(format!("and {} more", headers.len() - HEADERS_SHOWN));
    }
    shown.join(", ")
}
