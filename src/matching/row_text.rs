//! What weighing needs of each row: its folded values end to end in one run of bytes, so that comparing two rows decodes
//! and allocates nothing.

use crate::domain::{Patient, fold, fold_into};

/// Ends each value; folding never produces it.
const END: char = '\0';
/// Number of values of a row.
const VALUES: usize = 10;
/// Between the entries of a list.
const BETWEEN: char = '\u{1f}';

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

impl RowText<'_> {
    /// Whether a folded name is a part of the first name.
    pub(super) fn has_first_part(&self, name: &str) -> bool {
        self.first_parts.split(BETWEEN).any(|part| part == name)
    }

    /// Whether a folded name is a part of the last name, or one of the further last names.
    pub(super) fn carries_last(&self, name: &str) -> bool {
        self.further_lasts.split(BETWEEN).any(|part| part == name)
    }
}

/// The values of many rows, and their external ids as hashes of system and value.
#[derive(Debug, Default)]
pub(super) struct RowTexts {
    texts: String,
    ends: Vec<usize>,
    /// Length of each value of a row, in the order of [`RowText`]. A value beyond 65,535 bytes is compared by that many.
    lengths: Vec<[u16; VALUES]>,
    ids: Vec<(u64, u64)>,
    id_ends: Vec<usize>,
}

impl RowTexts {
    /// Appends a row; returns a hash of all that it holds.
    pub(super) fn push(&mut self, patient: &Patient, hash: impl Fn(&str) -> u64) -> u64 {
        let name = &patient.name;
        let mut further = Vec::new();
        push_parts(name.last.as_text(), &mut further);
        for additional in &patient.additional_names {
            further.push(fold(additional.last.as_text()));
            push_parts(additional.last.as_text(), &mut further);
        }
        let mut firsts = Vec::new();
        push_parts(name.first.as_text(), &mut firsts);
        let home = &patient.address;
        let plain = [&name.first, &name.middle, &name.last, &name.suffix, &home.line1, &home.line2, &home.city];
        let mut text = String::with_capacity(128);
        for value in plain {
            fold_into(value.as_text(), &mut text);
            text.push(END);
        }
        text.push_str(patient.email.as_ref().map(crate::domain::Email::as_text).unwrap_or_default());
        for list in [firsts, further] {
            text.push(END);
            text.push_str(&list.join(&BETWEEN.to_string()));
        }
        let mut lengths = [0; VALUES];
        for (length, value) in lengths.iter_mut().zip(text.split(END)) {
            *length = u16::try_from(value.len()).unwrap_or(u16::MAX);
            let start = self.texts.len();
            self.texts.push_str(value.get(..value.floor_char_boundary(usize::from(*length))).unwrap_or_default());
            *length = u16::try_from(self.texts.len() - start).unwrap_or(u16::MAX);
        }
        self.lengths.push(lengths);
        self.ends.push(self.texts.len());
        let ids = patient.external_ids.iter().map(|id| (hash(id.system.as_text()), hash(id.value.as_text())));
        let whole = ids.clone().fold(hash(&text), |whole, id| whole.rotate_left(7) ^ id.0 ^ id.1.rotate_left(31));
        self.ids.extend(ids);
        self.id_ends.push(self.ids.len());
        whole
    }

    /// Appends a row that takes no part.
    pub(super) fn push_empty(&mut self) {
        self.lengths.push([0; VALUES]);
        self.ends.push(self.texts.len());
        self.id_ends.push(self.ids.len());
    }

    /// An empty one that will hold the rows of the others.
    pub(super) fn with_room_for<'a>(others: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let rows = others.clone().map(|other| other.ends.len()).sum();
        Self {
            texts: String::with_capacity(others.clone().map(|other| other.texts.len()).sum()),
            ends: Vec::with_capacity(rows),
            lengths: Vec::with_capacity(rows),
            ids: Vec::with_capacity(others.map(|other| other.ids.len()).sum()),
            id_ends: Vec::with_capacity(rows),
        }
    }

    /// Appends the rows of another.
    pub(super) fn append(&mut self, other: &Self) {
        let (text, ids) = (self.texts.len(), self.ids.len());
        self.texts.push_str(&other.texts);
        self.lengths.extend_from_slice(&other.lengths);
        self.ids.extend_from_slice(&other.ids);
        self.ends.extend(other.ends.iter().map(|end| end + text));
        self.id_ends.extend(other.id_ends.iter().map(|end| end + ids));
    }

    /// The values of a row; empty beyond the last.
    pub(super) fn row(&self, row: u32) -> RowText<'_> {
        let mut start = span(&self.ends, row).start;
        let mut lengths = self.lengths.get(row as usize).into_iter().flatten();
        let mut next = || {
            let end = start + lengths.next().map_or(0, |length| usize::from(*length));
            let value = self.texts.get(start..end).unwrap_or_default();
            start = end;
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

    /// The external ids of a row.
    pub(super) fn ids(&self, row: u32) -> &[(u64, u64)] {
        self.ids.get(span(&self.id_ends, row)).unwrap_or_default()
    }
}

fn span(ends: &[usize], row: u32) -> std::ops::Range<usize> {
    let row = row as usize;
    let end = ends.get(row).copied().unwrap_or_default();
    let start = row.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or_default();
    start..end.max(start)
}

/// The parts of a name of several words, but for those of one or two letters.
fn push_parts(name: &str, parts: &mut Vec<String>) {
    let separators = ['-', ' ', '\u{2010}', '\u{2011}'];
    if name.contains(separators) {
        parts.extend(name.split(separators).map(fold).filter(|part| part.chars().count() > 2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AdditionalName, ExternalId, PersonName, Text};

    #[test]
    fn a_row_gives_back_its_folded_values_and_the_parts_of_its_names() {
        let text = Text::from_text;
        let patient = Patient {
            name: PersonName { first: text("Mary-Ann"), last: text("Ruiz García"), ..PersonName::default() },
            additional_names: vec![AdditionalName { last: text("Ng"), ..AdditionalName::default() }],
            external_ids: vec![ExternalId { system: text("A"), value: text("12") }],
            ..Patient::default()
        };
        let mut texts = RowTexts::default();
        texts.push_empty();
        let mut more = RowTexts::default();
        more.push(&patient, |text| text.len() as u64);
        texts.append(&more);
        let row = texts.row(1);
        assert_eq!((row.first, row.last, row.middle), ("maryann", "ruizgarcia", ""));
        assert!(row.has_first_part("mary") && !row.has_first_part("maryann"));
        assert!(row.carries_last("ruiz") && row.carries_last("ng") && !row.carries_last("ruizgarcia"));
        assert_eq!(
            (texts.row(0).last, texts.row(9).last, texts.ids(0), texts.ids(1)),
            ("", "", &[][..], &[(1, 2)][..])
        );
    }
}
