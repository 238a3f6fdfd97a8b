//! How a person stands with the vendor, and by what earlier runs know the person: states and keyed hashes.

use std::fmt;

use uuid::Uuid;

use super::outcome::Outcome;
use super::phi::Phi;

/// How a person stands with the vendor, as far as the ledger knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonState {
    /// To be created; no request about the person is open.
    Planned,
    /// A request was about to leave, and no answer to it is written down.
    Intent,
    /// Created by us.
    Created,
    /// Was on the roll before we came.
    AlreadyOnRoll,
    /// The vendor holds another person under this id.
    Conflict,
    /// The vendor refused the person.
    Refused,
    /// Sent, but no answer says what became of it.
    Unknown,
}

impl PersonState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Planned, Self::Intent, Self::Created, Self::AlreadyOnRoll, Self::Conflict, Self::Refused, Self::Unknown];

    /// The word in the ledger.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Intent => "intent",
            Self::Created => "created",
            Self::AlreadyOnRoll => "already_on_roll",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The outcome of a row whose person stands so at the end of its run.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Planned => Outcome::NotAttempted,
            Self::Created => Outcome::Created,
            Self::AlreadyOnRoll => Outcome::AlreadyOnRoll,
            Self::Conflict => Outcome::Held,
            Self::Refused => Outcome::Failed,
            Self::Intent | Self::Unknown => Outcome::Unknown,
        }
    }

    /// Whether the vendor may hold the person because of a request of ours whose answer we do not have.
    pub const fn may_have_arrived(self) -> bool {
        matches!(self, Self::Intent | Self::Unknown)
    }

    /// Whether the person is on the roll for certain.
    pub const fn is_on_roll(self) -> bool {
        matches!(self, Self::Created | Self::AlreadyOnRoll)
    }
}

/// Keyed hash of everything that is sent about a person, the id left out. An identifier of the person: `Debug` redacts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContentHash(pub [u8; 32]);

/// Keyed marks of name, birth date and sex, each apart, so that "the same person with a birth date added" can be told
/// from "another person". 16 bytes name, 8 bytes birth date, 8 bytes sex; zeros where the value is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IdentityMarks(pub [u8; 32]);

impl IdentityMarks {
    /// Whether both can be one person: the same name, and no birth date or sex that both have and that differs.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let differs = |from: usize, to: usize| {
            let (left, right) = (self.0.get(from..to), other.0.get(from..to));
            let present = |mark: Option<&[u8]>| mark.is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0));
            left != right && present(left) && present(right)
        };
        self.0.get(..16) == other.0.get(..16) && !differs(16, 24) && !differs(24, 32)
    }

    /// The marks of name and birth date; `None` where one of the two is missing.
    pub fn name_and_birth(&self) -> Option<[u8; 24]> {
        let marks: [u8; 24] = self.0.get(..24)?.try_into().ok()?;
        let (name, birth) = marks.split_at(16);
        let is_present = |mark: &[u8]| mark.iter().any(|byte| *byte != 0);
        (is_present(name) && is_present(birth)).then_some(marks)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

impl fmt::Debug for IdentityMarks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

/// A person of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    /// The id.
    pub subject_id: Uuid,
    /// What was planned or sent under it.
    pub content: ContentHash,
    /// Who was planned or sent under it.
    pub identity: IdentityMarks,
    /// How the person stands.
    pub state: PersonState,
    /// Requests that carried the person so far.
    pub attempts: u32,
    /// Why the person stands so; holds no personal data.
    pub reason: String,
}

/// A person to be created.
#[derive(Clone, Copy, Debug)]
pub struct NewPerson {
    /// The id.
    pub subject_id: Uuid,
    /// What will be sent.
    pub content: ContentHash,
    /// Who it is.
    pub identity: IdentityMarks,
}

/// A person whom the vendor holds, or may hold.
#[derive(Clone, Copy, Debug)]
pub struct RollPerson {
    /// The id.
    pub subject_id: Uuid,
    /// Who was sent under it.
    pub identity: IdentityMarks,
    /// How the person stands.
    pub state: PersonState,
}

/// A record as it was sent, or is to be sent.
#[derive(Clone, Debug)]
pub struct RememberedRecord {
    /// The record, as JSON.
    pub record: Phi<String>,
    /// The number of the run that planned it.
    pub run: i64,
}
