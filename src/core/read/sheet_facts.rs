//! What a sheet says about itself beside its cells: what it hides and merges, in which calendar it counts, and what was
//! met that is not in its rows. Goes into the report.

use std::fmt::Write as _;

use super::cells::DateSystem;

/// Ranges that are kept; of more, only their number is known.
const RANGES_MAX: usize = 1_000;

/// Facts about a sheet that was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetFacts {
    /// The calendar in which the workbook counts days; `None` where dates are written out.
    pub dates: Option<DateSystem>,
    /// Rows that hold something and are hidden, by the numbers that a spreadsheet program shows.
    pub hidden_rows: Ranges,
    /// Hidden columns, the first being 1.
    pub hidden_columns: Ranges,
    /// Ranges of merged cells, as `A1:C1`; at most 1,000.
    pub merged: Vec<String>,
    /// Cells with a formula whose value is not in the file.
    pub uncomputed: u64,
    /// Values to the right of the table that were left out.
    pub left_out: u64,
    /// Row and column of the first of those, counted from 1.
    pub first_left_out: Option<(u32, u32)>,
}

impl SheetFacts {
    /// Notes a value that is in no column of the table; row and column are counted from 0.
    pub(super) fn leave_out(&mut self, row: u32, column: u32) {
        self.left_out += 1;
        self.first_left_out.get_or_insert((row + 1, column + 1));
    }

    /// Notes a range of merged cells, as `A1:C1`.
    pub(super) fn merge(&mut self, range: &str) {
        if self.merged.len() < RANGES_MAX && range.len() <= 32 {
            self.merged.push(range.to_owned());
        }
    }
}

/// Ranges of numbers, first and last of each, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    ranges: Vec<(u32, u32)>,
    count: u64,
}

impl Ranges {
    /// Adds numbers that are not lower than those before. Beyond a thousand ranges only the count goes on.
    pub(super) fn add(&mut self, first: u32, last: u32) {
        self.count += u64::from(last.saturating_sub(first)) + 1;
        let has_room = self.ranges.len() < RANGES_MAX;
        match self.ranges.last_mut() {
            Some((_, end)) if end.saturating_add(1) >= first => *end = (*end).max(last),
            _ if has_room => self.ranges.push((first, last)),
            _ => {}
        }
    }

    /// How many numbers there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Whether a number is among them. Those beyond a thousand ranges are not known.
    pub(super) fn holds(&self, number: u32) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= number);
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, last)| number <= *last)
    }

    /// The numbers up to a last one.
    pub(super) fn up_to(&self, most: u32) -> Self {
        let mut cut = Self::default();
        for (first, last) in self.ranges.iter().filter(|(first, _)| *first <= most) {
            cut.add(*first, (*last).min(most));
        }
        cut
    }

    /// The ranges as a text, `5 to 9, 12`, each number shown by `name`.
    pub fn shown(&self, name: impl Fn(u32) -> String) -> String {
        const SHOWN: usize = 12;
        let mut text = String::new();
        for (first, last) in self.ranges.iter().take(SHOWN) {
            let comma = if text.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}{}", name(*first));
            if first < last {
                let _ = write!(text, " to {}", name(*last));
            }
        }
        if self.ranges.len() > SHOWN {
            text.push_str(" and more");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::column_name;

    #[test]
    fn ranges_join_and_know_their_numbers() {
        let mut ranges = Ranges::default();
        for number in [5, 6, 7, 12] {
            ranges.add(number, number);
        }
        assert_eq!((ranges.shown(|number| number.to_string()).as_str(), ranges.count()), ("5 to 7, 12", 4));
        assert!(ranges.holds(6) && ranges.holds(12) && !ranges.holds(8) && !ranges.holds(1));
        assert_eq!(ranges.up_to(6).shown(column_name), "E to F");
        for number in 0..5_000 {
            ranges.add(20 + number * 2, 20 + number * 2);
        }
        assert_eq!(ranges.count(), 5_004);
    }
}
