//! The evidence of a pair as bars: what each field adds to the weight or takes off it, one below the other.

use super::model::{EvidenceLine, PairLine};

/// One bar, in percent of the width.
pub(super) struct Bar {
    /// The field, or `household`.
    pub(super) field: String,
    /// The comparison level.
    pub(super) level: String,
    /// The weight in bits, with its sign.
    pub(super) weight: String,
    /// Where the bar begins.
    pub(super) left: String,
    /// How long it is.
    pub(super) width: String,
    /// `adds`, `takes` or `sum`.
    pub(super) kind: &'static str,
}

/// The bars of a pair: its fields in order, what is subtracted for relatives of one household, and the sum. Empty if no
/// weight decided.
pub(super) fn bars(pair: &PairLine) -> Vec<Bar> {
    let household: f64 = pair.household.parse().unwrap_or_default();
    let mut steps: Vec<(&str, &str, f64)> = pair
        .evidence
        .iter()
        .filter(|line| line.level != "missing")
        .map(|line: &EvidenceLine| (line.field.as_str(), line.comparison_level.as_str(), number(&line.weight)))
        .collect();
    if household != 0.0 {
        steps.push(("household", "relatives would agree too", household));
    }
    if steps.iter().all(|(_, _, weight)| *weight == 0.0) {
        return Vec::new();
    }
    let mut sums = vec![0.0];
    for (_, _, weight) in &steps {
        sums.push(sums.last().copied().unwrap_or_default() + weight);
    }
    let lowest = sums.iter().copied().fold(0.0, f64::min);
    let span = sums.iter().copied().fold(0.0, f64::max) - lowest;
    let percent = |value: f64| format!("{:.1}", value * 100.0 / span.max(0.01));
    let bar = |field: &str, level: &str, weight: f64, from: f64, kind| Bar {
        field: field.replace('_', " "),
        level: level.replace('_', " "),
        weight: format!("{weight:+.2}"),
        left: percent(from.min(from + weight) - lowest),
        width: percent(weight.abs()),
        kind,
    };
    let mut bars: Vec<Bar> = steps
        .iter()
        .zip(&sums)
        .map(|((field, level, weight), from)| {
            bar(field, level, *weight, *from, if *weight < 0.0 { "takes" } else { "adds" })
        })
        .collect();
    let sum = sums.last().copied().unwrap_or_default();
    bars.push(bar("sum", "", sum, 0.0, "sum"));
    bars
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(field: &str, level: &str, weight: &str) -> EvidenceLine {
        let text = str::to_owned;
        EvidenceLine {
            field: text(field),
            level: text(level),
            comparison_level: text(level),
            weight: text(weight),
            term_frequency: String::new(),
        }
    }

    fn pair(household: &str, evidence: Vec<EvidenceLine>) -> PairLine {
        let text = str::to_owned;
        PairLine {
            left_file: text("a.csv"),
            left_sheet: String::new(),
            left_row: 2,
            right_file: text("a.csv"),
            right_sheet: String::new(),
            right_row: 3,
            band: text("match"),
            rule: text("same phone"),
            weight: text("12.00"),
            finding: None,
            household: text(household),
            probability: text("0.9"),
            evidence,
        }
    }

    #[test]
    fn each_bar_begins_where_the_one_before_ends_and_the_last_is_the_sum() {
        let pair = pair(
            "-2.00",
            vec![
                line("last_name", "same", "10.00"),
                line("middle_name", "missing", "0.00"),
                line("birth_date", "different", "-4.00"),
                line("phone", "same", "8.00"),
            ],
        );
        let bars = bars(&pair);
        let drawn: Vec<(&str, &str, &str, &str)> =
            bars.iter().map(|bar| (bar.field.as_str(), bar.left.as_str(), bar.width.as_str(), bar.kind)).collect();
        // The sums are 10, 6, 14 and 12 bits, of which 14 are the whole width.
        assert_eq!(
            drawn,
            [
                ("last name", "0.0", "71.4", "adds"),
                ("birth date", "42.9", "28.6", "takes"),
                ("phone", "42.9", "57.1", "adds"),
                ("household", "85.7", "14.3", "takes"),
                ("sum", "0.0", "85.7", "sum"),
            ]
        );
    }

    #[test]
    fn a_pair_that_exact_keys_decided_has_no_bars() {
        assert!(bars(&pair("", vec![line("last_name", "same", "0.00")])).is_empty());
    }
}
