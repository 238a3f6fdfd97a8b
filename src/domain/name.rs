//! A person's name in its parts.

use super::phi::Text;

/// The name under which a patient is put on the roll. First and last are never empty in an accepted patient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
