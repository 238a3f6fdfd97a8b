//! Persons judged: which can go on the roll, which wait for a decision, which cannot go at all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use uuid::Uuid;

use super::prepared::Prepared;
use crate::assess::{check_vendor_limits, is_within_vendor_limits};
use crate::domain::{Finding, FindingCode, Origin, Outcome, Person, Severity, SubjectRecord};
use crate::matching::{merge_rows, without_slot};
use crate::plan::to_subject_record;
use crate::rules::Rules;

/// Persons handled together by one thread.
const CHUNK: usize = 4_096;

/// The reason of whoever could go on the roll.
pub(super) const READY: Cow<'static, str> = Cow::Borrowed("ready; this was a dry run");

/// What becomes of a person, and why.
#[derive(Clone, Debug)]
pub struct PersonOutcome {
    /// The outcome of the row that carries the person.
    pub outcome: Outcome,
    /// Why; empty where the outcome says it all.
    pub reason: Cow<'static, str>,
    /// The id under which the person is, or would be, on the roll; `None` in a dry run.
    pub subject_id: Option<Uuid>,
    /// The row that carries the person.
    pub primary: u32,
}

/// The outcome of every person, by the number that matching gave.
#[derive(Debug, Default)]
pub struct PlannedPersons {
    /// By person.
    pub outcomes: Vec<PersonOutcome>,
    /// What merging and the vendor's limits found, by person; most have none.
    pub findings: BTreeMap<u32, Vec<Finding>>,
    /// Where the values of each person of several rows come from, by rising person.
    pub origins: Vec<(u32, Vec<Origin>)>,
    /// Records of an earlier run that are to be sent again in place of the person's own, by person.
    pub resent: BTreeMap<u32, SubjectRecord>,
}

/// A person with what speaks against putting it on the roll.
#[derive(Debug)]
pub struct JudgedPerson {
    /// The person.
    pub person: Person,
    /// `None` when it can go; else held or rejected, and why.
    pub obstacle: Option<(Outcome, String)>,
}

/// Judges every person in a dry run: those without an obstacle are ready, and nothing is sent.
pub fn plan_persons(prepared: &Prepared, rules: &Rules) -> PlannedPersons {
    let count = prepared.matches.clusters.len();
    let judge = |person| {
        dry_run_of_one_row(prepared, rules, person).unwrap_or_else(|| dry_run(judge_person(prepared, rules, person)))
    };
    let mut planned = PlannedPersons::default();
    planned.outcomes.reserve_exact(count);
    let mut next = 0;
    while next < count {
        let end = count.min(next + CHUNK * rayon::current_num_threads() * 8);
        let judged: Vec<JudgedOutcome> = (next..end).into_par_iter().map(judge).collect();
        for (outcome, findings, origins) in judged {
            planned.push(outcome, findings, origins);
        }
        next = end;
    }
    planned
}

impl PlannedPersons {
    /// Appends the next person.
    pub fn push(&mut self, outcome: PersonOutcome, findings: Vec<Finding>, origins: Vec<Origin>) {
        let person = u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX);
        if !findings.is_empty() {
            self.findings.insert(person, findings);
        }
        if !origins.is_empty() {
            self.origins.push((person, origins));
        }
        self.outcomes.push(outcome);
    }

    /// The findings of a person beyond those of its rows.
    pub fn findings_of(&self, person: u32) -> &[Finding] {
        self.findings.get(&person).map(Vec::as_slice).unwrap_or_default()
    }
}

/// An outcome with what was found and where the values come from.
type JudgedOutcome = (PersonOutcome, Vec<Finding>, Vec<Origin>);

fn dry_run(judged: JudgedPerson) -> JudgedOutcome {
    let primary = judged.person.primary;
    let (outcome, reason) = match judged.obstacle {
        Some((outcome, reason)) => (outcome, Cow::Owned(reason)),
        None => (Outcome::NotAttempted, READY),
    };
    (PersonOutcome { outcome, reason, subject_id: None, primary }, judged.person.findings, judged.person.origins)
}

/// The same as judging a person of one row whom nothing but findings of that row keeps off the roll, as most are,
/// without building the person; `None` for all others.
fn dry_run_of_one_row(prepared: &Prepared, rules: &Rules, person: usize) -> Option<JudgedOutcome> {
    let [primary] = *prepared.matches.clusters.rows(person) else { return None };
    if prepared.matches.clusters.reviews(person).next().is_some() {
        return None;
    }
    let row = prepared.store.row(primary)?;
    let (outcome, reason) = match obstacle_of(rules, gravest(row.findings())) {
        Some((outcome, reason)) => (outcome, Cow::Owned(reason)),
        None if is_within_vendor_limits(&row.view()) => (Outcome::NotAttempted, READY),
        None => return None,
    };
    Some((PersonOutcome { outcome, reason, subject_id: None, primary }, Vec::new(), without_slot(&row, primary)))
}

fn obstacle_of(rules: &Rules, gravest: Option<Finding>) -> Option<(Outcome, String)> {
    let finding = gravest?;
    match finding.severity() {
        Severity::Reject => Some((Outcome::Rejected, sentence(rules, finding))),
        Severity::Hold => Some((Outcome::Held, sentence(rules, finding))),
        Severity::Info | Severity::Changed | Severity::Warn => None,
    }
}

/// Merges the rows of a person and looks for what keeps it off the roll.
pub fn judge_person(prepared: &Prepared, rules: &Rules, person: usize) -> JudgedPerson {
    let mut person = merge_rows(&prepared.store, &prepared.matches.clusters, &rules.nicknames, person);
    let of_row = prepared.store.row(person.primary).and_then(|row| gravest(row.findings()));
    let gravest = of_row.into_iter().chain(gravest(person.findings.iter().copied())).max_by_key(|it| it.severity());
    let obstacle = obstacle_of(rules, gravest).or_else(|| vendor_limit(&mut person, rules));
    JudgedPerson { person, obstacle }
}

fn gravest(findings: impl Iterator<Item = Finding>) -> Option<Finding> {
    // The first of the gravest: `max_by_key` alone would take the last.
    findings.fold(None, |best: Option<Finding>, finding| match best {
        Some(best) if best.severity() >= finding.severity() => Some(best),
        Some(_) | None => Some(finding),
    })
}

fn vendor_limit(person: &mut Person, rules: &Rules) -> Option<(Outcome, String)> {
    let fields =
        check_vendor_limits(&to_subject_record(&person.patient, Uuid::nil(), rules.names.suffix_destination)).err()?;
    let finding = Finding::in_row(FindingCode::VendorLimit);
    person.findings.push(finding);
    Some((Outcome::Rejected, format!("{}: {}", sentence(rules, finding), fields.join(", "))))
}

/// A finding as the reason of an outcome.
fn sentence(rules: &Rules, finding: Finding) -> String {
    format!("{} ({})", rules.findings.get(finding.code).title, finding.code)
}
