//! `onroll status`: the runs in the ledgers, and what is left to do in each.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::print;
use crate::cli::args::StatusArguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::settings::{data_folder, sandbox_folder};
use crate::ledger::{Ledger, RunState};
use onroll_core::domain::{Outcome, PersonState};
use onroll_core::report::thousands;

/// Prints every ledger with its runs.
pub(super) fn run(arguments: &StatusArguments) -> Result<Exit, Failure> {
    let mut text = String::new();
    for path in ledgers(arguments.ledger.ledger.as_deref())? {
        describe(&mut text, &path, arguments.decisions)?;
    }
    if text.is_empty() {
        text.push_str("No ledger yet: the first `onroll upload` creates one.\n");
    }
    print(&text)?;
    Ok(Exit::Done)
}

/// The ledger that is named, or every ledger there is.
pub(super) fn ledgers(named: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
    if let Some(named) = named {
        return Ok(vec![named.to_owned()]);
    }
    let mut found = Vec::new();
    let sandbox = sandbox_folder().join("ledger.sqlite");
    if sandbox.is_file() {
        found.push(sandbox);
    }
    let folder = data_folder()?;
    if folder.is_dir() {
        for entry in fs_err::read_dir(&folder).map_err(|error| Failure::file(&error))? {
            let path = entry.map_err(|error| Failure::file(&error))?.path();
            if path.extension().is_some_and(|extension| extension == "sqlite") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn describe(text: &mut String, path: &Path, decisions: bool) -> Result<(), Failure> {
    let ledger = Ledger::inspect(path)?;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}{}", path.display(), if Ledger::is_in_use(path) { "  (a run is using it)" } else { "" });
    if let Some((host, project)) = ledger.binding()? {
        let _ = writeln!(text, "  {host}, project {project}");
    }
    let persons = ledger.person_counts()?;
    let persons: Vec<String> = persons
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{} {}", thousands(*count), state_in_words(*state)))
        .collect();
    let _ = writeln!(text, "  persons: {}", if persons.is_empty() { "none".to_owned() } else { persons.join(", ") });
    if decisions {
        return describe_decisions(text, &ledger);
    }
    for run in ledger.runs()? {
        let outcomes = ledger.run_outcomes(&run.id)?;
        let outcomes: Vec<String> =
            outcomes.iter().map(|(outcome, rows)| outcome_in_words(*outcome, *rows, run.state)).collect();
        let _ = writeln!(text, "\n  {}  {}  {}", run.id, run.started, run.state.word());
        let _ = writeln!(text, "    rows: {}", outcomes.join(", "));
        if run.state != RunState::Finished {
            let _ = writeln!(text, "    to continue, run the same upload command again");
        }
    }
    let _ = writeln!(text);
    Ok(())
}

/// The state of a person in the ledger, as people read it.
const fn state_in_words(state: PersonState) -> &'static str {
    match state {
        PersonState::Planned => "waiting",
        PersonState::Intent => "being sent",
        PersonState::Created => "created",
        PersonState::AlreadyOnRoll => "already in xCures",
        PersonState::Conflict => "in conflict with xCures",
        PersonState::Refused => "refused",
        PersonState::Unknown => "unknown",
    }
}

/// Rows of an outcome. While a run is still running, a row without an answer is in progress.
fn outcome_in_words(outcome: Outcome, rows: u64, state: RunState) -> String {
    let words = match (outcome, state) {
        (Outcome::Unknown, RunState::Running) => "in progress",
        _ => outcome.title(),
    };
    format!("{} {words}", thousands(rows))
}

/// The decisions of stewards in the ledger, the oldest first.
fn describe_decisions(text: &mut String, ledger: &Ledger) -> Result<(), Failure> {
    let decisions = ledger.decisions()?;
    if decisions.is_empty() {
        text.push_str("  no decisions: `onroll upload --decisions FILE` stores those in the file\n");
    }
    for decision in decisions {
        let (left, right) = &decision.locations;
        let _ = write!(
            text,
            "  {:>4}  {}  {:<9}  {left} and {right}",
            decision.number,
            decision.decided,
            decision.decision.word()
        );
        if let Some(later) = decision.replaced_by {
            let _ = write!(text, "  (replaced by number {later})");
        }
        let _ = writeln!(text, "\n        run {}", decision.run);
    }
    let _ = writeln!(text);
    Ok(())
}
