//! Writes a resident as a registration desk or a census taker would: every kind of error that keeps two records of one
//! person apart, each in its place, and no number that would tell who it is.

use super::data::Tables;
use super::draws::Draws;
use super::household::Resident;
use super::person::Home;
use super::row::{COLUMNS, end_cell, push, push_cell, push_digits};
use super::typing::{digit_error, letter_error};
use crate::domain::{CivilDate, Sex};

/// Columns of [`COLUMNS`] that hold a number for the person: these rosters have none.
const IDENTIFYING_COLUMNS: usize = 2;

/// Share of rows in which each error occurs, times the noise. Set by judgement, not measured; the order of magnitude
/// is that of studies of duplicate records, where names and missing middle names lead.
mod share {
    pub(super) const ALL_CAPS: f64 = 0.15;
    pub(super) const NAME_TYPED_WRONG: f64 = 0.02;
    pub(super) const NICKNAME: f64 = 0.06;
    pub(super) const FIRST_INITIAL: f64 = 0.005;
    pub(super) const MIDDLE_FOR_FIRST: f64 = 0.005;
    pub(super) const NAMES_SWAPPED: f64 = 0.005;
    pub(super) const NO_MIDDLE_NAME: f64 = 0.25;
    pub(super) const MIDDLE_INITIAL: f64 = 0.5;
    pub(super) const MAIDEN_NAME_USED: f64 = 0.08;
    pub(super) const BOTH_NAMES_USED: f64 = 0.03;
    pub(super) const NO_MAIDEN_NAME: f64 = 0.5;
    pub(super) const SUFFIX_LEFT_OUT: f64 = 0.35;
    pub(super) const NO_NAME_YET: f64 = 0.6;
    pub(super) const NO_BIRTH_DATE: f64 = 0.01;
    pub(super) const DAY_AND_MONTH_SWAPPED: f64 = 0.004;
    pub(super) const BIRTH_DATE_DIGIT: f64 = 0.01;
    pub(super) const US_DATE: f64 = 0.2;
    pub(super) const NO_SEX: f64 = 0.02;
    pub(super) const WRONG_SEX: f64 = 0.003;
    pub(super) const MOVED: f64 = 0.35;
    pub(super) const NO_ADDRESS: f64 = 0.03;
    pub(super) const STREET_TYPED_WRONG: f64 = 0.02;
    pub(super) const NUMBER_TYPED_WRONG: f64 = 0.01;
    pub(super) const STREET_KIND_LEFT_OUT: f64 = 0.05;
    pub(super) const NO_UNIT: f64 = 0.2;
    pub(super) const CITY_TYPED_WRONG: f64 = 0.01;
    pub(super) const ZIP_TYPED_WRONG: f64 = 0.01;
    pub(super) const NO_PHONE: f64 = 0.1;
    pub(super) const NEW_PHONE: f64 = 0.2;
    pub(super) const PHONE_DIGIT: f64 = 0.01;
    pub(super) const OTHER_PHONE_FORMAT: f64 = 0.6;
    pub(super) const NO_EMAIL: f64 = 0.2;
    pub(super) const NEW_EMAIL: f64 = 0.15;
}

/// What kind of register is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Register {
    /// A clinic's: with telephone, email, maiden name and date of death.
    Clinic,
    /// A census: without them.
    Census,
}

/// Appends rows to a buffer of CSV text.
pub(super) struct RegistrationWriter<'a> {
    pub(super) tables: &'a Tables,
    pub(super) register: Register,
    /// 0 to 10.
    pub(super) noise: f64,
    /// Share of rows with neither birth date nor sex, 0 to 1.
    pub(super) undated: f64,
}

/// The header of these rosters.
pub(super) fn header() -> String {
    COLUMNS.get(IDENTIFYING_COLUMNS..).unwrap_or_default().join(",")
}

impl RegistrationWriter<'_> {
    /// Appends one line. `repeat` says that the person has a row already: only then it may have moved since.
    pub(super) fn write(&self, line: &mut Vec<u8>, resident: &Resident<'_>, repeat: bool, draws: &mut Draws) {
        let start = line.len();
        let caps = self.happens(draws, share::ALL_CAPS);
        let undated = draws.chance(self.undated);
        self.names(line, resident, draws);
        self.birth_and_sex(line, resident, undated, draws);
        self.address(line, resident, repeat, draws);
        if self.register == Register::Census {
            push(line, ",,,");
        } else {
            self.phone(line, resident, repeat, draws);
            self.email(line, resident, repeat, draws);
            push_cell(line, if self.happens(draws, share::NO_MAIDEN_NAME) { "" } else { resident.person.maiden });
            if let Some(death) = resident.person.death {
                push_date(line, death, false);
            }
        }
        if caps {
            line.get_mut(start..).unwrap_or_default().make_ascii_uppercase();
        }
        push(line, "\n");
    }

    fn happens(&self, draws: &mut Draws, share: f64) -> bool {
        draws.chance((share * self.noise).min(0.95))
    }

    fn names(&self, line: &mut Vec<u8>, resident: &Resident<'_>, draws: &mut Draws) {
        let person = &resident.person;
        let mut first = person.given;
        if !resident.newborn.is_empty() && self.happens(draws, share::NO_NAME_YET) {
            first = resident.newborn;
        } else if self.happens(draws, share::FIRST_INITIAL) {
            first = first.get(..1).unwrap_or(first);
        } else if !person.middle.is_empty() && self.happens(draws, share::MIDDLE_FOR_FIRST) {
            first = person.middle;
        } else if self.happens(draws, share::NICKNAME) {
            first = self.tables.nicknames.get(first).copied().unwrap_or(first);
        }
        let mut last = person.last.to_owned();
        if !person.maiden.is_empty() {
            if self.happens(draws, share::MAIDEN_NAME_USED) {
                person.maiden.clone_into(&mut last);
            } else if self.happens(draws, share::BOTH_NAMES_USED) {
                last = format!("{}-{last}", person.maiden);
            }
        }
        let swapped = self.happens(draws, share::NAMES_SWAPPED);
        let (first, last) = if swapped { (last.as_str(), first) } else { (first, last.as_str()) };
        self.typed(line, first, share::NAME_TYPED_WRONG, draws);
        if !self.happens(draws, share::NO_MIDDLE_NAME) {
            let initial = self.happens(draws, share::MIDDLE_INITIAL);
            push(line, if initial { person.middle.get(..1).unwrap_or_default() } else { person.middle });
        }
        end_cell(line);
        self.typed(line, last, share::NAME_TYPED_WRONG, draws);
        push_cell(line, if self.happens(draws, share::SUFFIX_LEFT_OUT) { "" } else { person.suffix });
    }

    /// A cell of letters, with one typing error now and then.
    fn typed(&self, line: &mut Vec<u8>, text: &str, share: f64, draws: &mut Draws) {
        let start = line.len();
        push(line, text);
        if self.happens(draws, share) {
            letter_error(line, start, draws);
        }
        end_cell(line);
    }

    fn birth_and_sex(&self, line: &mut Vec<u8>, resident: &Resident<'_>, undated: bool, draws: &mut Draws) {
        let missing = self.happens(draws, share::NO_BIRTH_DATE);
        if let Some(birth) = resident.person.birth.filter(|_| !undated && !missing) {
            let birth = self.mistaken_date(birth, draws);
            push_date(line, birth, self.happens(draws, share::US_DATE));
        }
        end_cell(line);
        let missing = self.happens(draws, share::NO_SEX);
        let sex = match (resident.person.sex, self.happens(draws, share::WRONG_SEX)) {
            (Sex::Female, false) | (Sex::Male, true) => "F",
            (Sex::Male, false) | (Sex::Female, true) => "M",
        };
        push_cell(line, if undated || missing { "" } else { sex });
    }

    /// The date, or another one that is a date as well: an error that is none would be found by reading.
    fn mistaken_date(&self, date: CivilDate, draws: &mut Draws) -> CivilDate {
        if self.happens(draws, share::DAY_AND_MONTH_SWAPPED) {
            return civil_date(date.year(), date.day(), date.month()).unwrap_or(date);
        }
        if !self.happens(draws, share::BIRTH_DATE_DIGIT) {
            return date;
        }
        let mut digits = Vec::with_capacity(8);
        push_digits(&mut digits, u64::from(date.year()), 4);
        push_digits(&mut digits, u64::from(date.month()), 2);
        push_digits(&mut digits, u64::from(date.day()), 2);
        // The century stays: nobody is born in 9180. Neither does anybody come into the world after the roster.
        digit_error(&mut digits, 2, draws);
        let number = |range: std::ops::Range<usize>| {
            digits.get(range).unwrap_or_default().iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
        };
        let mistaken = civil_date(number(0..4), number(4..6), number(6..8));
        mistaken.filter(|mistaken| mistaken.year() <= 2025).unwrap_or(date)
    }

    fn address(&self, line: &mut Vec<u8>, resident: &Resident<'_>, repeat: bool, draws: &mut Draws) {
        let person = &resident.person;
        let prior = person.prior.as_ref().filter(|_| repeat && self.happens(draws, share::MOVED));
        let home: &Home<'_> = prior.unwrap_or(&person.home);
        if self.happens(draws, share::NO_ADDRESS) {
            push(line, ",,,,,");
            return;
        }
        let start = line.len();
        push_digits(line, u64::from(home.number), 1);
        if self.happens(draws, share::NUMBER_TYPED_WRONG) {
            digit_error(line, start, draws);
        }
        push(line, " ");
        let start = line.len();
        push(line, home.street);
        if self.happens(draws, share::STREET_TYPED_WRONG) {
            letter_error(line, start, draws);
        }
        if !self.happens(draws, share::STREET_KIND_LEFT_OUT) {
            push(line, " ");
            push(line, home.street_kind);
        }
        end_cell(line);
        if home.unit > 0 && !self.happens(draws, share::NO_UNIT) {
            push(line, draws.pick(&["Apt ", "Apt ", "#", "Unit "]));
            push_digits(line, u64::from(home.unit), 1);
        }
        end_cell(line);
        self.typed(line, home.place.city, share::CITY_TYPED_WRONG, draws);
        push_cell(line, home.place.state);
        let start = line.len();
        push(line, home.zip);
        if self.happens(draws, share::ZIP_TYPED_WRONG) {
            digit_error(line, start, draws);
        }
        end_cell(line);
    }

    fn phone(&self, line: &mut Vec<u8>, resident: &Resident<'_>, repeat: bool, draws: &mut Draws) {
        let new_line = (repeat && self.happens(draws, share::NEW_PHONE)).then(|| draws.below(1_000));
        if !self.happens(draws, share::NO_PHONE) {
            let [before, between, after] = if self.happens(draws, share::OTHER_PHONE_FORMAT) {
                draws.pick(&[["(", ") ", "-"], ["", ".", "."], ["", "", ""], ["+1 ", " ", " "]])
            } else {
                ["", "-", "-"]
            };
            for part in [before, resident.person.phone.area, between, "555", after] {
                push(line, part);
            }
            let start = line.len();
            push_digits(line, u64::from(new_line.unwrap_or(resident.person.phone.line)), 4);
            if self.happens(draws, share::PHONE_DIGIT) {
                digit_error(line, start, draws);
            }
        }
        end_cell(line);
    }

    fn email(&self, line: &mut Vec<u8>, resident: &Resident<'_>, repeat: bool, draws: &mut Draws) {
        let new_number = (repeat && self.happens(draws, share::NEW_EMAIL)).then(|| draws.below_wide(10_000));
        let mailbox = &resident.mailbox;
        if resident.person.has_email && !self.happens(draws, share::NO_EMAIL) {
            let names = [mailbox.given.get(..1).unwrap_or_default(), mailbox.last];
            for name in names {
                line.extend(name.bytes().filter(u8::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()));
            }
            push_digits(line, new_number.unwrap_or(mailbox.number % 10_000), 1);
            let host = match mailbox.number % 3 {
                0 => "@example.org",
                1 => "@example.com",
                _ => "@example.net",
            };
            push(line, host);
        }
        end_cell(line);
    }
}

fn civil_date(year: u32, month: u32, day: u32) -> Option<CivilDate> {
    CivilDate::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

fn push_date(line: &mut Vec<u8>, date: CivilDate, month_first: bool) {
    let (year, month, day) = (u64::from(date.year()), u64::from(date.month()), u64::from(date.day()));
    let (parts, mark) =
        if month_first { ([(month, 2), (day, 2), (year, 4)], "/") } else { ([(year, 4), (month, 2), (day, 2)], "-") };
    for (index, (number, digits)) in parts.into_iter().enumerate() {
        push(line, if index == 0 { "" } else { mark });
        push_digits(line, number, digits);
    }
}
