//! What a column holds, by the form of its cells: counted over a sample, as evidence for and against a mapping.

use std::borrow::Cow;

use crate::domain::{CellKind, RowBatch, SourceRow, holds_social_security_number, stable_hash, without_export_guard};
use crate::rules::placeholders::PlaceholderFamily;
use crate::rules::{NameRules, Rules};
use crate::values::date::{ReadDate, recognise_date};
use crate::values::email::is_email;
use crate::values::name::kind::NameKind;
use crate::values::name::parts::{Position, is_name_like, take_apart};
use crate::values::name::whole::{NameOrder, is_initial, is_whole_name, order_shown};
use crate::values::one_line_address::{is_street, is_unit, is_whole_address, split_place};
use crate::values::phone::is_phone;
use crate::values::postal::{is_postal_code, is_postal_code_of_some_state};
use crate::values::sex::read_sex;
use crate::values::state::read_state;
use crate::values::street::{can_be_delivered, is_all_units};
use crate::values::text::cleaned;

/// Rows looked at: enough to tell what a column holds, and a constant cost per table.
const SAMPLE_ROWS: usize = 240;
/// Cells looked at, about: of a very wide table fewer rows are.
const SAMPLE_CELLS: usize = 20_000;
const FEWEST_SAMPLE_ROWS: usize = 12;
/// Cells that have to show the order of whole names without a comma, and the share of them that have to agree.
const FEWEST_VOTES: u32 = 2;
const CLEAR_SHARE: f64 = 0.9;
/// Cells from which a few values that come again and again tell.
const TELLING_CELLS: u32 = 20;
/// Years that dates of people lie in.
const YEARS_OF_PEOPLE: std::ops::RangeInclusive<u32> = 1850..=2100;

/// A form that a cell can have; one cell may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Form {
    /// An e-mail address.
    Email,
    /// A date in parts or of eight digits.
    Date,
    /// A telephone number of the North American Numbering Plan, with what may stand beside one.
    Phone,
    /// A UUID.
    Uuid,
    /// A social security number, alone or in a text.
    SocialSecurityNumber,
    /// A ZIP or ZIP+4.
    Zip,
    /// A ZIP that lost its zeros, which a state in its row gives back: elsewhere, any number.
    ShortenedZip,
    /// The code or the name of a state.
    State,
    /// The code of a state in small letters: elsewhere, any word.
    SmallStateCode,
    /// A word for a sex.
    Sex,
    /// An address on one line, be it one that cannot be taken apart.
    OneLineAddress,
    /// `City, ST ZIP`, with two of the three at least.
    Place,
    /// A street line.
    Street,
    /// A unit, floor or suite.
    Unit,
    /// `Last, First`.
    NameWithComma,
    /// Two to four words without digits.
    SeveralWords,
    /// One letter.
    Initial,
    /// One letter that stands for a sex in English, German, French or Spanish.
    SexLetter,
    /// A word or more, without digits.
    Words,
    /// A name of letters beside a suffix or another name that is written with more than letters.
    NameWithMore,
    /// Digits alone.
    Digits,
    /// One word with a digit.
    Code,
    /// A code with four digits at least, as records are numbered and hardly any flat is.
    LongCode,
    /// A word as people write names, with a number behind it: `First12`, as rosters without real names have them.
    NumberedWord,
    /// The number of a day.
    SerialDate,
    /// A given name that is hardly ever a family name.
    GivenName,
    /// A family name that is hardly ever a given name.
    Surname,
}

/// Several forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FormSet(u32);

impl FormSet {
    pub(super) const fn from_forms(forms: &[Form]) -> Self {
        let (mut set, mut index) = (0, 0);
        while index < forms.len() {
            #[expect(clippy::indexing_slicing, reason = "in bounds by the loop, in a constant")]
            let form = forms[index];
            set |= 1 << form as u32;
            index += 1;
        }
        Self(set)
    }

    pub(super) const fn has(self, form: Form) -> bool {
        self.0 & (1 << form as u32) != 0
    }

    /// The set without some forms.
    pub(super) const fn without(self, forms: &[Form]) -> Self {
        Self(self.0 & !Self::from_forms(forms).0)
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Form {
    /// The plural for sentences about a column.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Email => "e-mail addresses",
            Self::Date | Self::SerialDate => "dates",
            Self::Phone => "phone numbers",
            Self::Uuid => "UUIDs",
            Self::SocialSecurityNumber => "social security numbers",
            Self::Zip | Self::ShortenedZip => "ZIPs",
            Self::State | Self::SmallStateCode => "states",
            Self::Sex => "words for the sex",
            Self::OneLineAddress => "full addresses",
            Self::Place => "cities with state or ZIP",
            Self::Street => "street lines",
            Self::Unit => "units",
            Self::NameWithComma => "names with a comma",
            Self::SeveralWords | Self::Words | Self::NameWithMore => "words",
            Self::Initial | Self::SexLetter => "initials",
            Self::Digits => "numbers",
            Self::Code | Self::LongCode | Self::NumberedWord => "codes",
            Self::GivenName => "given names",
            Self::Surname => "family names",
        }
    }
}

/// Rows to judge columns by, spread over the first batch of a table.
pub(super) struct Sample<'a> {
    rows: Vec<SourceRow<'a>>,
}

impl<'a> Sample<'a> {
    /// Up to 240 rows that hold something, from `first` on.
    pub(super) fn from_batch(batch: &'a RowBatch, first: usize) -> Self {
        let count = batch.len().saturating_sub(first);
        let width = batch.row(first).map_or(1, |row| row.len().max(1));
        let wanted = (SAMPLE_CELLS / width).clamp(FEWEST_SAMPLE_ROWS, SAMPLE_ROWS);
        let step = count.div_ceil(wanted).max(1);
        let rows = (first..batch.len()).step_by(step).filter_map(|index| batch.row(index));
        Self { rows: rows.filter(|row| !row.is_blank() && row.fault().is_none()).collect() }
    }

    /// What each of `width` columns holds.
    pub(super) fn profiles(&self, width: usize, rules: &Rules) -> Vec<Profile> {
        let mut profiles = vec![Profile::default(); width];
        for row in &self.rows {
            for (column, profile) in profiles.iter_mut().enumerate() {
                if let Some((text, kind)) = row.cell(column) {
                    profile.add(text, kind, rules);
                }
            }
        }
        profiles
    }
}

/// How many different values names make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variety {
    /// Given names, and whole ones.
    Given,
    /// Family names.
    Family,
}

/// The forms of a column's cells.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    /// The forms of each cell that holds something that is no placeholder.
    cells: Vec<FormSet>,
    /// Cells that hold the same as another, roughly: hashes seen twice.
    seen: std::collections::BTreeSet<u64>,
    /// First and last year of its dates.
    pub(super) years: Option<(u32, u32)>,
    /// Cells with the first name in front, and cells with the last name in front, among those without a comma.
    pub(super) orders: (u32, u32),
    /// Cells that begin with an apostrophe.
    apostrophes: u32,
}

impl Profile {
    pub(super) fn add(&mut self, text: &str, kind: CellKind, rules: &Rules) {
        let text = text.trim();
        self.apostrophes += u32::from(text.starts_with('\''));
        let text = if kind == CellKind::Text { without_export_guard(text, true) } else { text }.trim();
        let clean = cleaned(text);
        if text.is_empty() || kind.has_no_value() || rules.placeholders.is_missing(PlaceholderFamily::Other, text) {
            return;
        }
        self.seen.insert(stable_hash(text.as_bytes(), 0));
        let forms = forms_of(text, kind, rules);
        self.cells.push(forms);
        if forms.has(Form::Date)
            && let Some(year) = recognise_date(&clean, kind, &rules.dates).and_then(year_of)
        {
            let (first, last) = self.years.unwrap_or((year, year));
            self.years = Some((first.min(year), last.max(year)));
        }
        if forms.has(Form::SeveralWords) {
            match order_shown(text, rules.into()) {
                1 => self.orders.0 += 1,
                -1 => self.orders.1 += 1,
                _ => {}
            }
        }
    }

    /// Cells that hold something that is no placeholder.
    pub(super) fn filled(&self) -> u32 {
        counted(self.cells.len())
    }

    /// Whether most cells begin with an apostrophe, as some exports write it before every text.
    pub(super) fn has_apostrophes(&self) -> bool {
        self.apostrophes >= FEWEST_VOTES && self.apostrophes * 2 > self.filled()
    }

    /// Cells with one of the forms.
    pub(super) fn count(&self, forms: FormSet) -> u32 {
        counted(self.cells.iter().filter(|cell| cell.meets(forms)).count())
    }

    /// Share of the filled cells that have the form; 0 without any.
    pub(super) fn share(&self, form: Form) -> f64 {
        self.share_of(FormSet::from_forms(&[form]))
    }

    /// Share of the filled cells that have one of the forms; 0 without any.
    pub(super) fn share_of(&self, forms: FormSet) -> f64 {
        if self.cells.is_empty() { 0.0 } else { f64::from(self.count(forms)) / f64::from(self.filled()) }
    }

    /// Whether the cells are letters for a sex in one of the languages of rosters, of three kinds at most.
    pub(super) fn is_of_sex_letters(&self) -> bool {
        !self.cells.is_empty()
            && self.seen.len() <= 3
            && self.count(FormSet::from_forms(&[Form::SexLetter])) == self.filled()
    }

    /// Whether hardly any value stands there twice.
    pub(super) fn is_distinct(&self) -> bool {
        !self.cells.is_empty() && f64::from(counted(self.seen.len())) >= 0.9 * f64::from(self.filled())
    }

    /// Whether the cells are of so many kinds as the names of people are, of whom some stand there several times. A few
    /// words that come again and again are grades, times of the day or answers; in a short column that cannot be known.
    pub(super) fn is_as_varied_as(&self, names: Variety) -> bool {
        let (one_in, enough) = match names {
            Variety::Given => (4, 24),
            // Half of the people of Vietnam or Korea share a handful of family names.
            Variety::Family => (6, 12),
        };
        self.filled() < TELLING_CELLS || counted(self.seen.len()) >= (self.filled() / one_in).min(enough)
    }

    /// Whether whole names without a comma have an order that at least this share of the cells shows.
    pub(super) fn has_name_order(&self, share: f64) -> bool {
        let votes = f64::from(self.orders.0 + self.orders.1);
        self.name_order().is_some() && votes >= share * f64::from(self.filled())
    }

    /// The order of whole names without a comma, where the cells agree on one.
    pub(super) fn name_order(&self) -> Option<NameOrder> {
        let (first_last, last_first) = self.orders;
        let total = f64::from(first_last + last_first);
        let is_clear = |votes: u32| votes >= FEWEST_VOTES && f64::from(votes) >= CLEAR_SHARE * total;
        match (is_clear(first_last), is_clear(last_first)) {
            (true, _) => Some(NameOrder::FirstLast),
            (_, true) => Some(NameOrder::LastFirst),
            _ => None,
        }
    }
}

/// A sample is small.
fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The forms of a trimmed cell.
fn forms_of(text: &str, kind: CellKind, rules: &Rules) -> FormSet {
    if kind == CellKind::Date {
        return FormSet::from_forms(&[Form::Date]);
    }
    let clean = cleaned(text);
    let mut forms = 0;
    let mut set = |form: Form, is: bool| forms |= u32::from(is) << form as u32;
    let plain = text.strip_suffix(".0").unwrap_or(text);
    let has_digit = plain.bytes().any(|byte| byte.is_ascii_digit());
    let is_digits = plain.bytes().all(|byte| byte.is_ascii_digit());
    let word_count = text.split_whitespace().count();
    set(Form::Email, is_email(&clean));
    set(Form::Sex, read_sex(&clean.to_lowercase(), &rules.sexes).is_some());
    let is_state = read_state(&clean, &rules.states).is_some();
    // Two small letters may be a word.
    let is_small_code = clean.len() == 2 && !clean.bytes().all(|byte| byte.is_ascii_uppercase());
    set(Form::State, is_state && !is_small_code);
    set(Form::SmallStateCode, is_state && is_small_code);
    set(Form::SocialSecurityNumber, holds_social_security_number(text));
    if has_digit {
        let date = recognise_date(&clean, kind, &rules.dates);
        set(Form::Date, date.is_some_and(|date| !date.was_day_number));
        set(Form::SerialDate, date.is_some_and(|date| date.was_day_number));
        set(Form::Phone, is_phone(&clean, &rules.phones, &rules.placeholders));
        set(Form::Uuid, text.len() == 36 && uuid::Uuid::parse_str(text).is_ok());
        let is_zip = is_postal_code(&clean);
        set(Form::Zip, is_zip);
        set(Form::ShortenedZip, !is_zip && is_postal_code_of_some_state(&clean, &rules.states));
        set(Form::Digits, is_digits);
        set(Form::Code, word_count == 1 && !text.contains(['@', '/']));
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        set(Form::LongCode, digits >= 4 && text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        set(Form::NumberedWord, is_numbered_word(text));
        set(Form::Unit, is_unit(text, &rules.combined) || is_all_units(&clean, &rules.addresses));
        let is_whole = word_count > 2 && is_whole_address(text, rules.into());
        set(Form::OneLineAddress, is_whole);
        // `4 de marzo de 1980` begins as a street with its number does.
        let is_line = || is_street(text, &rules.combined) || can_be_delivered(&clean, &rules.addresses);
        set(Form::Street, word_count > 1 && !is_whole && date.is_none() && is_line());
    } else {
        set(Form::Initial, is_initial(text));
        set(Form::SexLetter, rules.sexes.is_letter(text));
        set(Form::Words, text.chars().any(char::is_alphabetic) && !text.contains(['@', '/']));
        set(Form::SeveralWords, (2..=4).contains(&word_count) || (word_count > 4 && is_whole_name(text, rules.into())));
        let name = NameKind::from_word(text, &rules.name_frequencies);
        set(Form::GivenName, name.is_clearly_given());
        set(Form::Surname, name.is_clearly_family());
        let halves = text.split_once([',', '^']).map(|(left, right)| (left.trim(), right.trim()));
        let is_name = halves.is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
        set(Form::NameWithComma, is_name && !is_place(text, rules));
    }
    set(Form::NameWithMore, (has_digit || text.contains(['@', '/'])) && is_name_with_more(&clean, &rules.names));
    set(Form::Place, word_count > 1 && is_place(text, rules));
    FormSet(forms)
}

/// A capital and small letters, three in all at least, and a number of at most six digits.
fn is_numbered_word(text: &str) -> bool {
    let word = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let mut letters = word.chars();
    (1..=6).contains(&(text.len() - word.len()))
        && letters.next().is_some_and(char::is_uppercase)
        && letters.clone().count() >= 2
        && letters.all(char::is_lowercase)
}

/// Whether letters are left of a cell when what is no name is parted from it: `Smith 3rd`, `Robert/Bob`.
fn is_name_with_more(text: &str, rules: &NameRules) -> bool {
    let name = take_apart(Cow::Borrowed(text), Position::Last, rules).text;
    name != text && is_name_like(&name)
}

fn is_place(text: &str, rules: &Rules) -> bool {
    split_place(text, rules.into()).is_some_and(|place| !place.city.is_empty() || !place.state.is_empty())
}

/// The year of a date among those of people. One of two digits is counted from 1900 on, whatever the century.
fn year_of(read: ReadDate) -> Option<u32> {
    let year = read.date.year();
    let year = if read.century_supplied { 1900 + year % 100 } else { year };
    YEARS_OF_PEOPLE.contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    #[test]
    fn cells_have_the_forms_that_people_see_in_them() {
        for (text, form) in [
            ("ann@clinic.example.org", Form::Email),
            ("03/04/1980", Form::Date),
            ("1980-03-04T08:30:00", Form::Date),
            ("4 Mar 80", Form::Date),
            ("19800304", Form::Date),
            ("04MAR1980", Form::Date),
            ("4 de marzo de 1980", Form::Date),
            ("(612) 555-0123", Form::Phone),
            ("Home: 612-555-0123 (mom)", Form::Phone),
            ("m - male", Form::Sex),
            ("US-MN", Form::State),
            ("mn", Form::SmallStateCode),
            ("2134", Form::ShortenedZip),
            ("02115 USA", Form::Zip),
            ("***-**-1120", Form::SocialSecurityNumber),
            ("6125550123 x4", Form::Phone),
            ("6f9619ff-8b86-4d01-b42d-00cf4fc964ff", Form::Uuid),
            ("078-05-1120", Form::SocialSecurityNumber),
            ("55401-1234", Form::Zip),
            ("MN", Form::State),
            ("Female", Form::Sex),
            ("12 Oak St, Duluth, MN 55805", Form::OneLineAddress),
            ("Duluth, MN 55805", Form::Place),
            ("12 Oak St", Form::Street),
            ("Apt 4", Form::Unit),
            ("Ng, Ann", Form::NameWithComma),
            ("Ann Marie", Form::SeveralWords),
            ("Q.", Form::Initial),
            ("Jennifer", Form::GivenName),
            ("Johnson", Form::Surname),
            ("000123", Form::Digits),
            ("HTR-001008", Form::Code),
            ("Apt 4 12 Oak St", Form::Street),
            ("Bldg 5 Apt 4 Fl 2", Form::Unit),
            ("Smith 3rd", Form::NameWithMore),
            ("Robert/Bob", Form::NameWithMore),
        ] {
            assert!(forms_of(text, CellKind::Text, &RULES).has(form), "{text}: {form:?}");
        }
        for (text, form) in [
            ("13/45/1980", Form::Date),
            ("4 de marzo de 1980", Form::Street),
            ("123-456-7890", Form::Phone),
            ("Duluth, MN", Form::NameWithComma),
            ("12 Oak St", Form::Unit),
            ("mn", Form::State),
            ("555-0123", Form::Phone),
            ("A7", Form::NameWithMore),
        ] {
            assert!(!forms_of(text, CellKind::Text, &RULES).has(form), "{text}: not {form:?}");
        }
    }

    #[test]
    fn placeholders_are_no_evidence() {
        let mut profile = Profile::default();
        for text in ["", "N/A", "unknown", "-", "03/04/1980"] {
            profile.add(text, CellKind::Text, &RULES);
        }
        assert_eq!((profile.filled(), profile.count(FormSet::from_forms(&[Form::Date]))), (1, 1));
    }
}
