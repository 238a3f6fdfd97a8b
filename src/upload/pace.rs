//! The one gate that every request passes, whatever it asks for: waits until the rate controller lets it through.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;

use super::rate::{Admission, RateController, RateSettings, Signal};
use super::time::Clock;

/// A gate over the requests of an upload. A token that has to be fetched first is fetched within the request's slot, so
/// that it counts too.
pub struct Pace {
    controller: Mutex<RateController>,
    random: Mutex<ChaCha8Rng>,
    changed: Notify,
    clock: Arc<dyn Clock>,
}

/// Leave to send one request. Dropped without a word, it counts as given up.
pub struct Slot<'a> {
    pace: &'a Pace,
    began: Duration,
    open: bool,
}

impl Pace {
    /// A gate; `seed` decides every jitter.
    pub fn new(settings: RateSettings, clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self {
            controller: Mutex::new(RateController::new(settings)),
            random: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
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

    /// Waits for leave to send a request.
    pub async fn slot(&self) -> Slot<'_> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Whatever changes from here on is noticed.
            changed.as_mut().enable();
            let now = self.clock.elapsed();
            let admission = self.controller().admit(now);
            match admission {
                Admission::Granted => return Slot { pace: self, began: now, open: true },
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

    fn finished(&self, signal: Signal) {
        let random = self.random();
        self.controller().finished(self.clock.elapsed(), signal, random);
        self.changed.notify_waiters();
    }
}

impl Slot<'_> {
    /// The vendor dealt with the request.
    pub fn answered(self) {
        let took = self.pace.clock.elapsed().saturating_sub(self.began);
        self.finish(Signal::Answered { took });
    }

    /// The request was refused as one too many and will be sent again after `wait`; `asked` is what the vendor asked for.
    pub fn throttled(self, wait: Duration, asked: Option<Duration>) {
        self.finish(Signal::Throttled { wait, asked });
    }

    /// The request reached nobody, or was met with a fault.
    pub fn failed(self) {
        self.finish(Signal::Failed);
    }

    fn finish(mut self, signal: Signal) {
        self.open = false;
        self.pace.finished(signal);
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if self.open {
            self.pace.finished(Signal::Cancelled);
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
        let (first, _second) = (pace.slot().await, pace.slot().await);
        let short = Duration::from_millis(20);
        assert!(tokio::time::timeout(short, pace.slot()).await.is_err());
        let (third, ()) = tokio::join!(pace.slot(), async { first.answered() });
        drop(third);
        assert_eq!(pace.controller().under_way(), 1);
    }

    #[tokio::test]
    async fn the_slot_of_a_refused_request_comes_back_by_itself() {
        let pace = pace(1);
        pace.slot().await.throttled(Duration::from_millis(20), None);
        let begun = pace.clock().elapsed();
        pace.slot().await.answered();
        assert!(pace.clock().elapsed().saturating_sub(begun) >= Duration::from_millis(15));
    }
}
