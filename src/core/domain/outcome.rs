//! How an input row ends. Promise 1 adds these up.

use std::str::FromStr;

/// What became of a row. Every row read ends in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Its person was created on the roll by this run.
    Created,
    /// It describes a person who is carried by another row of this run.
    Merged,
    /// Its person was on the roll before.
    AlreadyOnRoll,
    /// Its person was on the roll before and was given new data.
    Updated,
    /// A person has to decide first.
    Held,
    /// It cannot be put on the roll.
    Rejected,
    /// The vendor refused it.
    Failed,
    /// It was sent, but no answer says what became of it.
    Unknown,
    /// It is ready and was not sent: a dry run, or a run that paused.
    NotAttempted,
}

impl Outcome {
    /// Every outcome, in the order of the balance.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Merged,
        Self::AlreadyOnRoll,
        Self::Updated,
        Self::Held,
        Self::Rejected,
        Self::Failed,
        Self::Unknown,
        Self::NotAttempted,
    ];

    /// The word in `rows.csv`, `report.json` and the ledger.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Merged => "merged",
            Self::AlreadyOnRoll => "already_on_roll",
            Self::Updated => "updated",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotAttempted => "not_attempted",
        }
    }

    /// The words that people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Merged => "merged into another row",
            Self::AlreadyOnRoll => "already in xCures",
            Self::Updated => "updated",
            Self::Held => "held for review",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotAttempted => "not attempted",
        }
    }

    /// What the other rows of a person end as when the row that carries the person ends as `self`: merged, unless the
    /// person is not, and will not by itself come to be, on the roll.
    #[must_use]
    pub const fn of_merged_rows(self) -> Self {
        match self {
            Self::Held | Self::Rejected | Self::Failed | Self::Unknown => self,
            Self::Created | Self::Merged | Self::AlreadyOnRoll | Self::Updated | Self::NotAttempted => Self::Merged,
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == text).ok_or_else(|| UnknownOutcome(text.to_owned()))
    }
}

/// A word that names no outcome.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not an outcome")]
pub struct UnknownOutcome(String);

/// An outcome with the sentence that says why. The sentence holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOutcome {
    /// The outcome.
    pub outcome: Outcome,
    /// Why, for `rows.csv`; empty where the outcome says it all.
    pub reason: String,
}
