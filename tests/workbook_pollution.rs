//! Workbooks with every trait that people and programs give them, read through the whole of `check`, and scored as
//! Pollock scores delimited files: success, and precision, recall and F1 of header, records and cells. The truth is
//! what the same roster comes to as a clean delimited file.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "another test uses the rest")]
mod polluter;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use onroll_core::domain::CivilDate;
use onroll_core::pipeline::{IngestSettings, Prepared, Watcher, prepare};
use onroll_core::rules::Rules;
use polluter::book::Saved;
use polluter::workbook::{WorkbookPollution, workbook_pollutions};

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

struct Silent;

impl Watcher for Silent {
    fn bytes_read(&self, _: u64) {}
    fn matching(&self, _: u32, _: usize) {}
}

fn prepared(name: &str, bytes: &[u8]) -> Option<Prepared> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs_err::write(&path, bytes).expect("written");
    let mut settings = IngestSettings::on(CivilDate::new(2026, 11, 26).expect("a day"));
    settings.system = Some("Clinic A".to_owned());
    prepare(&[onroll_core::Roster::from_path(path)], &RULES, &settings, &Silent).ok()
}

/// The patients that were taken in, each as the texts of its fields.
fn patients(prepared: &Prepared) -> Vec<Vec<String>> {
    let of_row = |row: onroll_core::domain::PackedRow<'_>| {
        let patient = row.patient();
        let address = &patient.address;
        let text = |value: &onroll_core::domain::Text| value.as_text().to_owned();
        vec![
            format!("{:?}", patient.name.first.as_text()),
            format!("{:?}", patient.name.last.as_text()),
            patient.birth_date.map(onroll_core::domain::CivilDate::to_iso).unwrap_or_default(),
            format!("{:?}", patient.sex),
            format!("{} {}", text(&address.line1), text(&address.line2)),
            text(&address.city),
            address.state.map(|state| state.code().to_owned()).unwrap_or_default(),
            address.postal_code.map(onroll_core::domain::PostalCode::to_wire).unwrap_or_default(),
            patient.phone.map(onroll_core::domain::Phone::to_wire).unwrap_or_default(),
            patient.external_ids.iter().map(|id| text(&id.value)).collect(),
        ]
    };
    prepared.store.rows().filter(|(_, row)| !row.is_rejected()).map(|(_, row)| of_row(row)).collect()
}

/// Precision, recall and F1 of found things against true ones, as multisets.
fn overlap(found: &[String], truth: &[String]) -> [f64; 3] {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for text in found {
        counts.entry(text).or_default().0 += 1;
    }
    for text in truth {
        counts.entry(text).or_default().1 += 1;
    }
    let both: usize = counts.values().map(|(found, truth)| found.min(truth)).sum();
    #[allow(clippy::cast_precision_loss, reason = "some thousand cells")]
    let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    [share(both, found.len()), share(both, truth.len()), share(2 * both, found.len() + truth.len())]
}

/// The score of a workbook, and whether a patient was taken in that is not among the true ones.
fn measure(case: &WorkbookPollution, truth: &[Vec<String>], (format, bytes): &(Saved, Vec<u8>)) -> (f64, bool) {
    let Some(read) = prepared(&format!("roster.{}", format.ending()), bytes) else { return (0.0, false) };
    let found = patients(&read);
    let lines = |rows: &[Vec<String>]| rows.iter().map(|row| row.join("\u{1f}")).collect::<Vec<_>>();
    let (found_rows, true_rows) = (lines(&found), lines(truth));
    let mut headers: Vec<String> = Vec::new();
    for column in read.tables.iter().filter_map(|table| table.columns.as_ref()).flat_map(|map| &map.columns) {
        let header = column.header.trim();
        let name = column.content.map(|_| header.split(' ').next_back().unwrap_or_default().to_owned());
        if let Some(name) = name
            && !header.is_empty()
            && !headers.contains(&name)
        {
            headers.push(name);
        }
    }
    let true_headers: Vec<String> =
        case.header.iter().map(|header| header.split(' ').next_back().unwrap_or_default().to_owned()).collect();
    let mut once: Vec<String> = Vec::new();
    for header in true_headers {
        if !once.contains(&header) {
            once.push(header);
        }
    }
    let cells = |rows: &[Vec<String>]| rows.concat();
    let parts = [overlap(&headers, &once), overlap(&found_rows, &true_rows), overlap(&cells(&found), &cells(truth))];
    (1.0 + parts.iter().flatten().sum::<f64>(), found_rows.iter().any(|row| !true_rows.contains(row)))
}

/// What the workbooks with one trait came to.
#[derive(Default)]
struct Family {
    workbooks: u32,
    /// The sum of the scores in each format.
    scores: [f64; Saved::ALL.len()],
    silent: u32,
}

impl Family {
    fn line(&self, name: &str) -> String {
        let formats = f64::from(u32::try_from(Saved::ALL.len()).expect("few"));
        let each = f64::from(self.workbooks) / formats;
        let means: String =
            self.scores.iter().fold(String::new(), |line, score| line + &format!(" {:.3} |", score / each));
        format!("| {name} | {} |{means} {} |\n", self.workbooks, self.silent)
    }
}

#[test]
fn workbooks_are_read_as_they_were_meant_and_never_wrong_without_a_word() {
    let mut families: BTreeMap<&str, Family> = BTreeMap::new();
    let mut all = Family::default();
    let (mut weighted, mut weights) = (0.0, 0.0);
    for case in workbook_pollutions(4) {
        let truth = patients(&prepared("roster.csv", case.truth.as_bytes()).expect("the clean roster is read"));
        let (case, truth) = (&case, &truth);
        let measured: Vec<(f64, bool)> = std::thread::scope(|scope| {
            let of_file = |file| scope.spawn(move || measure(case, truth, file));
            let threads: Vec<_> = case.files.iter().map(of_file).collect();
            threads.into_iter().map(|thread| thread.join().expect("measured")).collect()
        });
        for (place, (score, silent)) in measured.into_iter().enumerate() {
            for family in [families.entry(case.family).or_default(), &mut all] {
                family.workbooks += 1;
                family.scores[place] += score;
                family.silent += u32::from(silent);
            }
            (weighted, weights) = (weighted + score * case.weight, weights + case.weight);
        }
    }
    let endings = Saved::ALL.map(Saved::ending).join(" | ");
    let mut table = format!("| trait | workbooks | {endings} | silent misloads |\n|---|---|---|---|---|---|---|\n");
    for (name, family) in &families {
        table.push_str(&family.line(name));
    }
    table.push_str(&all.line("**all, simple**"));
    let (simple, weighted) = (all.scores.iter().sum::<f64>() / f64::from(all.workbooks), weighted / weights);
    let _ = writeln!(table, "\nAll: {simple:.3} simple, {weighted:.3} weighted.");
    insta::assert_snapshot!("workbook_pollution", table);
    assert_eq!(all.silent, 0, "{table}");
    assert!(simple >= 9.9 && weighted >= 9.6, "{table}");
}
