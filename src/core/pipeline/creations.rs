//! The records of persons that are to be created, built when they are needed: no more of them are held than are sent
//! together.

use std::num::NonZeroUsize;

use super::persons::PlannedPersons;
use super::prepared::Prepared;
use crate::domain::{Outcome, SubjectRecord};
use crate::matching::merge_rows;
use crate::plan::to_subject_record;
use crate::rules::nicknames::Nicknames;

/// Calls `send` with the records of every person that is to be created, `batch_size` at a time. Stops when `send` says
/// that nobody takes them any more.
pub fn send_creations(
    prepared: &Prepared,
    planned: &PlannedPersons,
    nicknames: &Nicknames,
    batch_size: NonZeroUsize,
    mut send: impl FnMut(Vec<SubjectRecord>) -> bool,
) {
    let mut batch = Vec::with_capacity(batch_size.get());
    let to_create = planned.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.outcome == Outcome::NotAttempted);
    for (person, outcome) in to_create {
        let Some(id) = outcome.subject_id else { continue };
        let resent = u32::try_from(person).ok().and_then(|person| planned.resent.get(&person));
        batch.push(resent.cloned().unwrap_or_else(|| {
            let person = merge_rows(&prepared.store, &prepared.matches.clusters, nicknames, person);
            to_subject_record(&person.patient, id, prepared.suffix_destination)
        }));
        if batch.len() == batch_size.get() && !send(std::mem::take(&mut batch)) {
            return;
        }
    }
    if !batch.is_empty() {
        send(batch);
    }
}
