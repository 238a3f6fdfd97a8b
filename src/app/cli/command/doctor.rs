//! `onroll doctor`: checks everything an upload needs, step by step, and says what to do if a check fails. It creates
//! nothing.

use std::fmt::Write as _;
use std::path::Path;

use super::print;
use super::target::{Target, source, target};
use crate::cli::args::{DoctorArguments, VendorArguments};
use crate::cli::exit::{Exit, Failure};
use crate::cli::settings::SettingsFile;
use crate::ledger::{Ledger, LedgerError};
use crate::upload::{FailureClass, PatientApi as _, UploadError};
use onroll_core::private_file::{create_private_file, create_private_folder};
use onroll_core::report::counted;

/// Most seconds by which the clocks may differ: beyond, certificates and the moments of records are in doubt.
const MOST_SECONDS_APART: u64 = 300;

/// The steps so far.
struct Findings {
    text: String,
    first_failure: Option<Exit>,
}

impl Findings {
    fn good(&mut self, step: &str, text: &str) {
        self.line("ok", step, text);
    }

    fn skipped(&mut self, steps: &[&str]) {
        for step in steps {
            self.line("skipped", step, "an earlier check failed");
        }
    }

    fn bad(&mut self, step: &str, failure: &Failure) {
        self.line("FAILED", step, &failure.message);
        self.first_failure.get_or_insert(failure.exit);
    }

    fn line(&mut self, mark: &str, step: &str, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{mark:<8}{step:<13}{text}");
    }
}

/// Goes through the steps; the exit code is that of the first that failed.
pub(super) fn run(arguments: &DoctorArguments) -> Result<Exit, Failure> {
    let file = SettingsFile::read()?;
    let runtime = super::runtime()?;
    let mut findings = Findings { text: String::new(), first_failure: None };
    match reach(&arguments.vendor, &file, &runtime) {
        Ok(target) => {
            let place = place_of_credentials(&arguments.vendor, &file);
            findings.good("credentials", &format!("found: {place}"));
            runtime.block_on(ask(&target, &mut findings));
            check_ledger(&target, &mut findings);
            if let Some(sandbox) = target.sandbox {
                runtime.block_on(sandbox.shutdown());
            }
        }
        Err(failure) => {
            findings.bad("credentials", &failure);
            findings.skipped(&["token", "projects", "project", "search", "clock", "ledger"]);
        }
    }
    print(&findings.text)?;
    Ok(findings.first_failure.unwrap_or(Exit::Done))
}

fn reach(
    arguments: &VendorArguments,
    file: &SettingsFile,
    runtime: &tokio::runtime::Runtime,
) -> Result<Target, Failure> {
    runtime.block_on(target(arguments, file))
}

fn place_of_credentials(arguments: &VendorArguments, file: &SettingsFile) -> String {
    if arguments.sandbox { "the sandbox's own".to_owned() } else { source(arguments, file).describe() }
}

/// The steps that need the vendor.
async fn ask(target: &Target, findings: &mut Findings) {
    let named = |error: UploadError| {
        let failure = Failure::from(error);
        Failure::new(failure.exit, format!("{}: {}", target.upload.host, failure.message))
    };
    let projects = match target.upload.api.list_projects().await {
        Ok(projects) => projects,
        Err(failure) => {
            let error = match failure.class {
                FailureClass::Unauthorized => UploadError::Credentials,
                FailureClass::Forbidden => UploadError::Forbidden { project: target.upload.project },
                _ => UploadError::NotReachable { class: failure.note() },
            };
            findings.bad("token", &named(error));
            findings.skipped(&["projects", "project", "search", "clock"]);
            return;
        }
    };
    findings.good("token", &format!("{} issued a token", target.upload.host));
    findings.good("projects", &format!("{} accessible", projects.len()));
    if !projects.contains(&target.upload.project) {
        let error = UploadError::Project { project: target.upload.project, reachable: projects.len() };
        findings.bad("project", &named(error));
        findings.skipped(&["search", "clock"]);
        return;
    }
    findings.good("project", &format!("{} is among them", target.upload.project));
    match target.upload.api.probe_search().await {
        Ok(probe) => {
            findings
                .good("search", &format!("works: {} in the project", counted(probe.subjects, "subject", "subjects")));
            check_clock(probe.seconds_ahead, findings);
        }
        Err(failure) => {
            findings.bad("search", &named(UploadError::NotReachable { class: failure.note() }));
            findings.skipped(&["clock"]);
        }
    }
}

fn check_clock(seconds_ahead: Option<i64>, findings: &mut Findings) {
    match seconds_ahead {
        None => findings.good("clock", "not compared: xCures did not state its time"),
        Some(seconds) if seconds.unsigned_abs() <= MOST_SECONDS_APART => {
            findings.good("clock", "agrees with the clock of xCures to within five minutes");
        }
        Some(seconds) => {
            let side = if seconds > 0 { "ahead of" } else { "behind" };
            let message = format!(
                "this machine is {} seconds {side} xCures; correct its clock, or set it from the network",
                seconds.unsigned_abs()
            );
            findings.bad("clock", &Failure::new(Exit::Configuration, message));
        }
    }
}

fn check_ledger(target: &Target, findings: &mut Findings) {
    let path = &target.ledger;
    match try_ledger(target) {
        Ok(true) => findings.good("ledger", &format!("{} can be written", path.display())),
        Ok(false) if Ledger::was_deleted(path) => findings.good(
            "ledger",
            &format!("{} is missing; the witness next to it has its key, and a new ledger can be made", path.display()),
        ),
        Ok(false) => findings.good("ledger", &format!("{} does not exist yet; it can be created", path.display())),
        Err(failure) => findings.bad("ledger", &failure),
    }
}

/// Whether there is a ledger; one that is there is opened as a run would.
fn try_ledger(target: &Target) -> Result<bool, Failure> {
    let path = &target.ledger;
    if fs_err::symlink_metadata(path).is_err() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        create_private_folder(folder).map_err(|error| Failure::file(&error))?;
        let probe = folder.join(".onroll-doctor");
        drop(create_private_file(&probe).map_err(|error| Failure::file(&error))?);
        fs_err::remove_file(&probe).map_err(|error| Failure::file(&error))?;
        return Ok(false);
    }
    let mut ledger = Ledger::open(path)?;
    if let Some((bound_host, bound_project)) = ledger.binding()?
        && (bound_host != target.upload.host || bound_project != target.upload.project.to_string())
    {
        let (host, project) = (target.upload.host.clone(), target.upload.project);
        return Err(LedgerError::OtherBinding { path: path.clone(), bound_host, bound_project, host, project }.into());
    }
    ledger.check_writable()?;
    Ok(true)
}
