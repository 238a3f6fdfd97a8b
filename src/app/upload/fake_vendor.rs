//! A vendor for tests that misbehaves on demand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use super::*;
use onroll_core::domain::{SubjectRecord, Text};

/// What the vendor does with a create request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Behaviour {
    /// Creates whom it can; those that exist come back with a failure reason.
    PerItem,
    /// One existing id refuses the whole batch.
    WholeBatch,
    /// One existing id answers 409, and the others are created all the same.
    WholeBatchHalfDone,
    /// Creates, and the answer is lost.
    Lost,
    /// Creates the first half, and answers 500.
    HalfThenFault,
    /// Does nothing and answers 500.
    Fault,
    /// Does nothing and answers 429.
    Throttle,
    /// Cannot be reached.
    Unreachable,
    /// Creates, and lists the results backwards.
    Reordered,
    /// Creates, and leaves the last result out.
    Short,
    /// Creates, and answers with entries that name nobody.
    Anonymous,
    /// Creates, and answers with empty entries.
    Empty,
    /// Does nothing and answers 400.
    Refuse,
    /// Creates, and lists somebody whom nobody asked for as well.
    Longer,
    /// A proxy sends the request twice, and the second answer comes back.
    Replayed,
    /// Creates nobody, for a reason that may pass.
    TimedOut,
    /// Answers too late, and does the work only when the next request comes.
    Late,
    /// The client comes to grief over the answer.
    Panic,
    /// Refuses the project.
    Unauthorized,
    /// Refuses the credentials' rights.
    Forbidden,
}

pub(crate) const ALL: [Behaviour; 16] = [
    Behaviour::PerItem,
    Behaviour::WholeBatch,
    Behaviour::WholeBatchHalfDone,
    Behaviour::Lost,
    Behaviour::HalfThenFault,
    Behaviour::Fault,
    Behaviour::Throttle,
    Behaviour::Unreachable,
    Behaviour::Reordered,
    Behaviour::Short,
    Behaviour::Anonymous,
    Behaviour::Empty,
    Behaviour::Refuse,
    Behaviour::Longer,
    Behaviour::Replayed,
    Behaviour::Late,
];

#[derive(Default)]
pub(crate) struct Roll {
    pub(crate) subjects: BTreeMap<Uuid, StoredSubject>,
    /// How often each id was created.
    pub(crate) created: BTreeMap<Uuid, u32>,
    /// Ids with which a request answers 400.
    pub(crate) poison: Vec<Uuid>,
    pub(crate) script: VecDeque<Behaviour>,
    pub(crate) otherwise: Option<Behaviour>,
    pub(crate) creates: u32,
    pub(crate) in_flight: u32,
    pub(crate) most_in_flight: u32,
    pub(crate) projects: Vec<Uuid>,
    pub(crate) get_faults: u32,
    /// Work that is done only when the next request comes.
    pub(crate) late: Vec<SubjectRecord>,
}

#[derive(Default)]
pub(crate) struct FakeVendor(Mutex<Roll>);

impl Roll {
    pub(crate) fn store(&mut self, record: &SubjectRecord) {
        *self.created.entry(record.id).or_default() += 1;
        let stored = StoredSubject {
            first_name: record.first_name.clone(),
            last_name: record.last_name.clone(),
            birth_date: record.birth_date.clone().unwrap_or_default(),
            gender: record.gender.clone().unwrap_or_default(),
            created: Some(
                jiff::Timestamp::from_millisecond(onroll_core::clock::milliseconds()).expect("a moment").to_string(),
            ),
            ..StoredSubject::default()
        };
        assert!(self.subjects.insert(record.id, stored).is_none(), "a subject was stored over another");
    }

    pub(crate) fn put(&mut self, record: &SubjectRecord) -> CreateEntry {
        let id = Some(record.id);
        if self.subjects.contains_key(&record.id) {
            let failure = Some(Text::from_text("Subject already exists"));
            return CreateEntry { id, failure, shows_subject: false };
        }
        self.store(record);
        CreateEntry { id, failure: None, shows_subject: true }
    }

    pub(crate) fn answer(&mut self, batch: &[SubjectRecord]) -> ApiResult<Vec<CreateEntry>> {
        self.creates += 1;
        for record in std::mem::take(&mut self.late) {
            drop(self.put(&record));
        }
        let failed = |class| Err(ApiFailure::new(class));
        let behaviour = self.script.pop_front().or(self.otherwise).unwrap_or(Behaviour::PerItem);
        match behaviour {
            Behaviour::Throttle => return failed(FailureClass::Throttled),
            Behaviour::Unreachable => return failed(FailureClass::NotSent),
            Behaviour::Fault => return failed(FailureClass::Ambiguous),
            Behaviour::Refuse => return failed(FailureClass::Definite),
            Behaviour::Unauthorized => return failed(FailureClass::Unauthorized),
            Behaviour::Forbidden => return failed(FailureClass::Forbidden),
            Behaviour::Late => {
                self.late = batch.to_vec();
                return failed(FailureClass::Ambiguous);
            }
            _ => {}
        }
        if batch.iter().any(|record| self.poison.contains(&record.id)) {
            let detail = Some(Text::from_text("birthDate 1971-06-29 of First1 is not acceptable"));
            return Err(ApiFailure { detail, status: Some(400), ..ApiFailure::new(FailureClass::Definite) });
        }
        let conflict = batch.iter().any(|record| self.subjects.contains_key(&record.id));
        if conflict && behaviour == Behaviour::WholeBatch {
            return failed(FailureClass::Exists);
        }
        if behaviour == Behaviour::TimedOut {
            let failure = Some(Text::from_text("timeout, try again later"));
            let entry = |record: &SubjectRecord| CreateEntry {
                id: Some(record.id),
                failure: failure.clone(),
                shows_subject: false,
            };
            return Ok(batch.iter().map(entry).collect());
        }
        if behaviour == Behaviour::Replayed {
            for record in batch {
                drop(self.put(record));
            }
        }
        let done = if behaviour == Behaviour::HalfThenFault { batch.len() / 2 } else { batch.len() };
        let mut entries: Vec<CreateEntry> = batch.iter().take(done).map(|record| self.put(record)).collect();
        match behaviour {
            Behaviour::WholeBatchHalfDone if conflict => return failed(FailureClass::Exists),
            Behaviour::Lost | Behaviour::HalfThenFault => return failed(FailureClass::Ambiguous),
            Behaviour::Reordered => entries.reverse(),
            Behaviour::Short => drop(entries.pop()),
            Behaviour::Longer => {
                entries.push(CreateEntry { id: Some(Uuid::from_u128(0xdead)), failure: None, shows_subject: true });
            }
            Behaviour::Anonymous => entries.iter_mut().for_each(|entry| entry.id = None),
            Behaviour::Empty => entries.fill(CreateEntry::default()),
            _ => {}
        }
        Ok(entries)
    }
}

impl FakeVendor {
    pub(crate) fn roll(&self) -> std::sync::MutexGuard<'_, Roll> {
        self.0.lock().expect("no panic elsewhere")
    }

    pub(crate) fn scripted(script: &[Behaviour]) -> Arc<Self> {
        let vendor = Self::default();
        vendor.roll().script = script.iter().copied().collect();
        Arc::new(vendor)
    }

    pub(crate) fn always(behaviour: Behaviour) -> Arc<Self> {
        let vendor = Self::default();
        vendor.roll().otherwise = Some(behaviour);
        Arc::new(vendor)
    }
}

impl PatientApi for FakeVendor {
    async fn create_batch(&self, batch: &Batch) -> ApiResult<Vec<CreateEntry>> {
        {
            let mut roll = self.roll();
            roll.in_flight += 1;
            roll.most_in_flight = roll.most_in_flight.max(roll.in_flight);
        }
        tokio::task::yield_now().await;
        let answer = {
            let mut roll = self.roll();
            roll.in_flight -= 1;
            let panics = roll.script.front() == Some(&Behaviour::Panic);
            (roll.answer(batch.subjects()), panics)
        };
        assert!(!answer.1, "what a defect of the client looks like");
        answer.0
    }

    async fn get_subject(&self, id: Uuid) -> ApiResult<StoredSubject> {
        tokio::task::yield_now().await;
        let mut roll = self.roll();
        if roll.get_faults > 0 {
            roll.get_faults -= 1;
            return Err(ApiFailure::new(FailureClass::Ambiguous));
        }
        roll.subjects.get(&id).cloned().ok_or(ApiFailure::new(FailureClass::NotFound))
    }

    async fn list_projects(&self) -> ApiResult<Vec<Uuid>> {
        Ok(self.roll().projects.clone())
    }
}
