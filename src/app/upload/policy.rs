//! When to try again: a pure function of what happened. It neither sleeps nor sends.

use std::time::Duration;

use super::failure::FailureClass;

/// How failed requests are repeated. The figures follow reliability practice for bulk clients: separate bases for
/// throttling and for faults, full jitter, a cap, and an end.
#[derive(Clone, Debug)]
pub struct RetrySettings {
    /// Upper bound of the first wait after a 429.
    pub throttled_base: Duration,
    /// Upper bound of the first wait after any other fault.
    pub fault_base: Duration,
    /// Upper bound of any wait that the vendor did not ask for.
    pub cap: Duration,
    /// Upper bound of a wait that the vendor asked for.
    pub retry_after_cap: Duration,
    /// How often a request is sent in all.
    pub attempts: u32,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            throttled_base: Duration::from_millis(500),
            fault_base: Duration::from_secs(1),
            cap: Duration::from_secs(30),
            retry_after_cap: Duration::from_mins(1),
            attempts: 8,
        }
    }
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryStep {
    /// Send again after this time.
    Wait(Duration),
    /// Do not send again.
    GiveUp,
}

/// What to do after a request was sent `attempts` times and failed again. `random` is in 0..1.
pub fn next_step(
    settings: &RetrySettings,
    attempts: u32,
    class: FailureClass,
    retry_after: Option<Duration>,
    random: f64,
) -> RetryStep {
    if !class.is_retryable() || attempts >= settings.attempts {
        return RetryStep::GiveUp;
    }
    let base = if class == FailureClass::Throttled { settings.throttled_base } else { settings.fault_base };
    let doublings = attempts.saturating_sub(1).min(31);
    let bound = base.saturating_mul(1_u32 << doublings).min(settings.cap);
    let jitter = bound.mul_f64(random.clamp(0.0, 1.0));
    match retry_after {
        // With the jitter, requests that were given the same time do not come back together.
        Some(asked) => RetryStep::Wait(asked.saturating_add(jitter).min(settings.retry_after_cap)),
        None => RetryStep::Wait(jitter),
    }
}

/// The time that a `Retry-After` header asks for: seconds, or an HTTP date. Anything else is no request to wait.
pub(super) fn parse_retry_after(header: &str, now_milliseconds: i64) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    let date = jiff::fmt::rfc2822::parse(header).ok()?;
    let ahead = date.timestamp().as_millisecond().saturating_sub(now_milliseconds);
    Some(Duration::from_millis(u64::try_from(ahead).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLASSES: [FailureClass; 3] = [FailureClass::NotSent, FailureClass::Throttled, FailureClass::Ambiguous];

    fn wait(attempts: u32, class: FailureClass, asked: Option<u64>, random: f64) -> RetryStep {
        next_step(&RetrySettings::default(), attempts, class, asked.map(Duration::from_secs), random)
    }

    #[test]
    fn waits_double_from_their_base_up_to_the_cap() {
        let throttled = |attempts| wait(attempts, FailureClass::Throttled, None, 1.0);
        let fault = |attempts| wait(attempts, FailureClass::Ambiguous, None, 1.0);
        let milliseconds = |value| RetryStep::Wait(Duration::from_millis(value));
        assert_eq!([1, 2, 3, 7].map(throttled), [500, 1_000, 2_000, 30_000].map(milliseconds));
        assert_eq!([1, 2, 3, 6].map(fault), [1_000, 2_000, 4_000, 30_000].map(milliseconds));
        assert_eq!([8, 9, u32::MAX].map(throttled), [RetryStep::GiveUp; 3]);
    }

    #[test]
    fn what_cannot_get_better_is_not_sent_again() {
        let hopeless = [
            FailureClass::Definite,
            FailureClass::Exists,
            FailureClass::NotFound,
            FailureClass::Unauthorized,
            FailureClass::Forbidden,
        ];
        for class in hopeless {
            assert_eq!(wait(1, class, Some(1), 0.5), RetryStep::GiveUp, "{class:?}");
        }
    }

    #[test]
    fn what_the_vendor_asks_for_is_kept_up_to_a_minute() {
        let waits = |asked| wait(1, FailureClass::Throttled, Some(asked), 0.0);
        assert_eq!(waits(7), RetryStep::Wait(Duration::from_secs(7)));
        assert_eq!(waits(31_536_000), RetryStep::Wait(Duration::from_mins(1)));
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_date_and_garbage_is_ignored() {
        let now = 1_445_412_480_000; // 2015-10-21T07:28:00Z
        let read = |text| parse_retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:30 GMT"), Some(30));
        assert_eq!(read("Wed, 21 Oct 2015 07:00:00 GMT"), Some(0));
        for garbage in ["", "soon", "-5", "1e9", "12 parsecs"] {
            assert_eq!(read(garbage), None, "{garbage}");
        }
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_its_cap(
            attempts in 0_u32..100,
            class in proptest::sample::select(CLASSES.to_vec()),
            asked in proptest::option::of(any::<u64>()),
            random in 0.0_f64..1.0,
        ) {
            let settings = RetrySettings::default();
            match wait(attempts, class, asked, random) {
                RetryStep::Wait(time) => {
                    prop_assert!(attempts < settings.attempts);
                    let cap = if asked.is_some() { settings.retry_after_cap } else { settings.cap };
                    prop_assert!(time <= cap);
                    if let Some(asked) = asked {
                        prop_assert!(time >= Duration::from_secs(asked).min(settings.retry_after_cap));
                    }
                }
                RetryStep::GiveUp => prop_assert!(attempts >= settings.attempts),
            }
        }
    }
}
