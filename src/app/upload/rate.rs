//! How many requests may be under way: a pure state machine fed with what became of each. It neither sleeps nor sends.
//!
//! The vendor refuses what exceeds a ceiling that it does not state, and a refusal is no queue: latency says nothing
//! before it is reached. What does say something is how many others were under way when a request left. If it was
//! answered, so many and one are within the ceiling; if it was refused, no more than those others are. So the limit
//! goes up after a request that used the last slot was answered, and goes down to exactly what the vendor held when it
//! refused.
//!
//! At a known ceiling, one request more is tried now and then, at growing intervals: at once enough to notice when a
//! neighbour has left, and seldom enough to waste next to nothing. After such a trial was refused, a part of the limit
//! is given back for a moment, and the larger the limit the more: a client that came later finds room, and clients of
//! one project end up with equal shares. As long as nobody takes what was given back, it is given more seldom.
//!
//! When nothing gets through any more, a breaker lets no request pass for a growing time and then one alone.

use std::time::Duration;

/// Most requests in flight that are ever allowed: the upper end of the ceiling that the vendor publishes (10 to 15).
pub const MOST_IN_FLIGHT: usize = 15;

/// Figures of a [`RateController`]. They were searched for in simulations of ceilings of 3 to 15 that are fixed, move,
/// or are shared by two or three clients, and checked with other seeds; docs/reliability.md has what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSettings {
    /// The limit at the start, at most `most`. Two clients that begin together are within a usual ceiling with it, so
    /// that neither begins by being refused.
    pub start: usize,
    /// The highest limit, 1 to [`MOST_IN_FLIGHT`]; others are clamped.
    pub most: usize,
    /// By how much the limit grows when it has proved to be within the ceiling.
    pub step: usize,
    /// Answers at a ceiling after which it is tried for the first time.
    pub trial: f64,
    /// Each refused trial multiplies `trial` by this.
    pub trial_growth: f64,
    /// Trials are at most so many answers apart for each slot of the limit: for a large limit, this counts.
    pub trial_by_limit: f64,
    /// Trials are at most so many answers apart times the square of the limit: a small limit, which means that somebody
    /// else has the rest, is tried more often.
    pub trial_by_square: f64,
    /// After so many refused trials in a row the greatest distance between them has doubled; it triples at most.
    pub trial_patience: f64,
    /// Of a limit of so many slots, so many are given back; of others in the proportion of their squares.
    pub given_back_wholly_at: f64,
    /// How long slots are given back, in round trips.
    pub given_back_for: f64,
    /// After how many refused trials slots are given back where nobody took them before; otherwise after each.
    pub untaken_gifts_apart: u32,
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
            start: 6,
            most: MOST_IN_FLIGHT,
            step: 2,
            trial: 30.0,
            trial_growth: 3.0,
            trial_by_limit: 12.0,
            trial_by_square: 2.6,
            trial_patience: 6.0,
            given_back_wholly_at: 55.0,
            given_back_for: 4.5,
            untaken_gifts_apart: 3,
            breaker: 8,
            breaker_pause: Duration::from_millis(500),
            breaker_doublings: 4,
            breaker_openings: 14,
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
        /// When it will be sent again.
        wait: Duration,
        /// What the vendor asked for, already capped: its slot is kept as long.
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
    /// Yes: it counts as under way until [`RateController::finished`] is called with its ticket.
    Granted(Ticket),
    /// Not before this time; ask again then, or when a request has finished.
    NotBefore(Duration),
    /// Not before a request has finished.
    AfterAnother,
}

/// What is remembered of a request that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// How many others were under way when it left.
    beside: usize,
    /// It used the last slot, and no other request that did was under way: its end says whether the limit holds.
    decides: bool,
}

/// The state of the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaker {
    /// Requests pass.
    Closed,
    /// None pass before this time; then one.
    Open { until: Duration },
}

/// Slots that were given back, for whoever needs them more.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Gifts {
    /// The limit does not grow before.
    until: Duration,
    /// Slots were given back, and it is not known yet whether somebody took them.
    is_open: bool,
    /// After how many refused trials slots are given back.
    apart: u32,
    /// Refused trials since the last gift.
    trials: u32,
}

/// Decides how many requests may be under way. Times are those of one clock that does not go back, whatever its
/// beginning.
#[derive(Clone, Debug)]
pub struct RateController {
    settings: RateSettings,
    limit: usize,
    under_way: usize,
    /// A request whose end decides on the limit is under way.
    is_deciding: bool,
    /// Until when the slots of refused requests are kept.
    kept: Vec<Duration>,
    /// Every slot was in use at some time since the limit last changed.
    is_used: bool,
    /// Answers since then.
    answers: u32,
    /// Answers between two trials, before the bounds that the limit sets.
    trial: f64,
    /// Refused trials in a row.
    refused_trials: u32,
    /// The lowest limit that is known to be too high.
    ceiling: Option<usize>,
    last_refusal: Option<Duration>,
    gifts: Gifts,
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
            trial: settings.trial,
            settings,
            under_way: 0,
            is_deciding: false,
            kept: Vec::new(),
            is_used: false,
            answers: 0,
            refused_trials: 0,
            ceiling: None,
            last_refusal: None,
            gifts: Gifts { until: Duration::ZERO, is_open: false, apart: 1, trials: 0 },
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
        let beside = self.under_way;
        self.under_way += 1;
        let is_last = self.under_way == self.limit;
        let decides = is_last && !self.is_deciding;
        self.is_used |= is_last;
        self.is_deciding |= decides;
        Admission::Granted(Ticket { beside, decides })
    }

    /// Takes in what became of a request that was granted. `random` is in 0..1.
    pub fn finished(&mut self, now: Duration, ticket: Ticket, signal: Signal, random: f64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.is_deciding &= !ticket.decides;
        match signal {
            Signal::Answered { took } => self.answered(now, took, ticket),
            Signal::Throttled { wait, asked } => self.throttled(now, wait, asked, ticket, random),
            Signal::Failed => self.failed(now, None, random),
            Signal::Cancelled => {}
        }
    }

    fn answered(&mut self, now: Duration, took: Duration, ticket: Ticket) {
        self.round_trip = Some(self.round_trip.map_or(took, |known| known.mul_f64(0.9) + took.mul_f64(0.1)));
        self.failures_in_a_row = 0;
        self.openings = 0;
        self.breaker = Breaker::Closed;
        // Where one was refused meanwhile, not all that were counted beside it were served.
        let is_proof = ticket.decides && self.last_refusal.is_none_or(|last| now.saturating_sub(took) >= last);
        if is_proof && self.ceiling.is_some_and(|ceiling| ticket.beside + 1 >= ceiling) {
            self.ceiling = None;
            self.begin_trials();
        }
        if !self.is_used || now < self.gifts.until || self.limit >= self.settings.most {
            return;
        }
        self.answers += 1;
        let next = match self.ceiling {
            Some(ceiling) if self.limit + 1 >= ceiling => {
                if f64::from(self.answers) < self.answers_between_trials() {
                    return;
                }
                self.limit + 1
            }
            // What was given back was within the ceiling a moment ago.
            Some(ceiling) if self.gifts.is_open => ceiling - 1,
            _ if !is_proof || ticket.beside + 1 < self.limit => return,
            Some(ceiling) => (self.limit + self.settings.step).min(ceiling - 1),
            None => self.limit + self.settings.step,
        };
        self.set_limit(next.min(self.settings.most));
    }

    const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.is_used = false;
        self.answers = 0;
    }

    fn begin_trials(&mut self) {
        self.trial = self.settings.trial;
        self.refused_trials = 0;
    }

    /// Answers at the ceiling after which one request more is tried.
    fn answers_between_trials(&self) -> f64 {
        let limit = as_figure(self.limit);
        let bound = (self.settings.trial_by_limit * limit).min(self.settings.trial_by_square * limit * limit);
        let patience = (1.0 + f64::from(self.refused_trials) / self.settings.trial_patience).min(3.0);
        self.trial.min(bound * patience)
    }

    fn throttled(&mut self, now: Duration, wait: Duration, asked: Option<Duration>, ticket: Ticket, random: f64) {
        let round_trip = self.round_trip.unwrap_or(wait);
        self.last_refusal = Some(now);
        self.failed(now, asked, random);
        if self.is_breaker_open() {
            self.kept.push(now + asked.unwrap_or(wait).max(round_trip));
            return;
        }
        if let Some(asked) = asked {
            self.kept.push(now + asked);
        }
        let held = ticket.beside.clamp(1, self.limit);
        if held == self.limit && self.limit > 1 {
            // It left before the limit was lowered, and says nothing new.
            return;
        }
        let was_trial = self.ceiling.is_some_and(|ceiling| self.limit >= ceiling) && held + 1 == self.limit;
        self.ceiling = Some(held + 1);
        self.set_limit(held);
        if was_trial {
            self.trial_refused(now, round_trip, random);
        } else {
            if asked.is_none() {
                self.kept.push(now + wait.clamp(round_trip / 2, round_trip));
            }
            if std::mem::take(&mut self.gifts.is_open) {
                self.gifts = Gifts { apart: 1, trials: 0, ..self.gifts };
            }
            self.begin_trials();
        }
    }

    /// The ceiling holds: the next trial is later, and slots may be given back.
    fn trial_refused(&mut self, now: Duration, round_trip: Duration, random: f64) {
        self.trial = (self.trial * self.settings.trial_growth).min(1e6);
        self.refused_trials += 1;
        self.gifts.trials += 1;
        if std::mem::take(&mut self.gifts.is_open) {
            self.gifts.apart = self.settings.untaken_gifts_apart;
        }
        if self.gifts.trials < self.gifts.apart {
            return;
        }
        self.gifts.trials = 0;
        let given = as_figure(self.limit).powi(2) / self.settings.given_back_wholly_at;
        // Chance decides on the fraction.
        let given = (1..self.limit).take_while(|slots| as_figure(*slots) <= given + random.clamp(0.0, 1.0)).count();
        if given > 0 {
            self.set_limit(self.limit - given);
            self.gifts.is_open = true;
            self.gifts.until = now + round_trip.mul_f64(self.settings.given_back_for);
        }
    }

    fn failed(&mut self, now: Duration, asked: Option<Duration>, random: f64) {
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        match self.breaker {
            // What left before the breaker opened belongs to the failures that opened it.
            Breaker::Open { until } if now < until => return,
            Breaker::Closed if self.failures_in_a_row < self.settings.breaker => return,
            Breaker::Closed => {
                self.set_limit((self.limit / 2).max(1));
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

/// A limit, for calculating with it.
#[expect(clippy::cast_precision_loss, reason = "a limit is at most 15")]
const fn as_figure(limit: usize) -> f64 {
    limit as f64
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

    /// A vendor that serves so many requests at once, in the order in which they come, and a client with no end of
    /// work.
    struct Play {
        rate: RateController,
        ceiling: usize,
        now: Duration,
        under_way: Vec<(Ticket, bool)>,
        refused: usize,
    }

    impl Play {
        fn new(ceiling: usize) -> Self {
            let rate = RateController::new(RateSettings::default());
            Self { rate, ceiling, now: at(1_000), under_way: Vec::new(), refused: 0 }
        }

        fn fill(&mut self) {
            while let Admission::Granted(ticket) = self.rate.admit(self.now) {
                let served = self.under_way.iter().filter(|(_, served)| *served).count() < self.ceiling;
                self.under_way.push((ticket, served));
            }
        }

        /// A round: refusals come at once, everything else after a round trip.
        fn round(&mut self) {
            self.fill();
            while let Some(refused) = self.under_way.iter().position(|(_, served)| !served) {
                let (ticket, _) = self.under_way.remove(refused);
                self.rate.finished(self.now, ticket, THROTTLED, 0.0);
                self.refused += 1;
                self.fill();
            }
            self.now += ROUND_TRIP;
            for (ticket, _) in std::mem::take(&mut self.under_way) {
                self.rate.finished(self.now, ticket, ANSWERED, 0.0);
            }
        }

        fn rounds(&mut self, rounds: usize) -> &mut Self {
            (0..rounds).for_each(|_| self.round());
            self
        }
    }

    fn granted(rate: &mut RateController, now: Duration) -> Ticket {
        match rate.admit(now) {
            Admission::Granted(ticket) => ticket,
            other => panic!("a free slot, and {other:?}"),
        }
    }

    #[test]
    fn the_limit_grows_as_long_as_nothing_is_refused_and_never_beyond_fifteen() {
        let mut play = Play::new(99);
        assert_eq!(play.rate.limit(), 6);
        assert_eq!([1, 1, 1, 1, 1, 30].map(|rounds| play.rounds(rounds).rate.limit()), [8, 10, 12, 14, 15, 15]);
        assert_eq!(RateController::new(RateSettings::with_most(99)).settings.most, MOST_IN_FLIGHT);
        assert_eq!(RateController::new(RateSettings::with_most(0)).limit(), 1);
    }

    #[test]
    fn idle_slots_are_no_reason_to_grow() {
        let mut rate = RateController::new(RateSettings::default());
        for _ in 0..1_000 {
            let ticket = granted(&mut rate, at(0));
            rate.finished(at(0), ticket, ANSWERED, 0.5);
        }
        assert_eq!(rate.limit(), 6);
    }

    #[test]
    fn one_round_of_refusals_brings_the_limit_to_what_the_vendor_holds() {
        for ceiling in 1..6 {
            let mut play = Play::new(ceiling);
            play.round();
            assert_eq!((play.rate.limit(), play.refused), (ceiling, 6 - ceiling));
        }
    }

    #[test]
    fn a_known_ceiling_is_tried_more_and_more_seldom_and_each_trial_costs_one_refusal() {
        let mut play = Play::new(12);
        play.rounds(10);
        assert!(play.rate.limit() <= 12);
        let refused_in = |play: &mut Play, rounds| {
            let before = play.refused;
            play.rounds(rounds);
            play.refused - before
        };
        let (soon, later) = (refused_in(&mut play, 100), refused_in(&mut play, 100));
        assert!((4..=10).contains(&soon) && later <= soon, "{soon} {later}");
        assert!((9..=13).contains(&play.rate.limit()));
    }

    #[test]
    fn when_the_ceiling_rises_it_is_found_out_and_growth_is_quick() {
        let mut play = Play::new(8);
        play.rounds(40);
        play.ceiling = 12;
        let rounds = (1..40).find(|_| play.rounds(1).rate.limit() >= 12);
        assert!(rounds.is_some_and(|rounds| rounds <= 20), "{rounds:?}");
    }

    #[test]
    fn after_a_refused_trial_the_larger_limit_gives_more_back_and_takes_it_again_where_nobody_wants_it() {
        let given_back = |ceiling: usize| {
            let mut play = Play::new(ceiling);
            let lowest = (0..200).map(|_| play.rounds(1).rate.limit()).skip(20).min().expect("rounds");
            let now_and_then = (0..60).map(|_| play.rounds(1).rate.limit()).max().expect("rounds");
            assert!(now_and_then >= ceiling, "{now_and_then}");
            ceiling - lowest
        };
        assert_eq!([4, 8, 12].map(given_back), [0, 1, 2]);
    }

    #[test]
    fn an_answer_that_left_beside_a_refused_one_proves_nothing() {
        let mut rate = RateController::new(RateSettings { start: 2, ..RateSettings::default() });
        let (first, second) = (granted(&mut rate, at(1_000)), granted(&mut rate, at(1_000)));
        rate.finished(at(1_050), first, THROTTLED, 0.5);
        assert_eq!(rate.limit(), 1);
        rate.finished(at(1_600), second, ANSWERED, 0.5);
        assert_eq!(rate.limit(), 1, "it was counted beside one that was refused");
    }

    #[test]
    fn the_slot_of_a_request_refused_out_of_the_blue_is_kept_for_a_while() {
        let mut rate = RateController::new(RateSettings::with_most(2));
        let first = granted(&mut rate, at(0));
        rate.finished(at(600), first, ANSWERED, 0.5);
        let (first, second) = (granted(&mut rate, at(1_000)), granted(&mut rate, at(1_000)));
        rate.finished(at(1_050), second, THROTTLED, 0.5);
        rate.finished(at(1_100), first, Signal::Cancelled, 0.5);
        assert_eq!(rate.admit(at(1_349)), Admission::NotBefore(at(1_350)), "half a round trip");
        granted(&mut rate, at(1_350));
        assert_eq!(rate.admit(at(1_350)), Admission::AfterAnother);
    }

    #[test]
    fn the_slot_is_kept_as_long_as_the_vendor_asks() {
        let mut rate = RateController::new(RateSettings::with_most(1));
        let only = granted(&mut rate, at(0));
        rate.finished(at(2_000), only, Signal::Throttled { wait: at(7_300), asked: Some(at(7_000)) }, 0.5);
        assert_eq!(rate.admit(at(2_000)), Admission::NotBefore(at(9_000)));
    }

    #[test]
    fn when_nothing_gets_through_the_breaker_lets_one_request_try_after_growing_pauses() {
        let mut rate = RateController::new(RateSettings::default());
        for _ in 0..8 {
            let ticket = granted(&mut rate, at(0));
            rate.finished(at(0), ticket, Signal::Failed, 0.5);
        }
        assert_eq!(rate.limit(), 3);
        let mut now = at(0);
        for pause in [500, 1_000, 2_000, 4_000].into_iter().chain([8_000; 10]) {
            assert!(!rate.is_exhausted());
            assert_eq!(rate.admit(now), Admission::NotBefore(now + at(pause)));
            now += at(pause);
            let ticket = granted(&mut rate, now);
            assert_eq!(rate.admit(now), Admission::AfterAnother);
            rate.finished(now, ticket, Signal::Failed, 0.5);
        }
        assert!(rate.is_exhausted());
        let Admission::NotBefore(end) = rate.admit(now) else { panic!("the breaker is open") };
        let ticket = granted(&mut rate, end);
        rate.finished(end, ticket, ANSWERED, 0.5);
        assert!(!rate.is_exhausted());
        while let Admission::Granted(_) = rate.admit(end) {}
        assert_eq!(rate.under_way(), 3, "one success closes the breaker");
    }

    #[test]
    fn what_the_vendor_asks_for_lengthens_the_pause() {
        let mut rate = RateController::new(RateSettings::default());
        for failures in 0..8 {
            let ticket = granted(&mut rate, at(0));
            // Seven faults first, so that no slot is kept.
            if failures < 7 {
                rate.finished(at(0), ticket, Signal::Failed, 0.0);
                continue;
            }
            let asked = Signal::Throttled { wait: at(60_000), asked: Some(at(60_000)) };
            rate.finished(at(0), ticket, asked, 0.0);
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
            let (mut now, mut tickets) = (Duration::ZERO, Vec::new());
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
                            Admission::Granted(ticket) => {
                                prop_assert_eq!(rate.under_way(), before + 1);
                                tickets.push(ticket);
                            }
                            Admission::NotBefore(then) => prop_assert!(then > now),
                            Admission::AfterAnother => prop_assert!(before > 0),
                        }
                        continue;
                    }
                };
                if !tickets.is_empty() {
                    let index = usize::try_from(milliseconds).unwrap_or_default() % tickets.len();
                    rate.finished(now, tickets.swap_remove(index), signal, random);
                }
                prop_assert!((1..=most.clamp(1, MOST_IN_FLIGHT)).contains(&rate.limit()));
                prop_assert!(rate.under_way() <= MOST_IN_FLIGHT);
            }
        }
    }
}
