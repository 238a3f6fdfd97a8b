//! A run's report without what became of its rows. A dry run completes it at once; an upload keeps it in the ledger,
//! and completes it whenever the report is drawn.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sums::ReportSums;
use crate::domain::{FindingCode, RunId};
use crate::report::{FindingCount, FixReport, Reconciliation, RunReport, SCHEMA, UploadReport};
use crate::rules::FindingTexts;

/// Where an upload went. Frames of earlier versions, which were kept of uploads alone, have the same two keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FrameTarget {
    /// The vendor's host, or the sandbox.
    pub host: String,
    /// The project.
    pub project: Uuid,
    /// Requests and waits.
    pub upload: UploadReport,
}

/// All of a report but the outcomes of the rows. Holds no personal data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportFrame {
    /// The run.
    pub run: RunId,
    /// When it began, UTC.
    pub started: String,
    /// When it ended, UTC; `None` while it goes on, and for good when its process died.
    pub finished: Option<String>,
    /// Where an upload went; `None` for a dry run.
    #[serde(flatten)]
    pub target: Option<FrameTarget>,
    /// Rows that were read.
    pub read: u64,
    /// The sums that come from the rosters alone.
    pub sums: ReportSums,
    /// The place of each row's scores among those of `sums`.
    #[serde(default)]
    pub score_places: String,
    /// What the fix files hold; `None` until they are written.
    #[serde(default)]
    pub fix: Option<FixReport>,
    /// Milliseconds per stage.
    pub timings_ms: BTreeMap<String, u64>,
    /// Whether the ledger has the pairs and origins of the run; earlier versions did not keep them.
    #[serde(default)]
    pub evidence_kept: bool,
}

impl ReportFrame {
    /// Adds the time that a stage took.
    pub fn add_timing(&mut self, stage: &str, time: Duration) {
        self.timings_ms.insert(stage.to_owned(), milliseconds(time));
    }

    /// The report, once it is known what the rows came to. `of_vendor` are the rows by finding that the vendor's
    /// answers added.
    pub fn into_report(
        self,
        rows: Reconciliation,
        of_vendor: BTreeMap<FindingCode, u64>,
        texts: &FindingTexts,
    ) -> RunReport {
        let mut findings = self.sums.findings;
        findings.extend(of_vendor.into_iter().map(|(code, rows)| FindingCount::new(code, rows, texts)));
        findings.sort_by_key(|finding| {
            let code: Option<FindingCode> = finding.code.parse().ok();
            (std::cmp::Reverse(code.map(FindingCode::severity)), std::cmp::Reverse(finding.rows), code)
        });
        let target = self.target;
        RunReport {
            schema: SCHEMA.to_owned(),
            run: self.run.to_string(),
            command: if target.is_some() { "upload" } else { "check" }.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            finished: self.finished.unwrap_or_else(|| self.started.clone()),
            started: self.started,
            host: target.as_ref().map(|target| target.host.clone()),
            project: target.as_ref().map(|target| target.project.to_string()),
            rows,
            completeness: self.sums.completeness,
            matchability: self.sums.matchability,
            duplicates: self.sums.duplicates,
            findings,
            what_to_fix_first: self.sums.what_to_fix_first,
            fix: self.fix,
            timings_ms: self.timings_ms,
            input: self.sums.input,
            upload: target.map(|target| target.upload),
        }
    }
}

/// Stage times by name, in whole milliseconds.
pub fn timings_ms(timings: &[(&'static str, Duration)]) -> BTreeMap<String, u64> {
    timings.iter().map(|(stage, time)| ((*stage).to_owned(), milliseconds(*time))).collect()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
