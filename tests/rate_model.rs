//! The rate controller alone against a vendor reduced to its slots: no ledger, no tokens, nothing but time. Thousands
//! of requests take milliseconds, so that every target of docs/reliability.md is held with many seeds in each
//! `cargo test`. `rate_scenarios` plays the same scenarios with whole uploads.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use onroll::sandbox::SandboxSettings;
use onroll::upload::{
    Admission, FailureClass, MOST_IN_FLIGHT, RateController, RateSettings, RetrySettings, RetryStep, Signal, Ticket,
    next_step,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use support::simulated::{TARGETS, scenario};

/// Requests of a client.
const REQUESTS: usize = 3_000;
/// Seeds of each scenario.
const SEEDS: u64 = 16;
/// Requests that a client has at hand at once, as an upload's workers do.
const WORKERS: usize = 30;
/// After others got through, backoff does not grow beyond this many doublings.
const ATTEMPTS_WHILE_OTHERS_SUCCEED: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Served,
    Refused,
    Unavailable,
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Answer { request: usize, end: End },
    Again { request: usize },
    Look,
}

#[derive(Clone, Copy)]
struct Request {
    ticket: Option<Ticket>,
    began: Duration,
    attempts: u32,
    held_slot: bool,
    failed_before: bool,
    /// The work was done and the answer lost: what comes now finds that out, and is no use to the vendor's capacity.
    done: bool,
}

struct Client {
    rate: RateController,
    requests: Vec<Request>,
    to_send_again: VecDeque<usize>,
    failed_before: usize,
    at_hand: usize,
    finished: usize,
    ended: Duration,
}

struct Sent {
    client: usize,
    at: Duration,
    answered: Duration,
    useful: bool,
    refused: bool,
}

struct Play {
    settings: SandboxSettings,
    /// How long after the first client the others begin.
    later: Duration,
    chance: ChaCha8Rng,
    clients: Vec<Client>,
    agenda: BinaryHeap<Reverse<(Duration, usize, usize, Happening)>>,
    order: usize,
    slots_in_use: usize,
    sent: Vec<Sent>,
    peak: usize,
}

#[derive(Clone, Copy)]
struct Figures {
    goodput: f64,
    wasted: f64,
    fairness: f64,
    peak: usize,
}

impl Play {
    fn new(settings: SandboxSettings, clients: usize, seed: u64) -> Self {
        let client = || Client {
            rate: RateController::new(RateSettings::default()),
            requests: Vec::new(),
            to_send_again: VecDeque::new(),
            failed_before: 0,
            at_hand: 0,
            finished: 0,
            ended: Duration::MAX,
        };
        Self {
            settings,
            later: Duration::ZERO,
            chance: ChaCha8Rng::seed_from_u64(seed),
            clients: (0..clients).map(|_| client()).collect(),
            agenda: BinaryHeap::new(),
            order: 0,
            slots_in_use: 0,
            sent: Vec::new(),
            peak: 0,
        }
    }

    fn plan(&mut self, at: Duration, client: usize, happening: Happening) {
        self.order += 1;
        self.agenda.push(Reverse((at, self.order, client, happening)));
    }

    fn run(mut self) -> Figures {
        for client in 0..self.clients.len() {
            let begins = if client == 0 { Duration::ZERO } else { self.later };
            self.plan(begins, client, Happening::Look);
        }
        while let Some(Reverse((now, _, client, happening))) = self.agenda.pop() {
            match happening {
                Happening::Look => {}
                Happening::Again { request } => self.clients[client].to_send_again.push_back(request),
                Happening::Answer { request, end } => self.answer(now, client, request, end),
            }
            self.send_what_may_be_sent(now, client);
        }
        self.figures()
    }

    fn answer(&mut self, now: Duration, client: usize, number: usize, end: End) {
        let (for_retry, for_rate): (f64, f64) = (self.chance.random(), self.chance.random());
        let state = &mut self.clients[client];
        let request = &mut state.requests[number];
        if std::mem::take(&mut request.held_slot) {
            self.slots_in_use -= 1;
        }
        let ticket = request.ticket.take().expect("it was admitted");
        if end == End::Served {
            state.rate.finished(now, ticket, Signal::Answered { took: now.saturating_sub(request.began) }, for_rate);
            state.failed_before -= usize::from(std::mem::take(&mut request.failed_before));
            state.at_hand -= 1;
            state.finished += 1;
            if state.finished == REQUESTS {
                state.ended = now;
            }
            return;
        }
        let class = if end == End::Refused { FailureClass::Throttled } else { FailureClass::Ambiguous };
        let RetryStep::Wait(wait) = next_step(&RetrySettings::default(), request.attempts, class, None, for_retry)
        else {
            panic!("given up");
        };
        let signal = if end == End::Refused { Signal::Throttled { wait, asked: None } } else { Signal::Failed };
        state.rate.finished(now, ticket, signal, for_rate);
        if end == End::Refused {
            request.attempts = request.attempts.min(ATTEMPTS_WHILE_OTHERS_SUCCEED);
        }
        request.done |= end == End::Lost;
        state.failed_before += usize::from(!std::mem::replace(&mut request.failed_before, true));
        assert!(!state.rate.is_exhausted(), "the run would have stopped");
        self.plan(now + wait, client, Happening::Again { request: number });
    }

    fn send_what_may_be_sent(&mut self, now: Duration, client: usize) {
        loop {
            let state = &mut self.clients[client];
            let gives_way = state.failed_before > 0 && state.rate.is_breaker_open();
            let has_new = state.requests.len() < REQUESTS && state.at_hand < WORKERS && !gives_way;
            if state.to_send_again.is_empty() && !has_new {
                return;
            }
            match state.rate.admit(now) {
                Admission::AfterAnother => return,
                Admission::NotBefore(then) => return self.plan(then, client, Happening::Look),
                Admission::Granted(ticket) => self.send(now, client, ticket),
            }
        }
    }

    fn send(&mut self, now: Duration, client: usize, ticket: Ticket) {
        let state = &mut self.clients[client];
        let number = state.to_send_again.pop_front().unwrap_or_else(|| {
            state.at_hand += 1;
            state.requests.push(Request {
                ticket: None,
                began: now,
                attempts: 0,
                held_slot: false,
                failed_before: false,
                done: false,
            });
            state.requests.len() - 1
        });
        self.peak = self.peak.max(state.rate.under_way());
        let (jitter, fate): (f64, f64) = (self.chance.random(), self.chance.random());
        let settings = &self.settings;
        let has_slot = settings.slots_at(now).is_none_or(|slots| self.slots_in_use < slots);
        let (end, takes) = if settings.is_out_at(now) {
            (End::Unavailable, settings.refusal_time)
        } else if has_slot {
            let end = match fate {
                fate if fate < settings.rates.lost => End::Lost,
                fate if fate < settings.rates.lost + settings.rates.unavailable => End::Unavailable,
                _ => End::Served,
            };
            (end, settings.latency + settings.latency_jitter.mul_f64(jitter))
        } else {
            (End::Refused, settings.refusal_time)
        };
        let request = &mut state.requests[number];
        request.ticket = Some(ticket);
        request.began = now;
        request.attempts += 1;
        request.held_slot = has_slot && !settings.is_out_at(now);
        self.slots_in_use += usize::from(request.held_slot);
        let useful = !request.done && matches!(end, End::Served | End::Lost);
        self.sent.push(Sent { client, at: now, answered: now + takes, useful, refused: end == End::Refused });
        self.plan(now + takes, client, Happening::Answer { request: number, end });
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of thousands")]
    fn figures(&self) -> Figures {
        // Of several clients, only the time in which all were at work says something about sharing.
        let end = self.clients.iter().map(|client| client.ended).min().expect("a client");
        let within: Vec<&Sent> = self.sent.iter().filter(|sent| (self.later..=end).contains(&sent.at)).collect();
        let useful = within.iter().filter(|sent| sent.useful);
        let busy: f64 = useful.map(|sent| sent.answered.min(end).saturating_sub(sent.at).as_secs_f64()).sum();
        let step = Duration::from_millis(10);
        let offered = |at: Duration| {
            let slots = self.settings.slots_at(at).unwrap_or(MOST_IN_FLIGHT).min(MOST_IN_FLIGHT);
            if self.settings.is_out_at(at) { 0 } else { slots }
        };
        let moment = |at: Duration| u32::try_from(at.as_millis() / step.as_millis()).expect("minutes");
        let offered: f64 =
            (moment(self.later)..moment(end)).map(|moment| offered(step * moment) as f64 * step.as_secs_f64()).sum();
        let shares: Vec<f64> = (0..self.clients.len())
            .map(|client| within.iter().filter(|sent| sent.client == client && sent.useful).count() as f64)
            .collect();
        let (sum, squares) = (shares.iter().sum::<f64>(), shares.iter().map(|share| share * share).sum::<f64>());
        Figures {
            goodput: busy / offered,
            wasted: within.iter().filter(|sent| sent.refused).count() as f64 / within.len() as f64,
            fairness: sum * sum / (shares.len() as f64 * squares),
            peak: self.peak,
        }
    }
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "a few seeds")]
fn every_target_of_the_rate_control_is_reached_with_many_seeds() {
    let mut missed = Vec::new();
    for target in TARGETS {
        let settings = scenario(target.scenario);
        let play = |seed| Play::new(settings.clone(), target.clients, seed).run();
        let figures: Vec<Figures> = (0..SEEDS).map(|seed| play(seed * 7_919 + 1)).collect();
        let mean = |value: fn(&Figures) -> f64| figures.iter().map(value).sum::<f64>() / SEEDS as f64;
        let peak = figures.iter().map(|figures| figures.peak).max().expect("seeds");
        let line = target.line(
            mean(|figures| figures.goodput),
            mean(|figures| figures.wasted),
            mean(|figures| figures.fairness),
            peak,
        );
        println!("{line}");
        let is_met = target.is_met(
            mean(|figures| figures.goodput),
            mean(|figures| figures.wasted),
            mean(|figures| figures.fairness),
        );
        if !is_met || peak > MOST_IN_FLIGHT {
            missed.push(line);
        }
    }
    assert!(missed.is_empty(), "below the target: {missed:#?}");
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "a few seeds")]
fn a_client_that_comes_half_a_minute_later_gets_its_share() {
    let play = |seed| {
        let mut play = Play::new(scenario("slots-12"), 2, seed * 7_919 + 1);
        play.later = Duration::from_secs(30);
        play.run()
    };
    let figures: Vec<Figures> = (0..SEEDS).map(play).collect();
    let mean = |value: fn(&Figures) -> f64| figures.iter().map(value).sum::<f64>() / SEEDS as f64;
    let (goodput, wasted, fairness) =
        (mean(|figures| figures.goodput), mean(|figures| figures.wasted), mean(|figures| figures.fairness));
    println!("{goodput:.3} {wasted:.4} {fairness:.3}");
    assert!(goodput >= 0.88 && wasted <= 0.02 && fairness >= 0.9, "{goodput:.3} {wasted:.4} {fairness:.3}");
}
