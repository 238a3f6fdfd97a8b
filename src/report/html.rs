//! `report.html`: one self-contained page for people. No script, nothing loaded from elsewhere, no patient data.

use askama::Template;

use super::model::{FieldShare, RunReport};
use crate::domain::Outcome;

#[derive(Template)]
#[template(path = "report.html", config = "src/report/askama.toml")]
struct Page<'a> {
    report: &'a RunReport,
    headline: String,
    balance: Vec<BalanceLine>,
    read: String,
    timings: String,
}

struct BalanceLine {
    title: &'static str,
    word: &'static str,
    rows: String,
    /// Share of all rows in percent, for the bar.
    percent: String,
    present: bool,
}

/// Draws the page.
pub(super) fn render(report: &RunReport) -> Result<String, askama::Error> {
    let read = report.rows.read();
    let balance = Outcome::ALL.map(|outcome| {
        let rows = report.rows.count(outcome);
        BalanceLine {
            title: outcome.title(),
            word: outcome.word(),
            rows: thousands(rows),
            percent: percent(share(rows, read)),
            present: rows > 0,
        }
    });
    let timings: Vec<String> = report.timings_ms.iter().map(|(stage, ms)| format!("{stage} {ms} ms")).collect();
    let page = Page {
        report,
        headline: headline(report),
        balance: balance.into(),
        read: thousands(read),
        timings: timings.join(", "),
    };
    page.render()
}

/// The one sentence that says how the run went.
pub(super) fn headline(report: &RunReport) -> String {
    let rows = &report.rows;
    let parts: Vec<String> = Outcome::ALL
        .into_iter()
        .filter(|outcome| rows.count(*outcome) > 0)
        .map(|outcome| {
            let title = match (outcome, report.command.as_str()) {
                (Outcome::NotAttempted, "check") => "ready to upload",
                _ => outcome.title(),
            };
            format!("{} {title}", thousands(rows.count(outcome)))
        })
        .collect();
    if parts.is_empty() {
        return "No rows were read.".to_owned();
    }
    let nobody_new =
        report.command == "upload" && rows.count(Outcome::Created) == 0 && rows.count(Outcome::AlreadyOnRoll) > 0;
    let nobody_new = if nobody_new { " Nobody was created: nobody new was to be put on the roll." } else { "" };
    format!("{} rows read: {}.{nobody_new}", thousands(rows.read()), parts.join(", "))
}

/// A count with thousands separated by commas.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage with one decimal.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52, and the result is for display")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl FieldShare {
    /// The valid share in percent, for the bar.
    fn valid_percent(&self) -> String {
        percent(self.valid_share)
    }

    /// The share that is filled and not valid, in percent.
    fn invalid_percent(&self) -> String {
        percent((self.filled_share - self.valid_share).max(0.0))
    }

    /// The filled share in percent.
    fn filled_percent(&self) -> String {
        percent(self.filled_share)
    }

    /// The field's name for people.
    fn title(&self) -> String {
        self.field.replace('_', " ")
    }
}

impl RunReport {
    fn band_percent(&self, rows: u64) -> String {
        percent(share(rows, self.completeness.bands.iter().map(|band| band.rows).sum()))
    }

    fn mean_text(&self) -> String {
        format!("{:.1}", self.completeness.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
