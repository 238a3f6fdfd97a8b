//! The ledger as the memory that the pipeline asks.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::ledger::Ledger;
use onroll_core::domain::{KnownPerson, RecordedDecision, RememberedRecord, RollPerson, SystemName};
use onroll_core::pipeline::{Memory, MemoryError};
use onroll_core::plan::SubjectIds;

/// A ledger, and the project of its persons.
#[derive(Clone, Copy, Debug)]
pub struct LedgerMemory<'a> {
    ledger: &'a Ledger,
    project: Uuid,
}

impl<'a> LedgerMemory<'a> {
    /// Of a ledger that is bound to the project.
    pub const fn new(ledger: &'a Ledger, project: Uuid) -> Self {
        Self { ledger, project }
    }
}

impl Memory for LedgerMemory<'_> {
    fn ids(&self, assumed_systems: &BTreeSet<SystemName>) -> SubjectIds {
        SubjectIds::new(self.ledger.secret(), self.project, assumed_systems.clone())
    }

    fn person(&self, subject_id: Uuid) -> Result<Option<KnownPerson>, MemoryError> {
        self.ledger.person(subject_id).map_err(MemoryError::new)
    }

    fn record(&self, subject_id: Uuid) -> Result<Option<RememberedRecord>, MemoryError> {
        self.ledger.record(subject_id).map_err(MemoryError::new)
    }

    fn persons_on_roll(&self) -> Result<Vec<RollPerson>, MemoryError> {
        self.ledger.persons_on_roll().map_err(MemoryError::new)
    }

    fn for_each_record(&self, visit: &mut dyn FnMut(Uuid, &str, i64)) -> Result<(), MemoryError> {
        self.ledger.for_each_record(visit).map_err(MemoryError::new)
    }

    fn assumed_systems(&self) -> Result<BTreeMap<i64, BTreeSet<SystemName>>, MemoryError> {
        self.ledger.assumed_systems().map_err(MemoryError::new)
    }

    fn decisions(&self) -> Result<Vec<RecordedDecision>, MemoryError> {
        self.ledger.decisions().map_err(MemoryError::new)
    }
}
