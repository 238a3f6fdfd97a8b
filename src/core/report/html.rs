//! `report.html`: one self-contained page for people. It has no script, loads nothing and holds no patient data.

use askama::Template;

use super::figures::{counted, percent, thousands};
use super::model::{
    FieldShare, FindingCount, FixFirst, GradeCount, InputReport, LevelCount, Move, PairLine, RuleCount, RunReport,
};
use super::waterfall::{self, Bar};
use crate::domain::{FindingCode, Outcome};

/// Pairs whose evidence is open at first; a click opens that of the others.
const PAIRS_OPEN: usize = 2;

#[derive(Template)]
#[template(path = "report.html", config = "report/askama.toml")]
struct Page<'a> {
    report: &'a RunReport,
    headline: String,
    balance: Vec<BalanceLine>,
    read: String,
    scores: Vec<ScoreBar>,
    effects: Vec<Effect<'a>>,
    pairs: Vec<Pair<'a>>,
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

/// Rows of ten scores.
struct ScoreBar {
    label: String,
    rows: String,
    /// Height in percent of the highest.
    height: String,
}

/// The findings of one severity.
struct Effect<'a> {
    word: &'a str,
    title: &'static str,
    findings: Vec<&'a FindingCount>,
}

/// A pair with its evidence drawn.
struct Pair<'a> {
    line: &'a PairLine,
    bars: Vec<Bar>,
    is_open: bool,
}

impl Pair<'_> {
    /// Why the two rows are a pair, and how likely it is that they are one person.
    fn reason(&self) -> String {
        let line = self.line;
        if line.finding.as_deref() == Some(FindingCode::Indistinguishable.code()) {
            return "only the names can be compared, so nothing shows whether this is one person or two".to_owned();
        }
        let probability = format!("; probability of one person: {}", line.probability);
        format!("{}{}", line.rule, if self.bars.is_empty() { "" } else { &probability })
    }
}

/// Draws the page.
pub(super) fn render(report: &RunReport) -> Result<String, askama::Error> {
    let read = report.rows.read();
    let balance = Outcome::ALL.map(|outcome| {
        let rows = report.rows.count(outcome);
        BalanceLine {
            title: title(outcome, &report.command),
            word: outcome.word(),
            rows: thousands(rows),
            percent: percent(share(rows, read)),
            present: rows > 0,
        }
    });
    let timings: Vec<String> = report.timings_ms.iter().map(|(stage, ms)| format!("{stage} {ms} ms")).collect();
    let pairs = report.duplicates.pairs_shown.iter().enumerate();
    let page = Page {
        report,
        headline: headline(report),
        balance: balance.into(),
        read: thousands(read),
        scores: score_bars(report),
        effects: effects(report),
        pairs: pairs
            .map(|(place, line)| Pair { line, bars: waterfall::bars(line), is_open: place < PAIRS_OPEN })
            .collect(),
        timings: timings.join(", "),
    };
    page.render()
}

fn title(outcome: Outcome, command: &str) -> &'static str {
    match (outcome, command) {
        (Outcome::NotAttempted, "check") => "ready to upload",
        _ => outcome.title(),
    }
}

fn score_bars(report: &RunReport) -> Vec<ScoreBar> {
    let mut tens = [0_u64; 10];
    for score in &report.completeness.scores {
        if let Some(ten) = tens.get_mut(usize::from(score.score / 10).min(9)) {
            *ten += score.rows;
        }
    }
    let highest = tens.iter().copied().max().unwrap_or_default();
    let bar = |(place, rows): (usize, &u64)| ScoreBar {
        label: if place == 9 { "90-100".to_owned() } else { format!("{}-{}", place * 10, place * 10 + 9) },
        rows: thousands(*rows),
        height: percent(share(*rows, highest)),
    };
    tens.iter().enumerate().map(bar).collect()
}

fn effects(report: &RunReport) -> Vec<Effect<'_>> {
    [
        ("reject", "Rejected: these rows cannot be sent"),
        ("hold", "Held: these rows need a decision"),
        ("warn", "Warnings: a value is missing, doubtful or left out; the patient is sent"),
        ("changed", "Changed: changes.csv has each value before and after"),
        ("info", "Worth knowing"),
    ]
    .into_iter()
    .map(|(word, title)| Effect {
        word,
        title,
        findings: report.findings.iter().filter(|finding| finding.severity == word).collect(),
    })
    .filter(|effect| !effect.findings.is_empty())
    .collect()
}

/// The one sentence that says how the run went.
pub(super) fn headline(report: &RunReport) -> String {
    let rows = &report.rows;
    let parts: Vec<String> = Outcome::ALL
        .into_iter()
        .filter(|outcome| rows.count(*outcome) > 0)
        .map(|outcome| format!("{} {}", thousands(rows.count(outcome)), title(outcome, &report.command)))
        .collect();
    if parts.is_empty() {
        return "No rows were read.".to_owned();
    }
    let nobody_new =
        report.command == "upload" && rows.count(Outcome::Created) == 0 && rows.count(Outcome::AlreadyOnRoll) > 0;
    let nobody_new = if nobody_new { " No new patients: everyone who can be sent is already in xCures." } else { "" };
    format!("{} read: {}.{nobody_new}", counted(rows.read(), "row", "rows"), parts.join(", "))
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52, and the result is for display")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A field's name for people: `address line 1`.
fn spaced(field: &str) -> String {
    field.replace('_', " ").replace("line1", "line 1").replace("line2", "line 2")
}

impl FieldShare {
    /// The valid share in percent, for the bar.
    fn valid_percent(&self) -> String {
        percent(self.valid_share)
    }

    /// The share that is filled but not valid, in percent.
    fn invalid_percent(&self) -> String {
        percent((self.filled_share - self.valid_share).max(0.0))
    }

    /// The filled share in percent.
    fn filled_percent(&self) -> String {
        percent(self.filled_share)
    }

    /// The field's name for people.
    fn title(&self) -> String {
        spaced(&self.field)
    }
}

impl FindingCount {
    fn rows_text(&self) -> String {
        thousands(self.rows)
    }

    /// `17, 20 and 3 more`
    fn places(&self) -> String {
        let more = self.rows.saturating_sub(self.first_rows.len() as u64);
        let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
        format!("{}{more}", self.first_rows.join(", "))
    }
}

impl FixFirst {
    fn title(&self) -> String {
        spaced(&self.field)
    }

    fn rows_text(&self) -> String {
        thousands(self.rows)
    }

    /// Each gain as a sentence of its own.
    fn gains(&self) -> Vec<String> {
        let mut gains = Vec::new();
        if self.would_be_accepted > 0 {
            let rows = counted(self.would_be_accepted, "rejected row", "rejected rows");
            gains.push(format!("{rows} could then be sent"));
        }
        if self.would_become_cms_eligible > 0 {
            gains.push(format!(
                "{} CMS-eligible: the share rises from {} % to {} %",
                counted(self.would_become_cms_eligible, "row becomes", "rows become"),
                percent(self.cms_eligible_share_before),
                percent(self.cms_eligible_share_after)
            ));
        }
        for (moves, what) in [(&self.levels, "level"), (&self.grades, "grade"), (&self.bands, "band")] {
            let gain = |step: &Move| {
                format!("{what}: {} from {} to {}", counted(step.rows, "row", "rows"), step.from, step.to)
            };
            gains.extend(moves.iter().map(gain));
        }
        gains
    }
}

impl LevelCount {
    fn rows_text(&self) -> String {
        thousands(self.rows)
    }
}

impl GradeCount {
    fn rows_text(&self) -> String {
        thousands(self.rows)
    }
}

impl RuleCount {
    fn rows_text(&self) -> String {
        thousands(self.rows)
    }

    fn fields_text(&self) -> String {
        spaced(&self.fields.join(" + "))
    }

    fn chance_text(&self) -> String {
        if self.chance == 0.0 { "none".to_owned() } else { format!("{:.1e}", self.chance) }
    }
}

impl InputReport {
    fn bytes_text(&self) -> String {
        thousands(self.bytes)
    }
}

impl RunReport {
    fn band_percent(&self, rows: u64) -> String {
        percent(share(rows, self.completeness.bands.iter().map(|band| band.rows).sum()))
    }

    fn scored_percent(&self, rows: u64) -> String {
        percent(share(rows, self.matchability.rows))
    }

    fn mean_text(&self) -> String {
        format!("{:.1}", self.completeness.mean)
    }

    fn eligible_text(&self) -> String {
        percent(self.matchability.cms_eligible_share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::model::{
        BandCount, CompletenessReport, DuplicatesReport, FindingCount, GradeCount, InputReport, LevelCount,
        MappedColumnReport, MatchabilityReport, NotSplit, RuleCount, SCHEMA, ScoreCount, WeightCount,
    };
    use super::super::reconciliation::Reconciliation;

    /// A report whose every text comes from somebody who means harm.
    fn hostile_input(text: &str) -> InputReport {
        let text = || text.to_owned();
        InputReport {
            path: text(),
            sheet: Some(text()),
            hidden: true,
            format: text(),
            encoding: text(),
            delimiter: text(),
            encoding_evidence: text(),
            dialect: text(),
            packing: text(),
            bytes: 1,
            sha256: text(),
            passed_over: text(),
            date_system: text(),
            hidden_rows: 1,
            hidden_row_numbers: text(),
            hidden_columns: text(),
            merged_cells: vec![text()],
            formulas_without_value: 1,
            skipped: vec![crate::report::SkippedRows { first_row: Some(1), last_row: Some(2), reason: text() }],
            values_left_out: 1,
            first_left_out: text(),
            header_row: Some(1),
            first_row: Some(2),
            last_row: Some(3),
            rows: 2,
            blank_rows: 0,
            rows_not_split: 1,
            not_split: vec![NotSplit { row: 4, line: Some(5), byte: Some(70), finding: text(), reason: text() }],
            has_roster: true,
            confirm_mapping: true,
            doubts: vec![text()],
            mapping: vec![MappedColumnReport {
                column: 1,
                header: text(),
                field: None,
                confidence: 1.0,
                reason: text(),
                evidence: text(),
            }],
            unmapped: vec![text()],
        }
    }

    fn hostile(text: &str) -> RunReport {
        let given = text;
        let text = || given.to_owned();
        RunReport {
            schema: SCHEMA.to_owned(),
            run: text(),
            command: "upload".to_owned(),
            version: "0.1.0".to_owned(),
            started: text(),
            finished: text(),
            host: Some(text()),
            project: Some(text()),
            rows: Reconciliation::new(1_203, [1_000, 200, 0, 0, 0, 3, 0, 0, 0]).expect("balances"),
            completeness: CompletenessReport {
                mean: 91.25,
                bands: vec![BandCount { name: text(), at_least: 90, rows: 7 }],
                fields: vec![FieldShare { field: text(), tier: text(), filled_share: 0.5, valid_share: 0.25 }],
                scores: vec![ScoreCount { score: 91, rows: 7 }],
            },
            matchability: hostile_matchability(given),
            duplicates: DuplicatesReport {
                pairs_compared: 0,
                matched_pairs: 0,
                review_pairs: 0,
                expected_false_matches: 0.0,
                oversized_blocks: 0,
                split_blocks: 0,
                pairs_left_out: 0,
                review_pairs_left_out: 0,
                persons: 0,
                pairs_shown: Vec::new(),
            },
            findings: vec![FindingCount {
                code: "D103".to_owned(),
                severity: "hold".to_owned(),
                title: text(),
                meaning: text(),
                fix: text(),
                rows: 2,
                why: text(),
                first_rows: vec![text()],
            }],
            what_to_fix_first: Vec::new(),
            fix: None,
            timings_ms: std::collections::BTreeMap::new(),
            input: vec![hostile_input(&text())],
            upload: None,
        }
    }

    fn hostile_matchability(text: &str) -> MatchabilityReport {
        let text = || text.to_owned();
        MatchabilityReport {
            rules_version: text(),
            identity_version: text(),
            cms_version: text(),
            rows: 7,
            cms_eligible: 4,
            cms_eligible_share: 0.57,
            cms_identifier_only: 1,
            cms_derived_only: 1,
            weights: vec![WeightCount { weight: 9, rows: 7 }],
            levels: vec![LevelCount { name: text(), at_least: 9, rows: 7 }],
            grades: vec![GradeCount { name: text(), score: 0.8, rows: 7 }],
            rules: vec![RuleCount {
                id: text(),
                fields: vec![text()],
                origin: text(),
                counts: true,
                chance: 3e-13,
                rows: 7,
            }],
        }
    }

    #[test]
    fn text_from_outside_makes_no_element_and_no_attribute() {
        for text in
            ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</title><b>", "javascript:alert(1)"]
        {
            let page = render(&hostile(text)).expect("drawn");
            assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"), "{text}");
            assert!(!page.contains("href"), "{text}");
        }
        assert!(render(&hostile("x")).expect("drawn").contains("default-src 'none'"));
    }

    #[test]
    fn the_page_reads_as_sentences() {
        let page = render(&hostile("x")).expect("drawn");
        for part in [
            "onroll 0.1.0 &middot; upload",
            "1,203 rows read: 1,000 created, 200 merged into another row, 3 rejected.",
            "Completeness: 91.2 of 100 on average",
            "90 or more",
            "<code class=\"tag hold\">D103</code>",
            "57.0 % satisfy a rule of the CMS draft",
            "No two rows look like the same person",
            "Nothing: supplying a missing field would not move any row",
            "patients in rows 2 to 3: 2 patient rows",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }
}
