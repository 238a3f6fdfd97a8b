//! Sends batches side by side, up to the vendor's ceiling, and stops in order when it has to.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, mpsc, watch};
use tokio::task::{JoinError, JoinSet};

use super::api::PatientApi;
use super::error::UploadError;
use super::event::{Event, UploadSummary};
use super::pace::Pace;
use super::rate::MOST_IN_FLIGHT;
use super::shared::{Shared, UploadSettings};
use super::worker::Worker;
use super::writer::LedgerWriter;
use onroll_core::domain::SubjectRecord;

/// While one batch of a slot is under way, another one's outcome is written down and its successor's intent.
pub(super) const WORKERS_PER_SLOT: usize = 2;

/// Puts every subject that comes through `batches` on the roll. Each must be planned in the ledger beforehand; batches
/// of more than ten are divided. Ends when the channel is closed, or earlier: paused (see the summary) or with an
/// error. In each case, requests under way are awaited first, and the ledger says of each person how it stands.
pub async fn run<A: PatientApi>(
    api: Arc<A>,
    ledger: LedgerWriter,
    mut batches: mpsc::Receiver<Vec<SubjectRecord>>,
    settings: UploadSettings,
    events: impl Fn(Event) + Send + Sync + 'static,
) -> Result<UploadSummary, UploadError> {
    let workers_at_once = Arc::new(Semaphore::new(WORKERS_PER_SLOT * settings.rate.most.clamp(1, MOST_IN_FLIGHT)));
    let mut interrupt = settings.interrupt.clone();
    let pace = Pace::new(settings.rate.clone(), Arc::clone(&settings.clock), settings.seed);
    let shared = Arc::new(Shared {
        api,
        ledger,
        settings,
        events: Box::new(events),
        summary: Mutex::default(),
        stop: watch::Sender::new(false),
        pace,
        progress: AtomicU64::new(0),
        denied: AtomicBool::new(false),
        fruitless: AtomicU32::new(0),
    });
    let mut workers = JoinSet::new();
    let mut first_error = None;
    let mut stop = shared.stop.subscribe();
    loop {
        let next = async {
            let seat = Arc::clone(&workers_at_once).acquire_owned().await.ok()?;
            Some((batches.recv().await?, seat))
        };
        let received = tokio::select! {
            biased;
            _ = stop.wait_for(|stopped| *stopped) => break,
            () = interrupted(interrupt.as_mut()) => {
                shared.pause("you stopped the run").await;
                break;
            }
            received = next => received,
        };
        let Some((subjects, seat)) = received else { break };
        let worker = Worker::new(Arc::clone(&shared));
        workers.spawn(async move {
            let result = worker.settle_all(subjects).await;
            drop(seat);
            result
        });
        while let Some(ended) = workers.try_join_next() {
            note_error(&shared, ended, &mut first_error);
        }
    }
    batches.close();
    let mut deadline = None;
    while let Some(ended) = next_ended(&mut workers, &shared, interrupt.as_mut(), &mut deadline).await {
        note_error(&shared, ended, &mut first_error);
    }
    let summary = shared.summary.lock().await.clone();
    first_error.map_or(Ok(summary), Err)
}

/// The next worker to end; an interruption while waiting for it pauses the run. Once the run is stopped, workers have
/// until `deadline`: what they leave behind stays an intent in the ledger, which is to say unknown.
async fn next_ended<A: PatientApi>(
    workers: &mut JoinSet<Result<(), UploadError>>,
    shared: &Shared<A>,
    interrupt: Option<&mut watch::Receiver<bool>>,
    deadline: &mut Option<Duration>,
) -> Option<Result<Result<(), UploadError>, JoinError>> {
    let mut stop = shared.stop.subscribe();
    if !shared.is_stopped() {
        tokio::select! {
            biased;
            ended = workers.join_next() => return ended,
            _ = stop.wait_for(|stopped| *stopped) => {}
            () = interrupted(interrupt) => shared.pause("you stopped the run").await,
        }
    }
    let clock = &shared.settings.clock;
    let end = *deadline.get_or_insert_with(|| clock.elapsed() + shared.settings.drain);
    tokio::select! {
        biased;
        ended = workers.join_next() => ended,
        () = clock.sleep(end.saturating_sub(clock.elapsed())) => {
            workers.shutdown().await;
            None
        }
    }
}

async fn interrupted(interrupt: Option<&mut watch::Receiver<bool>>) {
    if let Some(interrupt) = interrupt
        && interrupt.wait_for(|wanted| *wanted).await.is_ok()
    {
        return;
    }
    pending::<()>().await;
}

fn note_error<A>(
    shared: &Shared<A>,
    ended: Result<Result<(), UploadError>, JoinError>,
    first_error: &mut Option<UploadError>,
) {
    let error = match ended {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(_) => UploadError::WorkerLost,
    };
    shared.stop();
    first_error.get_or_insert(error);
}
