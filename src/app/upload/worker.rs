//! One batch from its first request until each of its persons has an outcome.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::access::diagnose;
use super::answers::{Reported, reports_by_subject};
use super::api::{CreateEntry, PatientApi, StoredSubject};
use super::batch::{Batch, MAX_BATCH};
use super::compare::{held_otherwise, is_same_person, stored_since};
use super::error::UploadError;
use super::event::Event;
use super::failure::{ApiFailure, FailureClass};
use super::pace::{Slot, Turn};
use super::policy::{RetryStep, next_step};
use super::reason::printable_reason;
use super::shared::Shared;
use crate::ledger::{AttemptId, Settlement};
use onroll_core::domain::{PersonState, SubjectRecord};
use onroll_core::fail_point;

/// Batches in a row without a clear answer after which the run pauses rather than turn a whole roster unknown.
pub(super) const MOST_FRUITLESS: u32 = 3;
/// Backoff does not grow beyond this many doublings, and nobody gives up, while other requests get through.
const ATTEMPTS_WHILE_OTHERS_SUCCEED: u32 = 3;
/// How often a subject that "exists" is looked up before the vendor is taken to hide it.
const LOOKUPS_OF_A_HIDDEN_SUBJECT: u32 = 3;

/// A person without an outcome yet.
#[derive(Clone)]
struct Open {
    record: SubjectRecord,
    /// An intent of this run is in the ledger.
    intended: bool,
    /// A request of ours, of this run or an earlier one, may have created it.
    may_have_arrived: bool,
    /// A batch with it was refused as a whole in this run, and may have been done in part.
    refused_in_batch: bool,
    /// When it was first sent in this run, in milliseconds.
    first_sent: i64,
}

impl Open {
    /// Whether a refusal leaves open that an earlier request created the person all the same.
    const fn needs_a_look(&self) -> bool {
        self.may_have_arrived || self.refused_in_batch
    }
}

/// Persons that are sent together.
struct Group {
    persons: Vec<Open>,
    attempts: u32,
}

impl Group {
    fn new(persons: Vec<Open>) -> Self {
        Self { persons, attempts: 0 }
    }

    const fn turn(&self) -> Turn {
        if self.attempts == 0 { Turn::First } else { Turn::Again }
    }

    fn ids(&self) -> Vec<Uuid> {
        self.persons.iter().map(|person| person.record.id).collect()
    }
}

/// What sending a group came to.
enum Sent {
    Answered(AttemptId, Vec<CreateEntry>),
    Failed(ApiFailure),
    /// The run was stopped while waiting to send again.
    Stopped,
}

/// What a look-up came to.
enum Found {
    Settled(Settlement),
    Failed(ApiFailure),
    Stopped,
}

/// Sees batches through.
pub(super) struct Worker<A> {
    shared: Arc<Shared<A>>,
}

impl<A: PatientApi> Worker<A> {
    pub(super) fn new(shared: Arc<Shared<A>>) -> Self {
        Self { shared }
    }

    /// Sends subjects until each has an outcome or the run is stopped.
    pub(super) async fn settle_all(&self, subjects: Vec<SubjectRecord>) -> Result<(), UploadError> {
        let mut open: Vec<Group> =
            subjects.chunks(MAX_BATCH).map(|chunk| Group::new(chunk.iter().map(opened).collect())).collect();
        while let Some(mut group) = open.pop() {
            if self.shared.is_stopped() {
                open.push(group);
                break;
            }
            match self.send(&mut group).await? {
                Sent::Answered(attempt, entries) => self.handle_answer(group, attempt, &entries, &mut open).await?,
                Sent::Failed(failure) => self.handle_failure(group, &failure, &mut open).await?,
                Sent::Stopped => open.push(group),
            }
        }
        self.release(open.into_iter().flat_map(|group| group.persons).collect()).await
    }

    /// Sends a group until there is an answer, or a failure that sending again does not mend.
    async fn send(&self, group: &mut Group) -> Result<Sent, UploadError> {
        let mut progress = self.shared.progress.load(Ordering::SeqCst);
        let mut coming_again = None;
        loop {
            let attempt = self.intend(group).await?;
            let Some(batch) = Batch::new(group.persons.iter().map(|person| person.record.clone()).collect()) else {
                return Ok(Sent::Stopped);
            };
            let Some(slot) = self.shared.slot(group.turn()).await else { return Ok(Sent::Stopped) };
            self.shared.emit(Event::BatchSent { subjects: group.persons.len() });
            fail_point::pass_or_die("intent.durable");
            let answer = self.shared.api.create_batch(&batch).await;
            fail_point::pass_or_die("answer.received");
            let step = self.let_go(slot, group.attempts + 1, answer.as_ref().err());
            self.count_request(group.attempts, answer.as_ref().err()).await;
            group.attempts += 1;
            let failure = match answer {
                Ok(entries) => return Ok(Sent::Answered(attempt, entries)),
                Err(failure) => failure,
            };
            self.note_failure(attempt, &failure).await?;
            if failure.class == FailureClass::Ambiguous {
                group.persons.iter_mut().for_each(|person| person.may_have_arrived = true);
            }
            let now = self.shared.progress.load(Ordering::SeqCst);
            if now != progress && failure.class != FailureClass::Ambiguous {
                group.attempts = group.attempts.min(ATTEMPTS_WHILE_OTHERS_SUCCEED);
            }
            progress = now;
            coming_again.get_or_insert_with(|| self.shared.pace.coming_again());
            match self.wait_for(step, failure.class).await {
                Waited::SendAgain => {}
                Waited::GiveUp => return Ok(Sent::Failed(failure)),
                Waited::Stopped => return Ok(Sent::Stopped),
            }
        }
    }

    /// Gives a slot back with what became of its request. `attempts` is how often it has been sent by now.
    fn let_go(&self, slot: Slot<'_>, attempts: u32, failure: Option<&ApiFailure>) -> RetryStep {
        let Some(failure) = failure else {
            slot.answered();
            return RetryStep::GiveUp;
        };
        let step = self.step_after(failure, attempts);
        match (failure.class, step) {
            (FailureClass::Throttled, RetryStep::Wait(wait)) => {
                let most = self.shared.settings.retry.retry_after_cap;
                slot.throttled(wait, failure.retry_after.map(|asked| asked.min(most)));
            }
            (FailureClass::Throttled | FailureClass::NotSent | FailureClass::Ambiguous, _) => slot.failed(),
            (FailureClass::Unauthorized | FailureClass::Forbidden, _) => {
                // Before the slot is free: nobody else is to be refused too.
                self.shared.stop();
                slot.answered();
            }
            _ => slot.answered(),
        }
        step
    }

    /// Writes the intent down. Only when this returns may the request leave.
    async fn intend(&self, group: &mut Group) -> Result<AttemptId, UploadError> {
        let (run, ids) = (self.shared.settings.run.clone(), group.ids());
        let (attempt, before) = self.shared.ledger.write(move |ledger| ledger.intend(&run, &ids)).await?;
        let now = self.shared.settings.clock.milliseconds();
        for (person, before) in group.persons.iter_mut().zip(before).filter(|(person, _)| !person.intended) {
            person.intended = true;
            person.may_have_arrived = before.may_have_arrived();
            person.first_sent = now;
        }
        Ok(attempt)
    }

    async fn count_request(&self, attempts_before: u32, failure: Option<&ApiFailure>) {
        let class = failure.map(|failure| failure.class);
        self.shared
            .count(|summary| {
                summary.requests += 1;
                summary.retries += u64::from(attempts_before > 0);
                summary.throttled += u64::from(class == Some(FailureClass::Throttled));
            })
            .await;
        if matches!(class, None | Some(FailureClass::Exists | FailureClass::Definite | FailureClass::NotFound)) {
            self.shared.progressed();
        }
    }

    async fn note_failure(&self, attempt: AttemptId, failure: &ApiFailure) -> Result<(), UploadError> {
        tracing::debug!(class = failure.class.word(), status = failure.status, "a create request failed");
        let note = failure.note();
        Ok(self.shared.ledger.write(move |ledger| ledger.answer(attempt, &note)).await?)
    }

    fn step_after(&self, failure: &ApiFailure, attempts: u32) -> RetryStep {
        let settings = &self.shared.settings.retry;
        // Of what certainly did not happen, the breaker decides when enough is enough: it sees all requests.
        let attempts = match failure.class {
            FailureClass::Throttled | FailureClass::NotSent => attempts.min(settings.attempts.saturating_sub(1)),
            _ => attempts,
        };
        next_step(settings, attempts, failure.class, failure.retry_after, self.shared.pace.random())
    }

    async fn wait_for(&self, step: RetryStep, class: FailureClass) -> Waited {
        if class.is_retryable() && self.shared.pace.is_exhausted() {
            self.shared.pause(pause_reason(class)).await;
        }
        match step {
            RetryStep::GiveUp => Waited::GiveUp,
            RetryStep::Wait(_) if self.shared.is_stopped() => Waited::Stopped,
            RetryStep::Wait(wait) => {
                self.shared.emit(Event::Retry { wait, class });
                if self.shared.wait(wait).await { Waited::SendAgain } else { Waited::Stopped }
            }
        }
    }

    /// Settles whom an answer speaks of; the others are sent again.
    async fn handle_answer(
        &self,
        group: Group,
        attempt: AttemptId,
        entries: &[CreateEntry],
        open: &mut Vec<Group>,
    ) -> Result<(), UploadError> {
        let reported = reports_by_subject(&group.ids(), entries);
        let (mut settled, mut to_look_up, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
        for (mut person, reported) in group.persons.into_iter().zip(reported) {
            match reported {
                Reported::Created => settled.push(settlement(&person, PersonState::Created, String::new())),
                Reported::Exists => to_look_up.push((person, hidden())),
                Reported::Refused(words) => {
                    let settled_as = refused(&person, words.as_text());
                    if person.needs_a_look() {
                        to_look_up.push((person, settled_as));
                    } else {
                        settled.push(settlement(&person, settled_as.0, settled_as.1));
                    }
                }
                Reported::Nothing => {
                    person.may_have_arrived = true;
                    unclear.push(person);
                }
            }
        }
        self.settle(settled, Some(attempt)).await?;
        if !unclear.is_empty() {
            self.send_again(Group { persons: unclear, attempts: group.attempts }, open).await?;
        }
        self.look_up_each(to_look_up, open).await
    }

    /// An answer reported nothing of these: sent again like after no answer at all.
    async fn send_again(&self, group: Group, open: &mut Vec<Group>) -> Result<(), UploadError> {
        let failure = ApiFailure::new(FailureClass::Ambiguous);
        match self.wait_for(self.step_after(&failure, group.attempts), failure.class).await {
            Waited::SendAgain | Waited::Stopped => {
                open.push(group);
                Ok(())
            }
            Waited::GiveUp => self.settle_unknown(group).await,
        }
    }

    /// A failure that sending the same again does not mend: divide, look up, or stop.
    async fn handle_failure(
        &self,
        group: Group,
        failure: &ApiFailure,
        open: &mut Vec<Group>,
    ) -> Result<(), UploadError> {
        match failure.class {
            FailureClass::Exists => self.handle_conflict(group, open).await,
            FailureClass::Definite | FailureClass::NotFound => self.handle_refusal(group, failure, open).await,
            FailureClass::Ambiguous => {
                if self.shared.fruitless.fetch_add(1, Ordering::SeqCst) + 1 >= MOST_FRUITLESS {
                    self.shared.pause("xCures gives no clear answers").await;
                }
                self.settle_unknown(group).await
            }
            FailureClass::Throttled | FailureClass::NotSent => {
                open.push(group);
                self.shared.pause(pause_reason(failure.class)).await;
                Ok(())
            }
            FailureClass::Unauthorized | FailureClass::Forbidden => {
                open.push(group);
                self.deny(failure, open).await
            }
        }
    }

    /// One of the ids exists. Of one person it is known whose; several are sent one by one.
    async fn handle_conflict(&self, group: Group, open: &mut Vec<Group>) -> Result<(), UploadError> {
        if group.persons.len() == 1 {
            let persons = group.persons.into_iter().map(|person| (person, hidden())).collect();
            return self.look_up_each(persons, open).await;
        }
        open.extend(group.persons.into_iter().rev().map(|person| Group::new(vec![after_refusal(person)])));
        Ok(())
    }

    /// The vendor does not accept something in the request. The group is halved until one person remains who causes the
    /// refusal.
    async fn handle_refusal(
        &self,
        group: Group,
        failure: &ApiFailure,
        open: &mut Vec<Group>,
    ) -> Result<(), UploadError> {
        if let [person] = group.persons.as_slice() {
            let status = failure.status.map(|status| format!("status {status}")).unwrap_or_default();
            let words = failure.detail.as_ref().map_or(status.as_str(), |detail| detail.as_text());
            let settled_as = refused(person, words);
            if person.needs_a_look() {
                return self.look_up_each(vec![(person.clone(), settled_as)], open).await;
            }
            return self.settle(vec![settlement(person, settled_as.0, settled_as.1)], None).await;
        }
        let mut first: Vec<Open> = group.persons.into_iter().map(after_refusal).collect();
        let second = first.split_off(first.len() / 2);
        open.push(Group::new(second));
        open.push(Group::new(first));
        Ok(())
    }

    /// Looks persons up one after the other; each comes with what it is when the vendor shows nobody under its id.
    async fn look_up_each(
        &self,
        persons: Vec<(Open, (PersonState, String))>,
        open: &mut Vec<Group>,
    ) -> Result<(), UploadError> {
        for (person, if_missing) in persons {
            match self.look_up(&person, if_missing).await {
                Found::Settled(settlement) => self.settle(vec![settlement], None).await?,
                Found::Stopped => open.push(Group::new(vec![person])),
                Found::Failed(failure) => match failure.class {
                    FailureClass::Throttled | FailureClass::NotSent => {
                        open.push(Group::new(vec![person]));
                        self.shared.pause(pause_reason(failure.class)).await;
                    }
                    FailureClass::Unauthorized | FailureClass::Forbidden => {
                        open.push(Group::new(vec![person]));
                        self.deny(&failure, open).await?;
                    }
                    _ => self.settle_unknown(Group::new(vec![person])).await?,
                },
            }
        }
        Ok(())
    }

    async fn look_up(&self, person: &Open, if_missing: (PersonState, String)) -> Found {
        let said_to_exist = if_missing.0 == PersonState::Conflict;
        let most_lookups = if said_to_exist { LOOKUPS_OF_A_HIDDEN_SUBJECT } else { 1 };
        let mut attempts = 0;
        loop {
            if self.shared.is_stopped() {
                return Found::Stopped;
            }
            let Some(slot) = self.shared.slot(Turn::Again).await else { return Found::Stopped };
            fail_point::pass_or_die("look-up.begun");
            let answer = self.shared.api.get_subject(person.record.id).await;
            fail_point::pass_or_die("look-up.answered");
            let step = self.let_go(slot, attempts + 1, answer.as_ref().err());
            self.count_request(attempts, answer.as_ref().err()).await;
            attempts += 1;
            let failure = match answer {
                Ok(stored) => {
                    return Found::Settled(settlement_from(person, &stored));
                }
                Err(failure) => failure,
            };
            // Shown a moment later, perhaps; so it is asked for again like after a fault, but not as often.
            let missing = failure.class == FailureClass::NotFound;
            if missing && attempts >= most_lookups {
                return Found::Settled(settlement(person, if_missing.0, if_missing.1));
            }
            let fault = ApiFailure::new(FailureClass::Ambiguous);
            let step = if missing { self.step_after(&fault, attempts) } else { step };
            match self.wait_for(step, failure.class).await {
                Waited::SendAgain => {}
                Waited::GiveUp if missing => {
                    return Found::Settled(settlement(person, if_missing.0, if_missing.1));
                }
                Waited::GiveUp => return Found::Failed(failure),
                Waited::Stopped => return Found::Stopped,
            }
        }
    }

    /// Access is refused. Stops the run and takes intents back. The first worker to see the refusal reports its cause.
    async fn deny(&self, failure: &ApiFailure, open: &mut Vec<Group>) -> Result<(), UploadError> {
        self.shared.stop();
        let first = !self.shared.denied.swap(true, Ordering::SeqCst);
        self.release(open.drain(..).flat_map(|group| group.persons).collect()).await?;
        if !first {
            return Ok(());
        }
        let settings = &self.shared.settings;
        Err(diagnose(self.shared.api.as_ref(), settings.project, failure, &settings.retry, &self.shared.pace).await)
    }

    /// Takes intents back where it is certain that nothing arrived; the others are unknown.
    async fn release(&self, persons: Vec<Open>) -> Result<(), UploadError> {
        let never_sent = persons.iter().filter(|person| !person.intended).count() as u64;
        let settlements = persons.iter().filter(|person| person.intended).map(|person| {
            let (state, reason) = if person.needs_a_look() {
                (PersonState::Unknown, NO_CLEAR_ANSWER)
            } else {
                (PersonState::Planned, NOT_REACHED)
            };
            settlement(person, state, reason.to_owned())
        });
        self.settle(settlements.collect(), None).await?;
        self.shared.settled(PersonState::Planned.outcome(), never_sent).await;
        Ok(())
    }

    async fn settle_unknown(&self, group: Group) -> Result<(), UploadError> {
        let unknown = |person: &Open| settlement(person, PersonState::Unknown, NO_CLEAR_ANSWER.to_owned());
        self.settle(group.persons.iter().map(unknown).collect(), None).await
    }

    /// Writes outcomes to the ledger, and then reports them.
    async fn settle(&self, settlements: Vec<Settlement>, attempt: Option<AttemptId>) -> Result<(), UploadError> {
        if settlements.is_empty() && attempt.is_none() {
            return Ok(());
        }
        let run = self.shared.settings.run.clone();
        let outcomes: Vec<_> = settlements.iter().map(|settlement| settlement.state.outcome()).collect();
        self.shared
            .ledger
            .write(move |ledger| {
                if let Some(attempt) = attempt {
                    ledger.answer(attempt, "answered")?;
                }
                ledger.settle(&run, &settlements)
            })
            .await?;
        fail_point::pass_or_die("outcome.durable");
        for outcome in onroll_core::domain::Outcome::ALL {
            let count = outcomes.iter().filter(|settled| **settled == outcome).count();
            self.shared.settled(outcome, count as u64).await;
        }
        Ok(())
    }
}

/// What came of waiting to send again.
enum Waited {
    SendAgain,
    GiveUp,
    Stopped,
}

const HELD_BY_ANOTHER: &str = "xCures has another person under this subject id (V103)";
const HIDDEN: &str = "xCures says that this subject id is taken, but shows nobody under it in this project (V103)";
const NO_CLEAR_ANSWER: &str =
    "sent, but no answer came; run the same command again to find out, nobody is created twice";
const NOT_REACHED: &str = "the run stopped before this was sent; run the same command again to continue";

fn opened(record: &SubjectRecord) -> Open {
    Open {
        record: record.clone(),
        intended: false,
        may_have_arrived: false,
        refused_in_batch: false,
        first_sent: i64::MAX,
    }
}

fn after_refusal(person: Open) -> Open {
    Open { refused_in_batch: true, ..person }
}

fn settlement(person: &Open, state: PersonState, reason: String) -> Settlement {
    Settlement { subject_id: person.record.id, state, reason, held: None }
}

/// What a person is whom the vendor shows under the id.
fn settlement_from(person: &Open, stored: &StoredSubject) -> Settlement {
    if !is_same_person(&person.record, stored) {
        return settlement(person, PersonState::Conflict, HELD_BY_ANOTHER.to_owned());
    }
    let ours = person.may_have_arrived || (person.refused_in_batch && stored_since(stored, person.first_sent));
    let state = if ours { PersonState::Created } else { PersonState::AlreadyOnRoll };
    let Some(otherwise) = held_otherwise(&person.record, stored) else {
        return settlement(person, state, String::new());
    };
    let fields: Vec<String> = otherwise.fields.iter().map(ToString::to_string).collect();
    let reason = format!("xCures has other values for {}, and they were not changed (M108)", fields.join(", "));
    Settlement { held: Some(otherwise.record), ..settlement(person, state, reason) }
}

fn hidden() -> (PersonState, String) {
    (PersonState::Conflict, HIDDEN.to_owned())
}

fn refused(person: &Open, words: &str) -> (PersonState, String) {
    let reason = format!("xCures refused this record: \"{}\" (V102)", printable_reason(words, &person.record));
    (PersonState::Refused, reason)
}

const fn pause_reason(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Throttled => "xCures keeps answering \"too many requests\"",
        FailureClass::Ambiguous => "xCures gives no clear answers",
        _ => "xCures cannot be reached",
    }
}
