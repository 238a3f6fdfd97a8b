//! Promise 1: the books balance, or there is no reconciliation.

use serde::{Deserialize, Serialize};

use crate::domain::Outcome;

/// Rows read and what became of them. Cannot be built from counts that do not add up, nor read back from such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawCounts", into = "RawCounts")]
pub struct Reconciliation {
    read: u64,
    counts: [u64; Outcome::ALL.len()],
}

/// The books do not balance: a defect of onroll.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{read} rows were read but {accounted} are accounted for; this is a bug in onroll, please report it")]
pub struct Imbalance {
    /// Rows read.
    pub read: u64,
    /// Rows with an outcome.
    pub accounted: u64,
}

impl Reconciliation {
    /// Balances `read` against the counts per outcome, in the order of [`Outcome::ALL`].
    pub fn new(read: u64, counts: [u64; Outcome::ALL.len()]) -> Result<Self, Imbalance> {
        let accounted = counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        if accounted == read { Ok(Self { read, counts }) } else { Err(Imbalance { read, accounted }) }
    }

    /// Rows read.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Rows that ended so.
    pub fn count(&self, outcome: Outcome) -> u64 {
        Outcome::ALL.iter().zip(self.counts).find(|(of, _)| **of == outcome).map_or(0, |(_, count)| count)
    }

    /// Rows that need a person: held, rejected, failed or unknown.
    pub fn needing_attention(&self) -> u64 {
        [Outcome::Held, Outcome::Rejected, Outcome::Failed, Outcome::Unknown]
            .map(|outcome| self.count(outcome))
            .iter()
            .sum()
    }
}

/// The form in `report.json`.
#[derive(Clone, Serialize, Deserialize)]
struct RawCounts {
    read: u64,
    created: u64,
    merged: u64,
    already_on_roll: u64,
    updated: u64,
    held: u64,
    rejected: u64,
    failed: u64,
    unknown: u64,
    not_attempted: u64,
}

impl TryFrom<RawCounts> for Reconciliation {
    type Error = Imbalance;

    fn try_from(raw: RawCounts) -> Result<Self, Imbalance> {
        let RawCounts {
            read,
            created,
            merged,
            already_on_roll,
            updated,
            held,
            rejected,
            failed,
            unknown,
            not_attempted,
        } = raw;
        Self::new(read, [created, merged, already_on_roll, updated, held, rejected, failed, unknown, not_attempted])
    }
}

impl From<Reconciliation> for RawCounts {
    fn from(books: Reconciliation) -> Self {
        let [created, merged, already_on_roll, updated, held, rejected, failed, unknown, not_attempted] = books.counts;
        Self {
            read: books.read,
            created,
            merged,
            already_on_roll,
            updated,
            held,
            rejected,
            failed,
            unknown,
            not_attempted,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_exists_only_when_the_books_balance(counts in prop::array::uniform9(0_u64..1_000), off in -2_i64..3) {
            let sum: u64 = counts.iter().sum();
            let read = sum.saturating_add_signed(off);
            let books = Reconciliation::new(read, counts);
            prop_assert_eq!(books.is_ok(), read == sum);
            if let Ok(books) = books {
                let total: u64 = Outcome::ALL.iter().map(|outcome| books.count(*outcome)).sum();
                prop_assert_eq!(total, books.read());
                let json = serde_json::to_string(&books).unwrap();
                prop_assert_eq!(serde_json::from_str::<Reconciliation>(&json).unwrap(), books);
            }
        }
    }

    #[test]
    fn a_stored_report_whose_rows_do_not_add_up_is_refused() {
        let json = r#"{"read":2,"created":1,"merged":0,"already_on_roll":0,"updated":0,"held":0,"rejected":0,
                       "failed":0,"unknown":0,"not_attempted":0}"#;
        let refused = serde_json::from_str::<Reconciliation>(json).unwrap_err();
        assert!(refused.to_string().contains("2 rows were read but 1"), "{refused}");
    }
}
