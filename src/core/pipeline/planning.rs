//! The plan of a run in view of earlier runs: every person under its id, and those on the roll recognised.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;
use uuid::Uuid;

use super::memory::{Memory, MemoryError};
use super::persons::{JudgedPerson, PersonOutcome, PlannedPersons, READY, judge_person};
use super::prepared::Prepared;
use crate::domain::{Finding, FindingCode, NewPerson, Outcome, Patient, PersonState, Phi, Severity, SubjectRecord};
use crate::matching::RollLink;
use crate::plan::{
    Action, IdsOfRun, PlannedSubject, SubjectIds, changes_on_roll, draft_person, is_namesake, patient_of_record,
    subject_record_of,
};
use crate::rules::Rules;

/// Persons drafted together before the memory is asked about them.
const CHUNK: usize = 4_096;

const SENT_AS_ANOTHER: &str = "an earlier run sent a different name, birth date or sex under this subject id (V103)";
const KNOWN_OTHERWISE: &str = "somebody with this name and birth date was sent under another subject id, and the ledger did not keep the \
                               record (M107): use the same identifiers as before, or let the ledger keep records";
const SAME_SUBJECT_ID: &str = "another person of this run has the same subject id (M103)";
const SAME_DERIVED_ID: &str = "another person of this run has the same name, birth date and sex, so both would get the same subject id \
                               (M103): name the system of the record numbers (--system), or supply a column of subject ids";
const NAMESAKE_ON_ROLL: &str = "somebody with this name, birth date and sex is in xCures, but the other fields differ (M107): name the \
                                system of the record numbers (--system), or supply a column of subject ids";

/// Judges every person in a dry run that knows who is on the roll. Nothing is written.
pub fn plan_in_view_of(prepared: &Prepared, rules: &Rules, memory: &dyn Memory) -> Result<PlannedPersons, MemoryError> {
    let ids = memory.ids(&prepared.assumed_systems);
    let mut planner = Planner::new(prepared, rules, &ids, Records::Dropped);
    while planner.plan_next(memory)?.is_some() {}
    let mut persons = planner.finish();
    for person in persons.outcomes.iter_mut().filter(|person| person.outcome == Outcome::NotAttempted) {
        person.reason = READY;
    }
    Ok(persons)
}

/// Whether the records of the persons to be created are handed out with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// With them.
    Kept,
    /// Without them.
    Dropped,
}

/// Persons to be created, to be written down before the first request leaves.
#[derive(Debug, Default)]
pub struct NewPersons {
    /// Their ids and keyed hashes.
    pub persons: Vec<NewPerson>,
    /// Their records as JSON, where they are to be kept.
    pub records: Vec<(Uuid, Phi<String>)>,
}

/// The outcome of a person, and the record to send where that is not the person's own.
struct PlannedOutcome {
    outcome: Outcome,
    reason: Cow<'static, str>,
    subject_id: Option<Uuid>,
    resend: Option<SubjectRecord>,
}

impl PlannedOutcome {
    fn new(outcome: Outcome, reason: impl Into<Cow<'static, str>>, subject_id: Option<Uuid>) -> Self {
        Self { outcome, reason: reason.into(), subject_id, resend: None }
    }
}

/// Plans persons in order, some thousands at a time, in view of what earlier runs remember.
pub struct Planner<'a> {
    prepared: &'a Prepared,
    rules: &'a Rules,
    ids: &'a SubjectIds,
    records: Records,
    planned: PlannedPersons,
    ids_of_run: IdsOfRun,
}

impl<'a> Planner<'a> {
    /// Begins with the first person.
    pub fn new(prepared: &'a Prepared, rules: &'a Rules, ids: &'a SubjectIds, records: Records) -> Self {
        Self { prepared, rules, ids, records, planned: PlannedPersons::default(), ids_of_run: IdsOfRun::default() }
    }

    /// Plans the next persons; those of them that are to be created are for the caller to write down. `None` after the
    /// last.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn plan_next(&mut self, memory: &dyn Memory) -> Result<Option<NewPersons>, MemoryError> {
        let persons = self.next_persons();
        persons.map(|persons| self.plan(persons, memory)).transpose()
    }

    /// The plan, once every person is planned.
    pub fn finish(self) -> PlannedPersons {
        self.planned
    }

    fn next_persons(&self) -> Option<Range<usize>> {
        let (next, count) = (self.planned.outcomes.len(), self.prepared.matches.clusters.len());
        (next < count).then(|| next..count.min(next + CHUNK * rayon::current_num_threads()))
    }

    /// Plans some persons; returns those that are to be created.
    fn plan(&mut self, persons: Range<usize>, memory: &dyn Memory) -> Result<NewPersons, MemoryError> {
        let drafts: Vec<(JudgedPerson, Option<PlannedSubject>)> = persons
            .clone()
            .into_par_iter()
            .map(|person| {
                let judged = judge_person(self.prepared, self.rules, person);
                let subject = judged
                    .obstacle
                    .is_none()
                    .then(|| draft_person(&judged.person, self.ids, self.prepared.suffix_destination));
                (judged, subject)
            })
            .collect();
        let mut new = NewPersons::default();
        for (number, (judged, subject)) in (0..).zip(drafts) {
            let person = u32::try_from(persons.start + number).unwrap_or(u32::MAX);
            let (mut findings, origins) = (judged.person.findings, judged.person.origins);
            let planned = match (judged.obstacle, subject) {
                (None, Some(subject)) => {
                    let link = self.prepared.matches.links.get(&person).copied();
                    let planned = self.outcome_of(&subject, &judged.person.patient, link, memory, &mut findings)?;
                    if planned.outcome == Outcome::NotAttempted && planned.resend.is_none() {
                        new.persons.push(subject.to_ledger());
                        if self.records == Records::Kept {
                            new.records.push((subject.subject.id, subject.subject.to_json()));
                        }
                    }
                    planned
                }
                (Some((outcome, reason)), _) => PlannedOutcome::new(outcome, reason, None),
                (None, None) => PlannedOutcome::new(Outcome::Unknown, "the person was not planned", None),
            };
            if let Some(record) = planned.resend {
                self.planned.resent.insert(person, record);
            }
            let (outcome, reason, subject_id) = (planned.outcome, planned.reason, planned.subject_id);
            let primary = judged.person.primary;
            self.planned.push(PersonOutcome { outcome, reason, subject_id, primary }, findings, origins);
        }
        Ok(new)
    }

    /// The outcome of a person without obstacles, given the ledger and the other persons of the run.
    fn outcome_of(
        &mut self,
        subject: &PlannedSubject,
        patient: &Patient,
        link: Option<RollLink>,
        memory: &dyn Memory,
        findings: &mut Vec<Finding>,
    ) -> Result<PlannedOutcome, MemoryError> {
        let own = subject.subject.id;
        let linked = link.and_then(|link| self.prepared.roll.person(link.subject)).copied();
        let id = linked.map_or(own, |person| person.subject_id);
        if !self.ids_of_run.reserve(id) {
            findings.push(Finding::in_row(FindingCode::Indistinguishable));
            let reason = if patient.subject_id.is_some() { SAME_SUBJECT_ID } else { SAME_DERIVED_ID };
            return Ok(PlannedOutcome::new(Outcome::Held, reason, None));
        }
        if let Some(person) = linked.filter(|person| person.subject_id != own) {
            return self.outcome_of_linked(person.subject_id, person.state, patient, memory, findings);
        }
        let known = memory.person(own)?;
        Ok(match subject.clone().decided(known.as_ref()).action {
            Action::Create if self.is_known_otherwise(subject) => {
                findings.push(Finding::in_row(FindingCode::PossiblyOnRoll));
                PlannedOutcome::new(Outcome::Held, KNOWN_OTHERWISE, None)
            }
            Action::Create => PlannedOutcome::new(Outcome::NotAttempted, "", Some(own)),
            Action::CreateAsSent | Action::AlreadyOnRoll { changed: true }
                if patient.subject_id.is_none() && self.is_another(own, patient, memory)? =>
            {
                findings.push(Finding::in_row(FindingCode::PossiblyOnRoll));
                PlannedOutcome::new(Outcome::Held, NAMESAKE_ON_ROLL, None)
            }
            Action::CreateAsSent => self.as_it_was_sent(own, patient, memory, findings)?,
            Action::AlreadyOnRoll { changed } => {
                let changed = changed && self.note_changes(own, patient, memory, findings)?;
                self.on_roll(own, changed, "created by an earlier run", findings)
            }
            Action::Hold { code } => {
                findings.push(Finding::in_row(code));
                PlannedOutcome::new(Outcome::Held, SENT_AS_ANOTHER, None)
            }
        })
    }

    /// The outcome of a person who is on the roll under another id than the rows give.
    fn outcome_of_linked(
        &self,
        subject_id: Uuid,
        state: PersonState,
        patient: &Patient,
        memory: &dyn Memory,
        findings: &mut Vec<Finding>,
    ) -> Result<PlannedOutcome, MemoryError> {
        if patient.subject_id.is_some_and(|own| own != subject_id) {
            findings.push(Finding::in_field(FindingCode::SubjectIdConflict, crate::domain::Field::SubjectId));
            return Ok(self.held(FindingCode::SubjectIdConflict));
        }
        if !state.is_on_roll() {
            return self.as_it_was_sent(subject_id, patient, memory, findings);
        }
        let changed = self.note_changes(subject_id, patient, memory, findings)?;
        Ok(self.on_roll(subject_id, changed, "created by an earlier run, with a different spelling", findings))
    }

    /// How a person stands who was sent before, with other data, and of whom nothing tells what became of it: the same
    /// record again under the same id finds out. Where it was not kept the roster's own data is sent, and should the
    /// vendor hold the earlier ones, the look-up that follows tells.
    fn as_it_was_sent(
        &self,
        subject_id: Uuid,
        patient: &Patient,
        memory: &dyn Memory,
        findings: &mut Vec<Finding>,
    ) -> Result<PlannedOutcome, MemoryError> {
        let record = memory.record(subject_id)?;
        let resend = record.and_then(|record| subject_record_of(record.record.expose()));
        if resend.is_some() {
            self.note_changes(subject_id, patient, memory, findings)?;
            if let Some(finding) = findings.iter().find(|finding| finding.severity() == Severity::Hold) {
                return Ok(self.held(finding.code));
            }
        }
        Ok(PlannedOutcome {
            outcome: Outcome::NotAttempted,
            reason: Cow::Borrowed(""),
            subject_id: Some(subject_id),
            resend,
        })
    }

    /// Whether somebody of this name and birth date was sent under another id, and his record was not kept, so that
    /// matching could not look at him.
    fn is_known_otherwise(&self, subject: &PlannedSubject) -> bool {
        self.prepared.roll.has_without_record(&subject.identity)
    }

    /// Whether what was sent under an id that was made of name, birth date and sex speaks of a namesake.
    fn is_another(&self, subject_id: Uuid, patient: &Patient, memory: &dyn Memory) -> Result<bool, MemoryError> {
        Ok(self.sent(subject_id, memory)?.is_some_and(|sent| is_namesake(patient, &sent)))
    }

    /// The patient that was sent under an id, where the ledger keeps the record.
    fn sent(&self, subject_id: Uuid, memory: &dyn Memory) -> Result<Option<Patient>, MemoryError> {
        let record = memory.record(subject_id)?;
        Ok(record.and_then(|record| patient_of_record(record.record.expose(), &self.rules.names)))
    }

    /// Notes what the roster says beyond what was sent. Returns whether there is a change.
    fn note_changes(
        &self,
        subject_id: Uuid,
        patient: &Patient,
        memory: &dyn Memory,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, MemoryError> {
        let found = match self.sent(subject_id, memory)? {
            Some(sent) => changes_on_roll(patient, &sent, &self.rules.addresses.cities),
            // What was sent is not kept: its hash alone says that it was something else.
            None => vec![Finding::in_row(FindingCode::ChangedOnRoll)],
        };
        let changed = !found.is_empty();
        findings.extend(found);
        Ok(changed)
    }

    /// On the roll, unless the changes found contradict it.
    fn on_roll(&self, id: Uuid, changed: bool, reason: &'static str, findings: &[Finding]) -> PlannedOutcome {
        if let Some(finding) = findings.iter().find(|finding| finding.severity() == Severity::Hold) {
            return self.held(finding.code);
        }
        if changed {
            let reason = format!("{reason}; the roster has different data now, which was not sent (M108)");
            return PlannedOutcome::new(Outcome::AlreadyOnRoll, reason, Some(id));
        }
        PlannedOutcome::new(Outcome::AlreadyOnRoll, reason, Some(id))
    }

    fn held(&self, code: FindingCode) -> PlannedOutcome {
        PlannedOutcome::new(Outcome::Held, format!("{} ({code})", self.rules.findings.get(code).title), None)
    }
}
