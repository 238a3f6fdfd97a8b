//! How many requests may be under way: a pure state machine fed with what became of each. It neither sleeps nor sends.
//!
//! The vendor refuses what exceeds a ceiling that it does not state, and a refusal is no queue: latency says nothing before
//! it is reached. So the limit grows by one as long as nothing is refused, remembers at which limit it was refused, and
//! asks for more there only seldom. A slot whose request was refused is kept for a while, because giving it to the next
//! request at once would have that one refused too. When nothing gets through any more, a breaker lets no request pass for
//! a growing time and then one alone.

use std::time::Duration;

/// Most requests in flight that are ever allowed: the upper end of the ceiling that the vendor publishes (10 to 15).
pub const MOST_IN_FLIGHT: usize = 15;

/// Figures of a [`RateController`]. They come from simulations of ceilings of 5 to 15 that are fixed, move, or are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSettings {
    /// The limit at the start, at most `most`.
    pub start: usize,
    /// The highest limit, 1 to [`MOST_IN_FLIGHT`]; others are clamped.
    pub most: usize,
    /// The limit is multiplied by this when it is refused at an unknown ceiling, 0 to 1.
    pub decrease: f64,
    /// Successes, for a limit of eight, after which the remembered ceiling is tried again; proportionate for other limits.
    pub probe: u32,
    /// `probe` doubles with each trial that is refused, up to this.
    pub probe_most: u32,
    /// A ceiling is forgotten this long after the last refusal.
    pub memory: Duration,
    /// Failures in a row, of any kind that may pass, after which the breaker opens.
    pub breaker: u32,
    /// Middle of the breaker's first pause; the pauses double.
    pub breaker_pause: Duration,
    /// How often the pause doubles at most.
    pub breaker_doublings: u32,
    /// After this many pauses without anything getting through, the run had better stop.
    pub breaker_openings: u32,
}

impl RateSettings {
    /// The usual figures with another highest limit.
    pub fn with_most(most: usize) -> Self {
        Self { most, ..Self::default() }
    }
}

impl Default for RateSettings {
    fn default() -> Self {
        Self {
            start: 10,
            most: MOST_IN_FLIGHT,
            decrease: 0.85,
            probe: 25,
            probe_most: 200,
            memory: Duration::from_secs(30),
            breaker: 8,
            breaker_pause: Duration::from_millis(500),
            breaker_doublings: 5,
            breaker_openings: 10,
        }
    }
}

/// What became of a request, as far as the rate is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The vendor dealt with it, whatever it said.
    Answered {
        /// From sending to the answer.
        took: Duration,
    },
    /// Refused as one too many.
    Throttled {
        /// When it will be sent again: its slot is kept as long.
        wait: Duration,
        /// What the vendor asked for, already capped.
        asked: Option<Duration>,
    },
    /// It reached nobody, or was met with a fault.
    Failed,
    /// It was given up, and says nothing about the vendor.
    Cancelled,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes: it counts as under way until [`RateController::finished`] is called for it.
    Granted,
    /// Not before this time; ask again then, or when a request has finished.
    NotBefore(Duration),
    /// Not before a request has finished.
    AfterAnother,
}

/// Where the breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaker {
    /// Requests pass.
    Closed,
    /// None pass before this time; then one.
    Open { until: Duration },
}

/// Decides how many requests may be under way. Times are those of one clock that does not go back, whatever its beginning.
#[derive(Clone, Debug)]
pub struct RateController {
    settings: RateSettings,
    limit: usize,
    under_way: usize,
    /// Until when the slots of refused requests are kept.
    kept: Vec<Duration>,
    /// Successes with every slot in use since the limit last changed.
    successes: u32,
    probe: u32,
    /// The limit at which the vendor last refused.
    ceiling: Option<usize>,
    last_refusal: Option<Duration>,
    last_decrease: Option<Duration>,
    /// Smoothed time of an answer.
    round_trip: Option<Duration>,
    failures_in_a_row: u32,
    openings: u32,
    breaker: Breaker,
}

impl RateController {
    /// A controller of which nothing is known yet.
    pub fn new(mut settings: RateSettings) -> Self {
        settings.most = settings.most.clamp(1, MOST_IN_FLIGHT);
        Self {
            limit: settings.start.clamp(1, settings.most),
            probe: settings.probe,
            settings,
            under_way: 0,
            kept: Vec::new(),
            successes: 0,
            ceiling: None,
            last_refusal: None,
            last_decrease: None,
            round_trip: None,
            failures_in_a_row: 0,
            openings: 0,
            breaker: Breaker::Closed,
        }
    }

    /// How many requests may be under way now.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// How many requests are under way.
    pub const fn under_way(&self) -> usize {
        self.under_way
    }

    /// Whether so many pauses of the breaker brought nothing that the run had better stop.
    pub const fn is_exhausted(&self) -> bool {
        self.openings > self.settings.breaker_openings
    }

    /// Whether the breaker lets nothing pass but one request after each pause.
    pub fn is_breaker_open(&self) -> bool {
        self.breaker != Breaker::Closed
    }

    /// Whether one more request may be sent now.
    pub fn admit(&mut self, now: Duration) -> Admission {
        self.kept.retain(|until| *until > now);
        if let Breaker::Open { until } = self.breaker {
            return if now < until {
                Admission::NotBefore(until)
            } else if self.under_way == 0 {
                self.grant()
            } else {
                Admission::AfterAnother
            };
        }
        if self.under_way + self.kept.len() < self.limit {
            return self.grant();
        }
        self.kept.iter().min().map_or(Admission::AfterAnother, |until| Admission::NotBefore(*until))
    }

    const fn grant(&mut self) -> Admission {
        self.under_way += 1;
        Admission::Granted
    }

    /// Takes in what became of a request that was granted. `random` is in 0..1.
    pub fn finished(&mut self, now: Duration, signal: Signal, random: f64) {
        let all_in_use = self.under_way + self.kept.len() >= self.limit;
        self.under_way = self.under_way.saturating_sub(1);
        match signal {
            Signal::Answered { took } => self.answered(now, took, all_in_use),
            Signal::Throttled { wait, asked } => self.throttled(now, wait, asked, random),
            Signal::Failed => self.failed(now, None, random),
            Signal::Cancelled => {}
        }
    }

    fn answered(&mut self, now: Duration, took: Duration, all_in_use: bool) {
        self.round_trip = Some(self.round_trip.map_or(took, |known| known.mul_f64(0.9) + took.mul_f64(0.1)));
        self.failures_in_a_row = 0;
        self.openings = 0;
        self.breaker = Breaker::Closed;
        if self.last_refusal.is_some_and(|last| now.saturating_sub(last) >= self.settings.memory) {
            self.last_refusal = None;
            self.ceiling = None;
            self.probe = self.settings.probe;
        }
        if self.limit >= self.settings.most || !all_in_use {
            return;
        }
        self.successes += 1;
        let limit = u32::try_from(self.limit).unwrap_or(u32::MAX);
        let at_ceiling = self.ceiling.is_some_and(|ceiling| self.limit + 1 >= ceiling);
        let needed = if at_ceiling { self.probe.saturating_mul(limit) / 8 } else { limit };
        if self.successes >= needed {
            self.limit += 1;
            self.successes = 0;
        }
    }

    fn throttled(&mut self, now: Duration, wait: Duration, asked: Option<Duration>, random: f64) {
        let round_trip = self.round_trip.unwrap_or_default();
        self.kept.push(now + wait.max(round_trip));
        self.last_refusal = Some(now);
        self.failed(now, asked, random);
        // Requests that left before the limit was lowered say nothing of the new one.
        let is_news = self.last_decrease.is_none_or(|last| now.saturating_sub(last) >= round_trip);
        if self.is_breaker_open() || !is_news {
            return;
        }
        self.last_decrease = Some(now);
        self.successes = 0;
        let refused_at = self.limit;
        self.limit = match self.ceiling {
            Some(ceiling) if self.limit >= ceiling => {
                self.probe = self.probe.saturating_mul(2).min(self.settings.probe_most);
                ceiling - 1
            }
            _ => (self.limit - 1).min(share_of(self.limit, self.settings.decrease)),
        }
        .max(1);
        self.ceiling = Some(refused_at);
    }

    fn failed(&mut self, now: Duration, asked: Option<Duration>, random: f64) {
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        match self.breaker {
            // What left before the breaker opened belongs to the failures that opened it.
            Breaker::Open { until } if now < until => return,
            Breaker::Closed if self.failures_in_a_row < self.settings.breaker => return,
            Breaker::Closed => {
                self.limit = (self.limit / 2).max(1);
                self.successes = 0;
                self.ceiling = None;
            }
            Breaker::Open { .. } => {}
        }
        let doublings = self.openings.min(self.settings.breaker_doublings).min(31);
        let middle = self.settings.breaker_pause.saturating_mul(1 << doublings);
        let pause = middle.mul_f64(0.5 + random.clamp(0.0, 1.0)).max(asked.unwrap_or_default());
        self.openings += 1;
        self.breaker = Breaker::Open { until: now + pause };
    }
}

/// The whole part of a share of a limit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a limit is at most 15"
)]
fn share_of(limit: usize, share: f64) -> usize {
    (limit as f64 * share.clamp(0.0, 1.0)) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(600);
    const ANSWERED: Signal = Signal::Answered { took: ROUND_TRIP };
    const THROTTLED: Signal = Signal::Throttled { wait: Duration::from_millis(250), asked: None };

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn fill(rate: &mut RateController, now: Duration) {
        while rate.admit(now) == Admission::Granted {}
    }

    /// `count` requests finish, each time with every slot in use.
    fn finish(rate: &mut RateController, now: Duration, signal: Signal, count: usize) {
        for _ in 0..count {
            fill(rate, now);
            rate.finished(now, signal, 0.5);
        }
        fill(rate, now);
    }

    #[test]
    fn the_limit_grows_by_one_per_round_up_to_fifteen() {
        let mut rate = RateController::new(RateSettings::default());
        assert_eq!(rate.limit(), 10);
        finish(&mut rate, at(0), ANSWERED, 10);
        assert_eq!(rate.limit(), 11);
        finish(&mut rate, at(0), ANSWERED, 1_000);
        assert_eq!((rate.limit(), rate.under_way()), (MOST_IN_FLIGHT, MOST_IN_FLIGHT));
        assert_eq!(RateController::new(RateSettings::with_most(99)).settings.most, MOST_IN_FLIGHT);
        assert_eq!(RateController::new(RateSettings::with_most(0)).limit(), 1);
    }

    #[test]
    fn idle_slots_are_no_reason_to_grow() {
        let mut rate = RateController::new(RateSettings::default());
        for _ in 0..1_000 {
            assert_eq!(rate.admit(at(0)), Admission::Granted);
            rate.finished(at(0), ANSWERED, 0.5);
        }
        assert_eq!(rate.limit(), 10);
    }

    #[test]
    fn a_ceiling_is_remembered_tried_seldom_and_forgotten_after_a_while() {
        let mut rate = RateController::new(RateSettings::default());
        finish(&mut rate, at(0), ANSWERED, 10 + 11 + 12);
        assert_eq!(rate.limit(), 13);
        finish(&mut rate, at(1_000), THROTTLED, 1);
        assert_eq!(rate.limit(), 11, "the ceiling is somewhere below");
        let later = at(3_000);
        finish(&mut rate, later, ANSWERED, 11);
        assert_eq!(rate.limit(), 12);
        finish(&mut rate, later, ANSWERED, 36);
        assert_eq!(rate.limit(), 12, "at the ceiling, growth takes longer");
        finish(&mut rate, later, ANSWERED, 1);
        assert_eq!(rate.limit(), 13);
        finish(&mut rate, at(5_000), THROTTLED, 1);
        assert_eq!(rate.limit(), 12, "one below, not a share below");
        finish(&mut rate, at(7_000), ANSWERED, 74);
        assert_eq!(rate.limit(), 12, "and twice as long after each refusal");
        finish(&mut rate, at(35_001), ANSWERED, 12);
        assert_eq!(rate.limit(), 13, "half a minute later, it is forgotten");
    }

    #[test]
    fn refusals_of_one_round_lower_the_limit_once() {
        let mut rate = RateController::new(RateSettings::default());
        finish(&mut rate, at(0), ANSWERED, 1);
        fill(&mut rate, at(1_000));
        for _ in 0..4 {
            rate.finished(at(1_000), THROTTLED, 0.5);
        }
        assert_eq!(rate.limit(), 8);
        rate.finished(at(1_000) + ROUND_TRIP, THROTTLED, 0.5);
        assert_eq!(rate.limit(), 6);
    }

    #[test]
    fn the_slot_of_a_refused_request_is_kept_for_its_wait_and_at_least_a_round_trip() {
        let mut rate = RateController::new(RateSettings::with_most(2));
        finish(&mut rate, at(0), ANSWERED, 1);
        rate.finished(at(1_000), THROTTLED, 0.5);
        assert_eq!(rate.limit(), 1);
        rate.finished(at(1_100), Signal::Cancelled, 0.5);
        assert_eq!(rate.admit(at(1_599)), Admission::NotBefore(at(1_600)));
        assert_eq!(rate.admit(at(1_600)), Admission::Granted);
        assert_eq!(rate.admit(at(1_600)), Admission::AfterAnother);
        let asked = Signal::Throttled { wait: at(7_000), asked: Some(at(7_000)) };
        rate.finished(at(2_000), asked, 0.5);
        assert_eq!(rate.admit(at(2_000)), Admission::NotBefore(at(9_000)));
    }

    #[test]
    fn when_nothing_gets_through_the_breaker_lets_one_request_try_after_growing_pauses() {
        let mut rate = RateController::new(RateSettings::default());
        fill(&mut rate, at(0));
        for _ in 0..10 {
            rate.finished(at(0), Signal::Failed, 0.5);
        }
        assert_eq!(rate.limit(), 5);
        let mut now = at(0);
        for pause in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000, 16_000, 16_000, 16_000] {
            assert!(!rate.is_exhausted());
            assert_eq!(rate.admit(now), Admission::NotBefore(now + at(pause)));
            now += at(pause);
            assert_eq!((rate.admit(now), rate.admit(now)), (Admission::Granted, Admission::AfterAnother));
            rate.finished(now, Signal::Failed, 0.5);
        }
        assert!(rate.is_exhausted());
        let Admission::NotBefore(end) = rate.admit(now) else { panic!("the breaker is open") };
        assert_eq!(rate.admit(end), Admission::Granted);
        rate.finished(end, ANSWERED, 0.5);
        assert!(!rate.is_exhausted());
        fill(&mut rate, end);
        assert_eq!(rate.under_way(), 5, "one success closes the breaker");
    }

    #[test]
    fn what_the_vendor_asks_for_lengthens_the_pause() {
        let mut rate = RateController::new(RateSettings::default());
        fill(&mut rate, at(0));
        let asked = Signal::Throttled { wait: at(60_000), asked: Some(at(60_000)) };
        for _ in 0..8 {
            rate.finished(at(0), asked, 0.0);
        }
        assert_eq!(rate.admit(at(1)), Admission::NotBefore(at(60_000)));
    }

    proptest! {
        #[test]
        fn whatever_happens_the_limit_is_kept_and_a_way_on_is_told(
            most in 0_usize..40,
            steps in proptest::collection::vec((0_u8..5, 0_u64..40_000, 0.0_f64..1.0), 1..400),
        ) {
            let mut rate = RateController::new(RateSettings::with_most(most));
            let mut now = Duration::ZERO;
            for (step, milliseconds, random) in steps {
                now += at(milliseconds / 50);
                let signal = match step {
                    0 => ANSWERED,
                    1 => Signal::Throttled { wait: at(milliseconds), asked: None },
                    2 => Signal::Failed,
                    3 => Signal::Cancelled,
                    _ => {
                        let before = rate.under_way();
                        match rate.admit(now) {
                            Admission::Granted => prop_assert_eq!(rate.under_way(), before + 1),
                            Admission::NotBefore(then) => prop_assert!(then > now),
                            Admission::AfterAnother => prop_assert!(before > 0),
                        }
                        continue;
                    }
                };
                if rate.under_way() > 0 {
                    rate.finished(now, signal, random);
                }
                prop_assert!((1..=most.clamp(1, MOST_IN_FLIGHT)).contains(&rate.limit()));
                prop_assert!(rate.under_way() <= MOST_IN_FLIGHT);
            }
        }
    }
}
