//! Time as an upload sees it, as a trait: the place where simulations put a clock of their own.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use onroll_core::clock;

/// A clock that an upload waits by. Decisions rest on `elapsed` alone, so that a wall clock that jumps does no harm.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// Time since a moment of the clock's choice; never goes back.
    fn elapsed(&self) -> Duration;

    /// The present moment in milliseconds since 1970, UTC: only for comparing with moments that the vendor states.
    fn milliseconds(&self) -> i64;

    /// Ends after this time.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that begins now.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn milliseconds(&self) -> i64 {
        clock::milliseconds()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time))
    }
}
