//! Which row of a person speaks first, and whose spelling of the name is sent: by what the rows hold, never by where
//! they stand.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::domain::{Patient, PatientStore, PersonName, fold};
use crate::rules::nicknames::Nicknames;

use super::cluster::Clusters;
use super::merge::is_said_by;

/// A row of a person with what decides its place.
pub(super) struct RankedRow {
    /// The row.
    pub row: u32,
    /// What it says.
    pub patient: Patient,
    /// Neither rejected nor a newborn's without a name.
    is_sound: bool,
    worth: (bool, bool, u8, NameWorth, usize),
}

/// What speaks for a spelling of a name: a whole first name, letters of both cases, and marks, capitals and letters
/// that a plainer keyboard would have left out (`O'Brien`, `McDonald`, `José`).
type NameWorth = (bool, bool, usize);

/// The rows, the one that speaks first in front: neither rejected nor without a name, more complete, a whole first
/// name, its own letter case, more further names; among equals the lesser values. Only rows that are equal in all keep
/// their order.
pub(super) fn in_order_of_worth(store: &PatientStore, clusters: &Clusters, rows: &[u32]) -> Vec<RankedRow> {
    let mut ranked: Vec<RankedRow> = rows
        .iter()
        .filter_map(|row| {
            let packed = store.row(*row)?;
            let patient = packed.patient();
            let (is_taken, is_named) = (!packed.is_rejected(), !clusters.is_unnamed(*row));
            let further = patient.additional_names.len();
            let worth = (is_taken, is_named, packed.completeness(), name_worth(&patient.name), further);
            Some(RankedRow { row: *row, patient, is_sound: is_taken && is_named, worth })
        })
        .collect();
    ranked.sort_by(|left, right| {
        let by_worth = Reverse(left.worth).cmp(&Reverse(right.worth));
        by_worth.then_with(|| left.patient.cmp(&right.patient)).then(left.row.cmp(&right.row))
    });
    ranked
}

fn name_worth(name: &PersonName) -> NameWorth {
    let texts = [name.first.as_text(), name.last.as_text()];
    let letters = || texts.iter().flat_map(|text| text.chars());
    let mut of_first = name.first.as_text().chars().filter(|letter| letter.is_alphabetic());
    // One letter that has no case, as in Chinese, is a whole name.
    let is_whole = of_first.next().is_some_and(|letter| !letter.is_lowercase() && !letter.is_uppercase())
        || of_first.next().is_some();
    let has_both_cases = letters().any(char::is_lowercase) && letters().any(char::is_uppercase);
    let told_apart = |letter: &char| !letter.is_ascii_lowercase() && !letter.is_whitespace();
    (is_whole, has_both_cases, if has_both_cases { letters().filter(told_apart).count() } else { 0 })
}

/// The other row whose spelling of the carrier's name says more: of the same last name, a whole first name for its
/// initial, the given name for its short form, or the same first name in fuller writing. `None` where the carrier's own
/// is the fullest.
pub(super) fn fullest_name<'a>(
    carrier: &RankedRow,
    others: &'a [RankedRow],
    nicknames: &Nicknames,
) -> Option<&'a RankedRow> {
    let first_of = |row: &RankedRow| fold(row.patient.name.first.as_text());
    let (own, last) = (first_of(carrier), fold(carrier.patient.name.last.as_text()));
    if own.is_empty() || last.is_empty() {
        return None;
    }
    let says_the_same = |first: &str| is_said_by(&own, first) || nicknames.is_short_for(&own, first);
    let mut candidates: Vec<(&RankedRow, String)> = others
        .iter()
        .filter(|row| row.is_sound && fold(row.patient.name.last.as_text()) == last)
        .map(|row| (row, first_of(row)))
        .filter(|(_, first)| says_the_same(first))
        .collect();
    // Each name once: a person can have thousands of rows.
    let firsts: BTreeSet<String> = candidates.iter().map(|(_, first)| first.clone()).collect();
    let is_short = |first: &String| firsts.iter().any(|given| nicknames.is_short_for(first, given));
    let short: BTreeSet<&String> = firsts.iter().filter(|first| is_short(first)).collect();
    // The sort is stable: among equals the row that speaks first.
    candidates.sort_by_key(|(row, first)| Reverse((row.worth.3.0, !short.contains(first), row.worth.3)));
    let (best, first) = candidates.into_iter().next()?;
    let says_more = *first != *own || best.worth.3 > carrier.worth.3;
    says_more.then_some(best)
}
