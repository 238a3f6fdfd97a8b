//! Rosters to packed patients: one thread reads each file, the others map, normalise, assess and pack batch by batch,
//! in order.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::error::PipelineError;
use super::ingest_file::FileIngest;
use super::settings::IngestSettings;
use super::table::TableFacts;
use super::watcher::Watcher;
use crate::assess::{Tally, discount_shared_values};
use crate::clock::Stopwatch;
use crate::domain::{PatientStore, SystemName};
use crate::map::TablesBeside;
use crate::normalise::NormaliseContext;
use crate::read::{ReadError, Roster, Stopped, read_roster_of};
use crate::rules::Rules;

/// Batches that may wait between the reading thread and the others: what bounds memory while reading.
pub(super) const WAITING_BATCHES: usize = 16;

/// Rosters that have been read, normalised and assessed.
#[derive(Debug)]
pub struct Ingested {
    pub(super) store: PatientStore,
    /// The tables that were read, by source.
    pub tables: Vec<TableFacts>,
    pub(super) tally: Tally,
    pub(super) assumed_systems: BTreeSet<SystemName>,
    /// Time that looking for shared values took, and that of everything until then.
    pub(super) sharing: Duration,
    pub(super) time: Duration,
}

/// Reads, normalises and assesses rosters.
///
/// # Errors
/// When a roster cannot be read, or is not a roster.
pub fn ingest(
    rosters: &[Roster],
    rules: &Rules,
    settings: &IngestSettings,
    watcher: &dyn Watcher,
) -> Result<Ingested, PipelineError> {
    let watch = Stopwatch::start();
    let mut ingested = ingest_rosters(rosters, rules, settings, watcher)?;
    let sharing = Stopwatch::start();
    discount_shared_values(&mut ingested.store, rules);
    ingested.sharing = sharing.elapsed();
    ingested.time = watch.elapsed();
    watcher.matching(ingested.store.len(), ingested.tables.len());
    Ok(ingested)
}

/// What stands in for the system of external ids that nobody named: the name of the file; where rosters in several
/// folders have one name, with the folder's before it, because the numbers of two sites are two systems.
fn assumed_system(path: &str, rosters: &[Roster]) -> String {
    let stem = |path: &str| Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let folder =
        |path: &str| Path::new(path).parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let own = stem(path).unwrap_or_default();
    let is_shared = rosters
        .iter()
        .map(Roster::name)
        .any(|other| stem(other).as_ref() == Some(&own) && folder(other) != folder(path));
    match folder(path).filter(|_| is_shared) {
        Some(folder) => format!("{folder}/{own}"),
        None => own,
    }
}

/// Ingests every roster in the order given.
fn ingest_rosters(
    rosters: &[Roster],
    rules: &Rules,
    settings: &IngestSettings,
    watcher: &dyn Watcher,
) -> Result<Ingested, PipelineError> {
    let mut ingested = Ingested {
        store: PatientStore::default(),
        tables: Vec::new(),
        tally: Tally::default(),
        assumed_systems: BTreeSet::new(),
        sharing: Duration::ZERO,
        time: Duration::ZERO,
    };
    let bytes_before = AtomicU64::new(0);
    for roster in rosters {
        let path = roster.name();
        let default_system = if let Some(system) = &settings.system {
            system.clone()
        } else {
            let assumed = assumed_system(path, rosters);
            ingested.assumed_systems.insert(SystemName::new(assumed.as_str()));
            assumed
        };
        let is_system_assumed = settings.system.is_none();
        let context =
            NormaliseContext { rules, default_system: &default_system, is_system_assumed, today: settings.today };
        let assumed_system = is_system_assumed.then_some(default_system.as_str());
        let ingested = &mut ingested;
        let file = FileIngest {
            path,
            context,
            assumed_system,
            settings,
            ingested,
            tables: Vec::new(),
            sheets: Vec::new(),
            sheet_begins: 0,
            beside: TablesBeside::default(),
            previous_row: None,
            first_refusal: None,
        };
        let report = |bytes| watcher.bytes_read(bytes_before.load(Ordering::Relaxed) + bytes);
        let bytes = ingest_file(roster, &report, file)?;
        bytes_before.fetch_add(bytes, Ordering::Relaxed);
    }
    Ok(ingested)
}

/// Reads one file on a thread of its own while this one ingests what it sends. Returns the bytes read.
fn ingest_file(
    roster: &Roster,
    report: &(dyn Fn(u64) + Sync),
    mut file: FileIngest<'_, '_>,
) -> Result<u64, PipelineError> {
    let (sender, receiver) = sync_channel(WAITING_BATCHES);
    let limits = file.settings.limits;
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            read_roster_of(roster, &limits, report, &mut |event| sender.send(event).map_err(|_| Stopped))
        });
        let end = file.ingest_events(&receiver);
        drop(receiver);
        let facts = match reader.join() {
            Ok(facts) => facts,
            // The panic's place was reported when it happened; no file may bring the program down.
            Err(_) => Err(ReadError::Defect { path: roster.name().to_owned() }),
        };
        // A refusal of the columns ends the reading too: it is the cause, and reported first.
        end?;
        let facts = facts?;
        let bytes = facts.bytes;
        file.finish(&facts)?;
        Ok(bytes)
    })
}
