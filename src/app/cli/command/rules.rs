//! `onroll rules`: the rule files for people who edit them: written out, and checked.

use std::fmt::Write as _;
use std::path::Path;

use super::print;
use crate::cli::args::RulesCommand;
use crate::cli::exit::{Exit, Failure};
use onroll_core::private_file::{create_private_folder, write_atomically};
use onroll_core::rules::{RuleFiles, Rules};

/// Writes or checks.
pub(super) fn run(command: &RulesCommand) -> Result<Exit, Failure> {
    match command {
        RulesCommand::Export { folder } => export(folder),
        RulesCommand::Check { folder } => check(folder),
    }
}

fn export(folder: &Path) -> Result<Exit, Failure> {
    let files = RuleFiles::embedded();
    let names: Vec<&str> = files.names().collect();
    if let Some(there) = names.iter().map(|name| folder.join(name)).find(|path| path.exists()) {
        let message = format!("{} already exists; name an empty folder, so that no edit is lost", there.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    create_private_folder(folder).map_err(|error| Failure::file(&error))?;
    let mut text = String::new();
    for name in names {
        write_atomically(&folder.join(name), |out| out.write_all(files.text(name).as_bytes()))
            .map_err(|error| Failure::file(&error))?;
        let _ = writeln!(text, "{}", folder.join(name).display());
    }
    let shown = folder.display();
    let _ = writeln!(
        text,
        "\nEdit the files you need and delete the others: onroll uses its built-in version of a deleted file.\n\
         `onroll rules check {shown}` checks the files, and `--rules {shown}` uses them."
    );
    print(&text)?;
    Ok(Exit::Done)
}

fn check(folder: &Path) -> Result<Exit, Failure> {
    let files = RuleFiles::overlaid(folder)?;
    let rules = Rules::from_files(&files)?;
    drop(rules);
    let built_in = RuleFiles::embedded();
    let mut text = String::new();
    for name in files.names() {
        let state = match (files.is_overlaid(name), files.text(name) == built_in.text(name)) {
            (false, _) => "built in",
            (true, true) => "in the folder, unchanged",
            (true, false) => "in the folder, edited",
        };
        let _ = writeln!(text, "{name:<28} {state}");
    }
    let _ = writeln!(text, "\nThe rules are valid.");
    print(&text)?;
    Ok(Exit::Done)
}
