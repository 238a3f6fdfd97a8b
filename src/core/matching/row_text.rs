//! What weighing needs of a row beyond its profile: its folded values end to end in one run of bytes, so that comparing
//! two rows decodes and allocates nothing. Held for the rows that are compared with any other, and for no other row.

use std::hash::{DefaultHasher, Hasher as _};

use rayon::prelude::*;

use super::hash::mixed;
use crate::domain::{CivilDate, PatientStore, PatientView, fold_into};
use crate::rules::Rules;

/// Ends each value; folding never produces it.
const END: char = '\0';
/// Number of values of a row.
const VALUES: usize = 10;
/// Between the entries of a list.
const BETWEEN: char = '\u{1f}';
/// Rows whose values lie together.
const CHUNK: usize = 4_096;

/// The folded values of one row; empty where it has none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowText<'a> {
    pub(super) first: &'a str,
    pub(super) middle: &'a str,
    pub(super) last: &'a str,
    pub(super) suffix: &'a str,
    pub(super) street: &'a str,
    /// The second line of the address.
    pub(super) unit: &'a str,
    pub(super) city: &'a str,
    pub(super) email: &'a str,
    /// The parts of a first name of several words.
    first_parts: &'a str,
    /// The parts of a last name of several words, and further last names.
    further_lasts: &'a str,
}

impl<'a> RowText<'a> {
    /// Values that follow each other in one text, by their lengths.
    fn new(text: &'a str, lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut rest = text;
        let mut lengths = lengths.into_iter();
        let mut next = || {
            let (value, behind) = rest.split_at_checked(lengths.next().unwrap_or_default()).unwrap_or_default();
            rest = behind;
            value
        };
        RowText {
            first: next(),
            middle: next(),
            last: next(),
            suffix: next(),
            street: next(),
            unit: next(),
            city: next(),
            email: next(),
            first_parts: next(),
            further_lasts: next(),
        }
    }

    fn values(&self) -> [&'a str; VALUES] {
        [
            self.first,
            self.middle,
            self.last,
            self.suffix,
            self.street,
            self.unit,
            self.city,
            self.email,
            self.first_parts,
            self.further_lasts,
        ]
    }

    /// Whether the first name has several words.
    pub(super) fn has_first_parts(&self) -> bool {
        !self.first_parts.is_empty()
    }

    /// The words of the first name, those of one or two letters left out of several.
    pub(super) fn first_words(&self) -> impl Iterator<Item = &'a str> {
        let words = if self.has_first_parts() { self.first_parts } else { self.first };
        words.split(BETWEEN).filter(|word| !word.is_empty())
    }

    /// Whether a folded name is a part of the first name.
    pub(super) fn has_first_part(&self, name: &str) -> bool {
        self.first_parts.split(BETWEEN).any(|part| part == name)
    }

    /// Whether a folded name is a part of the last name, or one of the further last names.
    pub(super) fn carries_last(&self, name: &str) -> bool {
        self.further_lasts.split(BETWEEN).any(|part| part == name)
    }
}

/// What weighing needs of a row in numbers; 0 stands for a missing value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RowNumbers {
    /// As [`PatientView::compared_phone`].
    pub(super) phone: u64,
    /// Year, month and day of the death date as digits.
    pub(super) death: u32,
    /// What the table of nicknames knows the first name as: its number and one, 0 where it does not know it.
    pub(super) given_name: u32,
}

/// Folds rows one at a time, into memory that is used again.
#[derive(Default)]
pub(super) struct Folder {
    text: String,
    ends: [usize; VALUES],
    ids: Vec<(u64, u64)>,
    system: (String, u64),
}

impl Folder {
    /// Folds the values of a row.
    pub(super) fn fold(&mut self, patient: &PatientView<'_>, rules: &Rules) {
        let stand_in = &rules.matching.stand_in;
        self.text.clear();
        let [line1, line2, city, ..] = patient.address;
        let plain = [patient.first, patient.middle, patient.last, patient.suffix, line1, line2];
        for (place, value) in plain.into_iter().enumerate() {
            let start = self.text.len();
            fold_into(value, &mut self.text);
            let folded = self.text.get(start..).unwrap_or_default();
            // The first is the first name, the third the last name.
            let is_stand_in = match place {
                0 => stand_in.first_names.contains(folded),
                2 => stand_in.last_names.contains(folded),
                _ => false,
            };
            if is_stand_in {
                self.text.truncate(start);
            }
            self.end(place);
        }
        rules.addresses.cities.fold_into(city, &mut self.text);
        self.end(6);
        self.text.push_str(patient.email);
        self.end(7);
        let mut is_first = true;
        push_parts(patient.first, &mut self.text, &mut is_first);
        self.end(8);
        let mut is_first = true;
        push_parts(patient.last, &mut self.text, &mut is_first);
        for [_, _, last] in patient.additional_names.texts() {
            between(&mut self.text, &mut is_first);
            fold_into(last, &mut self.text);
            push_parts(last, &mut self.text, &mut is_first);
        }
        self.end(9);
        self.text.pop();
        self.ids.clear();
        for [system, value] in patient.external_ids.texts() {
            if self.system.0 != system {
                self.system = (system.to_owned(), stable_hash(system));
            }
            self.ids.push((self.system.1, stable_hash(value)));
        }
    }

    fn end(&mut self, place: usize) {
        if let Some(end) = self.ends.get_mut(place) {
            *end = self.text.len();
        }
        self.text.push(END);
    }

    /// The values of the row that was folded last.
    pub(super) fn row(&self) -> RowText<'_> {
        let mut start = 0;
        let mut next = self.ends.iter().map(|end| {
            let value = self.text.get(start..*end).unwrap_or_default();
            start = end + END.len_utf8();
            value
        });
        let mut value = || next.next().unwrap_or_default();
        RowText {
            first: value(),
            middle: value(),
            last: value(),
            suffix: value(),
            street: value(),
            unit: value(),
            city: value(),
            email: value(),
            first_parts: value(),
            further_lasts: value(),
        }
    }

    /// A hash of all values and identifiers of that row.
    pub(super) fn whole(&self) -> u64 {
        let ids = self.ids.iter();
        ids.fold(stable_hash(&self.text), |whole, id| whole.rotate_left(7) ^ id.0 ^ id.1.rotate_left(31))
    }
}

/// The values and numbers of chosen rows, and their external ids as hashes of system and value.
#[derive(Debug, Default)]
pub(super) struct RowTexts {
    chunks: Vec<TextChunk>,
}

/// Some rows that follow each other, those that were not chosen left out.
#[derive(Debug, Default)]
struct TextChunk {
    /// Place of each row among the chosen ones, `u16::MAX` for one that was not chosen.
    places: Vec<u16>,
    text: String,
    ends: Vec<u32>,
    /// Length of each value of a row, in the order of [`RowText`]. A value beyond 65,535 bytes is compared by that
    /// many.
    lengths: Vec<[u16; VALUES]>,
    numbers: Vec<RowNumbers>,
    ids: Vec<(u64, u64)>,
    id_ends: Vec<u32>,
}

impl RowTexts {
    /// Those of the rows of which `is_chosen` is true. Held rows are empty.
    pub(super) fn from_store(store: &PatientStore, rules: &Rules, is_chosen: impl Fn(u32) -> bool + Sync) -> Self {
        let rows = store.len() as usize;
        let chunk = |number: usize| {
            let mut chunk = TextChunk::default();
            let mut folder = Folder::default();
            for row in (number * CHUNK..rows.min((number + 1) * CHUNK)).filter_map(|row| u32::try_from(row).ok()) {
                chunk.push(store, rules, &mut folder, row, is_chosen(row));
            }
            chunk.shrunk()
        };
        Self { chunks: (0..rows.div_ceil(CHUNK)).into_par_iter().map(chunk).collect() }
    }

    fn place(&self, row: u32) -> Option<(&TextChunk, usize)> {
        let row = row as usize;
        let chunk = self.chunks.get(row / CHUNK)?;
        let place = usize::from(*chunk.places.get(row % CHUNK)?);
        (place < chunk.ends.len()).then_some((chunk, place))
    }

    /// The values of a row; empty for one that was not chosen.
    pub(super) fn row(&self, row: u32) -> RowText<'_> {
        let Some((chunk, place)) = self.place(row) else { return RowText::default() };
        let lengths = chunk.lengths.get(place).into_iter().flatten();
        let text = chunk.text.get(span(&chunk.ends, place)).unwrap_or_default();
        RowText::new(text, lengths.map(|length| usize::from(*length)))
    }

    /// The numbers of a row.
    pub(super) fn numbers(&self, row: u32) -> RowNumbers {
        self.place(row).and_then(|(chunk, place)| chunk.numbers.get(place).copied()).unwrap_or_default()
    }

    /// The external ids of a row.
    pub(super) fn ids(&self, row: u32) -> &[(u64, u64)] {
        let ids = self.place(row).and_then(|(chunk, place)| chunk.ids.get(span(&chunk.id_ends, place)));
        ids.unwrap_or_default()
    }
}

impl TextChunk {
    fn push(&mut self, store: &PatientStore, rules: &Rules, folder: &mut Folder, row: u32, is_chosen: bool) {
        let found = if is_chosen { store.row(row).filter(|row| !row.is_held()) } else { None };
        let Some(found) = found else {
            self.places.push(u16::MAX);
            return;
        };
        self.places.push(u16::try_from(self.ends.len()).unwrap_or(u16::MAX));
        let patient = found.evidence_view();
        folder.fold(&patient, rules);
        let text = folder.row();
        let mut lengths = [0; VALUES];
        for (length, value) in lengths.iter_mut().zip(text.values()) {
            let end = value.floor_char_boundary(usize::from(u16::MAX));
            self.text.push_str(value.get(..end).unwrap_or_default());
            *length = u16::try_from(end).unwrap_or(u16::MAX);
        }
        self.lengths.push(lengths);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.numbers.push(RowNumbers {
            phone: patient.compared_phone(),
            death: patient.death_date.map_or(0, CivilDate::packed),
            given_name: rules.nicknames.number(text.first).map_or(0, |number| number + 1),
        });
        self.ids.extend_from_slice(&folder.ids);
        self.id_ends.push(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
    }

    /// Without what growing left over.
    fn shrunk(mut self) -> Self {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.lengths.shrink_to_fit();
        self.numbers.shrink_to_fit();
        self.ids.shrink_to_fit();
        self.id_ends.shrink_to_fit();
        self
    }
}

fn span(ends: &[u32], place: usize) -> std::ops::Range<usize> {
    let end = ends.get(place).copied().unwrap_or_default() as usize;
    let start = place.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or_default() as usize;
    start..end.max(start)
}

/// Appends the folded parts of a name of several words, but for those of one or two letters.
fn push_parts(name: &str, out: &mut String, is_first: &mut bool) {
    let separators = ['-', ' ', '\u{2010}', '\u{2011}'];
    if !name.contains(separators) {
        return;
    }
    for part in name.split(separators) {
        let (length, was_first) = (out.len(), *is_first);
        between(out, is_first);
        let start = out.len();
        fold_into(part, out);
        if out.get(start..).is_none_or(|folded| folded.chars().count() <= 2) {
            out.truncate(length);
            *is_first = was_first;
        }
    }
}

/// What stands before an entry of a list, but for the first.
fn between(out: &mut String, is_first: &mut bool) {
    if !*is_first {
        out.push(BETWEEN);
    }
    *is_first = false;
}

/// A hash for what outlives the choice of blocks: the rows that estimation looks at are chosen by it.
fn stable_hash(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish().max(1)
}

/// A number for everything that is compared: rows of one number say the same, wherever they stand.
pub(super) fn content(folder: &Folder, patient: &PatientView<'_>, birth: u32, postal_code: u32, sex: u8) -> u64 {
    let numbers = u64::from(birth) << 32 | u64::from(postal_code);
    let further = u64::from(patient.death_date.map_or(0, CivilDate::packed)) << 32 | u64::from(sex);
    mixed(&[folder.whole(), numbers, further, patient.compared_phone()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        AdditionalName, AssessedPatient, ExternalId, PackedBatch, Patient, PersonName, Phone, SourceId, Text,
    };

    #[test]
    fn a_chosen_row_gives_back_its_folded_values_and_the_parts_of_its_names() {
        let text = Text::from_text;
        let patient = Patient {
            name: PersonName { first: text("Mary-Ann"), last: text("Ruiz García"), ..PersonName::default() },
            additional_names: vec![AdditionalName { last: text("Ng"), ..AdditionalName::default() }],
            external_ids: vec![ExternalId { system: text("A"), value: text("12") }],
            phone: Phone::from_digits("6125550123"),
            ..Patient::default()
        };
        let mut batch = PackedBatch::default();
        batch.push(&AssessedPatient::default());
        for _ in 0..2 {
            batch.push(&AssessedPatient { patient: patient.clone(), ..AssessedPatient::default() });
        }
        let mut store = PatientStore::default();
        store.push(SourceId(0), batch);
        let rules = Rules::load(None).expect("the built-in rules");
        let texts = RowTexts::from_store(&store, &rules, |row| row != 2);
        let row = texts.row(1);
        assert_eq!((row.first, row.last, row.middle), ("maryann", "ruizgarcia", ""));
        assert!(row.has_first_part("mary") && !row.has_first_part("maryann"));
        assert!(row.carries_last("ruiz") && row.carries_last("ng") && !row.carries_last("ruizgarcia"));
        assert_eq!(texts.ids(1), &[(stable_hash("A"), stable_hash("12"))][..]);
        assert_eq!(texts.numbers(1).phone, 6_125_550_123);
        for empty in [0, 2, 9] {
            assert_eq!((texts.row(empty).last, texts.ids(empty), texts.numbers(empty).phone), ("", &[][..], 0));
        }
    }
}
