//! What all workers of an upload share: the settings, the vendor's calls, the ledger, and the signal to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use super::event::{Event, UploadSummary};
use super::pace::{Pace, Slot, Turn};
use super::policy::RetrySettings;
use super::rate::RateSettings;
use super::time::{Clock, SystemClock};
use super::writer::LedgerWriter;
use onroll_core::domain::{Outcome, RunId};

/// How an upload goes about it.
#[derive(Clone, Debug)]
pub struct UploadSettings {
    /// The run's name in the ledger.
    pub run: RunId,
    /// The project, which distinguishes the causes when access is refused.
    pub project: Uuid,
    /// How many requests may be under way.
    pub rate: RateSettings,
    /// How failed requests are repeated.
    pub retry: RetrySettings,
    /// Longest time that requests under way are awaited for once the run is to stop; what is still open then is
    /// unknown.
    pub drain: Duration,
    /// What the upload waits by.
    pub clock: Arc<dyn Clock>,
    /// Decides every jitter.
    pub seed: u64,
    /// Turns true when the user wants to stop: requests under way are awaited, nothing new is sent.
    pub interrupt: Option<watch::Receiver<bool>>,
}

impl UploadSettings {
    /// The usual settings for a run.
    pub fn new(run: RunId, project: Uuid) -> Self {
        Self {
            run,
            project,
            rate: RateSettings::default(),
            retry: RetrySettings::default(),
            drain: Duration::from_secs(30),
            clock: Arc::new(SystemClock::start()),
            seed: rand::random(),
            interrupt: None,
        }
    }
}

/// What all workers of an upload share.
pub(super) struct Shared<A> {
    pub(super) api: Arc<A>,
    pub(super) ledger: LedgerWriter,
    pub(super) settings: UploadSettings,
    pub(super) events: Box<dyn Fn(Event) + Send + Sync>,
    pub(super) summary: Mutex<UploadSummary>,
    pub(super) stop: watch::Sender<bool>,
    pub(super) pace: Pace,
    /// Requests that the vendor dealt with: as long as this grows, being throttled is no reason to give up.
    pub(super) progress: AtomicU64,
    /// Whether a worker already reports why access is refused.
    pub(super) denied: AtomicBool,
    /// Batches in a row that ended without a clear answer.
    pub(super) fruitless: AtomicU32,
}

impl<A> Shared<A> {
    pub(super) fn emit(&self, event: Event) {
        (self.events)(event);
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Stops the run; `true` for the first who does.
    pub(super) fn stop(&self) -> bool {
        !self.stop.send_replace(true)
    }

    /// Stops the run in order.
    pub(super) async fn pause(&self, reason: &str) {
        if self.stop() {
            self.summary.lock().await.paused = Some(reason.to_owned());
            self.emit(Event::Paused { reason: reason.to_owned() });
        }
    }

    pub(super) async fn count(&self, change: impl FnOnce(&mut UploadSummary) + Send) {
        change(&mut *self.summary.lock().await);
    }

    pub(super) async fn settled(&self, outcome: Outcome, count: u64) {
        if count > 0 {
            *self.summary.lock().await.persons.entry(outcome).or_default() += count;
            self.emit(Event::Settled { outcome, count });
        }
    }

    pub(super) fn progressed(&self) {
        self.progress.fetch_add(1, Ordering::SeqCst);
        self.fruitless.store(0, Ordering::SeqCst);
    }

    /// Waits; `false` when the run was stopped meanwhile.
    pub(super) async fn wait(&self, time: Duration) -> bool {
        let mut stop = self.stop.subscribe();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stopped| *stopped) => false,
            () = self.settings.clock.sleep(time) => true,
        }
    }

    /// Leave to send a request; `None` when the run was stopped meanwhile.
    pub(super) async fn slot(&self, turn: Turn) -> Option<Slot<'_>> {
        let mut stop = self.stop.subscribe();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stopped| *stopped) => None,
            slot = self.pace.slot(turn) => Some(slot),
        }
    }
}
