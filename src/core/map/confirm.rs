//! The user's word on a mapping: printing it to be saved and edited, and putting the saved one over the automatic one.

use std::fmt::Write as _;

use super::column_map::{ColumnMap, MappedColumn};
use super::error::MapFileError;
use super::header::MappingReason;
use super::map_file::{MapEntry, MapFile};
use crate::domain::{ColumnContent, CombinedField};
use crate::rules::headers::header_key;

impl ColumnMap {
    /// Puts the user's mapping over this one. Headers that the file does not name keep what they have, but for a field
    /// that the file gives to another column.
    pub fn apply(&mut self, file: &MapFile) -> Result<(), MapFileError> {
        let mut given: Vec<(usize, &MapEntry)> = Vec::new();
        for (key, entry) in file.entries() {
            let index = self.find_column(key).map_err(|reason| file.entry_error(key, reason))?;
            let is_same = |(other, known): &&(usize, &MapEntry)| {
                *other == index || (entry.content.is_some() && known.content == entry.content)
            };
            if let Some((other, _)) = given.iter().find(is_same) {
                let what = if *other == index { "column" } else { "field" };
                return Err(
                    file.entry_error(key, format!("\"{}\" already has the same {what}", self.column_key(*other)))
                );
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
            if column.content.is_some() && given.iter().any(|(_, entry)| entry.content == column.content) {
                let (order, is_inferred) = (column.name_order, column.is_order_inferred);
                *column = MappedColumn::unused(std::mem::take(&mut column.header), MappingReason::Displaced);
                (column.name_order, column.is_order_inferred) = (order, is_inferred);
            }
        }
        for (index, entry) in given {
            if let Some(column) = self.columns.get_mut(*index) {
                column.content = entry.content;
                column.system.clone_from(&entry.system);
                column.is_order_inferred &= entry.order.is_none();
                column.name_order = entry.order.or(column.name_order);
                column.confidence = 1.0;
                column.reason = MappingReason::MapFile;
                column.evidence = None;
                column.withheld = None;
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
        if found.is_empty() {
            let is_own = |column: &MappedColumn| column.own_header.as_deref() == Some(key.trim());
            found.extend((0..self.columns.len()).filter(|index| self.columns.get(*index).is_some_and(is_own)));
        }
        match found.as_slice() {
            [index] => Ok(*index),
            [] => Err(match self.header_row {
                Some(_) => format!("the roster has no such column; its headers are {}", self.headers_seen()),
                None => format!(
                    "the roster has no such column; without headers its columns are \"(column 1)\" to \"(column {})\"",
                    self.columns.len()
                ),
            }),
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

    /// The mapping as a file for `--map`, with the reasons as comments.
    pub fn to_toml(&self) -> String {
        let header = match self.header_row {
            Some(row) => format!("# Header in row {row}."),
            None => {
                "# The table has no header row, so the columns were mapped by their cells. Check every line.".to_owned()
            }
        };
        let mut text = format!(
            "{header} Give each column a field, or \"ignore\". Write a second column for a\n\
             # field as \"external_id:2\", and name the system of an id like this:\n\
             # \"MRN\" = {{ field = \"external_id\", system = \"Clinic A\" }}\n"
        );
        if self.header_row.is_none() {
            text.push_str("header = \"none\"\n");
        }
        text.push_str("[columns]\n");
        for (index, column) in self.columns.iter().enumerate() {
            if column.header.is_empty() && column.content.is_none() && self.header_row.is_some() {
                continue;
            }
            let key = quoted(&self.column_key(index));
            // A twin is left to the automatic mapping: named here, it would be ignored.
            let lead = if column.is_twin() { "# " } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(text, "{lead}{key} = {}  # {:.2}, {}", value_of(column), column.confidence, column.reason);
            if let Some(evidence) = column.evidence {
                let _ = write!(text, "; {evidence}");
            }
            text.push('\n');
        }
        text
    }
}

/// What stands behind the equals sign.
fn value_of(column: &MappedColumn) -> String {
    let Some(content) = column.content else { return "\"ignore\"".to_owned() };
    let name = content_text(content);
    let is_name =
        matches!(content, ColumnContent::Combined(CombinedField::FullName | CombinedField::AdditionalFullName, _));
    match (&column.system, column.name_order.filter(|_| is_name)) {
        (Some(system), _) => format!("{{ field = \"{name}\", system = {} }}", quoted(system)),
        (None, Some(order)) => format!("{{ field = \"{name}\", order = \"{}\" }}", order.name()),
        (None, None) => format!("\"{name}\""),
    }
}

fn content_text(content: ColumnContent) -> String {
    match content.group() {
        0 => content.name().to_owned(),
        group => format!("{}:{}", content.name(), u32::from(group) + 1),
    }
}

/// A JSON string is a TOML basic string too, line breaks in a header included, but for one control character.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string().replace('\u{7f}', "\\u007f")
}
