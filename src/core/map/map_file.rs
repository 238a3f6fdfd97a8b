//! The user's own mapping: what `onroll map` prints and `--map` takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::assign::in_group;
use super::error::MapFileError;
use crate::domain::{ColumnContent, ColumnMeaning, CombinedField, Field, FieldSlot};
use crate::rules::toml_complaint;
use crate::values::name::whole::NameOrder;

/// Word for a column that is not used.
const IGNORE: &str = "ignore";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMapFile {
    header: Option<RawHeader>,
    columns: BTreeMap<String, RawEntry>,
}

/// `header = "none"`: the table begins with its first patient.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawHeader {
    None,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawOrder {
    FirstLast,
    LastFirst,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawEntry {
    Field(String),
    Table(RawTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    field: String,
    group: Option<u8>,
    system: Option<String>,
    order: Option<RawOrder>,
}

/// What the mapping says about a column.
#[derive(Clone, Debug)]
pub(super) struct MapEntry {
    /// What it holds; `None` to ignore the column.
    pub(super) content: Option<ColumnContent>,
    /// For whole names: their order where there is no comma.
    pub(super) order: Option<NameOrder>,
    /// The system behind an external id.
    pub(super) system: Option<String>,
}

/// A checked mapping file.
#[derive(Clone, Debug)]
pub struct MapFile {
    file: PathBuf,
    has_no_header: bool,
    entries: BTreeMap<String, MapEntry>,
}

impl MapFile {
    /// Reads and checks a mapping file.
    pub fn read(file: &Path) -> Result<Self, MapFileError> {
        let text = fs_err::read_to_string(file).map_err(|source| MapFileError::Io { source })?;
        Self::parse(file, &text)
    }

    /// Checks a mapping's text; `file` is named in errors.
    pub fn parse(file: &Path, text: &str) -> Result<Self, MapFileError> {
        let raw: RawMapFile = toml::from_str(text)
            .map_err(|error| MapFileError::Syntax { file: file.to_owned(), message: toml_complaint(text, &error) })?;
        let mut map = Self { file: file.to_owned(), has_no_header: raw.header.is_some(), entries: BTreeMap::new() };
        for (header, entry) in raw.columns {
            let entry = entry_of(entry).map_err(|reason| map.entry_error(&header, reason))?;
            map.entries.insert(header, entry);
        }
        Ok(map)
    }

    /// Whether it says that the table has no header row.
    pub(super) fn has_no_header(&self) -> bool {
        self.has_no_header
    }

    /// The entries by header.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&String, &MapEntry)> {
        self.entries.iter()
    }

    /// The error for a roster in which no row has the headers that the mapping names; `None` when it names none.
    pub(super) fn refusal_without_header(&self, headers: Option<&str>) -> Option<MapFileError> {
        let (key, _) = self.entries.first_key_value()?;
        let mut reason = "no row at the top of the roster has the headers in this mapping".to_owned();
        if let Some(headers) = headers {
            reason.push_str("; the headers found are ");
            reason.push_str(headers);
        }
        Some(self.entry_error(key, reason))
    }

    /// An error about one entry.
    pub(super) fn entry_error(&self, key: &str, reason: String) -> MapFileError {
        MapFileError::Entry { file: self.file.clone(), key: key.to_owned(), reason }
    }
}

fn entry_of(raw: RawEntry) -> Result<MapEntry, String> {
    let table = match raw {
        RawEntry::Field(field) => RawTable { field, group: None, system: None, order: None },
        RawEntry::Table(table) => table,
    };
    let text = table.group.map_or_else(|| table.field.clone(), |group| format!("{}:{group}", table.field));
    let content = content_of(&text)?;
    let is_id = matches!(content, Some(ColumnContent::Field(FieldSlot { field: Field::ExternalId, .. })));
    if table.system.is_some() && !is_id {
        return Err("only external_id can have a system".to_owned());
    }
    let is_name = matches!(
        content,
        Some(ColumnContent::Combined(CombinedField::FullName | CombinedField::AdditionalFullName, _))
    );
    if table.order.is_some() && !is_name {
        return Err("only full_name can have an order".to_owned());
    }
    let order = table.order.map(|order| match order {
        RawOrder::FirstLast => NameOrder::FirstLast,
        RawOrder::LastFirst => NameOrder::LastFirst,
    });
    Ok(MapEntry { content, order, system: table.system })
}

/// `external_id`, `external_id:2`, `full_name` or `ignore`.
fn content_of(text: &str) -> Result<Option<ColumnContent>, String> {
    if text == IGNORE {
        return Ok(None);
    }
    let (name, number) = text.split_once(':').unwrap_or((text, "1"));
    let combined = CombinedField::ALL.iter().map(|combined| combined.name());
    let fields = || Field::ALL.iter().map(|field| field.name()).chain(combined).collect::<Vec<_>>().join(", ");
    let meaning: ColumnMeaning =
        name.parse().map_err(|error| format!("{error}; the fields are {}, or \"{IGNORE}\"", fields()))?;
    let number: u8 = number.parse().map_err(|_| format!("\"{number}\" is not a column number from 1 to 255"))?;
    let group = number.checked_sub(1).ok_or("column numbers begin with 1")?;
    Ok(Some(in_group(meaning, group)))
}
