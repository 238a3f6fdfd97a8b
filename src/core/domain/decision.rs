//! What stewards decided about pairs of rows, found again by keyed marks that outlive the roster's order and small
//! edits.

use std::fmt;

use super::run_id::RunId;

/// Keyed hashes by which a row is found again, 16 bytes each, zeros where there is nothing to hash: the subject on the
/// roll, the external id of a named system, name with birth date and sex, everything. Identifiers of the person:
/// `Debug` redacts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RowMarks(pub [u8; 64]);

/// What is in `duplicates.csv` in place of a file for a person on the roll; the sheet is then the subject's id.
pub const ON_ROLL: &str = "(on the roll)";

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

/// What a steward decided about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// An earlier decision was revoked.
    Revoked,
}

impl Decision {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Same, Self::Different, Self::Revoked];

    /// The word in the ledger and in `onroll status --decisions`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Revoked => "revoked",
        }
    }
}

/// A decision to be written down.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// What was decided.
    pub decision: Decision,
    /// Marks of the two rows.
    pub marks: (RowMarks, RowMarks),
    /// Where they stood: file, sheet and row, or a subject id.
    pub locations: (String, String),
    /// Numbers of the decisions that it replaces.
    pub replaces: Vec<i64>,
}

/// A decision as the ledger holds it.
#[derive(Clone, Debug)]
pub struct RecordedDecision {
    /// Its number; later ones are higher.
    pub number: i64,
    /// The run in which it was given.
    pub run: RunId,
    /// When it was written down, UTC.
    pub decided: String,
    /// What was decided.
    pub decision: Decision,
    /// Marks of the two rows.
    pub marks: (RowMarks, RowMarks),
    /// Where they stood.
    pub locations: (String, String),
    /// The decision that replaced it.
    pub replaced_by: Option<i64>,
}

impl RecordedDecision {
    /// Whether the decision is about two rows, in either order. Where both sides have one identity, and nothing but the
    /// identity is known of a row, everything about it has to be as it was.
    pub fn is_about(&self, left: &RowMarks, right: &RowMarks) -> bool {
        let (one, other) = &self.marks;
        let alike = one.fits(other);
        let fits = |own: &RowMarks, row: &RowMarks| own.fits(row) && (!alike || own.parts()[3] == row.parts()[3]);
        (fits(one, left) && fits(other, right)) || (fits(one, right) && fits(other, left))
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

    fn decision(left: RowMarks, right: RowMarks) -> RecordedDecision {
        RecordedDecision {
            number: 1,
            run: RunId::from_text(""),
            decided: String::new(),
            decision: Decision::Same,
            marks: (left, right),
            locations: (String::new(), String::new()),
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
    fn a_decision_is_about_its_two_rows_in_either_order_and_tells_namesakes_apart_by_everything() {
        let of_two = decision(marks(0, 0, 1, 11), marks(0, 0, 2, 12));
        assert!(of_two.is_about(&marks(0, 0, 2, 50), &marks(0, 0, 1, 51)), "edited and exchanged");
        assert!(!of_two.is_about(&marks(0, 0, 1, 11), &marks(0, 0, 1, 12)));
        let of_namesakes = decision(marks(0, 0, 1, 11), marks(0, 0, 1, 12));
        assert!(of_namesakes.is_about(&marks(0, 0, 1, 12), &marks(0, 0, 1, 11)));
        assert!(!of_namesakes.is_about(&marks(0, 0, 1, 11), &marks(0, 0, 1, 13)), "a third of that name");
    }
}
