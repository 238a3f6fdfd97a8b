//! What onroll's own tables look like, so that they are read back as they were meant. Cells that a spreadsheet program
//! would run as formulas are written with a leading apostrophe, which comes off again in these tables. The guards that
//! other exports put around numbers, so that a spreadsheet program keeps their zeros, come off every cell.

use super::source_row::RowBatch;
use std::borrow::Cow;

use super::date::DateOrder;

/// The headers that the last column of a fix file has, which says what is wrong with the row. The order of day and
/// month goes with it, because the rows that would tell it are not in the file.
const FIX_HEADERS: [(Option<DateOrder>, &str); 3] = [
    (None, "What to fix (onroll)"),
    (Some(DateOrder::MonthFirst), "What to fix (onroll, dates month first)"),
    (Some(DateOrder::DayFirst), "What to fix (onroll, dates day first)"),
];

/// The header of the last column of a fix file for a table whose dates are written in this order.
pub fn fix_column(order: Option<DateOrder>) -> &'static str {
    FIX_HEADERS.iter().find(|(known, _)| *known == order).map_or("", |(_, header)| header)
}

/// The order of day and month that the header of a fix file states.
pub fn date_order_of_fix<'a>(mut headers: impl DoubleEndedIterator<Item = &'a str>) -> Option<DateOrder> {
    let last = headers.rfind(|header| !header.is_empty())?;
    FIX_HEADERS.iter().find(|(_, header)| *header == last).and_then(|(order, _)| *order)
}

/// The first headers of the other tables that onroll writes: `rows.csv` and `changes.csv`, `duplicates.csv`,
/// `persons.csv`.
const OWN_FIRST_HEADERS: [&[&str]; 3] = [&["source_file"], &["left_file"], &["person", "field", "source_file"]];

/// Whether a header row is that of a fix file.
pub fn is_fix_header<'a>(mut headers: impl DoubleEndedIterator<Item = &'a str>) -> bool {
    let last = headers.rfind(|header| !header.is_empty());
    FIX_HEADERS.iter().any(|(_, header)| Some(*header) == last)
}

/// Whether a header row is that of a table that onroll wrote.
pub fn is_own_header<'a>(mut headers: impl DoubleEndedIterator<Item = &'a str> + Clone) -> bool {
    if is_fix_header(headers.clone()) {
        return true;
    }
    let first: Vec<&str> = headers.by_ref().take(3).collect();
    OWN_FIRST_HEADERS.iter().any(|own| first.starts_with(own))
}

/// Whether a spreadsheet program would take the text for a formula.
pub fn starts_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'])
}

/// The cell as it is written: with one apostrophe before anything that begins like a formula, or like a guarded one.
pub fn guarded(text: &str) -> Cow<'_, str> {
    let looks_guarded = text.strip_prefix('\'').is_some_and(|rest| rest.starts_with('\'') || starts_formula(rest));
    if starts_formula(text) || looks_guarded { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The cell as it was before [`guarded`].
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if starts_formula(rest) || rest.starts_with('\'') => rest,
        Some(_) | None => text,
    }
}

/// The cell without what an export put around it so that a spreadsheet program takes it for text: `="02115"`, `'02115`.
/// A name may begin with an apostrophe ('t Hooft): before a letter one comes off only where most cells of the column
/// have it (`is_in_most`).
pub fn without_export_guard(text: &str, is_in_most: bool) -> &str {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['=', '\'']) {
        return text;
    }
    let trimmed = trimmed.trim_end();
    if let Some(inner) = trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        return if inner.contains('"') { text } else { inner };
    }
    let Some(rest) = trimmed.strip_prefix('\'') else { return text };
    let guards_number = rest.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '=' | '+'));
    if !guards_number && !is_in_most {
        return text;
    }
    // `'02115'`: then both are one pair of marks.
    match rest.strip_suffix('\'') {
        Some(inner) if !inner.contains('\'') => inner,
        Some(_) | None => without_export_guard(rest, false),
    }
}

/// Whether the first row is the header of a table that onroll wrote.
pub fn is_own_table(batch: &RowBatch) -> bool {
    batch.row(0).is_some_and(|row| {
        let headers: Vec<&str> = row.cells().map(|(text, _)| text.trim()).collect();
        is_own_header(headers.into_iter())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn guards_of_exports_come_off_and_apostrophes_of_names_stay() {
        for (cell, text) in [
            ("=\"02115\"", "02115"),
            (" =\"F\" ", "F"),
            ("=\"\"", ""),
            ("'02115", "02115"),
            ("'02115'", "02115"),
            ("'=\"00048213\"", "00048213"),
            ("'+1 612 555 0123", "+1 612 555 0123"),
            ("'Abd", "'Abd"),
            ("'t Hooft", "'t Hooft"),
            ("O'Brien", "O'Brien"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("='", "='"),
        ] {
            assert_eq!(without_export_guard(cell, false), text, "{cell}");
        }
        assert_eq!(without_export_guard("'Blanchard", true), "Blanchard");
        assert_eq!(without_export_guard("O'Brien", true), "O'Brien");
    }

    #[test]
    fn what_would_run_as_a_formula_is_guarded() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1"] {
            assert_eq!(guarded(formula), format!("'{formula}"));
        }
        assert_eq!(guarded("O'Brien"), "O'Brien");
    }

    proptest! {
        #[test]
        fn exactly_one_guard_comes_off_again(text in "['=+@\\-a-c＝\t]{0,6}") {
            let written = guarded(&text);
            prop_assert_eq!(unguarded(&written), text.as_str());
        }
    }
}
