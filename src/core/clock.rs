//! The only place that asks the time.

use std::time::{Duration, Instant};

use crate::domain::CivilDate;

/// Today's date on this machine, UTC.
#[expect(clippy::disallowed_methods, reason = "this is the clock module")]
pub fn today() -> CivilDate {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let moment = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or_default()).unwrap_or_default();
    let date = jiff::tz::TimeZone::UTC.to_datetime(moment).date();
    let (year, month, day) = (date.year().unsigned_abs(), date.month().unsigned_abs(), date.day().unsigned_abs());
    CivilDate::new(year, month, day).unwrap_or_else(|| unreachable!("jiff only makes dates that exist"))
}

/// The present moment as `yyyy-mm-ddThh:mm:ssZ`.
#[expect(clippy::disallowed_methods, reason = "this is the clock module")]
pub fn timestamp() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or_default()).unwrap_or_default().to_string()
}

/// The present moment in milliseconds since 1970, UTC: for comparing with moments that others state.
#[expect(clippy::disallowed_methods, reason = "this is the clock module")]
pub fn milliseconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
