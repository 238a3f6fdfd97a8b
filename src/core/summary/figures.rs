//! Shares and rounding of the figures in a report.

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Rounded, so that the report is the same text wherever it is made.
pub(super) fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}
