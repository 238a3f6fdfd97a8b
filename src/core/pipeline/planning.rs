//! The plan of a run in view of the ledger: every person under its id, those on the roll recognised, and for an upload all of
//! it written down before the first request.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;
use uuid::Uuid;

use super::evidence::keep_evidence;
use super::persons::{JudgedPerson, PersonOutcome, PlannedPersons, judge_person};
use super::reporting::{RowFacts, visit_rows};
use super::roll_changes::{changes, is_namesake};
use super::{Prepared, TableFacts};
use crate::domain::{Finding, FindingCode, Outcome, Patient, Phi, Severity, SubjectRecord, Text};
use crate::ledger::{Ledger, LedgerError, LedgerSource, NewPerson, NewRow, PersonState, RowRole};
use crate::matching::{RollLink, merge_rows};
use crate::plan::{
    Action, IdsOfRun, PlannedSubject, SubjectIds, draft_person, patient_of_record, subject_record_of, to_subject_record,
};
use crate::rules::Rules;
use crate::rules::nicknames::Nicknames;

/// Persons drafted together before the ledger is asked about them.
const CHUNK: usize = 4_096;
/// Rows written to the ledger in one transaction.
const ROWS_PER_TRANSACTION: usize = 2_000;

const SENT_AS_ANOTHER: &str = "an earlier run sent a different name, birth date or sex under this subject id (V103)";
const KNOWN_OTHERWISE: &str = "somebody with this name and birth date was sent under another subject id, and the ledger did not keep the \
                               record (M107): use the same identifiers as before, or let the ledger keep records";
const SAME_SUBJECT_ID: &str = "another person of this run has the same subject id (M103)";
const SAME_DERIVED_ID: &str = "another person of this run has the same name, birth date and sex, so both would get the same subject id \
                               (M103): name the system of the record numbers (--system), or supply a column of subject ids";
const NAMESAKE_ON_ROLL: &str = "somebody with this name, birth date and sex is in xCures, but the other fields differ (M107): name the \
                                system of the record numbers (--system), or supply a column of subject ids";

/// What the ledger keeps of the persons that are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Remember {
    /// Their records, so that other spellings are recognised later.
    #[default]
    Records,
    /// Their ids and keyed hashes alone.
    Identifiers,
}

/// The tables of a run as the ledger names them.
pub fn ledger_sources(prepared: &Prepared) -> Vec<LedgerSource> {
    let source = |table: &TableFacts| LedgerSource {
        file: table.input.path.clone(),
        sheet: table.sheet.clone().unwrap_or_default(),
    };
    prepared.tables.iter().map(source).collect()
}

/// Plans every person and writes persons and rows to the ledger.
pub fn plan_upload(
    prepared: &Prepared,
    rules: &Rules,
    ids: &SubjectIds,
    remember: Remember,
    ledger: &mut Ledger,
    run: &str,
) -> Result<PlannedPersons, LedgerError> {
    if remember == Remember::Identifiers {
        ledger.forget_records()?;
    }
    ledger.write(|writes| writes.note_assumed_systems(run, &prepared.assumed_systems))?;
    let mut course = Planner { prepared, rules, ids, planned: PlannedPersons::default(), taken: IdsOfRun::default() };
    let keep_records = remember == Remember::Records;
    while let Some(persons) = course.next_persons() {
        let new = course.plan(persons, ledger, keep_records)?;
        ledger.write(|writes| {
            writes.plan_persons(run, &new.persons)?;
            writes.remember_records(run, &new.records)
        })?;
    }
    let planned = course.planned;
    keep_evidence(prepared, &planned, ledger, run)?;
    write_rows(prepared, &planned, ledger, run)?;
    Ok(planned)
}

/// Judges every person in a dry run that knows who is on the roll. Nothing is written.
pub fn plan_against_ledger(
    prepared: &Prepared,
    rules: &Rules,
    ids: &SubjectIds,
    ledger: &Ledger,
) -> Result<PlannedPersons, LedgerError> {
    let mut course = Planner { prepared, rules, ids, planned: PlannedPersons::default(), taken: IdsOfRun::default() };
    while let Some(persons) = course.next_persons() {
        course.plan(persons, ledger, false)?;
    }
    let mut planned = course.planned;
    for standing in planned.outcomes.iter_mut().filter(|standing| standing.outcome == Outcome::NotAttempted) {
        standing.reason = Cow::Borrowed("ready; this was a dry run");
    }
    Ok(planned)
}

/// What the ledger has to write down of some persons.
#[derive(Default)]
struct NewPersons {
    persons: Vec<NewPerson>,
    records: Vec<(Uuid, Phi<String>)>,
}

/// How a person stands, and what is to be sent where it is not the person's own record.
struct Standing {
    outcome: Outcome,
    reason: Cow<'static, str>,
    subject_id: Option<Uuid>,
    resend: Option<SubjectRecord>,
}

impl Standing {
    fn new(outcome: Outcome, reason: impl Into<Cow<'static, str>>, subject_id: Option<Uuid>) -> Self {
        Self { outcome, reason: reason.into(), subject_id, resend: None }
    }
}

/// Plans persons in order, some thousands at a time.
struct Planner<'a> {
    prepared: &'a Prepared,
    rules: &'a Rules,
    ids: &'a SubjectIds,
    planned: PlannedPersons,
    taken: IdsOfRun,
}

impl Planner<'_> {
    fn next_persons(&self) -> Option<Range<usize>> {
        let (next, count) = (self.planned.outcomes.len(), self.prepared.matches.clusters.len());
        (next < count).then(|| next..count.min(next + CHUNK * rayon::current_num_threads()))
    }

    /// Plans the next persons; returns those that are to be created.
    fn plan(&mut self, persons: Range<usize>, ledger: &Ledger, keep_records: bool) -> Result<NewPersons, LedgerError> {
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
            let standing = match (judged.obstacle, subject) {
                (None, Some(subject)) => {
                    let link = self.prepared.matches.links.get(&person).copied();
                    let standing = self.standing(&subject, &judged.person.patient, link, ledger, &mut findings)?;
                    if standing.outcome == Outcome::NotAttempted && standing.resend.is_none() {
                        new.persons.push(subject.to_ledger());
                        if keep_records {
                            new.records.push((subject.subject.id, subject.subject.to_json()));
                        }
                    }
                    standing
                }
                (Some((outcome, reason)), _) => Standing::new(outcome, reason, None),
                (None, None) => Standing::new(Outcome::Unknown, "the person was not planned", None),
            };
            if let Some(record) = standing.resend {
                self.planned.resent.insert(person, record);
            }
            let (outcome, reason, subject_id) = (standing.outcome, standing.reason, standing.subject_id);
            let primary = judged.person.primary;
            self.planned.push(PersonOutcome { outcome, reason, subject_id, primary }, findings, origins);
        }
        Ok(new)
    }

    /// How a person without obstacles stands in view of the ledger and of the other persons of the run.
    fn standing(
        &mut self,
        subject: &PlannedSubject,
        patient: &Patient,
        link: Option<RollLink>,
        ledger: &Ledger,
        findings: &mut Vec<Finding>,
    ) -> Result<Standing, LedgerError> {
        let own = subject.subject.id;
        let linked = link.and_then(|link| self.prepared.roll.person(link.subject)).copied();
        let id = linked.map_or(own, |person| person.subject_id);
        if !self.taken.take(id) {
            findings.push(Finding::in_row(FindingCode::Indistinguishable));
            let reason = if patient.subject_id.is_some() { SAME_SUBJECT_ID } else { SAME_DERIVED_ID };
            return Ok(Standing::new(Outcome::Held, reason, None));
        }
        if let Some(person) = linked.filter(|person| person.subject_id != own) {
            return self.standing_of_linked(person.subject_id, person.state, patient, ledger, findings);
        }
        let known = ledger.person(own)?;
        Ok(match subject.clone().decided(known.as_ref()).action {
            Action::Create if self.is_known_otherwise(subject) => {
                findings.push(Finding::in_row(FindingCode::PossiblyOnRoll));
                Standing::new(Outcome::Held, KNOWN_OTHERWISE, None)
            }
            Action::Create => Standing::new(Outcome::NotAttempted, "", Some(own)),
            Action::CreateAsSent | Action::AlreadyOnRoll { changed: true }
                if patient.subject_id.is_none() && self.is_another(own, patient, ledger)? =>
            {
                findings.push(Finding::in_row(FindingCode::PossiblyOnRoll));
                Standing::new(Outcome::Held, NAMESAKE_ON_ROLL, None)
            }
            Action::CreateAsSent => self.as_it_was_sent(own, patient, ledger, findings)?,
            Action::AlreadyOnRoll { changed } => {
                let changed = changed && self.note_changes(own, patient, ledger, findings)?;
                self.on_roll(own, changed, "created by an earlier run", findings)
            }
            Action::Hold { code } => {
                findings.push(Finding::in_row(code));
                Standing::new(Outcome::Held, SENT_AS_ANOTHER, None)
            }
        })
    }

    /// How a person stands who is on the roll under another id than the rows give.
    fn standing_of_linked(
        &self,
        subject_id: Uuid,
        state: PersonState,
        patient: &Patient,
        ledger: &Ledger,
        findings: &mut Vec<Finding>,
    ) -> Result<Standing, LedgerError> {
        if patient.subject_id.is_some_and(|own| own != subject_id) {
            findings.push(Finding::in_field(FindingCode::SubjectIdConflict, crate::domain::Field::SubjectId));
            return Ok(self.held(FindingCode::SubjectIdConflict));
        }
        if !state.is_on_roll() {
            return self.as_it_was_sent(subject_id, patient, ledger, findings);
        }
        let changed = self.note_changes(subject_id, patient, ledger, findings)?;
        Ok(self.on_roll(subject_id, changed, "created by an earlier run, with a different spelling", findings))
    }

    /// How a person stands who was sent before, with other data, and of whom nothing tells what became of it: the same record
    /// again under the same id finds out. Where it was not kept the roster's own data is sent, and should the vendor hold
    /// the earlier ones, the look-up that follows tells.
    fn as_it_was_sent(
        &self,
        subject_id: Uuid,
        patient: &Patient,
        ledger: &Ledger,
        findings: &mut Vec<Finding>,
    ) -> Result<Standing, LedgerError> {
        let record = ledger.record(subject_id)?;
        let resend = record.and_then(|record| subject_record_of(record.record.expose()));
        if resend.is_some() {
            self.note_changes(subject_id, patient, ledger, findings)?;
            if let Some(finding) = findings.iter().find(|finding| finding.severity() == Severity::Hold) {
                return Ok(self.held(finding.code));
            }
        }
        Ok(Standing { outcome: Outcome::NotAttempted, reason: Cow::Borrowed(""), subject_id: Some(subject_id), resend })
    }

    /// Whether somebody of this name and birth date was sent under another id, and his record was not kept, so that matching
    /// could not look at him.
    fn is_known_otherwise(&self, subject: &PlannedSubject) -> bool {
        self.prepared.roll.has_without_record(&subject.identity)
    }

    /// Whether what was sent under an id that was made of name, birth date and sex speaks of a namesake.
    fn is_another(&self, subject_id: Uuid, patient: &Patient, ledger: &Ledger) -> Result<bool, LedgerError> {
        Ok(self.sent(subject_id, ledger)?.is_some_and(|sent| is_namesake(patient, &sent)))
    }

    /// The patient that was sent under an id, where the ledger keeps the record.
    fn sent(&self, subject_id: Uuid, ledger: &Ledger) -> Result<Option<Patient>, LedgerError> {
        let record = ledger.record(subject_id)?;
        Ok(record.and_then(|record| patient_of_record(record.record.expose(), &self.rules.names)))
    }

    /// Notes what the roster says beyond what was sent; tells whether there is anything.
    fn note_changes(
        &self,
        subject_id: Uuid,
        patient: &Patient,
        ledger: &Ledger,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, LedgerError> {
        let found = match self.sent(subject_id, ledger)? {
            Some(sent) => changes(patient, &sent, &self.rules.addresses.cities),
            // What was sent is not kept: its hash alone says that it was something else.
            None => vec![Finding::in_row(FindingCode::ChangedOnRoll)],
        };
        let changed = !found.is_empty();
        findings.extend(found);
        Ok(changed)
    }

    /// On the roll, unless the changes found contradict it.
    fn on_roll(&self, id: Uuid, changed: bool, reason: &'static str, findings: &[Finding]) -> Standing {
        if let Some(finding) = findings.iter().find(|finding| finding.severity() == Severity::Hold) {
            return self.held(finding.code);
        }
        if changed {
            let reason = format!("{reason}; the roster has different data now, which was not sent (M108)");
            return Standing::new(Outcome::AlreadyOnRoll, reason, Some(id));
        }
        Standing::new(Outcome::AlreadyOnRoll, reason, Some(id))
    }

    fn held(&self, code: FindingCode) -> Standing {
        Standing::new(Outcome::Held, format!("{} ({code})", self.rules.findings.get(code).title), None)
    }
}

fn write_rows(
    prepared: &Prepared,
    planned: &PlannedPersons,
    ledger: &mut Ledger,
    run: &str,
) -> Result<(), LedgerError> {
    struct OwnedRow {
        source: u16,
        row: u32,
        ordinal: u32,
        external_id: Text,
        person: u32,
        subject_id: Option<Uuid>,
        role: RowRole,
        planned: Outcome,
        reason: String,
        completeness: u8,
        findings: String,
    }
    let mut waiting: Vec<OwnedRow> = Vec::with_capacity(ROWS_PER_TRANSACTION);
    let mut flush = |waiting: &mut Vec<OwnedRow>| {
        let rows = waiting.iter().map(|row| NewRow {
            ordinal: row.ordinal,
            source: row.source,
            row: row.row,
            external_id: &row.external_id,
            person: Some(row.person),
            subject_id: row.subject_id,
            role: row.role,
            planned: row.planned,
            reason: &row.reason,
            completeness: row.completeness,
            findings: &row.findings,
        });
        let written = ledger.write(|writes| writes.add_rows(run, rows));
        waiting.clear();
        written
    };
    visit_rows(prepared, planned, |row: &RowFacts<'_>| {
        let standing = planned.outcomes.get(row.person as usize);
        waiting.push(OwnedRow {
            source: row.row_ref.source.0,
            row: row.row_ref.row,
            ordinal: row.index,
            external_id: Text::from_text(row.external_id),
            person: row.person,
            subject_id: standing.and_then(|standing| standing.subject_id),
            role: if row.is_primary { RowRole::Primary } else { RowRole::Merged },
            planned: standing.map_or(Outcome::Unknown, |standing| standing.outcome),
            reason: row.reason.to_string(),
            completeness: row.completeness,
            findings: row.findings.clone(),
        });
        if waiting.len() >= ROWS_PER_TRANSACTION { flush(&mut waiting) } else { Ok(()) }
    })?;
    flush(&mut waiting)
}

/// Calls `send` with the records of every person that is to be created, ten at a time, built when they are needed.
/// Stops when `send` says that nobody takes them any more.
pub fn send_creations(
    prepared: &Prepared,
    planned: &PlannedPersons,
    nicknames: &Nicknames,
    mut send: impl FnMut(Vec<SubjectRecord>) -> bool,
) {
    let mut batch = Vec::with_capacity(crate::upload::MAX_BATCH);
    let to_create =
        planned.outcomes.iter().enumerate().filter(|(_, standing)| standing.outcome == Outcome::NotAttempted);
    for (person, standing) in to_create {
        let Some(id) = standing.subject_id else { continue };
        let resent = u32::try_from(person).ok().and_then(|person| planned.resent.get(&person));
        batch.push(resent.cloned().unwrap_or_else(|| {
            let person = merge_rows(&prepared.store, &prepared.matches.clusters, nicknames, person);
            to_subject_record(&person.patient, id, prepared.suffix_destination)
        }));
        if batch.len() == crate::upload::MAX_BATCH && !send(std::mem::take(&mut batch)) {
            return;
        }
    }
    if !batch.is_empty() {
        send(batch);
    }
}
