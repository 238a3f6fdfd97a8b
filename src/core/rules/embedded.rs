//! The rule files themselves: the built-in ones, and those that a user lays over them. The only place that embeds
//! rules.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::RulesError;

const EMBEDDED: &[(&str, &str)] = &[
    ("addresses.toml", include_str!("../../../rules/addresses.toml")),
    ("combined.toml", include_str!("../../../rules/combined.toml")),
    ("completeness.toml", include_str!("../../../rules/completeness.toml")),
    ("dates.toml", include_str!("../../../rules/dates.toml")),
    ("findings.toml", include_str!("../../../rules/findings.toml")),
    ("given_name_frequencies.csv", include_str!("../../../rules/given_name_frequencies.csv")),
    ("headers.toml", include_str!("../../../rules/headers.toml")),
    ("matchability.toml", include_str!("../../../rules/matchability.toml")),
    ("matching.toml", include_str!("../../../rules/matching.toml")),
    ("names.toml", include_str!("../../../rules/names.toml")),
    ("nicknames.csv", include_str!("../../../rules/nicknames.csv")),
    ("notes.toml", include_str!("../../../rules/notes.toml")),
    ("phones.toml", include_str!("../../../rules/phones.toml")),
    ("placeholders.toml", include_str!("../../../rules/placeholders.toml")),
    ("sex.toml", include_str!("../../../rules/sex.toml")),
    ("shared_values.toml", include_str!("../../../rules/shared_values.toml")),
    ("states.toml", include_str!("../../../rules/states.toml")),
    ("surname_frequencies.csv", include_str!("../../../rules/surname_frequencies.csv")),
];

/// The text of every rule file.
#[derive(Debug)]
pub struct RuleFiles {
    texts: BTreeMap<&'static str, RuleFile>,
}

#[derive(Debug)]
struct RuleFile {
    origin: String,
    text: Cow<'static, str>,
}

impl RuleFiles {
    /// The files in the binary.
    pub fn embedded() -> Self {
        let texts = EMBEDDED.iter().map(|(name, text)| {
            (*name, RuleFile { origin: format!("rules/{name} (built in)"), text: Cow::Borrowed(*text) })
        });
        Self { texts: texts.collect() }
    }

    /// The files in the binary, each replaced by the file of the same name in `folder`.
    pub fn overlaid(folder: &Path) -> Result<Self, RulesError> {
        let mut files = Self::embedded();
        let folder_error = |source| RulesError::Folder { folder: folder.to_owned(), source };
        for entry in fs_err::read_dir(folder).map_err(folder_error)? {
            let path = entry.map_err(folder_error)?.path();
            if path.extension().is_none_or(|extension| extension != "toml" && extension != "csv") {
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let Some(file) = files.texts.get_mut(name.as_str()) else {
                let known = EMBEDDED.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                return Err(RulesError::UnknownFile { file: path, known });
            };
            file.text = Cow::Owned(fs_err::read_to_string(&path).map_err(folder_error)?);
            file.origin = path.display().to_string();
        }
        Ok(files)
    }

    /// With another text in the place of a file's.
    #[cfg(test)]
    pub(crate) fn with(mut self, name: &'static str, text: String) -> Self {
        self.texts.insert(name, RuleFile { origin: name.to_owned(), text: Cow::Owned(text) });
        self
    }

    /// The text of a rule file; empty for a name that is none.
    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map(|file| file.text.as_ref()).unwrap_or_default()
    }

    /// The names of all rule files.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.texts.keys().copied()
    }

    /// Whether a file of the user's stands in the place of the built-in one.
    pub fn is_overlaid(&self, name: &str) -> bool {
        self.texts.get(name).is_some_and(|file| matches!(file.text, Cow::Owned(_)))
    }

    /// Where the file came from, for errors.
    pub fn origin(&self, name: &str) -> String {
        self.texts.get(name).map_or_else(|| name.to_owned(), |file| file.origin.clone())
    }

    /// A TOML rule file as its raw, unchecked structure.
    pub fn parse_toml<T: DeserializeOwned>(&self, name: &str) -> Result<T, RulesError> {
        toml::from_str(self.text(name)).map_err(|error| RulesError::Syntax {
            file: self.origin(name),
            message: toml_complaint(self.text(name), &error),
        })
    }

    /// An error about one entry of a file.
    pub fn entry_error(&self, name: &str, table: &str, key: &str, reason: impl Into<String>) -> RulesError {
        RulesError::Entry {
            file: self.origin(name),
            table: table.to_owned(),
            key: key.to_owned(),
            reason: reason.into(),
        }
    }
}

/// What the TOML parser complains about, on one line and without quoting the file.
pub fn toml_complaint(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.split('\n').count());
    let message = error.message().replace('\n', ", ");
    line.map_or_else(|| message.clone(), |line| format!("line {line}: {message}"))
}
