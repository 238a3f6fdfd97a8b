//! Writes a person as an office would: formats that vary, cells left out, typing errors, nicknames, old addresses.

use super::data::Tables;
use super::draws::Draws;
use super::person::{Home, Person};
use crate::domain::{CivilDate, Sex};

/// The header of a generated roster.
pub const COLUMNS: [&str; 17] = [
    "MRN",
    "Facility",
    "First Name",
    "Middle Name",
    "Last Name",
    "Suffix",
    "Date of Birth",
    "Sex at Birth",
    "Address 1",
    "Address 2",
    "City",
    "State",
    "ZIP",
    "Phone",
    "Email",
    "Maiden Name",
    "Date of Death",
];

/// Facilities, each of which numbers its patients itself.
const FACILITIES: [&str; 4] = ["Northgate Hospital", "Riverside Clinic", "Summit Oncology", "Valley Family Practice"];

/// Shares of rows in which something is off, each times [`GenerateSettings::noise`](super::GenerateSettings). Set by
/// judgement so that every kind appears in a thousand rows, not measured; only the share without a last name is a
/// figure that tests and reports lean on.
mod share {
    pub(super) const ALL_CAPS: f64 = 0.15;
    pub(super) const NO_LAST_NAME: f64 = 0.001;
    pub(super) const NICKNAME: f64 = 0.04;
    pub(super) const TYPING_ERROR: f64 = 0.01;
    pub(super) const STRAY_SPACE: f64 = 0.02;
    pub(super) const NO_MIDDLE_NAME: f64 = 0.15;
    pub(super) const MIDDLE_INITIAL: f64 = 0.4;
    pub(super) const SUFFIX_IN_LAST_NAME: f64 = 0.3;
    pub(super) const SUFFIX_LEFT_OUT: f64 = 0.1;
    pub(super) const MAIDEN_NAME_USED: f64 = 0.2;
    pub(super) const US_DATE: f64 = 0.2;
    pub(super) const NO_BIRTH_DATE: f64 = 0.005;
    pub(super) const NO_SEX: f64 = 0.03;
    pub(super) const SEX_IN_FULL: f64 = 0.3;
    pub(super) const NO_ADDRESS: f64 = 0.03;
    pub(super) const PRIOR_ADDRESS: f64 = 0.4;
    pub(super) const ZIP_PLUS_4: f64 = 0.15;
    pub(super) const NO_PHONE: f64 = 0.08;
    pub(super) const OTHER_PHONE_FORMAT: f64 = 0.6;
    pub(super) const NO_EMAIL: f64 = 0.1;
    pub(super) const OTHER_FACILITY: f64 = 0.3;
    pub(super) const NEW_NUMBER: f64 = 0.3;
}

/// Appends rows to a buffer of CSV text. No value of the tables needs quoting, and a test keeps it so.
pub(super) struct RowWriter<'a> {
    pub(super) tables: &'a Tables,
    /// 0 to 1.
    pub(super) noise: f64,
}

impl RowWriter<'_> {
    /// Appends one line. `repeat` says that the person has a row already: only then do records of one person disagree
    /// in where they live, what they are called and which number they have.
    pub(super) fn write(&self, line: &mut Vec<u8>, person: &Person<'_>, repeat: bool, draws: &mut Draws) {
        let caps = self.happens(draws, share::ALL_CAPS);
        self.identifier(line, person, repeat, draws);
        let names = line.len();
        self.names(line, person, repeat, draws);
        self.birth_and_sex(line, person, draws);
        self.address(line, person, repeat, draws);
        if caps {
            line.get_mut(names..).unwrap_or_default().make_ascii_uppercase();
        }
        self.contact(line, person, draws);
        self.maiden_and_death(line, person, caps, draws);
    }

    fn happens(&self, draws: &mut Draws, share: f64) -> bool {
        draws.chance(share * self.noise)
    }

    fn identifier(&self, line: &mut Vec<u8>, person: &Person<'_>, repeat: bool, draws: &mut Draws) {
        let elsewhere = repeat && self.happens(draws, share::OTHER_FACILITY);
        let renumbered = repeat && self.happens(draws, share::NEW_NUMBER);
        let facility = person.facility + if elsewhere { 1 + draws.below(3) } else { 0 };
        let variant = if renumbered { 1 + draws.below(3) } else { 0 };
        let name = FACILITIES.get(facility as usize % FACILITIES.len()).copied().unwrap_or_default();
        push_digits(line, record_number(person.index, variant), 10);
        end_cell(line);
        push_cell(line, name);
    }

    fn names(&self, line: &mut Vec<u8>, person: &Person<'_>, repeat: bool, draws: &mut Draws) {
        let nickname = self.tables.nicknames.get(person.given).filter(|_| self.happens(draws, share::NICKNAME));
        self.typed(line, nickname.copied().unwrap_or(person.given), draws);
        if !self.happens(draws, share::NO_MIDDLE_NAME) {
            let initial_only = self.happens(draws, share::MIDDLE_INITIAL);
            let length = if initial_only { 1 } else { person.middle.len() };
            push(line, person.middle.get(..length).unwrap_or_default());
        }
        end_cell(line);
        let by_maiden_name = repeat && !person.maiden.is_empty() && self.happens(draws, share::MAIDEN_NAME_USED);
        let suffix = if self.happens(draws, share::SUFFIX_LEFT_OUT) { "" } else { person.suffix };
        let joined = !suffix.is_empty() && self.happens(draws, share::SUFFIX_IN_LAST_NAME);
        if self.happens(draws, share::NO_LAST_NAME) {
            end_cell(line);
        } else {
            self.typed(line, if by_maiden_name { person.maiden } else { person.last }, draws);
            if joined {
                line.pop();
                push(line, " ");
                push_cell(line, suffix);
            }
        }
        push_cell(line, if joined { "" } else { suffix });
    }

    /// A name as it is typed, with an error now and then.
    fn typed(&self, line: &mut Vec<u8>, name: &str, draws: &mut Draws) {
        let start = line.len();
        push(line, name);
        if name.len() >= 5 && self.happens(draws, share::TYPING_ERROR) {
            mistype(line, start, draws);
        }
        if self.happens(draws, share::STRAY_SPACE) {
            push(line, " ");
        }
        end_cell(line);
    }

    fn birth_and_sex(&self, line: &mut Vec<u8>, person: &Person<'_>, draws: &mut Draws) {
        let birth = person.birth.filter(|_| !self.happens(draws, share::NO_BIRTH_DATE));
        self.date(line, birth, draws);
        let in_full = self.happens(draws, share::SEX_IN_FULL);
        let sex = match (person.sex, in_full) {
            (Sex::Female, true) => "Female",
            (Sex::Male, true) => "Male",
            (sex, false) => sex.letter(),
        };
        push_cell(line, if self.happens(draws, share::NO_SEX) { "" } else { sex });
    }

    /// A date as `yyyy-mm-dd`, or month first with slashes. Day and month are never exchanged.
    fn date(&self, line: &mut Vec<u8>, date: Option<CivilDate>, draws: &mut Draws) {
        let us_date = self.happens(draws, share::US_DATE);
        if let Some(date) = date {
            let (year, month, day) = (u64::from(date.year()), u64::from(date.month()), u64::from(date.day()));
            let (parts, mark) = if us_date {
                ([(month, 1), (day, 1), (year, 4)], "/")
            } else {
                ([(year, 4), (month, 2), (day, 2)], "-")
            };
            for (index, (number, digits)) in parts.into_iter().enumerate() {
                push(line, if index == 0 { "" } else { mark });
                push_digits(line, number, digits);
            }
        }
        end_cell(line);
    }

    fn address(&self, line: &mut Vec<u8>, person: &Person<'_>, repeat: bool, draws: &mut Draws) {
        let prior = person.prior.as_ref().filter(|_| repeat && self.happens(draws, share::PRIOR_ADDRESS));
        let home: &Home<'_> = prior.unwrap_or(&person.home);
        if self.happens(draws, share::NO_ADDRESS) {
            push(line, ",,,,,");
            return;
        }
        push_digits(line, u64::from(home.number), 1);
        for part in [home.street, home.street_kind] {
            push(line, " ");
            push(line, part);
        }
        end_cell(line);
        if home.unit > 0 {
            push(line, "Apt ");
            push_digits(line, u64::from(home.unit), 1);
        }
        end_cell(line);
        push_cell(line, home.place.city);
        push_cell(line, home.place.state);
        push(line, home.zip);
        if self.happens(draws, share::ZIP_PLUS_4) {
            push(line, "-");
            push_digits(line, u64::from(1000 + (home.number * 7) % 9000), 4);
        }
        end_cell(line);
    }

    fn contact(&self, line: &mut Vec<u8>, person: &Person<'_>, draws: &mut Draws) {
        let other_format = self.happens(draws, share::OTHER_PHONE_FORMAT);
        let [before, between, after] = if other_format {
            draws.pick(&[["(", ") ", "-"], ["", ".", "."], ["", "", ""], ["+1 ", " ", " "]])
        } else {
            ["", "-", "-"]
        };
        if !self.happens(draws, share::NO_PHONE) {
            for part in [before, person.phone.area, between, "555", after] {
                push(line, part);
            }
            push_digits(line, u64::from(person.phone.line), 4);
        }
        end_cell(line);
        if person.has_email && !self.happens(draws, share::NO_EMAIL) {
            for name in [person.given.get(..1).unwrap_or_default(), person.last] {
                line.extend(name.bytes().filter(u8::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()));
            }
            push_digits(line, person.index % 10_000, 1);
            push(
                line,
                match person.index % 3 {
                    0 => "@example.org",
                    1 => "@example.com",
                    _ => "@example.net",
                },
            );
        }
        end_cell(line);
    }

    fn maiden_and_death(&self, line: &mut Vec<u8>, person: &Person<'_>, caps: bool, draws: &mut Draws) {
        let start = line.len();
        push_cell(line, person.maiden);
        if caps {
            line.get_mut(start..).unwrap_or_default().make_ascii_uppercase();
        }
        self.date(line, person.death, draws);
        line.pop();
        push(line, "\n");
    }
}

/// A number that no other person has, whatever the facility: 3^18 shares no factor with 10^10, so that multiplying by
/// it only shuffles the numbers. Holds for the first 2.5 thousand million persons; never zero for them.
fn record_number(person: u64, variant: u32) -> u64 {
    let number = u128::from(person) * 4 + u128::from(variant) + 1;
    u64::try_from(number * 387_420_489 % 10_000_000_000).unwrap_or_default()
}

/// Exchanges, drops, doubles or replaces one letter, never the first.
fn mistype(line: &mut Vec<u8>, start: usize, draws: &mut Draws) {
    let Some(last) = line.len().checked_sub(start + 2) else { return };
    let position = start + 1 + draws.index(last);
    match draws.below(4) {
        0 => line.swap(position, position + 1),
        1 => {
            line.remove(position);
        }
        2 => line.insert(position, line.get(position).copied().unwrap_or(b'e')),
        _ => {
            if let Some(letter) = line.get_mut(position) {
                *letter = draws.pick(b"aeiorstln");
            }
        }
    }
}

/// Appends text.
pub(super) fn push(line: &mut Vec<u8>, text: &str) {
    line.extend_from_slice(text.as_bytes());
}

/// Appends a cell.
pub(super) fn push_cell(line: &mut Vec<u8>, text: &str) {
    push(line, text);
    end_cell(line);
}

/// Ends the cell that is being written.
pub(super) fn end_cell(line: &mut Vec<u8>) {
    line.push(b',');
}

/// A decimal number of at least `least` digits.
pub(super) fn push_digits(line: &mut Vec<u8>, number: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let (mut rest, mut used) = (number, 0);
    for place in digits.iter_mut().rev() {
        if rest == 0 && used >= least {
            break;
        }
        *place = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        used += 1;
    }
    line.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::draws::DrawSource;
    use super::*;

    #[test]
    fn numbers_are_written_with_their_leading_zeros() {
        let mut line = Vec::new();
        push_digits(&mut line, 42, 5);
        push_digits(&mut line, 0, 1);
        push_digits(&mut line, u64::MAX, 1);
        assert_eq!(line, b"00042018446744073709551615");
    }

    #[test]
    fn no_two_persons_share_a_record_number() {
        let numbers: BTreeSet<u64> =
            (0..5_000).flat_map(|person| (0..4).map(move |variant| record_number(person, variant))).collect();
        assert_eq!(numbers.len(), 20_000);
        assert!(!numbers.contains(&0));
    }

    #[test]
    fn a_typing_error_keeps_the_first_letter_and_nearly_the_length() {
        let source = DrawSource::new(1);
        for index in 0..500 {
            let mut line = b"x,Martinez".to_vec();
            mistype(&mut line, 2, &mut source.row(index));
            assert!(line.starts_with(b"x,M"));
            assert!((9..=11).contains(&line.len()));
        }
    }
}
