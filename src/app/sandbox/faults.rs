//! What goes wrong with a request: decided from its number, the time, the slots in use and a seed, and from nothing
//! else.

use std::str::FromStr;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::settings::SandboxSettings;

/// A failure of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Failure {
    /// This status, before anything is done.
    Status(u16),
    /// The work is done, and the connection cut before the answer.
    Cut,
    /// The connection is cut before anything is done.
    Reset,
    /// The first half of a batch is created, and the answer is 500.
    Half,
    /// The work is done, and the answer is a web page, as of a gateway in between.
    Garbage,
    /// The work is done, and the last result is missing in the answer to a creation; other requests are answered.
    Short,
    /// The work is done, and the answer's body takes very long.
    Slow,
}

impl Default for Failure {
    fn default() -> Self {
        Self::Status(503)
    }
}

/// Text that names no failure.
#[derive(Debug, thiserror::Error)]
#[error("expected 400, 401, 403, 409, 413, 429, 500, 502, 503, 504, cut, reset, half, garbage, short or slow")]
pub struct UnknownFailure;

impl FromStr for Failure {
    type Err = UnknownFailure;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cut" => Ok(Self::Cut),
            "reset" => Ok(Self::Reset),
            "half" => Ok(Self::Half),
            "garbage" => Ok(Self::Garbage),
            "short" => Ok(Self::Short),
            "slow" => Ok(Self::Slow),
            "400" | "401" | "403" | "409" | "413" | "429" | "500" | "502" | "503" | "504" => {
                text.parse().map(Self::Status).map_err(|_| UnknownFailure)
            }
            _ => Err(UnknownFailure),
        }
    }
}

impl TryFrom<String> for Failure {
    type Error = UnknownFailure;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// How often requests fail by chance, each 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultRates {
    /// [`Failure::Cut`].
    pub lost: f64,
    /// Status 503.
    pub unavailable: f64,
    /// Status 500.
    pub error: f64,
    /// [`Failure::Half`].
    pub half: f64,
    /// [`Failure::Reset`].
    pub reset: f64,
    /// [`Failure::Garbage`].
    pub garbage: f64,
    /// [`Failure::Short`].
    pub short: f64,
    /// [`Failure::Slow`].
    pub slow: f64,
}

impl FaultRates {
    fn each(&self) -> [(f64, Failure); 8] {
        [
            (self.lost, Failure::Cut),
            (self.unavailable, Failure::Status(503)),
            (self.error, Failure::Status(500)),
            (self.half, Failure::Half),
            (self.reset, Failure::Reset),
            (self.garbage, Failure::Garbage),
            (self.short, Failure::Short),
            (self.slow, Failure::Slow),
        ]
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let in_range = self.each().iter().all(|(rate, _)| (0.0..=1.0).contains(rate));
        let sum: f64 = self.each().iter().map(|(rate, _)| rate).sum();
        if in_range && sum <= 1.0 { Ok(()) } else { Err("rates: each is 0 to 1, and so is their sum".to_owned()) }
    }

    /// The failure that a number in 0..1 falls on.
    fn pick(&self, random: f64) -> Option<Failure> {
        let mut below = 0.0;
        self.each().into_iter().find_map(|(rate, failure)| {
            below += rate;
            (random < below).then_some(failure)
        })
    }
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) failure: Option<Failure>,
    pub(super) delay: Duration,
    /// Whether it takes a slot while it is served.
    pub(super) uses_slot: bool,
}

/// Decides the fate of request `number` (from 1), which arrives `at` so long after the start with `in_use` slots taken.
pub(super) fn fate(settings: &SandboxSettings, at: Duration, number: u64, in_use: usize) -> Fate {
    let refused = |failure| Fate { failure: Some(failure), delay: settings.refusal_time, uses_slot: false };
    if let Some(outage) = settings.outages.iter().find(|outage| outage.lasts(at)) {
        return refused(outage.failure);
    }
    // A refusal costs the vendor nothing and comes at once.
    if settings.slots_at(at).is_some_and(|slots| in_use >= slots) {
        return refused(Failure::Status(429));
    }
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    random.set_stream(number);
    let jitter = settings.latency_jitter.mul_f64(random.random::<f64>());
    let by_chance = settings.rates.pick(random.random::<f64>());
    let failure = settings.failures.get(&number).copied().or(by_chance);
    Fate { failure, delay: settings.latency + jitter, uses_slot: true }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Neighbour, Outage, SlotsChange};
    use super::*;

    const START: Duration = Duration::ZERO;

    #[test]
    fn the_same_seed_gives_the_same_fate_and_another_number_another_delay() {
        let mut settings = SandboxSettings::demo();
        settings.latency_jitter = Duration::from_secs(1);
        assert_eq!(fate(&settings, START, 7, 0), fate(&settings, START, 7, 0));
        assert_ne!(fate(&settings, START, 7, 0).delay, fate(&settings, START, 8, 0).delay);
    }

    #[test]
    fn when_every_slot_is_taken_requests_are_refused_at_once() {
        let mut settings = SandboxSettings::demo();
        settings.ceiling = Some(2);
        settings.latency = Duration::from_secs(1);
        assert_eq!(fate(&settings, START, 1, 1).failure, None);
        let refused = fate(&settings, START, 1, 2);
        assert_eq!((refused.failure, refused.delay), (Some(Failure::Status(429)), Duration::ZERO));
    }

    #[test]
    fn slots_change_and_a_neighbour_takes_its_share() {
        let mut settings = SandboxSettings::demo();
        settings.ceiling = Some(15);
        settings.slots_changes = vec![SlotsChange { after_ms: 1_000, slots: 10 }];
        settings.neighbours = vec![Neighbour { from_ms: 2_000, for_ms: 500, every_ms: None, slots: 4 }];
        let slots = |at| settings.slots_at(Duration::from_millis(at));
        assert_eq!([0, 999, 1_000, 2_000, 2_500].map(slots), [15, 15, 10, 6, 10].map(Some));
    }

    #[test]
    fn in_an_outage_every_request_fails_the_same_way() {
        let mut settings = SandboxSettings::demo();
        settings.outages = vec![Outage { from_ms: 10, for_ms: 5, failure: Failure::Reset }];
        let failure = |at| fate(&settings, Duration::from_millis(at), 1, 0).failure;
        assert_eq!([9, 10, 14, 15].map(failure), [None, Some(Failure::Reset), Some(Failure::Reset), None]);
    }

    #[test]
    fn chance_keeps_to_its_rates() {
        let mut settings = SandboxSettings::demo();
        settings.rates = FaultRates { lost: 0.02, unavailable: 0.01, ..FaultRates::default() };
        let count = |failure| (1..=50_000).filter(|n| fate(&settings, START, *n, 0).failure == failure).count();
        assert!((900..1_100).contains(&count(Some(Failure::Cut))));
        assert!((420..580).contains(&count(Some(Failure::Status(503)))));
    }

    #[test]
    fn planned_failures_are_read_from_text() {
        assert_eq!("cut".parse::<Failure>().ok(), Some(Failure::Cut));
        assert_eq!("503".parse::<Failure>().ok(), Some(Failure::Status(503)));
        assert!("200".parse::<Failure>().is_err());
    }
}
