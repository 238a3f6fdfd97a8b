//! Dates as people write them. What depends on the order of day and month is marked, and settled per column later.

use crate::domain::{CellKind, CivilDate, DateOrder, SexEvidence};
use crate::rules::DateRules;

/// Serial number of 9999-12-31 in the 1900 date system.
const LAST_SERIAL: u32 = 2_958_465;
/// Serial numbers up to this one fall before 1900-03-01, where the 1900 date system counts a day that never was.
const LAST_DOUBTFUL_SERIAL: u32 = 60;
/// The day on which a year of two digits is read where only the form of a date matters: every one has come by then.
/// Whether a date exists does not depend on it, because a year of the last century is a leap year where the one a
/// century later is, and 1900, which is not, gives way to 2000.
const LAST_OF_CENTURY: u32 = 20_991_231;

/// Dates of text and of the workbook from which on a column shows that a program has exchanged days and months.
const FEW_OF_EACH: u32 = 3;

/// What the cells of a column show about the order of day and month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateEvidence {
    /// Dates that can only be read month first.
    pub month_first: u32,
    /// Dates that can only be read day first.
    pub day_first: u32,
    /// Dates that can be read both ways.
    pub ambiguous: u32,
    /// Dates of a workbook whose day could be a month.
    pub low_days: u32,
    /// Dates of a workbook whose day could be none.
    pub high_days: u32,
    /// Dates of text that read one way in every order, and whose day could be a month.
    pub fixed: u32,
}

impl DateEvidence {
    /// Adds the evidence of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.month_first += other.month_first;
        self.day_first += other.day_first;
        self.ambiguous += other.ambiguous;
        self.low_days += other.low_days;
        self.high_days += other.high_days;
        self.fixed += other.fixed;
    }

    /// Whether a program that expects the month first has read dates with the day first: what it could read are dates
    /// whose day and month it exchanged, so that no day is above 12, and what it could not read stayed text with the
    /// day first.
    pub fn is_half_exchanged(&self) -> bool {
        self.day_first >= FEW_OF_EACH
            && self.low_days >= FEW_OF_EACH
            && self.month_first + self.ambiguous + self.high_days + self.fixed == 0
    }

    /// Counts a date that reads one way only.
    fn count_plain(&mut self, date: CivilDate, is_text: bool) {
        let may_be_exchanged = date.day() <= 12 && date.day() != date.month();
        match (is_text, may_be_exchanged) {
            (true, true) => self.fixed += 1,
            (false, true) => self.low_days += 1,
            (false, false) if date.day() > 12 => self.high_days += 1,
            (true | false, false) => {}
        }
    }

    /// The order, when the cells agree on one.
    pub fn order(&self) -> Option<DateOrder> {
        match (self.month_first, self.day_first) {
            (1.., 0) => Some(DateOrder::MonthFirst),
            (0, 1..) => Some(DateOrder::DayFirst),
            _ => None,
        }
    }
}

/// Evidence of the columns of a table that only the whole of them settles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnEvidence {
    /// Dates of birth.
    pub birth: DateEvidence,
    /// Dates of death.
    pub death: DateEvidence,
    /// Sexes.
    pub sex: SexEvidence,
}

impl ColumnEvidence {
    /// Adds the evidence of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.birth.merge(&other.birth);
        self.death.merge(&other.death);
        self.sex.merge(&other.sex);
    }
}

/// A date as it could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadDate {
    pub(crate) date: CivilDate,
    /// The day and the month can be exchanged; `date` has the month first.
    pub(crate) is_ambiguous: bool,
    /// The year had two digits.
    pub(crate) century_supplied: bool,
    /// The cell held the number of a day.
    pub(crate) was_day_number: bool,
}

impl ReadDate {
    /// The earlier of the dates that it can be.
    pub(crate) fn earliest(self) -> CivilDate {
        self.date.swapped().filter(|other| self.is_ambiguous && *other < self.date).unwrap_or(self.date)
    }
}

/// Reads a cleaned cell; `None` when it is no complete date that exists. Counts what it shows about the column.
pub(crate) fn read_date(
    text: &str,
    kind: CellKind,
    today: CivilDate,
    words: &DateRules,
    evidence: &mut DateEvidence,
) -> Option<ReadDate> {
    let before = (evidence.month_first, evidence.day_first, evidence.ambiguous);
    let read = read(text, kind, today, words, evidence)?;
    if before == (evidence.month_first, evidence.day_first, evidence.ambiguous) {
        evidence.count_plain(read.date, !(kind == CellKind::Date || read.was_day_number));
    }
    Some(read)
}

/// The date of a cleaned cell, by which a column is judged: a date where [`read_date`] reads one, and only there. A
/// year of two digits counts as one of this century.
pub(crate) fn recognise_date(text: &str, kind: CellKind, words: &DateRules) -> Option<ReadDate> {
    read(text, kind, CivilDate::from_packed(LAST_OF_CENTURY)?, words, &mut DateEvidence::default())
}

/// Whether two cleaned cells are dates of the same day, however they are written. The order of day and month is not
/// looked at, nor is the century, which a year of two digits does not give.
pub(crate) fn is_same_day(left: (&str, CellKind), right: (&str, CellKind), words: &DateRules) -> bool {
    let day = |(text, kind): (&str, CellKind)| {
        let date = recognise_date(text, kind, words)?.date;
        let (month, day) = (date.month(), date.day());
        Some((date.year() % 100, month.min(day), month.max(day)))
    };
    day(left).is_some_and(|left| day(right) == Some(left))
}

fn read(
    text: &str,
    kind: CellKind,
    today: CivilDate,
    words: &DateRules,
    evidence: &mut DateEvidence,
) -> Option<ReadDate> {
    if kind == CellKind::Number
        && let Some((date, was_day_number)) = from_number(text)
    {
        return Some(ReadDate { was_day_number, ..plain(date) });
    }
    let text = without_time(without_age(without_decimal(text), words));
    let text = without_weekday(text, words);
    let mut parts = [""; 3];
    let mut count = 0;
    for part in text.split(['/', '-', '.', ',', ' ']).filter(|part| !part.is_empty() && !words.joins(part)) {
        *parts.get_mut(count)? = part;
        count += 1;
    }
    match count {
        1 if parts[0].contains(char::is_alphabetic) => with_month_name(joined_parts(parts[0])?, today, words),
        1 => eight_digits(parts[0], today, evidence),
        3 if parts.iter().any(|part| part.starts_with(char::is_alphabetic)) => with_month_name(parts, today, words),
        3 if parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) => numeric(parts, today, evidence),
        _ => None,
    }
}

/// Cuts the decimal off `19800304.0`, as programs write a column of numbers with gaps.
fn without_decimal(text: &str) -> &str {
    let is_whole = |text: &&str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_suffix(".0").filter(is_whole).unwrap_or(text)
}

/// Cuts the weekday off `Tue, Mar 4 1980`.
fn without_weekday<'a>(text: &'a str, words: &DateRules) -> &'a str {
    match text.split_once(' ') {
        Some((word, date)) if word.starts_with(char::is_alphabetic) && words.is_weekday(word) => date,
        _ => text,
    }
}

/// `04MAR1980`: the groups of digits and letters.
fn joined_parts(text: &str) -> Option<[&str; 3]> {
    let letters = text.find(char::is_alphabetic)?;
    let (first, rest) = text.split_at(letters);
    let (second, third) = rest.split_at(rest.find(|letter: char| letter.is_ascii_digit())?);
    (!first.is_empty()).then_some([first, second, third])
}

fn plain(date: CivilDate) -> ReadDate {
    ReadDate { date, is_ambiguous: false, century_supplied: false, was_day_number: false }
}

/// A day number of a workbook that lost its date format, or the eight digits of a date. A number that looks like a year
/// is a partial date, not a day of 1905.
fn from_number(text: &str) -> Option<(CivilDate, bool)> {
    let number: u32 = text.split('.').next()?.parse().ok()?;
    match number {
        1_850..=2_100 => None,
        _ if number > LAST_DOUBTFUL_SERIAL && number <= LAST_SERIAL => {
            let first = jiff::civil::Date::constant(1899, 12, 30);
            let date = first.checked_add(jiff::Span::new().days(i64::from(number))).ok()?;
            let (year, month, day) = (date.year(), date.month(), date.day());
            CivilDate::new(year.unsigned_abs(), month.unsigned_abs(), day.unsigned_abs()).map(|date| (date, true))
        }
        _ => CivilDate::from_packed(number).filter(|date| is_plausible_year(date.year())).map(|date| (date, false)),
    }
}

fn is_plausible_year(year: u32) -> bool {
    (1_800..=2_100).contains(&year)
}

/// Cuts the age off `05/13/1980 (46 yrs)` and `5/13/1980 46 Y`, as programs print it behind a date of birth.
fn without_age<'a>(text: &'a str, words: &DateRules) -> &'a str {
    if !text.ends_with(|letter: char| matches!(letter, ')' | '.') || letter.is_ascii_alphabetic()) {
        return text;
    }
    let Some((date, age)) = text.split_once(' ').filter(|(date, _)| date.len() >= 6) else { return text };
    let age = age.trim_start_matches('(');
    let unit = age.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let unit_letters: String = unit.chars().filter(char::is_ascii_alphabetic).collect();
    let is_age = matches!(age.len() - unit.len(), 1..=3) && words.is_age_unit(&unit_letters);
    if is_age && !date.contains(char::is_alphabetic) { date } else { text }
}

/// Cuts the time off `1980-03-04T08:30:00` and `3/4/1980 8:30 AM`.
fn without_time(text: &str) -> &str {
    // `13MAY1980:00:00:00`
    if let Some((date, _)) = text.split_once(':')
        && matches!(date.len(), 7 | 9)
        && date.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && date.bytes().any(|byte| byte.is_ascii_alphabetic())
    {
        return date;
    }
    let date = text.split_once([' ', 'T']).filter(|(date, time)| {
        date.len() >= 6 && time.contains(':') && time.starts_with(|letter: char| letter.is_ascii_digit())
    });
    let date = date.map_or(text, |(date, _)| date);
    // A month name may stand between spaces: then the time begins at the last space before the colon.
    match date.find(':') {
        Some(colon) => date
            .get(..colon)
            .and_then(|before| before.rfind([' ', 'T']))
            .and_then(|end| date.get(..end))
            .unwrap_or(date),
        None => date,
    }
}

/// `yyyymmdd`, or the eight digits of an order-dependent date.
fn eight_digits(text: &str, today: CivilDate, evidence: &mut DateEvidence) -> Option<ReadDate> {
    // `198005130000`: hours, minutes and seconds behind it, as HL7 writes them.
    if matches!(text.len(), 12 | 14) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_below = |place: usize, bound: u32| {
            let part = text.get(place..place + 2).and_then(|part| part.parse::<u32>().ok());
            part.is_none_or(|part| part < bound)
        };
        let date = text.get(..8)?.parse().ok().and_then(CivilDate::from_packed);
        let date = date.filter(|date| is_plausible_year(date.year()));
        return date.filter(|_| is_below(8, 24) && is_below(10, 60) && is_below(12, 60)).map(plain);
    }
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let packed = text.parse().ok().and_then(CivilDate::from_packed).filter(|date| is_plausible_year(date.year()));
    match packed {
        Some(date) => Some(plain(date)),
        // Without marks between them, eight digits that end in no year of people are a number.
        None if !text.get(4..)?.parse().is_ok_and(is_plausible_year) => None,
        None => numeric([text.get(..2)?, text.get(2..4)?, text.get(4..)?], today, evidence),
    }
}

/// Three groups of digits: year first, or day and month first in either order.
fn numeric(parts: [&str; 3], today: CivilDate, evidence: &mut DateEvidence) -> Option<ReadDate> {
    let [first, second, third] = parts;
    if first.len() == 4 {
        return CivilDate::new(first.parse().ok()?, second.parse().ok()?, third.parse().ok()?).map(plain);
    }
    if first.len() > 2 || second.len() > 2 || !matches!(third.len(), 2 | 4) {
        return None;
    }
    let (first, second): (u8, u8) = (first.parse().ok()?, second.parse().ok()?);
    let reading = |month, day| with_year(third, month, day, today);
    let century_supplied = third.len() == 2;
    let found = |date, is_ambiguous| Some(ReadDate { date, is_ambiguous, century_supplied, was_day_number: false });
    match (reading(first, second), reading(second, first)) {
        (Some(date), Some(other)) if date == other => found(date, false),
        (Some(date), Some(_)) => {
            evidence.ambiguous += 1;
            found(date, true)
        }
        (Some(date), None) => {
            evidence.month_first += 1;
            found(date, false)
        }
        (None, Some(date)) => {
            evidence.day_first += 1;
            found(date, false)
        }
        (None, None) => None,
    }
}

/// The date in a year of four digits, or in the latest century in which a year of two digits does not lie ahead.
fn with_year(year: &str, month: u8, day: u8, today: CivilDate) -> Option<CivilDate> {
    let number: u16 = year.parse().ok()?;
    if year.len() == 4 {
        return CivilDate::new(number, month, day);
    }
    let this_century = CivilDate::new(2000 + number, month, day).filter(|date| *date <= today);
    this_century.or_else(|| CivilDate::new(1900 + number, month, day))
}

/// `4 Mar 1980`, `March 4, 1980`, `04-MAR-80`, `1980 March 4`.
fn with_month_name(parts: [&str; 3], today: CivilDate, words: &DateRules) -> Option<ReadDate> {
    let [first, second, third] = parts;
    let (year, month, day) = match (words.month(first), words.month(second)) {
        (Some(month), None) => (third, month, second),
        (None, Some(month)) if first.len() == 4 && first.bytes().all(|byte| byte.is_ascii_digit()) => {
            (first, month, third)
        }
        (None, Some(month)) => (third, month, first),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    let day = day.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    if !matches!(year.len(), 2 | 4) || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let date = with_year(year, month, day.parse().ok()?, today)?;
    Some(ReadDate { date, is_ambiguous: false, century_supplied: year.len() == 2, was_day_number: false })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::rules::RuleFiles;

    static WORDS: LazyLock<DateRules> = LazyLock::new(|| DateRules::parse(&RuleFiles::embedded()).expect("sound"));

    fn today() -> CivilDate {
        CivilDate::new(2026, 11, 24).expect("a date")
    }

    fn read(text: &str, kind: CellKind) -> Option<(String, bool, bool)> {
        read_date(text, kind, today(), &WORDS, &mut DateEvidence::default())
            .map(|read| (read.date.to_iso(), read.is_ambiguous, read.century_supplied))
    }

    #[test]
    fn dates_that_read_one_way_only() {
        for text in [
            "1980-03-04",
            "1980-03-04T08:30:00",
            "1980-03-04 00:00:00",
            "1980/3/4",
            "19800304",
            "4 Mar 1980",
            "March 4, 1980",
            "04-MAR-1980",
            "Mar 4th 1980",
            "1980 March 4",
            "4 Mar 1980 08:30",
            "04MAR1980",
            "Tuesday, March 4, 1980",
            "4 de marzo de 1980",
            "4 mars 1980",
            "4. März 1980",
            "Dienstag, 4. März 1980",
            "4 de março de 1980",
            "martedì 4 marzo 1980",
            "19800304.0",
            "1980-03-04T08:30:00.000Z",
            "1980-03-04 00:00:00.000",
        ] {
            assert_eq!(read(text, CellKind::Text), Some(("1980-03-04".to_owned(), false, false)), "{text}");
        }
        assert_eq!(read("08/17/1941", CellKind::Text), Some(("1941-08-17".to_owned(), false, false)));
        assert_eq!(read("17.08.1941", CellKind::Text), Some(("1941-08-17".to_owned(), false, false)));
        assert_eq!(read("4/4/1941", CellKind::Text), Some(("1941-04-04".to_owned(), false, false)));
    }

    #[test]
    fn dates_that_read_two_ways_are_marked() {
        assert_eq!(read("03/04/1980", CellKind::Text), Some(("1980-03-04".to_owned(), true, false)));
        assert_eq!(read("03041980", CellKind::Text), Some(("1980-03-04".to_owned(), true, false)));
    }

    #[test]
    fn two_digit_years_never_lie_ahead() {
        assert_eq!(read("12/25/26", CellKind::Text), Some(("1926-12-25".to_owned(), false, true)));
        assert_eq!(read("10/25/26", CellKind::Text), Some(("2026-10-25".to_owned(), false, true)));
        assert_eq!(read("25-Dec-75", CellKind::Text), Some(("1975-12-25".to_owned(), false, true)));
    }

    #[test]
    fn day_numbers_of_workbooks_are_dates_and_years_are_not() {
        assert_eq!(read("29284", CellKind::Number), Some(("1980-03-04".to_owned(), false, false)));
        assert_eq!(read("19800304", CellKind::Number), Some(("1980-03-04".to_owned(), false, false)));
        assert_eq!(read("1980", CellKind::Number), None);
        assert_eq!(read("29284", CellKind::Text), None);
    }

    #[test]
    fn what_is_no_complete_date_is_never_completed() {
        for text in [
            "1980",
            "03/1980",
            "4 jui 1980",
            "MAR1980",
            "March 1980",
            "13/45/1980",
            "2023-02-29",
            "soon",
            "",
            "1/2",
            "0/0/0000",
            "1/2/3/4",
            "10012345",
        ] {
            assert_eq!(read(text, CellKind::Text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_the_same_however_it_is_written() {
        let is_same = |left: &str, right: &str| is_same_day((left, CellKind::Text), (right, CellKind::Text), &WORDS);
        for other in [
            "3/4/1980",
            "1980-03-04",
            "04-MAR-80",
            "March 4, 1980",
            "19800304",
            "1980-03-04T00:00:00",
            "04MAR1980",
            "4 de marzo de 1980",
        ] {
            assert!(is_same("03/04/1980", other), "{other}");
        }
        assert!(is_same_day(("29284", CellKind::Number), ("1980-03-04", CellKind::Text), &WORDS));
        assert!(!is_same("03/04/1980", "03/05/1980") && !is_same("03/04/1980", "03/04/1981") && !is_same("", ""));
    }

    #[test]
    fn unambiguous_cells_tell_the_order_of_the_column() {
        let mut evidence = DateEvidence::default();
        for text in ["03/04/1980", "12/25/1975", "08/17/1941"] {
            read_date(text, CellKind::Text, today(), &WORDS, &mut evidence);
        }
        assert_eq!(evidence, DateEvidence { month_first: 2, day_first: 0, ambiguous: 1, ..DateEvidence::default() });
        assert_eq!(evidence.order(), Some(DateOrder::MonthFirst));
    }

    proptest! {
        #[test]
        fn what_is_read_on_any_day_is_recognised_and_nothing_else(
            text in "[0-9]{1,4}[/. -][0-9]{1,4}[/. -][0-9]{1,4}|[0-9]{7,9}|[0-9]{1,2} ?(mar|Feb|août) ?[0-9]{2,4}|\\PC{0,12}",
            days in 0_i64..20_000,
            is_number in proptest::bool::ANY,
        ) {
            let kind = if is_number { CellKind::Number } else { CellKind::Text };
            let day = jiff::civil::date(2020, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let day = CivilDate::from_packed(day.to_string().replace('-', "").parse().unwrap()).unwrap();
            let read = read_date(&text, kind, day, &WORDS, &mut DateEvidence::default());
            prop_assert_eq!(read.is_some(), recognise_date(&text, kind, &WORDS).is_some());
        }

        #[test]
        fn any_text_is_read_without_a_panic_and_iso_is_read_as_itself(text in ".{0,24}", days in 0_i64..60_000) {
            let _ = read(&text, CellKind::Text);
            let _ = read(&text, CellKind::Number);
            let date = jiff::civil::date(1860, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert_eq!(read(&date.to_string(), CellKind::Text), Some((date.to_string(), false, false)));
        }
    }
}
