//! What a run asks of earlier runs. The pipeline knows no database: whoever keeps the memory implements this.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::{KnownPerson, RecordedDecision, RememberedRecord, RollPerson, SystemName};
use crate::plan::SubjectIds;

/// A memory that cannot be read. Its text is that of the cause, which names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MemoryError(Box<dyn std::error::Error + Send + Sync>);

impl MemoryError {
    /// From the cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// The cause, where it is of a certain type.
    ///
    /// # Errors
    /// The error itself, where the cause is of another type.
    pub fn into_cause<E: std::error::Error + Send + Sync + 'static>(self) -> Result<E, Self> {
        self.0.downcast().map(|cause| *cause).map_err(Self)
    }
}

/// What earlier runs remember of one project: who is on the roll, what was sent about each person, and what stewards
/// decided.
pub trait Memory {
    /// Makes the subject ids of the project. `assumed_systems` are names of id systems that nobody gave.
    fn ids(&self, assumed_systems: &BTreeSet<SystemName>) -> SubjectIds;

    /// What is known of the person under an id.
    ///
    /// # Errors
    /// When the memory cannot be read, as for all that follow.
    fn person(&self, subject_id: Uuid) -> Result<Option<KnownPerson>, MemoryError>;

    /// The record that was sent, or is to be sent, under an id; `None` where none was kept.
    fn record(&self, subject_id: Uuid) -> Result<Option<RememberedRecord>, MemoryError>;

    /// Every person whom the vendor holds or may hold, by rising id.
    fn persons_on_roll(&self) -> Result<Vec<RollPerson>, MemoryError>;

    /// Calls `visit` with the id, the record as JSON and the run of every such person that has a record, by rising id.
    fn for_each_record(&self, visit: &mut dyn FnMut(Uuid, &str, i64)) -> Result<(), MemoryError>;

    /// By run: the names that were assumed for systems without a name, such as the name of a file.
    fn assumed_systems(&self) -> Result<BTreeMap<i64, BTreeSet<SystemName>>, MemoryError>;

    /// Every decision of a steward, the oldest first.
    fn decisions(&self) -> Result<Vec<RecordedDecision>, MemoryError>;
}
