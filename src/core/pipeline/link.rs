//! From ingested rows to persons: who is who, and with a memory of earlier runs who is on the roll.

use super::decisions::RunDecisions;
use super::error::PipelineError;
use super::ingest::{Ingested, ingest};
use super::memory::Memory;
use super::prepared::Prepared;
use super::roll::Roll;
use super::settings::IngestSettings;
use super::table::TableFacts;
use super::watcher::Watcher;
use crate::clock::Stopwatch;
use crate::matching::{MatchSettings, RollRows, match_rows};
use crate::read::Roster;
use crate::rules::Rules;

/// Reads, normalises, assesses and matches rosters.
pub fn prepare(
    rosters: &[Roster],
    rules: &Rules,
    settings: &IngestSettings,
    watcher: &dyn Watcher,
) -> Result<Prepared, PipelineError> {
    let ingested = ingest(rosters, rules, settings, watcher)?;
    link(ingested, rules, settings, None, watcher)
}

/// Finds out who is who, and with a memory who is on the roll.
pub fn link(
    mut ingested: Ingested,
    rules: &Rules,
    settings: &IngestSettings,
    memory: Option<&dyn Memory>,
    watcher: &dyn Watcher,
) -> Result<Prepared, PipelineError> {
    let watch = Stopwatch::start();
    let store = &mut ingested.store;
    let batches = store.batch_count();
    let roll = match memory {
        Some(memory) => Roll::join(memory, store, &ingested.assumed_systems, rules)?,
        None => Roll::default(),
    };
    let loaded = watch.elapsed();
    let watch = Stopwatch::start();
    let given = match &settings.decisions {
        Some(file) => {
            let tables: Vec<(&str, &str)> = ingested.tables.iter().map(TableFacts::location).collect();
            file.resolve(store, &tables, &|subject_id| roll.row_of(subject_id))?
        }
        None => Vec::new(),
    };
    let RunDecisions { decisions, new } = match memory {
        Some(memory) => {
            RunDecisions::with_remembered(&given, memory, &memory.ids(&ingested.assumed_systems), store, &roll)?
        }
        None => RunDecisions::from_given(&given),
    };
    let of_roll = if memory.is_some() { roll.rows() } else { RollRows::default() };
    let matches = match_rows(store, rules, &MatchSettings { model: settings.model.clone(), decisions, roll: of_roll });
    if let Some(file) = &settings.decisions {
        file.refuse_stale(&given, &matches)?;
    }
    watcher.linked(matches.pairs_compared, matches.matched_pairs(), matches.review_pairs());
    store.keep_batches(batches);
    let mut timings = vec![("read", ingested.time), ("discount", ingested.sharing), ("match", watch.elapsed())];
    if memory.is_some() {
        timings.push(("ledger", loaded));
    }
    Ok(Prepared {
        store: ingested.store,
        tables: ingested.tables,
        matches,
        tally: ingested.tally,
        suffix_destination: rules.names.suffix_destination,
        assumed_systems: ingested.assumed_systems,
        roll,
        decisions: new,
        timings,
    })
}
