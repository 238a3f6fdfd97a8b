//! The persons of the ledger as one more table of rows: a row of this run that describes one of them is not created
//! again.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use uuid::Uuid;

use super::memory::{Memory, MemoryError};
use crate::domain::{
    AssessedPatient, IdentityMarks, PackedBatch, Patient, PatientStore, RollPerson, SourceId, SystemName,
};
use crate::matching::RollRows;
use crate::plan::{SubjectIds, patient_of_record};
use crate::rules::Rules;

/// Persons packed together by one thread.
const CHUNK: usize = 4_096;

/// The persons on the roll, by number.
#[derive(Debug, Default)]
pub struct Roll {
    persons: Vec<RollPerson>,
    /// The numbers of the persons that are among the rows during matching, in row order.
    loaded: Vec<u32>,
    /// Rows that have a person's own id.
    own: Vec<(u32, u32)>,
    /// Name and birth date of those who are neither: the ledger keeps no record of them.
    without_record: BTreeSet<[u8; 24]>,
    first: u32,
}

impl Roll {
    /// Asks the memory who is on the roll, finds the rows that are known there by their own id, and puts the other
    /// persons behind the rows of the store.
    pub(super) fn join(
        memory: &dyn Memory,
        store: &mut PatientStore,
        assumed_systems: &BTreeSet<SystemName>,
        rules: &Rules,
    ) -> Result<Self, MemoryError> {
        let persons = memory.persons_on_roll()?;
        if persons.is_empty() {
            return Ok(Self { first: store.len(), ..Self::default() });
        }
        let own = own_rows(store, &persons, &memory.ids(assumed_systems));
        let found_by_id: BTreeSet<u32> = own.iter().map(|(_, subject)| *subject).collect();
        let mut records: Vec<(u32, String, i64)> = Vec::new();
        let mut next = 0;
        memory.for_each_record(&mut |subject_id, record, run| {
            // Both come by rising id.
            while persons.get(next).is_some_and(|person| person.subject_id < subject_id) {
                next += 1;
            }
            let subject = u32::try_from(next).unwrap_or(u32::MAX);
            if persons.get(next).is_some_and(|person| person.subject_id == subject_id)
                && !found_by_id.contains(&subject)
            {
                records.push((subject, record.to_owned(), run));
            }
        })?;
        let assumed = memory.assumed_systems()?;
        let first = store.len();
        let packed: Vec<(PackedBatch, Vec<u32>)> =
            records.par_chunks(CHUNK).map(|records| packed(records, &assumed, assumed_systems, rules)).collect();
        let mut loaded = Vec::with_capacity(records.len());
        for (batch, subjects) in packed {
            // The source names no table: rows of this one leave the store again before anything is reported.
            store.push(SourceId(u16::MAX), batch);
            loaded.extend(subjects);
        }
        let loaded_or_own: BTreeSet<u32> = loaded.iter().copied().chain(found_by_id).collect();
        let others = (0..).zip(&persons).filter(|(subject, _)| !loaded_or_own.contains(subject));
        let without_record = others.filter_map(|(_, person)| person.identity.name_and_birth()).collect();
        Ok(Self { persons, loaded, own, without_record, first })
    }

    /// What matching has to know of them.
    pub(super) fn rows(&self) -> RollRows {
        RollRows::new(self.first, self.loaded.clone(), self.own.clone())
    }

    /// Number of persons on the roll.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    /// Whether nobody is on it, as far as is known.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// The person with a number.
    pub fn person(&self, subject: u32) -> Option<&RollPerson> {
        self.persons.get(subject as usize)
    }

    /// The person of a row behind the rows of the rosters.
    pub fn person_at(&self, row: u32) -> Option<&RollPerson> {
        let place = row.checked_sub(self.first)?;
        self.loaded.get(place as usize).and_then(|subject| self.person(*subject))
    }

    /// The id on the roll of a row that is known there by its own, or that is a person on the roll.
    pub(super) fn subject_id_of(&self, row: u32) -> Option<Uuid> {
        let own = || {
            let place = self.own.binary_search_by_key(&row, |(own, _)| *own).ok()?;
            self.own.get(place).and_then(|(_, subject)| self.person(*subject))
        };
        self.person_at(row).or_else(own).map(|person| person.subject_id)
    }

    /// Whether somebody of this name and birth date is on the roll of whom the ledger keeps no record.
    pub(super) fn has_without_record(&self, identity: &IdentityMarks) -> bool {
        identity.name_and_birth().is_some_and(|marks| self.without_record.contains(&marks))
    }

    /// The row that stands for a subject: its own among the rosters' rows, or that beyond them.
    pub(super) fn row_of(&self, subject_id: Uuid) -> Option<u32> {
        let place = self.persons.binary_search_by_key(&subject_id, |person| person.subject_id).ok()?;
        let subject = u32::try_from(place).ok()?;
        let own = self.own.iter().find(|(_, known)| *known == subject).map(|(row, _)| *row);
        own.or_else(|| Some(self.first + u32::try_from(self.loaded.binary_search(&subject).ok()?).ok()?))
    }
}

/// The rows whose own id is that of a person on the roll, and who are that person by name, birth date and sex.
fn own_rows(store: &PatientStore, persons: &[RollPerson], ids: &SubjectIds) -> Vec<(u32, u32)> {
    let of_batch = |batch: usize| -> Vec<(u32, u32)> {
        let rows = store.batch_rows(batch).filter(|(_, row)| !row.is_held() && !row.is_rejected());
        let own = rows.filter_map(|(index, row)| {
            let patient = row.patient();
            let id = ids.id_of(&patient);
            let place = persons.binary_search_by_key(&id, |person| person.subject_id).ok()?;
            let person = persons.get(place)?;
            let agrees = person.identity.agrees_with(&ids.marks_of(&patient));
            agrees.then_some((index, u32::try_from(place).ok()?))
        });
        own.collect()
    };
    (0..store.batch_count()).into_par_iter().flat_map_iter(of_batch).collect()
}

/// Records as rows. Identifiers whose system only stood in for a missing one are left out: the next file of that name
/// may be another clinic's.
fn packed(
    records: &[(u32, String, i64)],
    assumed: &BTreeMap<i64, BTreeSet<SystemName>>,
    assumed_now: &BTreeSet<SystemName>,
    rules: &Rules,
) -> (PackedBatch, Vec<u32>) {
    let (mut batch, mut subjects) = (PackedBatch::default(), Vec::with_capacity(records.len()));
    for (subject, record, run) in records {
        let Some(mut patient): Option<Patient> = patient_of_record(record, &rules.names) else { continue };
        patient.external_ids.retain(|id| {
            let system = id.system.as_text();
            !assumed_now.contains(system) && !assumed.get(run).is_some_and(|names| names.contains(system))
        });
        batch.push(&AssessedPatient { patient, ..AssessedPatient::default() });
        subjects.push(*subject);
    }
    (batch.shrunk(), subjects)
}
