//! `onroll generate`: a synthetic roster, and who is who in it.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cli::args::{GenerateArguments, KindArgument};
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::{Progress, Unit};
use onroll_core::generate::{GenerateSettings, RosterKind, generate};
use onroll_core::private_file::{create_private_file, create_private_folder};

/// Writes the roster and, where asked for, the truth.
pub(super) fn run(arguments: &GenerateArguments, progress: Progress) -> Result<Exit, Failure> {
    if !(0.0..=0.9).contains(&arguments.duplicates) {
        return Err(Failure::new(Exit::Usage, "--duplicates takes a share from 0 to 0.9"));
    }
    let noise = arguments.noise.unwrap_or(if arguments.kind == KindArgument::Clean { 0.0 } else { 1.0 });
    if !(0.0..=10.0).contains(&noise) {
        return Err(Failure::new(Exit::Usage, "--noise takes a number from 0 to 10"));
    }
    if !(0.0..=1.0).contains(&arguments.undated) {
        return Err(Failure::new(Exit::Usage, "--undated takes a share from 0 to 1"));
    }
    if arguments.undated > 0.0 && matches!(arguments.kind, KindArgument::Office | KindArgument::Distinct) {
        return Err(Failure::new(
            Exit::Usage,
            "--undated does not work with --kind office or distinct; choose another kind",
        ));
    }
    let stage = progress.stage("Generating", arguments.rows, Unit::Patients);
    let settings = GenerateSettings {
        rows: arguments.rows,
        seed: arguments.seed,
        duplicate_share: arguments.duplicates,
        noise,
        undated_share: arguments.undated,
        kind: match arguments.kind {
            KindArgument::Office => RosterKind::Office,
            KindArgument::Clinic | KindArgument::Clean => RosterKind::Clinic,
            KindArgument::Population => RosterKind::Population,
            KindArgument::Distinct => RosterKind::Distinct,
        },
    };
    let failed = |error: io::Error| Failure::file(&error);
    let mut out = open(&arguments.out).map_err(failed)?;
    let mut truth = arguments.truth.as_deref().map(open).transpose().map_err(failed)?;
    let summary =
        generate(&settings, &mut out, truth.as_mut().map(|writer| writer as &mut dyn Write)).map_err(failed)?;
    out.flush().map_err(failed)?;
    if let Some(truth) = &mut truth {
        truth.flush().map_err(failed)?;
    }
    stage.set(arguments.rows);
    stage.finish(&format!(
        "{} rows describing {} people, written to {}",
        summary.rows,
        summary.persons,
        arguments.out.display()
    ));
    Ok(Exit::Done)
}

fn open(path: &Path) -> io::Result<BufWriter<fs_err::File>> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_private_folder(folder)?;
    }
    Ok(BufWriter::with_capacity(1 << 20, create_private_file(path)?))
}
