//! The stages wired together: the place to begin reading. `prepare` takes rosters to persons without any network;
//! `check` and `upload` differ only in what they do with the persons.

mod batch;
mod changes;
mod decision_file;
mod error;
mod evidence;
mod finding_sums;
mod fixing;
mod heaping;
mod intake;
mod intake_settings;
mod notes;
mod persons;
mod planning;
mod reporting;
mod roll;
mod roll_changes;
mod scores;
mod sentences;
mod several_tables;
mod survey;
mod tally;
mod verdicts;

use std::collections::BTreeSet;
use std::time::Duration;

pub use changes::change_lines;
pub use decision_file::{DecisionError, DecisionFile};
pub use error::PipelineError;
pub use evidence::{keep_evidence, origin_lines, pair_lines};
pub use fixing::{FixList, fix_list};
pub use intake::{TableFacts, TakenIn};
pub use intake_settings::IntakeSettings;
pub use persons::{JudgedPerson, PersonOutcome, PlannedPersons, judge_person, plan_persons};
pub use planning::{Remember, ledger_sources, plan_against_ledger, plan_upload, send_creations};
pub use reporting::{ReportSums, RowFacts, report_inputs, row_lines, visit_rows};
pub use roll::{Memory, Roll};
pub use survey::{Survey, survey_rosters};
pub use tally::Tally;

use self::verdicts::Verdicts;
use crate::clock::Stopwatch;
use crate::domain::{PatientStore, SourceId, SuffixDestination};
use crate::ledger::NewVerdict;
use crate::matching::{MatchSettings, Matches, RollRows, match_rows};
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
    /// Where generational suffixes go in what is sent.
    pub suffix_destination: SuffixDestination,
    /// Names of systems that stand in for a missing one (the file's name): good for matching within a run, not for ids.
    pub assumed_systems: BTreeSet<String>,
    /// Who is on the roll already.
    pub roll: Roll,
    /// Verdicts for the ledger to remember.
    pub verdicts: Vec<NewVerdict>,
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
    let taken_in = take_in(rosters, rules, settings, watcher)?;
    match_up(taken_in, rules, settings, None)
}

/// Reads, normalises and assesses rosters.
pub fn take_in(
    rosters: &[String],
    rules: &Rules,
    settings: &IntakeSettings,
    watcher: &dyn Watcher,
) -> Result<TakenIn, PipelineError> {
    let watch = Stopwatch::start();
    let mut taken_in = intake::read_rosters(rosters, rules, settings, watcher)?;
    let sharing = Stopwatch::start();
    heaping::discount_shared_values(&mut taken_in.store, rules);
    taken_in.sharing = sharing.elapsed();
    taken_in.time = watch.elapsed();
    watcher.matching(taken_in.store.len(), taken_in.tables.len());
    Ok(taken_in)
}

/// Finds out who is who, and with a ledger who is on the roll.
pub fn match_up(
    mut taken_in: TakenIn,
    rules: &Rules,
    settings: &IntakeSettings,
    memory: Option<Memory<'_>>,
) -> Result<Prepared, PipelineError> {
    let watch = Stopwatch::start();
    let store = &mut taken_in.store;
    let batches = store.batch_count();
    let roll = match memory {
        Some(memory) => Roll::join(memory, store, &taken_in.assumed_systems, rules)?,
        None => Roll::default(),
    };
    let loaded = watch.elapsed();
    let watch = Stopwatch::start();
    let given = match &settings.decisions {
        Some(file) => file.resolve(store, &taken_in.tables, &roll)?,
        None => Vec::new(),
    };
    let Verdicts { decisions, new } = match memory {
        Some(memory) => {
            Verdicts::with_remembered(&given, memory, &memory.ids(&taken_in.assumed_systems), store, &roll)?
        }
        None => Verdicts::of_given(&given),
    };
    let of_roll = if memory.is_some() { roll.rows() } else { RollRows::default() };
    let matches = match_rows(store, rules, &MatchSettings { model: settings.model.clone(), decisions, roll: of_roll });
    if let Some(file) = &settings.decisions {
        file.refuse_stale(&given, &matches)?;
    }
    store.keep_batches(batches);
    let mut timings = vec![("read", taken_in.time), ("discount", taken_in.sharing), ("match", watch.elapsed())];
    if memory.is_some() {
        timings.push(("ledger", loaded));
    }
    Ok(Prepared {
        store: taken_in.store,
        tables: taken_in.tables,
        matches,
        tally: taken_in.tally,
        suffix_destination: rules.names.suffix_destination,
        assumed_systems: taken_in.assumed_systems,
        roll,
        verdicts: new,
        timings,
    })
}
