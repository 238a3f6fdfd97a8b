//! Rules are data: the tables in `rules/`, embedded, laid over by `--rules DIR`, and checked before anything is read.

pub mod addresses;
pub mod cities;
pub mod combined;
pub mod completeness;
pub mod dates;
mod embedded;
mod error;
pub mod findings;
pub mod headers;
pub mod matchability;
pub mod matching;
pub mod name_frequencies;
pub mod names;
pub mod nicknames;
pub mod notes;
pub mod phones;
pub mod placeholders;
pub mod sexes;
pub mod shared_values;
pub mod states;
mod table;
mod word_lists;

use std::path::Path;

pub use addresses::AddressRules;
pub use combined::CombinedRules;
pub use completeness::CompletenessRules;
pub use dates::DateRules;
pub use embedded::RuleFiles;
pub use embedded::toml_complaint;
pub use error::RulesError;
pub use findings::FindingTexts;
pub use headers::HeaderRules;
pub use matchability::MatchabilityRules;
pub use matching::MatchingRules;
pub use name_frequencies::NameFrequencies;
pub use names::NameRules;
pub use nicknames::Nicknames;
pub use notes::NoteRules;
pub use phones::PhoneRules;
pub use placeholders::PlaceholderRules;
pub use sexes::SexRules;
pub use shared_values::SharedValueRules;
pub use states::StateRules;

/// Every checked rule table.
#[derive(Debug)]
pub struct Rules {
    /// Header spellings by field: `headers.toml`.
    pub headers: HeaderRules,
    /// The vendor's tiers, the completeness weights and bands: `completeness.toml`.
    pub completeness: CompletenessRules,
    /// From when on too many people share a value: `shared_values.toml`.
    pub shared_values: SharedValueRules,
    /// What the FAST guide and the CMS draft make of a row: `matchability.toml`.
    pub matchability: MatchabilityRules,
    /// What each finding means: `findings.toml`.
    pub findings: FindingTexts,
    /// The words of street lines: `addresses.toml`.
    pub addresses: AddressRules,
    /// Words for the sexes: `sex.toml`.
    pub sexes: SexRules,
    /// States and territories: `states.toml`.
    pub states: StateRules,
    /// Words that stand for "no value": `placeholders.toml`.
    pub placeholders: PlaceholderRules,
    /// Suffixes, prefixes and particles of names: `names.toml`.
    pub names: NameRules,
    /// The words that stand in dates: `dates.toml`.
    pub dates: DateRules,
    /// The words that stand beside telephone numbers: `phones.toml`.
    pub phones: PhoneRules,
    /// The words of rows that are not patients: `notes.toml`.
    pub notes: NoteRules,
    /// How fields that stand in one cell are taken apart: `combined.toml`.
    pub combined: CombinedRules,
    /// How common names are: `surname_frequencies.csv` and `given_name_frequencies.csv`.
    pub name_frequencies: NameFrequencies,
    /// Given names and their nicknames: `nicknames.csv`.
    pub nicknames: Nicknames,
    /// Match weights and bands: `matching.toml`.
    pub matching: MatchingRules,
}

impl Rules {
    /// The built-in rules, with the files of `overlay` in place of those of the same name.
    pub fn load(overlay: Option<&Path>) -> Result<Self, RulesError> {
        let files = match overlay {
            Some(folder) => RuleFiles::overlaid(folder)?,
            None => RuleFiles::embedded(),
        };
        Self::from_files(&files)
    }

    /// The rules of these files.
    ///
    /// # Errors
    /// File, table, key and reason of the first entry that cannot be used.
    pub fn from_files(files: &RuleFiles) -> Result<Self, RulesError> {
        Ok(Self {
            headers: HeaderRules::parse(files)?,
            completeness: CompletenessRules::parse(files)?,
            shared_values: SharedValueRules::parse(files)?,
            matchability: MatchabilityRules::parse(files)?,
            findings: FindingTexts::parse(files)?,
            addresses: AddressRules::parse(files)?,
            sexes: SexRules::parse(files)?,
            states: StateRules::parse(files)?,
            placeholders: PlaceholderRules::parse(files)?,
            names: NameRules::parse(files)?,
            dates: DateRules::parse(files)?,
            phones: PhoneRules::parse(files)?,
            notes: NoteRules::parse(files)?,
            combined: CombinedRules::parse(files)?,
            name_frequencies: NameFrequencies::parse(files)?,
            nicknames: Nicknames::parse(files)?,
            matching: MatchingRules::parse(files)?,
        })
    }
}
