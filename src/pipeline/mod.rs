//! The stages wired together: the place to begin reading. `prepare` takes rosters to persons without any network;
//! `check` and `upload` differ only in what they do with the persons.

mod batch;
mod changes;
mod decision_file;
mod error;
mod finding_sums;
mod heaping;
mod intake;
mod persons;
mod planning;
mod reporting;
mod scores;
mod sentences;
mod several_tables;
mod tally;

use std::collections::BTreeSet;
use std::time::Duration;

pub use changes::change_lines;
pub use decision_file::{DecisionError, DecisionFile};
pub use error::PipelineError;
pub use intake::{IntakeSettings, TableFacts};
pub use persons::{JudgedPerson, PersonOutcome, PlannedPersons, judge_person, plan_persons};
pub use planning::{ledger_sources, plan_upload, send_creations};
pub use reporting::{ReportSums, RowFacts, pair_lines, report_inputs, row_lines, visit_rows};
pub use tally::Tally;

use crate::clock::Stopwatch;
use crate::domain::{PatientStore, SourceId};
use crate::matching::{Decisions, MatchSettings, Matches, match_rows};
use crate::rules::Rules;

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
    /// Names of systems that stand in for a missing one (the file's name): good for matching within a run, not for ids.
    pub assumed_systems: BTreeSet<String>,
    /// How long each stage took, in the order of the stages.
    pub timings: Vec<(&'static str, Duration)>,
}

impl Prepared {
    /// The table of a source.
    pub fn table(&self, source: SourceId) -> Option<&TableFacts> {
        self.tables.get(usize::from(source.0))
    }
}

/// What the caller wants to hear while rosters are prepared.
pub trait Watcher: Sync {
    /// Bytes read so far, over all rosters.
    fn bytes_read(&self, total: u64);
    /// Reading is done and matching begins.
    fn matching(&self, rows: u32, tables: usize);
}

/// Reads, normalises, assesses and matches rosters.
pub fn prepare(
    rosters: &[String],
    rules: &Rules,
    settings: &IntakeSettings,
    watcher: &dyn Watcher,
) -> Result<Prepared, PipelineError> {
    let watch = Stopwatch::start();
    let mut intake = intake::read_rosters(rosters, rules, settings, watcher)?;
    let sharing = Stopwatch::start();
    heaping::discount_shared_values(&mut intake.store, rules);
    let sharing = sharing.elapsed();
    let read = watch.elapsed();
    watcher.matching(intake.store.len(), intake.tables.len());
    let watch = Stopwatch::start();
    let decisions = match &settings.decisions {
        Some(file) => file.resolve(&intake.store, &intake.tables)?,
        None => Decisions::default(),
    };
    let matches = match_rows(&intake.store, rules, &MatchSettings { model: settings.model.clone(), decisions });
    let matching = watch.elapsed();
    Ok(Prepared {
        store: intake.store,
        tables: intake.tables,
        matches,
        tally: intake.tally,
        assumed_systems: intake.assumed_systems,
        timings: vec![("read", read), ("discount", sharing), ("match", matching)],
    })
}
