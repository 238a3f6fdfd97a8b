//! Persons judged: which can go on the roll, which wait for a decision, which cannot go at all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use uuid::Uuid;

use super::Prepared;
use crate::assess::check_vendor_limits;
use crate::domain::{Finding, FindingCode, Outcome, Person, Severity};
use crate::matching::merge_rows;
use crate::plan::to_subject_record;
use crate::rules::Rules;

/// Persons handled together by one thread.
const CHUNK: usize = 4_096;

/// How a person stands.
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

/// Every person's standing, by the number that matching gave.
#[derive(Debug, Default)]
pub struct PlannedPersons {
    /// By person.
    pub outcomes: Vec<PersonOutcome>,
    /// What merging and the vendor's limits found, by person; most have none.
    pub findings: BTreeMap<u32, Vec<Finding>>,
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
    let chunks: Vec<Vec<(PersonOutcome, Vec<Finding>)>> = (0..count.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let persons = chunk * CHUNK..count.min((chunk + 1) * CHUNK);
            persons.map(|person| dry_run(judge_person(prepared, rules, person))).collect()
        })
        .collect();
    let mut planned = PlannedPersons::default();
    for (outcome, findings) in chunks.into_iter().flatten() {
        planned.push(outcome, findings);
    }
    planned
}

impl PlannedPersons {
    /// Appends the next person.
    pub fn push(&mut self, outcome: PersonOutcome, findings: Vec<Finding>) {
        let person = u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX);
        if !findings.is_empty() {
            self.findings.insert(person, findings);
        }
        self.outcomes.push(outcome);
    }

    /// The findings of a person beyond those of its rows.
    pub fn findings_of(&self, person: u32) -> &[Finding] {
        self.findings.get(&person).map(Vec::as_slice).unwrap_or_default()
    }
}

fn dry_run(judged: JudgedPerson) -> (PersonOutcome, Vec<Finding>) {
    let primary = judged.person.primary;
    let (outcome, reason) = match judged.obstacle {
        Some((outcome, reason)) => (outcome, Cow::Owned(reason)),
        None => (Outcome::NotAttempted, Cow::Borrowed("ready; this was a dry run")),
    };
    (PersonOutcome { outcome, reason, subject_id: None, primary }, judged.person.findings)
}

/// Merges the rows of a person and looks for what keeps it off the roll.
pub fn judge_person(prepared: &Prepared, rules: &Rules, person: usize) -> JudgedPerson {
    let mut person = merge_rows(&prepared.store, &prepared.matches.clusters, person);
    let of_row = prepared.store.row(person.primary).and_then(|row| gravest(row.findings()));
    let gravest = of_row.into_iter().chain(gravest(person.findings.iter().copied())).max_by_key(|it| it.severity());
    let obstacle = match gravest {
        Some(finding) if finding.severity() == Severity::Reject => Some((Outcome::Rejected, sentence(rules, finding))),
        Some(finding) if finding.severity() == Severity::Hold => Some((Outcome::Held, sentence(rules, finding))),
        Some(_) | None => vendor_limit(&mut person, rules),
    };
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
    let fields = check_vendor_limits(&to_subject_record(&person.patient, Uuid::nil())).err()?;
    let finding = Finding::in_row(FindingCode::VendorLimit);
    person.findings.push(finding);
    Some((Outcome::Rejected, format!("{}: {}", sentence(rules, finding), fields.join(", "))))
}

/// A finding as the reason of an outcome.
fn sentence(rules: &Rules, finding: Finding) -> String {
    format!("{} ({})", rules.findings.get(finding.code).title, finding.code)
}
