//! A person: what the rows of one cluster say together.

use std::fmt;

use super::{Finding, Patient};

/// The rows of one person, merged without loss as far as the vendor's record has room.
#[derive(Clone, Debug)]
pub struct Person {
    /// The row that carries the person: its outcome is the person's. An index into the patient store.
    pub primary: u32,
    /// Every row of the person in input order, the primary one among them.
    pub rows: Vec<u32>,
    /// The merged demographics.
    pub patient: Patient,
    /// What merging found: conflicts that hold the person, and values that the vendor's record has no place for.
    pub findings: Vec<Finding>,
    /// Where each value of a person of several rows comes from and where it went: every value of every row once, in the
    /// order of merging. For a person of one row only what the vendor's record has no place for.
    pub origins: Vec<Origin>,
}

/// A value of a row, and where merging put it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What the value is.
    pub part: PersonPart,
    /// The row that has it, an index into the patient store.
    pub row: u32,
    /// Where it went.
    pub place: MergedPlace,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[doc = $variant_doc:literal])+ $variant:ident => $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[doc = $variant_doc])+ $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word in `persons.csv`.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The one with a word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.word())
            }
        }
    };
}

words! {
    /// The parts of a person that merging treats as one value each.
    PersonPart {
        /// The roster's own id.
        SubjectId => "subject_id",
        /// First and last name.
        Name => "name",
        /// Middle name or initial.
        MiddleName => "middle_name",
        /// Generational suffix.
        Suffix => "suffix",
        /// A further name.
        AdditionalName => "additional_name",
        /// Date of birth.
        BirthDate => "birth_date",
        /// Date of death.
        DeathDate => "death_date",
        /// Sex assigned at birth.
        Sex => "sex",
        /// An address.
        Address => "address",
        /// Telephone number.
        Phone => "phone",
        /// E-mail address.
        Email => "email",
        /// An identifier of another system.
        ExternalId => "external_id",
        /// A label.
        Label => "label",
    }
}

words! {
    /// Where merging put a value.
    MergedPlace {
        /// It survived: it is the value of the record's own field.
        Record => "record",
        /// Among the record's additional names.
        AdditionalNames => "additional_names",
        /// Among its additional addresses.
        AdditionalAddresses => "additional_addresses",
        /// Among its external identifiers.
        ExternalIdentifiers => "external_identifiers",
        /// Among its labels.
        Labels => "labels",
        /// Not used again: an earlier row has the same value, or a fuller one.
        SaidAlready => "said_already",
        /// Nowhere: the record has room for one value, and another row's survived.
        NoSlot => "no_slot",
        /// Nowhere: it contradicts the value that survived, and the person waits.
        Contradiction => "contradiction",
    }
}
