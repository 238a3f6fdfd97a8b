//! What the stages before the plan come to: rows, tables, and who is who.

use std::collections::BTreeSet;
use std::time::Duration;

use super::roll::Roll;
use super::table::TableFacts;
use crate::assess::Tally;
use crate::domain::{NewDecision, PatientStore, SourceId, SuffixDestination, SystemName};
use crate::matching::Matches;

/// Rosters that have been read, normalised, assessed and matched.
#[derive(Debug)]
pub struct Prepared {
    /// Every row, compact, in input order.
    pub store: PatientStore,
    /// The tables that were read, by source.
    pub tables: Vec<TableFacts>,
    /// Who is who.
    pub matches: Matches,
    /// Sums for the report.
    pub tally: Tally,
    /// Where generational suffixes go in what is sent.
    pub suffix_destination: SuffixDestination,
    /// Names of systems that stand in for a missing one (the file's name): good for matching within a run, not for ids.
    pub assumed_systems: BTreeSet<SystemName>,
    /// Who is on the roll already.
    pub roll: Roll,
    /// Decisions to be remembered.
    pub decisions: Vec<NewDecision>,
    /// How long each stage took, in the order of the stages.
    pub timings: Vec<(&'static str, Duration)>,
}

impl Prepared {
    /// The table of a source.
    pub fn table(&self, source: SourceId) -> Option<&TableFacts> {
        self.tables.get(usize::from(source.0))
    }
}
