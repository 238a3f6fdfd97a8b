//! A table whose header is missing or unknown: its columns are judged by the form of their cells, to be confirmed.

use super::agreement::ContentEvidence;
use super::assign::can_repeat;
use super::column_map::ColumnMap;
use super::header::{self, MappingReason, Proposal, is_about_something_else};
use super::profile::{Form, FormSet, Profile, Sample, Variety};
use super::resolve::{columns, settle};
use crate::domain::{ColumnMeaning, CombinedField, Field, RowBatch, SourceRow};
use crate::rules::headers::header_key;
use crate::rules::{HeaderRules, Rules};

/// Share of cells that have to have a form.
const MOSTLY: f64 = 0.8;
/// Share of cells that have to be frequent names of one kind: many names are not frequent.
const SOME_NAMES: f64 = 0.3;
/// Share of cells whose order has to show that they are whole names: two in a list of birds are none.
const SOME_ORDERS: f64 = 0.15;
/// Part of the rows that a name, an identifier or a birth date has to be there for: a column of maiden names is mostly
/// empty.
const FILLED_AT_LEAST: f64 = 0.7;
/// How much larger the share of one kind of names has to be than in the other column.
const NAME_MARGIN: f64 = 0.1;
/// Years between the first and the last birth of a roster: dates closer together are those of visits.
const BIRTH_YEARS_AT_LEAST: u32 = 5;
/// The confidence in a column that only its content describes, before the disagreement of its content is subtracted.
const CONFIDENCE: f64 = 0.8;

/// The index of the first patient row and the mapping by content. `None` when the table does not look like one of
/// patients: nothing in it shows names beside a date of birth or an identifier.
pub(super) fn map_by_content(rows: &RowBatch, rules: &Rules) -> Option<(usize, ColumnMap)> {
    let (index, first) = first_row(rows)?;
    let (below, columns_below) = judged(rows, index + 1, first.len(), rules);
    if is_unknown_header(&first, &below, &columns_below, rules) {
        let headers: Vec<String> = first.cells().map(|(text, _)| text.trim().to_owned()).collect();
        let proposals = with_known_headers(&headers, columns_below, &below, &rules.headers);
        let columns = columns(headers, &proposals, &below, &rules.headers);
        let map = ColumnMap::new(columns, Some(first.number()));
        return is_roster(&map).then_some((index + 1, map));
    }
    let map = map_headerless(rows, rules)?.1;
    is_roster(&map).then_some((index, map))
}

/// What the headers say that are known goes before what the cells show; a header that is about something else stays so.
fn with_known_headers(
    headers: &[String],
    by_content: Vec<Option<Proposal>>,
    profiles: &[Profile],
    rules: &HeaderRules,
) -> Vec<Option<Proposal>> {
    let mut known: Vec<Option<Proposal>> = headers.iter().map(|header| header::propose(header, rules)).collect();
    settle(headers, &mut known, profiles, rules);
    let is_held = |meaning: ColumnMeaning| known.iter().flatten().any(|proposal| proposal.meaning == meaning);
    let is_free = |proposal: &Proposal| can_repeat(proposal.meaning) || !is_held(proposal.meaning);
    let columns = headers.iter().zip(by_content).zip(&known);
    columns
        .map(|((header, by_content), known)| {
            let is_possible = |proposal: &Proposal| {
                !is_about_something_else(header, rules) && !speaks_against(header, proposal.meaning, rules)
            };
            let by_content = by_content.filter(|proposal| is_free(proposal) && is_possible(proposal));
            known.clone().or(by_content)
        })
        .collect()
}

/// Whether a header that is not known says in one of its words that the cells are no such thing: `Origin State` is no
/// name, and `Flight Date` no date of birth, which would say so.
fn speaks_against(header: &str, meaning: ColumnMeaning, rules: &HeaderRules) -> bool {
    let key = header_key(header);
    let is_another = |word: &str| match rules.meaning_of(word) {
        Some(known @ ColumnMeaning::Field(_)) => is_name(meaning) && !is_name(known),
        _ => meaning == ColumnMeaning::Field(Field::BirthDate) && word == "date",
    };
    key.split(' ').any(is_another)
}

/// The mapping of a table that is known to have no header row, as far as its content shows.
pub(super) fn map_headerless(rows: &RowBatch, rules: &Rules) -> Option<(usize, ColumnMap)> {
    let (index, first) = first_row(rows)?;
    let width = rows.rows().skip(index).map(|row| row.len()).max().unwrap_or(first.len());
    let (profiles, proposals) = judged(rows, index, width, rules);
    let columns = columns(vec![String::new(); width], &proposals, &profiles, &rules.headers);
    Some((index, ColumnMap::new(columns, None)))
}

fn first_row(rows: &RowBatch) -> Option<(usize, SourceRow<'_>)> {
    rows.rows().enumerate().find(|(_, row)| !row.is_blank())
}

fn judged(rows: &RowBatch, first: usize, width: usize, rules: &Rules) -> (Vec<Profile>, Vec<Option<Proposal>>) {
    let profiles = Sample::from_batch(rows, first).profiles(width, rules);
    let proposals = propose(&profiles);
    (profiles, proposals)
}

/// Names, and something that shows whose record it is. Numbers beside names may be years or prices: an identifier needs
/// a third column that only a person has.
fn is_roster(map: &ColumnMap) -> bool {
    let has_one = |fields: &[Field]| fields.iter().any(|field| map.has(*field));
    let is_of_a_person = has_one(&[Field::Sex, Field::Phone, Field::Email, Field::AddressLine1, Field::PostalCode]);
    map.missing_required().is_empty()
        && (has_one(&[Field::BirthDate, Field::SubjectId]) || (map.has(Field::ExternalId) && is_of_a_person))
}

/// Whether the row is a header in words that are not known: no digit in it, no frequent name above a column of names,
/// and above the columns of a certain form nothing of that form; or one that names its column. A placeholder shows
/// nothing, because it may be a patient's; nor does one such column alone, where there are more.
fn is_unknown_header(row: &SourceRow<'_>, profiles: &[Profile], proposals: &[Option<Proposal>], rules: &Rules) -> bool {
    let mut own: Vec<Profile> = vec![Profile::default(); profiles.len()];
    for ((text, kind), profile) in row.cells().zip(&mut own) {
        profile.add(text, kind, rules);
    }
    let (mut formed, mut differing) = (0, 0);
    for (own, proposal) in own.iter().zip(proposals) {
        let Some(meaning) = proposal.as_ref().map(|proposal| proposal.meaning) else { continue };
        if is_name(meaning)
            && own.count(FormSet::from_forms(&[Form::GivenName, Form::Surname, Form::NameWithComma])) > 0
        {
            return false;
        }
        if is_formed(meaning)
            && let Some(evidence) = ContentEvidence::for_column(meaning, own)
        {
            if evidence.agreeing > 0 {
                return false;
            }
            formed += 1;
            differing += evidence.cells;
        }
    }
    let is_named = row.cells().zip(own.iter().zip(proposals)).any(|((text, _), (own, proposal))| {
        proposal.as_ref().is_some_and(|proposal| names_its_column(text, proposal.meaning, own, &rules.headers))
    });
    is_named
        || (differing >= 2.min(formed).max(1)
            && !row.cells().any(|(text, _)| text.contains(|letter: char| letter.is_ascii_digit())))
}

/// Forms that values have and headers have not.
const FORMED: FormSet = FormSet::from_forms(&[
    Form::Email,
    Form::Date,
    Form::Phone,
    Form::Uuid,
    Form::SocialSecurityNumber,
    Form::Zip,
    Form::State,
    Form::Sex,
]);

/// Whether a cell is a known header for what its column holds, as `Gender` is above words for a sex. Names, cities and
/// streets are made of any words, and show nothing.
fn names_its_column(text: &str, meaning: ColumnMeaning, own: &Profile, rules: &HeaderRules) -> bool {
    let is_telling = is_formed(meaning) || matches!(meaning, ColumnMeaning::Field(Field::Sex | Field::State));
    is_telling
        && own.count(FORMED) == 0
        && header::propose(text, rules).is_some_and(|proposal| proposal.meaning == meaning)
}

fn is_name(meaning: ColumnMeaning) -> bool {
    matches!(
        meaning,
        ColumnMeaning::Field(Field::FirstName | Field::MiddleName | Field::LastName)
            | ColumnMeaning::Combined(CombinedField::FullName)
    )
}

/// Whether cells with the meaning have a form that a header has not.
fn is_formed(meaning: ColumnMeaning) -> bool {
    matches!(
        meaning,
        ColumnMeaning::Field(Field::BirthDate | Field::Phone | Field::Email | Field::PostalCode | Field::SubjectId)
    )
}

/// What each column holds by its content.
fn propose(profiles: &[Profile]) -> Vec<Option<Proposal>> {
    let mut found = Found { profiles, proposals: vec![None; profiles.len()] };
    found.formed();
    found.birth_date();
    found.place();
    found.identifier();
    found.names();
    found.proposals
}

struct Found<'a> {
    profiles: &'a [Profile],
    proposals: Vec<Option<Proposal>>,
}

impl Found<'_> {
    fn set(&mut self, index: usize, meaning: ColumnMeaning) {
        let cells = self
            .profiles
            .get(index)
            .and_then(|profile| ContentEvidence::for_column(meaning, profile))
            .map_or("", |evidence| evidence.expected);
        if let Some(place) = self.proposals.get_mut(index) {
            *place = Some(Proposal::new(meaning, 0, CONFIDENCE, MappingReason::Content(cells)));
        }
    }

    fn has(&self, field: Field) -> bool {
        self.proposals.iter().flatten().any(|proposal| proposal.meaning == ColumnMeaning::Field(field))
    }

    /// Columns without a proposal, with their profile.
    fn open(&self) -> impl Iterator<Item = (usize, &Profile)> {
        let open = self.proposals.iter().zip(self.profiles).enumerate();
        open.filter(|(_, (proposal, profile))| proposal.is_none() && profile.filled() > 0)
            .map(|(index, (_, profile))| (index, profile))
    }

    /// Columns without a proposal that hold something in most rows.
    fn open_and_filled(&self) -> impl Iterator<Item = (usize, &Profile)> {
        let fullest = self.profiles.iter().map(Profile::filled).max().unwrap_or(0);
        self.open().filter(move |(_, profile)| f64::from(profile.filled()) >= FILLED_AT_LEAST * f64::from(fullest))
    }

    /// Columns whose cells have a form that nothing else has.
    fn formed(&mut self) {
        const FIELDS: [(Form, ColumnMeaning, bool); 10] = [
            (Form::Email, ColumnMeaning::Field(Field::Email), true),
            (Form::Phone, ColumnMeaning::Field(Field::Phone), true),
            (Form::Uuid, ColumnMeaning::Field(Field::SubjectId), false),
            (Form::OneLineAddress, ColumnMeaning::Combined(CombinedField::FullAddress), false),
            (Form::Street, ColumnMeaning::Field(Field::AddressLine1), false),
            (Form::Unit, ColumnMeaning::Field(Field::AddressLine2), false),
            (Form::Place, ColumnMeaning::Combined(CombinedField::CityStateZip), false),
            (Form::Sex, ColumnMeaning::Field(Field::Sex), false),
            (Form::State, ColumnMeaning::Field(Field::State), false),
            (Form::Initial, ColumnMeaning::Field(Field::MiddleName), false),
        ];
        // A few letters for a sex that come again and again are no initials of anybody.
        let is_of = |profile: &Profile, form: Form| {
            profile.share(form) >= MOSTLY && !(form == Form::Initial && profile.is_of_sex_letters())
        };
        for (form, meaning, repeats) in FIELDS {
            let columns: Vec<usize> =
                self.open().filter(|(_, profile)| is_of(profile, form)).map(|(index, _)| index).collect();
            for index in columns.into_iter().take(if repeats { usize::MAX } else { 1 }) {
                self.set(index, meaning);
            }
        }
    }

    /// The one column of dates that reaches back as far as births do. Of two such, none is taken.
    fn birth_date(&mut self) {
        let is_birth = |profile: &Profile| {
            profile.share(Form::Date) >= MOSTLY
                && profile.years.is_some_and(|(first, last)| last - first >= BIRTH_YEARS_AT_LEAST)
        };
        let columns: Vec<usize> =
            self.open_and_filled().filter(|(_, profile)| is_birth(profile)).map(|(index, _)| index).collect();
        if let [index] = columns.as_slice() {
            self.set(*index, ColumnMeaning::Field(Field::BirthDate));
        }
    }

    /// The ZIP stands behind the state, and the city before it: five digits and words may be anything elsewhere.
    fn place(&mut self) {
        let state = ColumnMeaning::Field(Field::State);
        let Some(at) =
            self.proposals.iter().position(|proposal| proposal.as_ref().is_some_and(|found| found.meaning == state))
        else {
            return;
        };
        let is_open = |found: &Self, index: usize, form: Form| {
            found.open().any(|(open, profile)| open == index && profile.share(form) >= MOSTLY)
        };
        if is_open(self, at + 1, Form::Zip) {
            self.set(at + 1, ColumnMeaning::Field(Field::PostalCode));
        }
        if at > 0 && is_open(self, at - 1, Form::Words) {
            self.set(at - 1, ColumnMeaning::Field(Field::City));
        }
    }

    /// The first column of codes of which none stands there twice.
    fn identifier(&mut self) {
        let codes = FormSet::from_forms(&[Form::Digits, Form::Code]);
        let others = FormSet::from_forms(&[Form::Date, Form::SocialSecurityNumber, Form::Phone]);
        let is_id = |profile: &Profile| {
            profile.share_of(codes) >= MOSTLY && profile.share_of(others) < 1.0 - MOSTLY && profile.is_distinct()
        };
        let found = self.open_and_filled().find(|(_, profile)| is_id(profile)).map(|(index, _)| index);
        if let Some(index) = found {
            self.set(index, ColumnMeaning::Field(Field::ExternalId));
        }
    }

    /// Whole names, or the two columns that frequent names tell apart.
    fn names(&mut self) {
        let whole = |profile: &Profile| {
            profile.is_as_varied_as(Variety::Given)
                && (profile.share(Form::NameWithComma) >= MOSTLY
                    || (profile.share(Form::SeveralWords) >= MOSTLY && profile.has_name_order(SOME_ORDERS)))
        };
        let whole_name = self.open_and_filled().find(|(_, profile)| whole(profile)).map(|(index, _)| index);
        if let Some(index) = whole_name {
            self.set(index, ColumnMeaning::Combined(CombinedField::FullName));
            return;
        }
        let share = |profile: &Profile, form, variety| {
            if profile.is_as_varied_as(variety) { profile.share(form) } else { 0.0 }
        };
        let words: Vec<(usize, f64, f64)> = self
            .open_and_filled()
            .filter(|(_, profile)| profile.share(Form::Words) >= MOSTLY)
            .map(|(index, profile)| {
                let given = share(profile, Form::GivenName, Variety::Given);
                (index, given, share(profile, Form::Surname, Variety::Family))
            })
            .collect();
        let best = |share: fn(&(usize, f64, f64)) -> f64| {
            words.iter().copied().max_by(|left, right| share(left).total_cmp(&share(right)).then(right.0.cmp(&left.0)))
        };
        let (Some(first), Some(last)) = (best(|column| column.1), best(|column| column.2)) else { return };
        let is_sure = first.0 != last.0
            && first.1 >= SOME_NAMES
            && last.2 >= SOME_NAMES
            && first.1 >= first.2 + NAME_MARGIN
            && last.2 >= last.1 + NAME_MARGIN;
        if is_sure {
            self.set(first.0, ColumnMeaning::Field(Field::FirstName));
            self.set(last.0, ColumnMeaning::Field(Field::LastName));
            self.middle_name(first.0, first.1);
        }
    }

    /// A column of given names right behind the first names.
    fn middle_name(&mut self, first: usize, share: f64) {
        let is_middle = |profile: &Profile| profile.share(Form::GivenName) >= SOME_NAMES.min(share);
        if !self.has(Field::MiddleName) && self.open().any(|(index, profile)| index == first + 1 && is_middle(profile))
        {
            self.set(first + 1, ColumnMeaning::Field(Field::MiddleName));
        }
    }
}
