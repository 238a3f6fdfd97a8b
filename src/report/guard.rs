//! Cells that a spreadsheet program would run as formulas are written with a leading apostrophe, and read back without.

use std::borrow::Cow;

fn starts_formula(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
