//! The plan of an upload: every person under its id, written down in the ledger before the first request.

use std::borrow::Cow;

use rayon::prelude::*;

use super::persons::{JudgedPerson, PersonOutcome, PlannedPersons, judge_person};
use super::reporting::{RowFacts, visit_rows};
use super::{Prepared, TableFacts};
use crate::domain::{Finding, FindingCode, Outcome, SubjectRecord, Text};
use crate::ledger::{Ledger, LedgerError, LedgerSource, NewPerson, NewRow, RowRole};
use crate::plan::{Action, IdsOfRun, PlannedSubject, SubjectIds, draft_person, to_subject_record};
use crate::rules::Rules;

/// Persons drafted together before the ledger is asked about them.
const CHUNK: usize = 4_096;
/// Rows written to the ledger in one transaction.
const ROWS_PER_TRANSACTION: usize = 2_000;

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
    ledger: &mut Ledger,
    run: &str,
) -> Result<PlannedPersons, LedgerError> {
    let mut planned = PlannedPersons::default();
    let mut taken = IdsOfRun::default();
    let count = prepared.matches.clusters.len();
    let mut next = 0;
    while next < count {
        let end = count.min(next + CHUNK * rayon::current_num_threads());
        let drafts: Vec<(JudgedPerson, Option<PlannedSubject>)> = (next..end)
            .into_par_iter()
            .map(|person| {
                let judged = judge_person(prepared, rules, person);
                let subject = judged.obstacle.is_none().then(|| draft_person(&judged.person, ids));
                (judged, subject)
            })
            .collect();
        let mut persons: Vec<NewPerson> = Vec::new();
        for (judged, subject) in drafts {
            let mut findings = judged.person.findings;
            let primary = judged.person.primary;
            let standing = match (judged.obstacle, subject) {
                (None, Some(subject)) => {
                    let standing = standing_of(subject, ledger, &mut taken, &mut findings, rules)?;
                    if let Some(person) = standing.1 {
                        persons.push(person);
                    }
                    standing.0
                }
                (Some((outcome, reason)), _) => (outcome, Cow::Owned(reason), None),
                (None, None) => (Outcome::Unknown, Cow::Borrowed("the person was not planned"), None),
            };
            let (outcome, reason, subject_id) = standing;
            planned.push(PersonOutcome { outcome, reason, subject_id, primary }, findings);
        }
        ledger.write(|writes| writes.plan_persons(run, &persons))?;
        next = end;
    }
    write_rows(prepared, &planned, ledger, run)?;
    Ok(planned)
}

type Standing = (Outcome, Cow<'static, str>, Option<uuid::Uuid>);

/// How a person without obstacles stands in view of the ledger and of the other persons of the run.
fn standing_of(
    subject: PlannedSubject,
    ledger: &Ledger,
    taken: &mut IdsOfRun,
    findings: &mut Vec<Finding>,
    rules: &Rules,
) -> Result<(Standing, Option<NewPerson>), LedgerError> {
    let id = subject.subject.id;
    if !taken.take(id) {
        findings.push(Finding::in_row(FindingCode::Indistinguishable));
        let reason = "another person of this run has the same subject id (M103)";
        return Ok(((Outcome::Held, Cow::Borrowed(reason), None), None));
    }
    let subject = subject.decided(ledger.person(id)?.as_ref());
    Ok(match subject.action {
        Action::Create => ((Outcome::NotAttempted, Cow::Borrowed(""), Some(id)), Some(subject.to_ledger())),
        Action::AlreadyOnRoll { changed } => {
            let reason = if changed {
                "an earlier run put it there; the roster has other data now, which was not sent"
            } else {
                "an earlier run put it there"
            };
            ((Outcome::AlreadyOnRoll, Cow::Borrowed(reason), Some(id)), None)
        }
        Action::Hold { code } => {
            findings.push(Finding::in_row(code));
            let reason = format!("{} ({code})", rules.findings.get(code).title);
            ((Outcome::Held, Cow::Owned(reason), None), None)
        }
    })
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
        subject_id: Option<uuid::Uuid>,
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
pub fn send_creations(prepared: &Prepared, planned: &PlannedPersons, mut send: impl FnMut(Vec<SubjectRecord>) -> bool) {
    let mut batch = Vec::with_capacity(crate::upload::MAX_BATCH);
    let to_create =
        planned.outcomes.iter().enumerate().filter(|(_, standing)| standing.outcome == Outcome::NotAttempted);
    for (person, standing) in to_create {
        let Some(id) = standing.subject_id else { continue };
        let person = crate::matching::merge_rows(&prepared.store, &prepared.matches.clusters, person);
        batch.push(to_subject_record(&person.patient, id));
        if batch.len() == crate::upload::MAX_BATCH && !send(std::mem::take(&mut batch)) {
            return;
        }
    }
    if !batch.is_empty() {
        send(batch);
    }
}
