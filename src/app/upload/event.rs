//! What an upload reports while it runs, and at its end. No personal data.

use std::collections::BTreeMap;
use std::time::Duration;

use super::failure::FailureClass;
use onroll_core::domain::Outcome;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A create request left.
    BatchSent {
        /// Subjects in it.
        subjects: usize,
    },
    /// Persons got their outcome.
    Settled {
        /// Which one.
        outcome: Outcome,
        /// How many persons.
        count: u64,
    },
    /// A request failed and will be sent again.
    Retry {
        /// In this time.
        wait: Duration,
        /// How it failed.
        class: FailureClass,
    },
    /// Nothing more will be sent in this run.
    Paused {
        /// Why, as a sentence.
        reason: String,
    },
}

/// What an upload did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadSummary {
    /// Persons by outcome. Those that never left the channel when the run paused are not counted: the ledger has them
    /// as planned.
    pub persons: BTreeMap<Outcome, u64>,
    /// Requests sent, look-ups among them, token calls not.
    pub requests: u64,
    /// Requests of these that repeated a failed one.
    pub retries: u64,
    /// Requests that were answered with 429.
    pub throttled: u64,
    /// Why the run stopped early, as a sentence; `None` when it came to its end.
    pub paused: Option<String>,
}
