//! The evaluation for people: a page with the curve drawn, and the lines for the terminal.

use std::fmt::Write as _;

use askama::Template;

use super::curve::CurvePoint;
use super::measure::Measure;
use super::score::Evaluation;
use crate::report::counted;

/// Where the drawing's axes begin and end, in its own units.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 940.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 310.0;

#[derive(Template)]
#[template(path = "evaluation.html", config = "evaluate/askama.toml")]
struct Page {
    version: &'static str,
    headline: String,
    rows: String,
    measures: [MeasureLine; 2],
    figures: Vec<(&'static str, String)>,
    chart: Option<Chart>,
}

struct MeasureLine {
    title: &'static str,
    precision: String,
    recall: String,
    f1: String,
    predicted: u64,
    actual: u64,
    correct: u64,
}

struct Chart {
    levels: Vec<(String, String)>,
    ticks: Vec<(String, String)>,
    precision: String,
    recall: String,
    f1: String,
}

/// Draws the page: self-contained, no script, nothing about any one patient.
pub fn evaluation_page(evaluation: &Evaluation) -> Result<String, askama::Error> {
    let page = Page {
        version: env!("CARGO_PKG_VERSION"),
        headline: headline(evaluation),
        rows: rows(evaluation),
        measures: measures(evaluation),
        figures: figures(evaluation),
        chart: chart(&evaluation.curve),
    };
    page.render()
}

/// The lines for the terminal.
pub fn evaluation_text(evaluation: &Evaluation) -> String {
    let mut text = format!("{}\n{}\n\n{:<10} precision  recall      F1\n", headline(evaluation), rows(evaluation), "");
    for line in measures(evaluation) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<10} {:>9} {:>7} {:>7}", line.title, line.precision, line.recall, line.f1);
    }
    text.push('\n');
    for (title, value) in figures(evaluation) {
        let _ = writeln!(text, "{title:<58} {value:>9}");
    }
    text
}

fn headline(evaluation: &Evaluation) -> String {
    let Measure { precision, recall, .. } = evaluation.pairwise;
    match (precision, recall) {
        (Some(precision), Some(recall)) => {
            format!(
                "{} of the merged pairs are right; {} of the true pairs were merged",
                percent(precision),
                percent(recall)
            )
        }
        (None, Some(_)) => "Nothing was merged".to_owned(),
        (Some(_), None) => "Rows were merged, although every row is a different person".to_owned(),
        (None, None) => "Every row is a different person, and nothing was merged".to_owned(),
    }
}

fn rows(evaluation: &Evaluation) -> String {
    let truth = &evaluation.truth;
    let (known, persons) = (truth.rows - truth.rows_without_truth, truth.persons);
    let (known, persons) = (counted(known, "row describes", "rows describe"), counted(persons, "person", "persons"));
    let mut text = format!("{known} {persons}");
    if truth.rows_without_truth > 0 {
        let rows = counted(truth.rows_without_truth, "more row is", "more rows are");
        let _ = write!(text, "; {rows} not in the truth and not counted");
    }
    if truth.truth_without_row > 0 {
        let (one, several) = ("line of the truth names a row", "lines of the truth name rows");
        let _ = write!(text, "; {} outside the rosters read", counted(truth.truth_without_row, one, several));
    }
    text
}

fn measures(evaluation: &Evaluation) -> [MeasureLine; 2] {
    [("pairs", evaluation.pairwise), ("clusters", evaluation.cluster)].map(|(title, measure)| MeasureLine {
        title,
        precision: decimal(measure.precision),
        recall: decimal(measure.recall),
        f1: decimal(measure.f1),
        predicted: measure.predicted,
        actual: measure.actual,
        correct: measure.correct,
    })
}

fn figures(evaluation: &Evaluation) -> Vec<(&'static str, String)> {
    vec![
        ("recall if every true review pair is confirmed", decimal(evaluation.recall_with_review)),
        ("pairs to review", evaluation.review_pairs.to_string()),
        ("of these, truly one person", evaluation.true_review_pairs.to_string()),
        ("pairs compared", evaluation.candidate_pairs.to_string()),
        ("blocking recall: true pairs compared", known(evaluation.blocking_recall)),
        ("blocking recall through other rows of the person", known(evaluation.blocking_recall_closed)),
    ]
}

fn chart(curve: &[CurvePoint]) -> Option<Chart> {
    let (highest, lowest) = (curve.first()?.threshold, curve.last()?.threshold);
    let width = (highest - lowest).max(1.0);
    let x = |threshold: f64| LEFT + (threshold - lowest) / width * (RIGHT - LEFT);
    let shares = curve.iter().flat_map(|point| {
        let Measure { precision, recall, f1, .. } = point.pairwise;
        [precision, recall, f1].into_iter().flatten()
    });
    // The axis begins at the tenth below the lowest share, so that a good curve is not a flat line.
    let floor = (shares.fold(0.9, f64::min) * 10.0).floor() / 10.0;
    let y = |share: f64| BOTTOM - (share - floor) / (1.0 - floor) * (BOTTOM - TOP);
    let line = |value: fn(&Measure) -> Option<f64>| {
        let points = curve.iter().filter_map(|point| Some((point.threshold, value(&point.pairwise)?)));
        let text: Vec<String> = points.map(|(at, share)| format!("{:.1},{:.1}", x(at), y(share))).collect();
        text.join(" ")
    };
    let fifths = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    Some(Chart {
        levels: fifths
            .iter()
            .map(|part| floor + part * (1.0 - floor))
            .map(|share| (format!("{:.1}", y(share)), format!("{share:.2}")))
            .collect(),
        ticks: fifths
            .iter()
            .map(|share| (format!("{:.1}", LEFT + share * (RIGHT - LEFT)), format!("{:.1}", lowest + share * width)))
            .collect(),
        precision: line(|measure| measure.precision),
        recall: line(|measure| measure.recall),
        f1: line(|measure| measure.f1),
    })
}

fn decimal(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{share:.4}"))
}

/// Of the pairs compared, a run keeps only those it decided on: then nobody can tell what else was compared.
fn known(share: Option<f64>) -> String {
    share.map_or_else(|| "not known".to_owned(), |share| format!("{share:.4}"))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::super::measure::{PairBand, ScoredPair};
    use super::super::score::{MatchingResult, evaluate};
    use super::*;

    fn example(weights: [Option<f64>; 2]) -> Evaluation {
        let pair = |left, right, weight, band| ScoredPair { left, right, weight, band };
        let result = MatchingResult {
            clusters: vec![0, 0, 1, 2],
            pairs: vec![pair(0, 1, weights[0], PairBand::Auto), pair(2, 3, weights[1], PairBand::Review)],
            candidate_pairs: 2,
        };
        evaluate(&result, &[Some(0), Some(0), Some(1), Some(1)], 3)
    }

    #[test]
    fn the_terminal_reads_as_it_was_reviewed() {
        insta::assert_snapshot!(evaluation_text(&example([None, None])), @r"
        100.0 % of the merged pairs are right; 50.0 % of the true pairs were merged
        4 rows describe 2 persons; 3 lines of the truth name rows outside the rosters read

                   precision  recall      F1
        pairs         1.0000  0.5000  0.6667
        clusters      1.0000  0.5000  0.6667

        recall if every true review pair is confirmed                 1.0000
        pairs to review                                                    1
        of these, truly one person                                         1
        pairs compared                                                     2
        blocking recall: true pairs compared                          1.0000
        blocking recall through other rows of the person              1.0000
        ");
    }

    #[test]
    fn the_page_draws_a_curve_only_where_there_are_weights() {
        let drawn = evaluation_page(&example([Some(12.0), Some(2.0)])).expect("a page");
        assert!(drawn.contains("points=\"940.0,310.0 60.0,10.0\""), "{drawn}");
        let without = evaluation_page(&example([None, None])).expect("a page");
        assert!(!without.contains("<svg") && without.contains("no match weight"));
    }

    #[test]
    fn headlines_say_what_happened() {
        let of = |clusters: Vec<u32>, persons: [Option<u32>; 2]| {
            headline(&evaluate(&MatchingResult { clusters, ..MatchingResult::default() }, &persons, 0))
        };
        assert_eq!(of(vec![0, 1], [Some(0), Some(0)]), "Nothing was merged");
        assert_eq!(of(vec![0, 0], [Some(0), Some(1)]), "Rows were merged, although every row is a different person");
        assert_eq!(of(vec![0, 1], [Some(0), Some(1)]), "Every row is a different person, and nothing was merged");
    }
}
