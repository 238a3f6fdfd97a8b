//! Decisions of a run: those given with `--decisions`, and those that earlier runs remember. The given ones win.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::memory::{Memory, MemoryError};
use super::roll::Roll;
use crate::domain::{Decision, NewDecision, PatientStore, RecordedDecision, RowMarks};
use crate::matching::{Decisions, PairDecision};
use crate::plan::SubjectIds;
use crate::review::GivenDecision;

/// What decides pairs of a run, and what the ledger is to remember of it.
#[derive(Debug, Default)]
pub(super) struct RunDecisions {
    pub(super) decisions: Decisions,
    pub(super) new: Vec<NewDecision>,
}

impl RunDecisions {
    /// The given decisions alone, where no ledger remembers others.
    pub(super) fn from_given(given: &[GivenDecision]) -> Self {
        let mut decisions = Decisions::default();
        for given in given {
            if let Some(decision) = given.decision {
                decisions.insert(given.left, given.right, decision);
            }
        }
        Self { decisions, new: Vec::new() }
    }

    /// The given decisions, and those that the ledger remembers about other pairs.
    pub(super) fn with_remembered(
        given: &[GivenDecision],
        memory: &dyn Memory,
        ids: &SubjectIds,
        store: &PatientStore,
        roll: &Roll,
    ) -> Result<Self, MemoryError> {
        let mut run = Self::from_given(given);
        let mut remembered = memory.decisions()?;
        remembered.retain(|earlier| earlier.replaced_by.is_none());
        if given.is_empty() && remembered.iter().all(|earlier| earlier.decision == Decision::Revoked) {
            return Ok(run);
        }
        let marks = MarksOfRows { ids, store, roll };
        let decided: BTreeSet<(u32, u32)> = given.iter().map(GivenDecision::pair).collect();
        for given in given {
            run.new.extend(marks.to_remember(given, &remembered));
        }
        let found = marks.rows_of(&remembered);
        // Of two decisions on one pair the later one counts: the steward knew the earlier one.
        for earlier in remembered.iter().rev() {
            let decision = match earlier.decision {
                Decision::Same => PairDecision::Same,
                Decision::Different => PairDecision::Different,
                Decision::Revoked => continue,
            };
            let of = |marks: &RowMarks| found.iter().filter(|(_, row)| marks.fits(row)).collect::<Vec<_>>();
            let rights = of(&earlier.marks.1);
            for (left, left_marks) in of(&earlier.marks.0) {
                for (right, right_marks) in rights.iter().copied() {
                    let pair = (*left.min(right), *left.max(right));
                    if left != right && !decided.contains(&pair) && earlier.is_about(left_marks, right_marks) {
                        run.decisions.insert(pair.0, pair.1, decision);
                    }
                }
            }
        }
        Ok(run)
    }
}

/// The marks of the rows of a run.
struct MarksOfRows<'a> {
    ids: &'a SubjectIds,
    store: &'a PatientStore,
    roll: &'a Roll,
}

impl MarksOfRows<'_> {
    fn marks_of(&self, row: u32) -> Option<RowMarks> {
        let patient = self.store.row(row)?.patient();
        Some(self.ids.row_marks(&patient, self.roll.subject_id_of(row)))
    }

    /// The entry that the ledger needs for a given decision; `None` where the ledger has the decision already.
    fn to_remember(&self, given: &GivenDecision, remembered: &[RecordedDecision]) -> Option<NewDecision> {
        let marks = (self.marks_of(given.left)?, self.marks_of(given.right)?);
        let decision = match given.decision {
            Some(PairDecision::Same) => Decision::Same,
            Some(PairDecision::Different) => Decision::Different,
            None => Decision::Revoked,
        };
        let about: Vec<&RecordedDecision> =
            remembered.iter().filter(|earlier| earlier.is_about(&marks.0, &marks.1)).collect();
        let known = about.last().map(|earlier| earlier.decision);
        if known == Some(decision) || (known.is_none() && decision == Decision::Revoked) {
            return None;
        }
        let replaces = about.iter().map(|earlier| earlier.number).collect();
        Some(NewDecision { decision, marks, locations: given.locations.clone(), replaces })
    }

    /// The rows that a remembered decision may be about, with their marks.
    fn rows_of(&self, remembered: &[RecordedDecision]) -> BTreeMap<u32, RowMarks> {
        let sides = remembered.iter().flat_map(|earlier| [earlier.marks.0, earlier.marks.1]);
        let wanted: BTreeSet<[u8; 16]> =
            sides.flat_map(|marks| marks.parts()).filter(|mark| *mark != [0; 16]).collect();
        let of_batch = |batch: usize| -> Vec<(u32, RowMarks)> {
            let rows = self.store.batch_rows(batch).filter_map(|(row, packed)| {
                let marks = self.ids.row_marks(&packed.patient(), self.roll.subject_id_of(row));
                marks.parts().iter().any(|mark| wanted.contains(mark)).then_some((row, marks))
            });
            rows.collect()
        };
        (0..self.store.batch_count()).into_par_iter().flat_map_iter(of_batch).collect()
    }
}
