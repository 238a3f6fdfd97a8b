//! A person's name in its parts.

use super::phi::Text;

/// The name under which a patient is put on the roll. First and last are never empty in an accepted patient.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonName {
    /// Given name.
    pub first: Text,
    /// Middle name or a bare initial; empty when absent.
    pub middle: Text,
    /// Family name, without a generational suffix.
    pub last: Text,
    /// Generational suffix such as `Jr` or `III`; empty when absent. The vendor has no field for it.
    pub suffix: Text,
}

/// A further name of the same person (maiden, previous, alias). At least one of first and last is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdditionalName {
    /// Given name; may be empty.
    pub first: Text,
    /// Middle name; may be empty.
    pub middle: Text,
    /// Family name; may be empty.
    pub last: Text,
}

/// Where a generational suffix goes, as the vendor's record has no field for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuffixDestination {
    /// The last name is sent without it, and once more with it as a further name: records under either are found.
    #[default]
    AdditionalNames,
    /// Behind the last name, as the demographic playbooks of HealthIT.gov have it.
    LastName,
    /// It is not sent, but it still distinguishes rows.
    Dropped,
}
