//! What stewards decided about pairs, remembered by marks that outlive the roster's order and small edits. A verdict that another
//! one took the place of stays, so that an auditor sees both.

use std::fmt;

use super::error::LedgerError;
use super::open::Ledger;
use super::write::LedgerTransaction;
use crate::clock;

/// The version from which a ledger remembers verdicts.
const WITH_VERDICTS: i64 = 2;

/// Keyed hashes by which a row is found again, 16 bytes each, zeros where there is nothing to hash: the subject on the roll,
/// the external id of a named system, name with birth date and sex, everything. Identifiers of the person: `Debug` redacts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RowMarks(pub [u8; 64]);

/// One of the marks.
pub type Mark = [u8; 16];

impl RowMarks {
    /// The subject on the roll, the external id, the identity, and everything.
    pub fn parts(&self) -> [Mark; 4] {
        let mut parts = [[0; 16]; 4];
        for (part, bytes) in parts.iter_mut().zip(self.0.chunks_exact(16)) {
            part.copy_from_slice(bytes);
        }
        parts
    }

    /// Whether a row is the one that these marks are of. Subjects decide, then external ids, then identities.
    pub fn fits(&self, row: &Self) -> bool {
        let decided =
            self.parts().into_iter().zip(row.parts()).take(2).find(|(own, other)| is_there(own) && is_there(other));
        if let Some((own, other)) = decided {
            return own == other;
        }
        let ([_, _, own, _], [_, _, other, _]) = (self.parts(), row.parts());
        is_there(&own) && own == other
    }
}

impl fmt::Debug for RowMarks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

fn is_there(mark: &Mark) -> bool {
    mark.iter().any(|byte| *byte != 0)
}

/// What was decided about a pair, as the ledger words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RememberedDecision {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// An earlier verdict was taken back.
    Revoked,
}

impl RememberedDecision {
    const ALL: [Self; 3] = [Self::Same, Self::Different, Self::Revoked];

    /// The word in the ledger and in `onroll status --decisions`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Revoked => "revoked",
        }
    }
}

/// A verdict to be written down.
#[derive(Clone, Debug)]
pub struct NewVerdict {
    /// What was decided.
    pub decision: RememberedDecision,
    /// Marks of the two rows.
    pub marks: (RowMarks, RowMarks),
    /// Where they stood: file, sheet and row, or a subject id.
    pub places: (String, String),
    /// Numbers of the verdicts whose place it takes.
    pub replaces: Vec<i64>,
}

/// A verdict of the ledger.
#[derive(Clone, Debug)]
pub struct RememberedVerdict {
    /// Its number; later ones are higher.
    pub number: i64,
    /// The run in which it was given.
    pub run: String,
    /// When it was written down, UTC.
    pub decided: String,
    /// What was decided.
    pub decision: RememberedDecision,
    /// Marks of the two rows.
    pub marks: (RowMarks, RowMarks),
    /// Where they stood.
    pub places: (String, String),
    /// The verdict that took its place.
    pub replaced_by: Option<i64>,
}

impl RememberedVerdict {
    /// Whether the verdict is about two rows, in either order. Where both sides have one identity, and nothing but the identity
    /// is known of a row, everything about it has to be as it was.
    pub fn is_about(&self, left: &RowMarks, right: &RowMarks) -> bool {
        let (one, other) = &self.marks;
        let alike = one.fits(other);
        let fits = |own: &RowMarks, row: &RowMarks| own.fits(row) && (!alike || own.parts()[3] == row.parts()[3]);
        (fits(one, left) && fits(other, right)) || (fits(one, right) && fits(other, left))
    }
}

impl Ledger {
    /// Every verdict, the oldest first.
    pub fn verdicts(&self) -> Result<Vec<RememberedVerdict>, LedgerError> {
        if self.version() < WITH_VERDICTS {
            return Ok(Vec::new());
        }
        let read = || {
            let mut statement = self.connection().prepare(
                "SELECT v.number, r.id, decided, verdict, left_marks, right_marks, left_place, right_place, replaced_by \
                 FROM verdicts v JOIN runs r ON r.number = v.run ORDER BY v.number",
            )?;
            let verdicts = statement.query_map([], |row| {
                let word: String = row.get(3)?;
                let decision = RememberedDecision::ALL.into_iter().find(|decision| decision.word() == word);
                Ok(RememberedVerdict {
                    number: row.get(0)?,
                    run: row.get(1)?,
                    decided: row.get(2)?,
                    // A word from nowhere decides nothing.
                    decision: decision.unwrap_or(RememberedDecision::Revoked),
                    marks: (RowMarks(row.get(4)?), RowMarks(row.get(5)?)),
                    places: (row.get(6)?, row.get(7)?),
                    replaced_by: row.get(8)?,
                })
            })?;
            verdicts.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.storage_error(&error))
    }
}

impl LedgerTransaction<'_> {
    /// Writes down the verdicts that were given to a run.
    pub fn remember_verdicts(&self, run: &str, verdicts: &[NewVerdict]) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let now = clock::timestamp();
        for verdict in verdicts {
            self.connection().execute(
                "INSERT INTO verdicts (run, decided, verdict, left_marks, right_marks, left_place, right_place) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    number,
                    &now,
                    verdict.decision.word(),
                    verdict.marks.0.0,
                    verdict.marks.1.0,
                    &verdict.places.0,
                    &verdict.places.1,
                ),
            )?;
            let own = self.connection().last_insert_rowid();
            for replaced in &verdict.replaces {
                let statement = "UPDATE verdicts SET replaced_by = ?2 WHERE number = ?1 AND replaced_by IS NULL";
                self.connection().execute(statement, (replaced, own))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(subject: u8, external_id: u8, identity: u8, all: u8) -> RowMarks {
        let mut marks = [0; 64];
        for (part, value) in marks.chunks_exact_mut(16).zip([subject, external_id, identity, all]) {
            part.fill(value);
        }
        RowMarks(marks)
    }

    fn verdict(left: RowMarks, right: RowMarks) -> RememberedVerdict {
        RememberedVerdict {
            number: 1,
            run: String::new(),
            decided: String::new(),
            decision: RememberedDecision::Same,
            marks: (left, right),
            places: (String::new(), String::new()),
            replaced_by: None,
        }
    }

    #[test]
    fn a_row_is_found_again_by_the_strongest_mark_that_both_have() {
        let known = marks(0, 7, 1, 9);
        assert!(known.fits(&marks(0, 7, 2, 8)), "renamed, with the same number");
        assert!(!known.fits(&marks(0, 6, 1, 9)), "a namesake with another number");
        assert!(known.fits(&marks(3, 0, 1, 8)), "a roster without numbers");
        assert!(!marks(3, 0, 1, 8).fits(&marks(4, 0, 1, 8)), "another subject");
        assert!(!marks(0, 0, 0, 0).fits(&marks(0, 0, 0, 0)), "nothing is known of either");
    }

    #[test]
    fn a_verdict_is_about_its_two_rows_in_either_order_and_tells_namesakes_apart_by_everything() {
        let of_two = verdict(marks(0, 0, 1, 11), marks(0, 0, 2, 12));
        assert!(of_two.is_about(&marks(0, 0, 2, 50), &marks(0, 0, 1, 51)), "edited and exchanged");
        assert!(!of_two.is_about(&marks(0, 0, 1, 11), &marks(0, 0, 1, 12)));
        let of_namesakes = verdict(marks(0, 0, 1, 11), marks(0, 0, 1, 12));
        assert!(of_namesakes.is_about(&marks(0, 0, 1, 12), &marks(0, 0, 1, 11)));
        assert!(!of_namesakes.is_about(&marks(0, 0, 1, 11), &marks(0, 0, 1, 13)), "a third of that name");
    }
}
