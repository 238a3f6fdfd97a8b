//! ZIPs as people and workbooks write them. A zero that a workbook took is given back only where a state says so.

use crate::domain::{PostalCode, State};
use crate::rules::StateRules;

/// A ZIP with the digits that its cell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadPostalCode {
    /// The ZIP.
    pub(crate) code: PostalCode,
    /// Digits of the cell: fewer than the ZIP's where zeros were lost, more where a filler stood behind it.
    pub(crate) digits: usize,
}

/// The ZIP of a cleaned cell. Leading zeros that it lost come back where the ZIPs of the row's state begin so.
pub(crate) fn read_postal_code(text: &str, state: Option<State>, states: &StateRules) -> Option<ReadPostalCode> {
    read(text, |prefix| state.is_some_and(|state| states.has_zip3(state, prefix)))
}

/// Whether a cleaned cell is a ZIP, whatever the state of its row.
pub(crate) fn is_postal_code(text: &str) -> bool {
    read(text, |_| false).is_some()
}

/// Whether a cleaned cell is a ZIP in a row of some state.
pub(crate) fn is_postal_code_of_some_state(text: &str, states: &StateRules) -> bool {
    read(text, |prefix| states.is_zip3(prefix)).is_some()
}

/// 3 or 4 digits: a ZIP that begins with 0 and lost it.
pub(crate) fn is_shortened(text: &str) -> bool {
    matches!(text.len(), 3 | 4) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The ZIP of a text; `may_begin` says whether it may begin with these three digits, the first of which were lost.
fn read(text: &str, may_begin: impl Fn(u16) -> bool) -> Option<ReadPostalCode> {
    let text = text.strip_suffix(".00").or_else(|| text.strip_suffix(".0")).unwrap_or(text);
    let text = without_country(text).trim_end_matches('-');
    let (zip, plus4) = match text.split_once(['-', ' ']) {
        Some((zip, plus4)) => (zip.trim(), plus4.trim()),
        None => (text, ""),
    };
    if !zip.bytes().chain(plus4.bytes()).all(|byte| byte.is_ascii_digit()) || !matches!(plus4.len(), 0 | 4) {
        return None;
    }
    let digits = zip.len() + plus4.len();
    let whole = match zip.len() {
        5 if plus4.is_empty() => return Some(ReadPostalCode { code: PostalCode::from_digits(zip)?, digits }),
        5 => format!("{zip}{plus4}"),
        9 if plus4.is_empty() => zip.to_owned(),
        // A number cannot begin with 0: a workbook's ZIP cell lost it, and so did a delimited file made from one.
        3 | 4 => with_lost_zeros(zip, plus4, 5, may_begin)?,
        7 | 8 if plus4.is_empty() => with_lost_zeros(zip, "", 9, may_begin)?,
        _ => return None,
    };
    // Four zeros stand for no code beyond the five digits.
    let filled = whole.strip_suffix("0000").filter(|zip| zip.len() == 5);
    Some(ReadPostalCode { code: PostalCode::from_digits(filled.unwrap_or(&whole))?, digits })
}

/// The ZIP with its leading zeros, where it may begin so.
fn with_lost_zeros(zip: &str, plus4: &str, length: usize, may_begin: impl Fn(u16) -> bool) -> Option<String> {
    let padded = format!("{zip:0>length$}");
    let prefix: u16 = padded.get(..3)?.parse().ok()?;
    may_begin(prefix).then(|| format!("{padded}{plus4}"))
}

/// `02115 USA` without the country.
fn without_country(text: &str) -> &str {
    match text.rsplit_once([' ', ',']) {
        Some((zip, country))
            if ["US", "USA", "U.S.", "U.S.A."].iter().any(|known| country.eq_ignore_ascii_case(known)) =>
        {
            zip.trim_end_matches([' ', ','])
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    fn zip(text: &str, state: &str) -> Option<String> {
        let states = StateRules::parse(&RuleFiles::embedded()).expect("sound");
        let read = read_postal_code(text, State::from_code(state), &states);
        assert!(read.is_none() || is_postal_code_of_some_state(text, &states), "{text}");
        assert!(!is_postal_code(text) || read.is_some(), "{text}");
        read.map(|read| read.code.to_wire())
    }

    #[test]
    fn zips_are_read_in_their_usual_forms() {
        for (text, wire) in [
            ("55401", "55401"),
            ("55401-1234", "55401-1234"),
            ("554011234", "55401-1234"),
            ("55401 1234", "55401-1234"),
            ("55401-", "55401"),
            ("55401-0000", "55401"),
            ("554010000", "55401"),
        ] {
            assert_eq!(zip(text, "MN").as_deref(), Some(wire), "{text}");
        }
        for text in ["123", "5540", "5540A", "554011", "K1A 0B1", "55401-12"] {
            assert_eq!(zip(text, "MN"), None, "{text}");
        }
    }

    #[test]
    fn a_lost_zero_comes_back_only_where_the_state_agrees() {
        assert_eq!(zip("2134", "MA").as_deref(), Some("02134"));
        assert_eq!(zip("926", "PR").as_deref(), Some("00926"));
        assert_eq!(zip("2134", "MN"), None);
        assert_eq!(zip("2134", ""), None);
        assert_eq!(zip("21341234", "MA").as_deref(), Some("02134-1234"));
    }
}
