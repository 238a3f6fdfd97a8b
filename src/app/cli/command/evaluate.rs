//! `onroll evaluate`: the matching measured against known identities.

use std::path::Path;

use super::{Watching, print};
use crate::cli::args::{EvaluateArguments, FormatArgument};
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::cli::settings::{RosterSettings, SettingsFile};
use onroll_core::domain::{RowRef, RunId};
use onroll_core::evaluate::{
    Evaluation, MatchingResult, PairBand, ScoredPair, Truth, evaluate, evaluation_page, evaluation_text,
};
use onroll_core::matching::{Band, Model, candidate_pairs};
use onroll_core::pipeline::{PipelineError, Prepared, TableFacts, prepare};
use onroll_core::private_file::{create_private_folder, write_atomically};
use onroll_core::read::{ReadEvent, Roster, read_roster};
use onroll_core::rules::Rules;

/// Matches the rosters, measures, writes and prints.
pub(super) fn run(arguments: &EvaluateArguments, progress: Progress) -> Result<Exit, Failure> {
    let settings = RosterSettings::resolve(&arguments.roster, &SettingsFile::read()?)?;
    // A truth file that cannot be read is reported before the work begins.
    let from_file = arguments.truth.as_deref().map(Truth::read).transpose();
    let from_file = from_file.map_err(|error| Failure::new(Exit::Input, error.to_string()))?;
    let watching = Watching::new(progress, settings.total_bytes());
    let prepared = prepare(&settings.rosters, &settings.check.rules, &settings.check.ingest, &watching)?;
    let truth = match (from_file, &arguments.truth_column) {
        (Some(truth), _) => truth,
        (None, Some(column)) => truth_of_column(&prepared, &settings.rosters, column)?,
        (None, None) => {
            return Err(Failure::new(Exit::Usage, "name the truth with --truth FILE or --truth-column NAME"));
        }
    };
    let persons = persons_of_rows(&prepared, &truth)?;
    let known = persons.iter().flatten().count();
    if known == 0 {
        return Err(Failure::new(
            Exit::Input,
            "no row that was read is in the truth; check that the truth belongs to this roster",
        ));
    }
    let without_row = truth.len().saturating_sub(known) as u64;
    let evaluation = evaluate(&result_of(&prepared, &settings.check.rules), &persons, without_row);
    let run = RunId::new();
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("onroll-out").join(run.as_text()));
    write(&folder, &evaluation, &prepared.matches.model)?;
    print(&match arguments.format.unwrap_or_default() {
        FormatArgument::Human => format!("{}\nWritten to    {}\n", evaluation_text(&evaluation), folder.display()),
        FormatArgument::Json => json(&evaluation)?,
    })?;
    Ok(Exit::Done)
}

/// What evaluation needs of the matching: the pairs that were kept, and those that were compared and dropped.
fn result_of(prepared: &Prepared, rules: &Rules) -> MatchingResult {
    let matches = &prepared.matches;
    let kept = matches.pairs.iter().map(|pair| ScoredPair {
        left: pair.left,
        right: pair.right,
        weight: Some(f64::from(pair.weight) / 100.0),
        band: match pair.band {
            Band::Match => PairBand::Auto,
            Band::Review(_) => PairBand::Review,
        },
    });
    let is_kept =
        |left, right| matches.pairs.binary_search_by_key(&(left, right), |pair| (pair.left, pair.right)).is_ok();
    let dropped = candidate_pairs(&prepared.store, rules).into_iter().filter(|(left, right)| !is_kept(*left, *right));
    let dropped = dropped.map(|(left, right)| ScoredPair { left, right, weight: None, band: PairBand::Different });
    let pairs: Vec<ScoredPair> = kept.chain(dropped).collect();
    MatchingResult {
        clusters: (0..prepared.store.len()).map(|row| matches.clusters.person_of(row)).collect(),
        candidate_pairs: pairs.len() as u64,
        pairs,
    }
}

/// The person of each row, in the order of the store.
fn persons_of_rows(prepared: &Prepared, truth: &Truth) -> Result<Vec<Option<u32>>, Failure> {
    let names = truth.names_files();
    let rosters = prepared.tables.iter().filter(|table| table.rows > 0 && table.columns.is_some()).count();
    if rosters > 1 && !names {
        let message = "several tables were read, and the truth does not say which table each row belongs to; \
                       add a column `file` with the file names of the rosters, or evaluate one table";
        return Err(Failure::new(Exit::Input, message));
    }
    let person = |place: RowRef| {
        let file = prepared.table(place.source).filter(|_| names).map(file_key).unwrap_or_default();
        truth.person(&file, place.row)
    };
    Ok(prepared.store.rows().map(|(_, row)| person(row.row_ref())).collect())
}

/// How a truth names a table: by the file's name, with the sheet where there is one.
fn file_key(table: &TableFacts) -> String {
    key_of(&table.input.path, table.id.sheet().map(|_| table.id.label()))
}

fn key_of(path: &str, sheet: Option<&str>) -> String {
    let name = Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    match sheet {
        Some(sheet) => format!("{name}#{sheet}"),
        None => name,
    }
}

/// Reads the rosters again for the one column that says who is who.
fn truth_of_column(prepared: &Prepared, rosters: &[Roster], name: &str) -> Result<Truth, Failure> {
    let mut truth = Truth::default();
    let mut found = false;
    for path in rosters.iter().map(Roster::name) {
        if path == "-" {
            let message =
                "--truth-column reads the roster twice, and standard input can be read only once; save it to a file";
            return Err(Failure::new(Exit::Usage, message));
        }
        let mut header_row = None;
        let mut key = String::new();
        let mut column = None;
        read_roster(Path::new(path), &|_| {}, &mut |event| {
            match event {
                ReadEvent::Table { sheet, .. } => {
                    let is_this =
                        |table: &&TableFacts| table.input.path == path && table.id.sheet() == sheet.as_deref();
                    let columns = prepared.tables.iter().find(is_this).and_then(|table| table.columns.as_ref());
                    header_row = columns.and_then(|columns| columns.header_row);
                    key = key_of(path, sheet.as_deref());
                    column = None;
                }
                ReadEvent::Rows(batch) => {
                    for row in batch.split().rows() {
                        if Some(row.number()) == header_row {
                            column = row.cells().position(|(text, _)| text.trim() == name);
                            found |= column.is_some();
                        } else if let Some((person, _)) = column.and_then(|column| row.cell(column))
                            && !person.trim().is_empty()
                        {
                            truth.insert(&key, row.number(), person.trim());
                        }
                    }
                }
                ReadEvent::Sheet(_) | ReadEvent::EndOfTable => {}
            }
            Ok(())
        })
        .map_err(PipelineError::from)?;
    }
    if !found {
        return Err(Failure::new(Exit::Usage, format!("--truth-column: no roster has a column named \"{name}\"")));
    }
    let columns = prepared.tables.iter().filter_map(|table| table.columns.as_ref());
    if columns.flat_map(|columns| &columns.columns).any(|column| column.header.trim() == name && column.is_used()) {
        let message = format!(
            "the column \"{name}\" is mapped to a field, so the matching would see the truth; \
             pass --map FILE with the line \"{name}\" = \"ignore\" below [columns]"
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(truth)
}

fn json(evaluation: &Evaluation) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(evaluation);
    Ok(text.map_err(|error| Failure::new(Exit::Bug, error.to_string()))? + "\n")
}

fn write(folder: &Path, evaluation: &Evaluation, model: &Model) -> Result<(), Failure> {
    let page = evaluation_page(evaluation).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    create_private_folder(folder).map_err(|error| Failure::file(&error))?;
    let model = model.to_json();
    for (name, text) in [("evaluation.json", json(evaluation)?), ("evaluation.html", page), ("model.json", model)] {
        write_atomically(&folder.join(name), |out| out.write_all(text.as_bytes()))
            .map_err(|error| Failure::file(&error))?;
    }
    Ok(())
}
