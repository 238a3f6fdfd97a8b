//! What goes wrong with a request: decided from its number, the requests in flight and a seed, and from nothing else.

use std::str::FromStr;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::settings::SandboxSettings;

/// A failure of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// This status, before anything is done.
    Status(u16),
    /// The work is done, and the connection cut before the answer.
    Cut,
}

/// Text that names no failure.
#[derive(Debug, thiserror::Error)]
#[error("expected 400, 401, 403, 409, 413, 429, 500, 502, 503, 504 or cut")]
pub struct UnknownFailure;

impl FromStr for Failure {
    type Err = UnknownFailure;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cut" => Ok(Self::Cut),
            "400" | "401" | "403" | "409" | "413" | "429" | "500" | "502" | "503" | "504" => {
                text.parse().map(Self::Status).map_err(|_| UnknownFailure)
            }
            _ => Err(UnknownFailure),
        }
    }
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) failure: Option<Failure>,
    pub(super) delay: Duration,
}

/// Decides the fate of request `number` (from 1) when `in_flight` requests are under way, itself among them.
pub(super) fn fate(settings: &SandboxSettings, number: u64, in_flight: usize) -> Fate {
    // A refusal costs the vendor nothing and comes at once.
    if settings.ceiling.is_some_and(|ceiling| in_flight > ceiling) {
        return Fate { failure: Some(Failure::Status(429)), delay: Duration::ZERO };
    }
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    random.set_stream(number);
    let jitter = settings.latency_jitter.mul_f64(random.random::<f64>());
    Fate { failure: settings.failures.get(&number).copied(), delay: settings.latency + jitter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_fate_and_another_number_another_delay() {
        let mut settings = SandboxSettings::demo();
        settings.latency_jitter = Duration::from_secs(1);
        assert_eq!(fate(&settings, 7, 1), fate(&settings, 7, 1));
        assert_ne!(fate(&settings, 7, 1).delay, fate(&settings, 8, 1).delay);
    }

    #[test]
    fn above_the_ceiling_requests_are_refused_at_once() {
        let mut settings = SandboxSettings::demo();
        settings.ceiling = Some(2);
        settings.latency = Duration::from_secs(1);
        assert_eq!(fate(&settings, 1, 2).failure, None);
        assert_eq!(fate(&settings, 1, 3), Fate { failure: Some(Failure::Status(429)), delay: Duration::ZERO });
    }

    #[test]
    fn planned_failures_are_read_from_text() {
        assert_eq!("cut".parse::<Failure>().ok(), Some(Failure::Cut));
        assert_eq!("503".parse::<Failure>().ok(), Some(Failure::Status(503)));
        assert!("200".parse::<Failure>().is_err());
    }
}
