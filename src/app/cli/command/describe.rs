//! `onroll completions` and `onroll man`: drawn from the flags themselves, so that they are never stale.

use clap::CommandFactory as _;

use super::print;
use crate::cli::args::Arguments;
use crate::cli::exit::{Exit, Failure};

/// Prints the completions for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "onroll", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

/// Prints the manual page.
pub(super) fn manual() -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text).map_err(|error| Failure::file(&error))?;
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
