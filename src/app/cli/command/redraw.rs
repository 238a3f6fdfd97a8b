//! A run's report from what the ledger holds: the frame that was stored with the run, and the rows as they stand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cli::exit::{Exit, Failure};
use crate::domain::FindingCode;
use crate::ledger::Ledger;
use crate::pipeline::ReportSums;
use crate::report::{
    FindingCount, FixReport, RedrawError, ReportError, ReportFiles, RunReport, SCHEMA, ScoreLines, UploadReport,
    origins_from_ledger, pairs_from_ledger, rows_from_ledger,
};
use crate::rules::Rules;

/// All of a report but the outcomes of the rows. Holds no personal data.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Frame {
    pub(super) run: String,
    pub(super) started: String,
    pub(super) finished: Option<String>,
    pub(super) host: String,
    pub(super) project: Uuid,
    pub(super) read: u64,
    pub(super) sums: ReportSums,
    /// The place of each row's scores among those of `sums`.
    #[serde(default)]
    pub(super) score_places: String,
    #[serde(default)]
    pub(super) fix: Option<FixReport>,
    pub(super) timings_ms: BTreeMap<String, u64>,
    pub(super) upload: UploadReport,
    /// Whether the ledger has the pairs and origins of the run; earlier versions did not keep them.
    #[serde(default)]
    pub(super) evidence_kept: bool,
}

impl Frame {
    /// The form in which the ledger keeps it.
    pub(super) fn to_json(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::new(Exit::Bug, error.to_string()))
    }

    /// From the ledger's form.
    pub(super) fn from_json(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text).map_err(|error| {
            let message =
                format!("another version of onroll stored this run, and its reports cannot be written again: {error}");
            Failure::new(Exit::Configuration, message)
        })
    }
}

/// Writes `rows.csv`, `duplicates.csv` and `persons.csv` from the ledger and completes the report with what the rows came to.
pub(super) fn draw(ledger: &Ledger, frame: Frame, files: &ReportFiles, rules: &Rules) -> Result<RunReport, Failure> {
    let run = &frame.run;
    let mut of_vendor = BTreeMap::new();
    let scores = ScoreLines::new(frame.sums.score_lines);
    let rows = drawn(|trouble| {
        files.write_rows(frame.read, |out| {
            of_vendor = noted(trouble, rows_from_ledger(ledger, run, (&scores, &frame.score_places), out))?;
            Ok(())
        })
    })?;
    if frame.evidence_kept {
        drawn(|trouble| files.write_duplicates(|out| noted(trouble, pairs_from_ledger(ledger, run, out))))?;
        drawn(|trouble| files.write_persons(|out| noted(trouble, origins_from_ledger(ledger, run, out))))?;
    }
    let mut findings = frame.sums.findings;
    findings.extend(of_vendor.into_iter().map(|(code, rows)| FindingCount::of(code, rows, &rules.findings)));
    findings.sort_by_key(|finding| {
        let code: Option<FindingCode> = finding.code.parse().ok();
        (std::cmp::Reverse(code.map(FindingCode::severity)), std::cmp::Reverse(finding.rows), code)
    });
    Ok(RunReport {
        schema: SCHEMA.to_owned(),
        run: frame.run,
        command: "upload".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        finished: frame.finished.unwrap_or_else(|| frame.started.clone()),
        started: frame.started,
        host: Some(frame.host),
        project: Some(frame.project.to_string()),
        rows,
        completeness: frame.sums.completeness,
        matchability: frame.sums.matchability,
        duplicates: frame.sums.duplicates,
        findings,
        what_to_fix_first: frame.sums.what_to_fix_first,
        fix: frame.fix,
        timings_ms: frame.timings_ms,
        input: frame.sums.input,
        upload: Some(frame.upload),
    })
}

/// Writes a file; trouble with the ledger is told as such, and not as that of the file.
fn drawn<T>(write: impl FnOnce(&mut Option<RedrawError>) -> Result<T, ReportError>) -> Result<T, Failure> {
    let mut trouble = None;
    let written = write(&mut trouble);
    match trouble {
        Some(trouble) => Err(trouble.into()),
        None => written.map_err(Failure::from),
    }
}

fn noted<T>(trouble: &mut Option<RedrawError>, drawn: Result<T, RedrawError>) -> std::io::Result<T> {
    drawn.map_err(|error| match error {
        RedrawError::Io(error) => error,
        error @ RedrawError::Ledger(_) => {
            *trouble = Some(error);
            std::io::Error::other("the ledger cannot be read")
        }
    })
}
