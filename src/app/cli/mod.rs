//! The command line: flags to settings, settings to a command, its end to an exit code. No business logic.

mod args;
mod command;
mod credentials;
mod exit;
mod logging;
mod progress;
mod settings;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

pub use args::Arguments;
pub use exit::{Exit, Failure};

/// Runs the program with the arguments it was started with.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too, and are no failure.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    logging::start(arguments.verbose, arguments.quiet);
    std::panic::set_hook(Box::new(|panic| {
        // The message of a panic may quote a value; the place is enough to find the defect.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "error: a bug in onroll at {place}; please report this line");
    }));
    onroll_core::quiet_panics();
    let ended = std::panic::catch_unwind(|| command::run(&arguments));
    match ended {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            failure.exit.into()
        }
        Err(_) => Exit::Bug.into(),
    }
}
