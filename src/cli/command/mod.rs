//! One file per command; each only joins settings, stages and output.

mod check;
mod describe;
mod explain;
mod generate;
mod map;
mod report;
mod sandbox;
mod status;
mod upload;

use super::args::{Arguments, Command};
use super::exit::{Exit, Failure};
use super::progress::Progress;

/// Runs the command that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let progress = Progress::for_stderr(arguments.quiet);
    match &arguments.command {
        Command::Check(check) => check::run(check, progress),
        Command::Upload(upload) => upload::run(upload, progress),
        Command::Status(status) => status::run(status),
        Command::Report(report) => report::run(report),
        Command::Sandbox(sandbox) => sandbox::run(sandbox),
        Command::Generate(generate) => generate::run(generate, progress),
        Command::Explain(explain) => explain::run(explain),
        Command::Map(map) => map::run(map),
        Command::Completions { shell } => describe::completions(*shell),
        Command::Man => describe::manual(),
    }
}

/// Prints to stdout; a reader that went away is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::file(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
