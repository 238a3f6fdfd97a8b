//! The one gate that every request passes, whatever it asks for: waits until the rate controller lets it through.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;

use super::rate::{Admission, RateController, RateSettings, Signal, Ticket};
use super::time::Clock;

/// A gate over the requests of an upload. A token that has to be fetched first is fetched within the request's slot, so
/// that it counts too.
pub struct Pace {
    controller: Mutex<RateController>,
    random: Mutex<ChaCha8Rng>,
    /// Requests that failed and will be sent again.
    failed_before: AtomicUsize,
    changed: Notify,
    clock: Arc<dyn Clock>,
}

/// Whether a request is sent for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is. While the breaker is open, it waits for those that failed before: of them it is open what became of them,
    /// and not of yet another one.
    First,
    /// It failed before, or settles what another request left open.
    Again,
}

/// While this lives, a request that failed will come again.
pub struct ComingAgain<'a>(&'a Pace);

/// Leave to send one request. Dropped without a word, it counts as given up.
pub struct Slot<'a> {
    pace: &'a Pace,
    ticket: Ticket,
    began: Duration,
    open: bool,
}

impl Pace {
    /// A gate; `seed` decides every jitter.
    pub fn new(settings: RateSettings, clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self {
            controller: Mutex::new(RateController::new(settings)),
            random: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            failed_before: AtomicUsize::new(0),
            changed: Notify::new(),
            clock,
        }
    }

    /// The clock it waits by.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// A number in 0..1, from the seed.
    pub fn random(&self) -> f64 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).random()
    }

    /// Whether so little gets through that the run had better stop.
    pub fn is_exhausted(&self) -> bool {
        self.controller().is_exhausted()
    }

    /// Announces that a request that failed will be sent again.
    pub fn coming_again(&self) -> ComingAgain<'_> {
        self.failed_before.fetch_add(1, Ordering::SeqCst);
        ComingAgain(self)
    }

    /// Whether requests of this turn have to let others pass first.
    fn gives_way(&self, turn: Turn) -> bool {
        turn == Turn::First && self.failed_before.load(Ordering::SeqCst) > 0 && self.controller().is_breaker_open()
    }

    /// Waits for leave to send a request.
    pub async fn slot(&self, turn: Turn) -> Slot<'_> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Whatever changes from here on is noticed.
            changed.as_mut().enable();
            if self.gives_way(turn) {
                changed.await;
                continue;
            }
            let now = self.clock.elapsed();
            let admission = self.controller().admit(now);
            match admission {
                Admission::Granted(ticket) => return Slot { pace: self, ticket, began: now, open: true },
                Admission::AfterAnother => changed.await,
                Admission::NotBefore(then) => tokio::select! {
                    () = changed => {}
                    () = self.clock.sleep(then.saturating_sub(now)) => {}
                },
            }
        }
    }

    fn controller(&self) -> MutexGuard<'_, RateController> {
        self.controller.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finished(&self, ticket: Ticket, signal: Signal) {
        let random = self.random();
        self.controller().finished(self.clock.elapsed(), ticket, signal, random);
        self.changed.notify_waiters();
    }
}

impl Slot<'_> {
    /// The vendor dealt with the request.
    pub fn answered(self) {
        let took = self.pace.clock.elapsed().saturating_sub(self.began);
        self.finish(Signal::Answered { took });
    }

    /// The request was refused as one too many and will be sent again after `wait`; `asked` is what the vendor asked
    /// for.
    pub fn throttled(self, wait: Duration, asked: Option<Duration>) {
        self.finish(Signal::Throttled { wait, asked });
    }

    /// The request reached nobody, or was met with a fault.
    pub fn failed(self) {
        self.finish(Signal::Failed);
    }

    fn finish(mut self, signal: Signal) {
        self.open = false;
        self.pace.finished(self.ticket, signal);
    }
}

impl Drop for ComingAgain<'_> {
    fn drop(&mut self) {
        self.0.failed_before.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if self.open {
            self.pace.finished(self.ticket, Signal::Cancelled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::time::SystemClock;

    fn pace(most: usize) -> Pace {
        Pace::new(RateSettings::with_most(most), Arc::new(SystemClock::start()), 1)
    }

    #[tokio::test]
    async fn one_more_request_waits_until_another_has_finished() {
        let pace = pace(2);
        let (first, _second) = (pace.slot(Turn::First).await, pace.slot(Turn::First).await);
        let short = Duration::from_millis(20);
        assert!(tokio::time::timeout(short, pace.slot(Turn::First)).await.is_err());
        let (third, ()) = tokio::join!(pace.slot(Turn::First), async { first.answered() });
        drop(third);
        assert_eq!(pace.controller().under_way(), 1);
    }

    #[tokio::test]
    async fn while_nothing_gets_through_those_that_failed_before_go_first() {
        let pace = pace(1);
        for _ in 0..RateSettings::default().breaker {
            pace.slot(Turn::First).await.failed();
        }
        let again = pace.coming_again();
        let first = pace.slot(Turn::First);
        tokio::pin!(first);
        // The failed one is let through after the breaker's pause, and the other one still waits.
        tokio::select! {
            _ = &mut first => panic!("it did not give way"),
            slot = pace.slot(Turn::Again) => slot.failed(),
        }
        let (slot, ()) = tokio::join!(first, async { drop(again) });
        slot.answered();
        assert!(!pace.controller().is_breaker_open());
    }

    #[tokio::test]
    async fn the_slot_of_a_refused_request_comes_back_by_itself() {
        let pace = pace(1);
        pace.slot(Turn::First).await.throttled(Duration::from_millis(20), None);
        let begun = pace.clock().elapsed();
        pace.slot(Turn::First).await.answered();
        assert!(pace.clock().elapsed().saturating_sub(begun) >= Duration::from_millis(15));
    }
}
