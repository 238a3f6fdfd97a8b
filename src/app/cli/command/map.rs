//! `onroll map`: the column mapping of a roster that would be used, as a file to save, edit and pass back with `--map`.

use std::path::Path;

use super::print;
use crate::cli::args::MapArguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::settings::{RosterSettings, SettingsFile};
use onroll_core::map::draft_columns;
use onroll_core::pipeline::PipelineError;
use onroll_core::read::{ReadEvent, Stopped, read_roster_within};

/// Prints the mapping of the first table with a roster in the file.
pub(super) fn run(arguments: &MapArguments) -> Result<Exit, Failure> {
    let settings = RosterSettings::resolve(&arguments.roster, &SettingsFile::read()?)?;
    let [roster] = settings.rosters.as_slice() else {
        return Err(Failure::new(Exit::Usage, "a mapping belongs to one roster; name only one"));
    };
    let path = roster.name();
    print(&format!("# Column mapping of {path}\n{}", mapping_of(path, &settings)?))?;
    Ok(Exit::Done)
}

fn mapping_of(path: &str, settings: &RosterSettings) -> Result<String, Failure> {
    let map_file = settings.check.ingest.map_file.as_ref();
    let mut table = String::new();
    let mut awaiting_header = false;
    let mut sheets: Vec<String> = Vec::new();
    let mut outcome: Option<Result<String, PipelineError>> = None;
    let read =
        read_roster_within(Path::new(path), &settings.check.ingest.limits, &|_| {}, &mut |event| {
            match event {
                ReadEvent::Table { sheet, .. } => {
                    table = sheet.as_ref().map(|sheet| format!(", sheet \"{sheet}\"")).unwrap_or_default();
                    sheets.extend(sheet.clone());
                    awaiting_header = sheet.is_none_or(|sheet| settings.check.ingest.chooses(&sheet, sheets.len()));
                }
                ReadEvent::Rows(batch) if awaiting_header => {
                    awaiting_header = false;
                    match draft_columns(&batch.split(), &settings.check.rules, map_file) {
                        Ok(mut columns) => {
                            let applied = map_file.map_or(Ok(()), |map_file| columns.apply(map_file));
                            outcome = Some(applied.map(|()| columns.to_toml()).map_err(|source| {
                                PipelineError::MapFile { path: path.to_owned(), table: table.clone(), source }
                            }));
                            return Err(Stopped);
                        }
                        Err(source) if outcome.is_none() => {
                            let (path, table) = (path.to_owned(), table.clone());
                            outcome = Some(Err(PipelineError::NoRoster { path, table, source }));
                        }
                        Err(_) => {}
                    }
                }
                ReadEvent::Rows(_) | ReadEvent::Sheet(_) | ReadEvent::EndOfTable => {}
            }
            Ok(())
        });
    if outcome.is_none() && read.is_ok() {
        settings.check.ingest.check_choices(path, &sheets.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    match (outcome, read) {
        (Some(Ok(text)), _) => Ok(text),
        (_, Err(error)) => Err(PipelineError::from(error).into()),
        (Some(Err(error)), Ok(_)) => Err(error.into()),
        (None, Ok(_)) => Err(Failure::new(Exit::Input, format!("{path}: it contains no rows"))),
    }
}
