//! The upload as a whole, against a vendor of our own that misbehaves on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::fake_vendor::{ALL, Behaviour, FakeVendor};
use super::testing::subject;
use super::*;
use crate::ledger::{Ledger, NewRun};
use onroll_core::domain::{ContentHash, IdentityMarks, NewPerson, Outcome, PersonState, RunId, SubjectRecord};

/// A ledger with a number of planned persons, kept for several runs.
struct Bench {
    _folder: tempfile::TempDir,
    ledger: Option<Ledger>,
    count: u128,
    runs: u32,
}

const PROJECT: Uuid = Uuid::from_u128(0xABCD);

impl Bench {
    fn new(count: u128) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).expect("a ledger");
        Self { _folder: folder, ledger: Some(ledger), count, runs: 0 }
    }

    fn settings() -> RetrySettings {
        let instant = Duration::from_micros(10);
        RetrySettings {
            throttled_base: instant,
            fault_base: instant,
            cap: instant,
            retry_after_cap: instant,
            attempts: 8,
        }
    }

    async fn upload(&mut self, vendor: &Arc<FakeVendor>) -> Result<UploadSummary, UploadError> {
        self.upload_until(vendor, None).await
    }

    async fn upload_until(
        &mut self,
        vendor: &Arc<FakeVendor>,
        interrupt: Option<watch::Receiver<bool>>,
    ) -> Result<UploadSummary, UploadError> {
        self.runs += 1;
        let run_id = RunId::from_text(format!("run{}", self.runs));
        let mut ledger = self.ledger.take().expect("a ledger");
        ledger.begin_run(&NewRun { id: &run_id, inputs: "{}", sources: &[] }).expect("a run");
        let open: Vec<SubjectRecord> = (1..=self.count)
            .map(subject)
            .filter(|record| ledger.person(record.id).expect("read").is_none_or(|known| !known.state.is_on_roll()))
            .collect();
        let planned: Vec<NewPerson> = open.iter().map(planned).collect();
        ledger.write(|writes| writes.plan_persons(&run_id, &planned)).expect("planned");
        let (writer, thread) = LedgerWriter::start(ledger);
        let (sender, receiver) = mpsc::channel(2);
        let rate = RateSettings { breaker_pause: Duration::from_micros(10), ..RateSettings::default() };
        let settings =
            UploadSettings { retry: Self::settings(), rate, interrupt, ..UploadSettings::new(run_id, PROJECT) };
        let feed = async {
            for batch in open.chunks(MAX_BATCH) {
                if sender.send(batch.to_vec()).await.is_err() {
                    break;
                }
            }
            drop(sender);
        };
        let (result, ()) = tokio::join!(run(Arc::clone(vendor), writer, receiver, settings, |_| {}), feed);
        self.ledger = thread.finish();
        result
    }

    fn states(&self) -> BTreeMap<u128, PersonState> {
        let ledger = self.ledger.as_ref().expect("a ledger");
        let state = |number| ledger.person(Uuid::from_u128(number)).expect("read").expect("planned").state;
        (1..=self.count).map(|number| (number, state(number))).collect()
    }

    fn count(&self, state: PersonState) -> usize {
        self.states().values().filter(|known| **known == state).count()
    }

    fn reason(&self, number: u128) -> String {
        let ledger = self.ledger.as_ref().expect("a ledger");
        ledger.person(Uuid::from_u128(number)).expect("read").expect("planned").reason
    }
}

fn planned(record: &SubjectRecord) -> NewPerson {
    NewPerson { subject_id: record.id, content: ContentHash([0; 32]), identity: IdentityMarks([0; 32]) }
}

fn nobody_is_there_twice(vendor: &FakeVendor) {
    assert!(vendor.roll().created.values().all(|times| *times == 1));
}

#[tokio::test]
async fn everybody_is_created_in_as_few_requests_as_possible() {
    let (mut bench, vendor) = (Bench::new(95), FakeVendor::scripted(&[]));
    let summary = bench.upload(&vendor).await.expect("an end");
    assert_eq!(summary.persons, BTreeMap::from([(Outcome::Created, 95)]));
    assert_eq!((summary.requests, summary.retries, summary.paused), (10, 0, None));
    assert_eq!(bench.count(PersonState::Created), 95);
    assert!(vendor.roll().most_in_flight <= 10);
    assert_eq!(bench.upload(&vendor).await.expect("an end").requests, 0, "a finished job sends nothing");
}

#[tokio::test]
async fn whoever_was_there_before_is_found_under_every_kind_of_conflict() {
    for behaviour in [Behaviour::WholeBatch, Behaviour::WholeBatchHalfDone, Behaviour::PerItem] {
        let (mut bench, vendor) = (Bench::new(10), FakeVendor::always(behaviour));
        vendor.roll().store(&subject(4));
        tokio::time::sleep(Duration::from_millis(5)).await;
        let summary = bench.upload(&vendor).await.expect("an end");
        let expected = BTreeMap::from([(Outcome::Created, 9), (Outcome::AlreadyOnRoll, 1)]);
        assert_eq!(summary.persons, expected, "{behaviour:?}");
        assert_eq!(bench.states()[&4], PersonState::AlreadyOnRoll);
        nobody_is_there_twice(&vendor);
    }
}

#[tokio::test]
async fn other_values_of_whoever_was_there_before_are_told_by_field() {
    for behaviour in [Behaviour::WholeBatch, Behaviour::PerItem] {
        let (mut bench, vendor) = (Bench::new(3), FakeVendor::always(behaviour));
        vendor.roll().store(&SubjectRecord { birth_date: None, ..subject(2) });
        tokio::time::sleep(Duration::from_millis(5)).await;
        bench.upload(&vendor).await.expect("an end");
        assert_eq!(bench.states()[&2], PersonState::AlreadyOnRoll);
        assert_eq!(bench.reason(1), "");
        assert!(bench.reason(2).contains("xCures has other values for birth_date"), "{}", bench.reason(2));
    }
}

#[tokio::test]
async fn another_person_under_the_id_is_held() {
    for behaviour in [Behaviour::WholeBatch, Behaviour::PerItem] {
        let (mut bench, vendor) = (Bench::new(3), FakeVendor::always(behaviour));
        vendor.roll().store(&SubjectRecord { id: Uuid::from_u128(2), ..subject(77) });
        let summary = bench.upload(&vendor).await.expect("an end");
        assert_eq!(summary.persons, BTreeMap::from([(Outcome::Created, 2), (Outcome::Held, 1)]));
        assert_eq!(bench.states()[&2], PersonState::Conflict);
        assert!(bench.reason(2).contains("V103"));
    }
}

#[tokio::test]
async fn a_lost_answer_ends_as_created_and_not_as_found() {
    for lost in [Behaviour::Lost, Behaviour::HalfThenFault] {
        for then in [Behaviour::WholeBatch, Behaviour::PerItem, Behaviour::WholeBatchHalfDone] {
            let (mut bench, vendor) = (Bench::new(10), FakeVendor::scripted(&[lost]));
            vendor.roll().otherwise = Some(then);
            let summary = bench.upload(&vendor).await.expect("an end");
            assert_eq!(summary.persons, BTreeMap::from([(Outcome::Created, 10)]), "{lost:?} {then:?}");
            nobody_is_there_twice(&vendor);
        }
    }
}

#[tokio::test]
async fn work_that_is_done_after_it_was_given_up_is_found_when_it_is_sent_again() {
    for then in [Behaviour::WholeBatch, Behaviour::PerItem, Behaviour::WholeBatchHalfDone] {
        let (mut bench, vendor) = (Bench::new(10), FakeVendor::scripted(&[Behaviour::Late]));
        vendor.roll().otherwise = Some(then);
        let summary = bench.upload(&vendor).await.expect("an end");
        assert_eq!(summary.persons, BTreeMap::from([(Outcome::Created, 10)]), "{then:?}");
        nobody_is_there_twice(&vendor);
    }
}

#[tokio::test]
async fn strange_answers_settle_nobody_wrongly() {
    for behaviour in [Behaviour::Reordered, Behaviour::Short, Behaviour::Longer, Behaviour::Anonymous, Behaviour::Empty]
    {
        let (mut bench, vendor) = (Bench::new(10), FakeVendor::scripted(&[behaviour]));
        let summary = bench.upload(&vendor).await.expect("an end");
        assert_eq!(summary.persons, BTreeMap::from([(Outcome::Created, 10)]), "{behaviour:?}");
        nobody_is_there_twice(&vendor);
    }
}

#[tokio::test]
async fn a_request_that_was_sent_twice_on_the_way_puts_everybody_on_the_roll_once() {
    let (mut bench, vendor) = (Bench::new(30), FakeVendor::always(Behaviour::Replayed));
    let summary = bench.upload(&vendor).await.expect("an end");
    assert_eq!((summary.persons, summary.paused), (BTreeMap::from([(Outcome::AlreadyOnRoll, 30)]), None));
    nobody_is_there_twice(&vendor);
}

#[tokio::test]
async fn a_reason_that_may_pass_is_reported_and_the_same_command_tries_again() {
    let (mut bench, vendor) = (Bench::new(10), FakeVendor::scripted(&[Behaviour::TimedOut]));
    let summary = bench.upload(&vendor).await.expect("an end");
    assert_eq!(summary.persons, BTreeMap::from([(Outcome::Failed, 10)]));
    assert!(bench.reason(1).contains("timeout, try again later"), "{}", bench.reason(1));
    bench.upload(&vendor).await.expect("an end");
    assert_eq!(bench.count(PersonState::Created), 10);
}

#[tokio::test]
async fn a_worker_that_panics_takes_nobody_with_it() {
    let script = [Behaviour::PerItem, Behaviour::PerItem, Behaviour::Panic];
    let (mut bench, vendor) = (Bench::new(100), FakeVendor::scripted(&script));
    let error = bench.upload(&vendor).await.expect_err("a defect");
    assert!(matches!(error, UploadError::WorkerLost), "{error}");
    assert_eq!(bench.count(PersonState::Intent), 10, "what the lost worker had sent is open");
    let created = bench.count(PersonState::Created);
    assert!(created >= 20, "the others came to their end: {created}");
    assert_eq!(created + bench.count(PersonState::Planned), 90);
    let summary = bench.upload(&vendor).await.expect("an end");
    assert_eq!(summary.paused, None);
    assert_eq!(bench.count(PersonState::Created), 100);
    nobody_is_there_twice(&vendor);
}

#[tokio::test]
async fn one_unacceptable_person_is_singled_out_and_the_rest_created() {
    let (mut bench, vendor) = (Bench::new(10), FakeVendor::scripted(&[]));
    vendor.roll().poison = vec![Uuid::from_u128(7)];
    let summary = bench.upload(&vendor).await.expect("an end");
    assert_eq!(summary.persons, BTreeMap::from([(Outcome::Created, 9), (Outcome::Failed, 1)]));
    assert!(summary.requests <= 9, "{}", summary.requests);
    assert_eq!(bench.states()[&7], PersonState::Refused);
    let reason = bench.reason(7);
    assert!(reason.contains("not acceptable") && !reason.contains("1971"), "{reason}");
}

#[tokio::test]
async fn a_storm_of_429_pauses_and_the_same_command_goes_on() {
    let (mut bench, vendor) = (Bench::new(30), FakeVendor::always(Behaviour::Throttle));
    let summary = bench.upload(&vendor).await.expect("an end");
    assert!(summary.paused.is_some());
    assert_eq!(bench.count(PersonState::Planned), 30);
    assert!(summary.throttled <= 24, "{}", summary.throttled);
    vendor.roll().otherwise = None;
    let summary = bench.upload(&vendor).await.expect("an end");
    assert_eq!((summary.persons, summary.paused), (BTreeMap::from([(Outcome::Created, 30)]), None));
}

#[tokio::test]
async fn a_vendor_that_cannot_be_reached_leaves_everybody_planned() {
    let (mut bench, vendor) = (Bench::new(10), FakeVendor::always(Behaviour::Unreachable));
    assert!(bench.upload(&vendor).await.expect("an end").paused.is_some());
    assert_eq!(bench.count(PersonState::Planned), 10);
}

#[tokio::test]
async fn a_vendor_that_only_fails_does_not_turn_the_whole_roster_unknown() {
    let (mut bench, vendor) = (Bench::new(1_000), FakeVendor::always(Behaviour::Fault));
    let summary = bench.upload(&vendor).await.expect("an end");
    assert!(summary.paused.is_some());
    // Each worker has begun its batch at most, and one batch more is begun for each that is given up before the run
    // pauses; the machine's threads decide how many it comes to.
    let workers = driver::WORKERS_PER_SLOT * MOST_IN_FLIGHT;
    let most = MAX_BATCH * (workers + worker::MOST_FRUITLESS as usize - 1);
    let begun = 1_000 - bench.count(PersonState::Planned);
    assert!(begun <= most && most < 400, "{begun} of {most}");
    vendor.roll().otherwise = None;
    bench.upload(&vendor).await.expect("an end");
    assert_eq!(bench.count(PersonState::Created), 1_000);
    nobody_is_there_twice(&vendor);
}

#[tokio::test]
async fn refused_access_stops_everything_and_tells_the_cause() {
    let cases: [(Behaviour, &[Uuid], &str); 3] = [
        (Behaviour::Unauthorized, &[], "have no access to project"),
        (Behaviour::Unauthorized, &[PROJECT], "refuses the credentials"),
        (Behaviour::Forbidden, &[PROJECT], "no permission"),
    ];
    for (behaviour, projects, words) in cases {
        let (mut bench, vendor) = (Bench::new(200), FakeVendor::always(behaviour));
        vendor.roll().projects = projects.to_vec();
        let error = bench.upload(&vendor).await.expect_err("refused");
        assert!(error.is_access() && error.to_string().contains(words), "{error}");
        assert_eq!(bench.count(PersonState::Planned), 200);
        assert!(vendor.roll().creates <= 10);
    }
}

#[tokio::test]
async fn a_project_out_of_reach_is_noticed_before_anything_is_sent() {
    let vendor = FakeVendor::scripted(&[]);
    let settings = RetrySettings::default();
    let check = || check_access(vendor.as_ref(), PROJECT, &settings);
    assert!(matches!(check().await, Err(UploadError::Project { reachable: 0, .. })));
    vendor.roll().projects = vec![Uuid::nil(), PROJECT];
    assert_eq!(check().await.expect("reachable"), 2);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_does_not_hide_that_the_person_was_created() {
    let (mut bench, vendor) = (Bench::new(1), FakeVendor::scripted(&[Behaviour::Lost, Behaviour::Refuse]));
    bench.upload(&vendor).await.expect("an end");
    assert_eq!(bench.states()[&1], PersonState::Created);
}

#[tokio::test]
async fn an_interrupted_upload_ends_and_can_go_on() {
    let (mut bench, vendor) = (Bench::new(50), FakeVendor::always(Behaviour::PerItem));
    let (sender, receiver) = watch::channel(true);
    let summary = bench.upload_until(&vendor, Some(receiver)).await.expect("an end");
    assert_eq!(summary.paused.as_deref(), Some("you stopped the run"));
    drop(sender);
    bench.upload(&vendor).await.expect("an end");
    assert_eq!(bench.count(PersonState::Created), 50);
    nobody_is_there_twice(&vendor);
}

#[tokio::test]
async fn a_crash_between_intent_and_answer_is_resolved_by_the_next_run() {
    let (mut bench, vendor) = (Bench::new(10), FakeVendor::always(Behaviour::WholeBatch));
    let ledger = bench.ledger.as_mut().expect("a ledger");
    ledger.begin_run(&NewRun { id: &RunId::from_text("dead"), inputs: "{}", sources: &[] }).expect("a run");
    let all: Vec<SubjectRecord> = (1..=10).map(subject).collect();
    let ids: Vec<Uuid> = all.iter().map(|record| record.id).collect();
    let persons: Vec<NewPerson> = all.iter().map(planned).collect();
    ledger.write(|writes| writes.plan_persons(&RunId::from_text("dead"), &persons)).expect("planned");
    ledger.write(|writes| writes.intend(&RunId::from_text("dead"), &ids)).expect("intended");
    // It arrived, and the process died.
    for record in &all {
        vendor.roll().store(record);
    }
    let summary = bench.upload(&vendor).await.expect("an end");
    assert_eq!(summary.persons, BTreeMap::from([(Outcome::Created, 10)]));
    nobody_is_there_twice(&vendor);
}

#[tokio::test]
async fn a_look_up_that_fails_leaves_its_person_unknown_until_the_next_run() {
    let (mut bench, vendor) = (Bench::new(1), FakeVendor::scripted(&[]));
    vendor.roll().store(&subject(1));
    vendor.roll().get_faults = 8;
    bench.upload(&vendor).await.expect("an end");
    assert_eq!(bench.states()[&1], PersonState::Unknown);
    bench.upload(&vendor).await.expect("an end");
    assert!(bench.states()[&1].is_on_roll());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_the_vendor_answers_nobody_is_lost_and_nobody_is_there_twice(
        count in 1_u128..45,
        script in proptest::collection::vec(proptest::sample::select(ALL.to_vec()), 0..60),
        there_before in proptest::collection::btree_set(1_u128..45, 0..5),
        poison in proptest::collection::btree_set(1_u128..45, 0..3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (mut bench, vendor) = (Bench::new(count), FakeVendor::scripted(&script));
            for number in &there_before {
                vendor.roll().store(&subject(*number));
            }
            vendor.roll().poison = poison.iter().copied().map(Uuid::from_u128).collect();
            let summary = bench.upload(&vendor).await.expect("an end");
            check_run(&bench, &vendor, &summary, &there_before);
            // Once the vendor has come to its senses, one more run settles everybody.
            vendor.roll().script.clear();
            vendor.roll().poison.clear();
            let summary = bench.upload(&vendor).await.expect("an end");
            check_run(&bench, &vendor, &summary, &there_before);
            assert!(bench.states().values().all(|state| state.is_on_roll()));
            assert!((1..=count).all(|number| vendor.roll().subjects.contains_key(&Uuid::from_u128(number))));
        });
    }
}

fn check_run(bench: &Bench, vendor: &FakeVendor, summary: &UploadSummary, there_before: &BTreeSet<u128>) {
    nobody_is_there_twice(vendor);
    let states = bench.states();
    assert!(states.values().all(|state| *state != PersonState::Intent), "an intent was left open");
    for (number, state) in &states {
        let there = vendor.roll().subjects.contains_key(&Uuid::from_u128(*number));
        match state {
            PersonState::Created | PersonState::AlreadyOnRoll => assert!(there, "{number} is not on the roll"),
            // The fake refuses whom it does not like even where it has them already.
            PersonState::Refused => assert!(!there || there_before.contains(number), "{number} is on the roll"),
            PersonState::Planned | PersonState::Unknown | PersonState::Intent | PersonState::Conflict => {}
        }
    }
    let settled: u64 = summary.persons.values().sum();
    assert!(settled <= states.len() as u64, "somebody was settled twice");
    if summary.paused.is_none() {
        assert!(!summary.persons.contains_key(&Outcome::NotAttempted));
        assert!(states.values().all(|state| *state != PersonState::Planned), "somebody was left out");
    }
}
