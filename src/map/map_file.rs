//! The user's own mapping: what `onroll map` prints and `--map` takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::MapFileError;
use crate::domain::{Field, FieldSlot};
use crate::rules::toml_complaint;

/// Word for a column that is not used.
const IGNORE: &str = "ignore";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMapFile {
    columns: BTreeMap<String, RawEntry>,
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
}

/// What the mapping says about a column.
#[derive(Clone, Debug)]
pub(super) struct MapEntry {
    /// The field; `None` to ignore the column.
    pub(super) slot: Option<FieldSlot>,
    /// The system behind an external id.
    pub(super) system: Option<String>,
}

/// A checked mapping file.
#[derive(Clone, Debug)]
pub struct MapFile {
    file: PathBuf,
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
        let mut map = Self { file: file.to_owned(), entries: BTreeMap::new() };
        for (header, entry) in raw.columns {
            let (text, system) = match entry {
                RawEntry::Field(field) => (field, None),
                RawEntry::Table(RawTable { field, group: Some(group), system }) => (format!("{field}:{group}"), system),
                RawEntry::Table(RawTable { field, group: None, system }) => (field, system),
            };
            let slot = slot_of(&text).map_err(|reason| map.entry_error(&header, reason))?;
            if system.is_some() && slot.is_none_or(|slot| slot.field != Field::ExternalId) {
                return Err(map.entry_error(&header, "only an external_id has a system".to_owned()));
            }
            map.entries.insert(header, MapEntry { slot, system });
        }
        Ok(map)
    }

    /// The entries by header.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&String, &MapEntry)> {
        self.entries.iter()
    }

    /// The error for a roster in which no row has the headers that the mapping names; `None` when it names none.
    pub(super) fn refusal_without_header(&self, headers: Option<&str>) -> Option<MapFileError> {
        let (key, _) = self.entries.first_key_value()?;
        let mut reason = "no row at the top of the roster holds the headers that this mapping names".to_owned();
        if let Some(headers) = headers {
            reason.push_str("; the headers seen are ");
            reason.push_str(headers);
        }
        Some(self.entry_error(key, reason))
    }

    /// An error about one entry.
    pub(super) fn entry_error(&self, key: &str, reason: String) -> MapFileError {
        MapFileError::Entry { file: self.file.clone(), key: key.to_owned(), reason }
    }
}

/// `external_id`, `external_id:2` or `ignore`.
fn slot_of(text: &str) -> Result<Option<FieldSlot>, String> {
    if text == IGNORE {
        return Ok(None);
    }
    let (name, number) = text.split_once(':').unwrap_or((text, "1"));
    let fields = || Field::ALL.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
    let field: Field =
        name.parse().map_err(|error| format!("{error}; the fields are {}, or \"{IGNORE}\"", fields()))?;
    let number: u8 = number.parse().map_err(|_| format!("\"{number}\" is not a column number from 1 to 255"))?;
    let group = number.checked_sub(1).ok_or("column numbers begin with 1")?;
    Ok(Some(FieldSlot { field, group }))
}
