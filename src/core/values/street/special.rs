//! Street lines that are no street: boxes, routes, highways, military addresses, general delivery, urbanisations.

use super::Line;
use super::words::{Word, Written, is_highway_number, is_military, is_ship};
use crate::rules::addresses::{PhraseKind, WordKey};

impl<'a> Line<'a> {
    /// Whether the words between the house number and the place name a highway or a route: what is behind
    /// `County Road #` is its number.
    pub(super) fn follows_highway(&self, place: usize) -> bool {
        let mut start = self.number_length();
        while self.word(start).is_some_and(|word| word.facts.is_directional()) {
            start += 1;
        }
        let Some(length) = place.checked_sub(start).filter(|length| *length > 0) else { return false };
        let keys: Vec<Option<WordKey>> = self.words.iter().skip(start).take(length).map(|word| word.key).collect();
        [PhraseKind::Highway, PhraseKind::Route]
            .into_iter()
            .any(|kind| self.rules.phrases(kind, &keys).any(|phrase| phrase.length() == length))
    }

    /// Boxes, routes, military addresses, general delivery and urbanisations.
    pub(super) fn standardise_special(&mut self) {
        let Some(first) = self.words.first() else { return };
        if self.is_left {
            return;
        }
        if is_military(first.text) && self.words.iter().skip(1).any(|word| word.is("box")) {
            self.is_special = true;
            self.title_box();
            return;
        }
        if is_ship(first.text) && self.words.len() > 1 {
            self.is_special = true;
            return;
        }
        self.standardise_trailing_box();
        if !self.words.first().is_some_and(|first| first.facts.begins_phrase) {
            return;
        }
        for kind in [PhraseKind::Box, PhraseKind::Route, PhraseKind::Opening] {
            if self.standardise_phrase_of(kind) {
                self.is_special = true;
                return;
            }
        }
    }

    fn title_box(&mut self) {
        for word in &mut self.words {
            if word.is("box") {
                word.written = Written::Standard("Box");
            }
        }
    }

    fn standardise_phrase_of(&mut self, kind: PhraseKind) -> bool {
        let rules = self.rules;
        let keys: Vec<Option<WordKey>> = self.words.iter().map(|word| word.key).collect();
        for phrase in rules.phrases(kind, &keys) {
            let length = phrase.length();
            let fits = match kind {
                PhraseKind::Box => self.fits_box(length),
                PhraseKind::Route => self.fits_route(length),
                PhraseKind::Opening => self.words.len() > length || length > 1,
                PhraseKind::Highway => false,
            };
            if fits {
                self.write_phrase(0, length, &phrase.standard);
                return true;
            }
        }
        false
    }

    fn write_phrase(&mut self, place: usize, length: usize, standard: &'a str) {
        self.write(place, Written::Standard(standard));
        for further in place + 1..place + length {
            self.write(further, Written::NotAtAll);
        }
    }

    /// `PO Box 12`, `PO Box #12`, `Drawer B`.
    fn fits_box(&mut self, length: usize) -> bool {
        let marked = self.word(length).is_some_and(|word| word.text == "#");
        let id = length + usize::from(marked);
        let fits = self.word(id).is_some_and(Word::is_unit_id);
        if fits && marked {
            self.write(length, Written::NotAtAll);
        }
        fits
    }

    /// `RR 2 Box 18D`: route number, the word Box or `#`, box number.
    fn fits_route(&mut self, length: usize) -> bool {
        let hash = self.word(length).is_some_and(|word| word.text == "#");
        let number = length + usize::from(hash);
        let is_box = |word: &Word<'_>| word.is("box") || word.is("bx") || word.text == "#";
        if !self.word(number).is_some_and(Word::has_digit) || !self.word(number + 1).is_some_and(is_box) {
            return false;
        }
        let extra = self.word(number + 1).is_some_and(|word| word.text != "#")
            && self.word(number + 2).is_some_and(|word| word.text == "#");
        let id = number + 2 + usize::from(extra);
        if !self.word(id).is_some_and(Word::is_unit_id) {
            return false;
        }
        if hash {
            self.write(length, Written::NotAtAll);
        }
        if extra {
            self.write(number + 2, Written::NotAtAll);
        }
        self.write(number, Written::Number);
        self.write(number + 1, Written::Standard("Box"));
        self.write(id, Written::WithoutHyphen);
        true
    }

    /// A box after a street stays there, in its standard spelling.
    fn standardise_trailing_box(&mut self) {
        let rules = self.rules;
        let is_po = |word: &Word<'_>| word.facts.begins_phrase && word.text.len() <= 6;
        for place in 2..self.words.len() {
            if !self.word(place).is_some_and(is_po) {
                continue;
            }
            let keys: Vec<Option<WordKey>> = self.words.iter().skip(place).map(|word| word.key).collect();
            let phrase =
                rules.phrases(PhraseKind::Box, &keys).find(|phrase| phrase.standard.len() == 6 && phrase.length() >= 2);
            if let Some(phrase) = phrase {
                let id = place + phrase.length();
                if id + 1 == self.words.len() && self.word(id).is_some_and(Word::is_unit_id) {
                    self.write_phrase(place, phrase.length(), &phrase.standard);
                    self.street_end = place;
                }
                return;
            }
        }
    }

    /// `Highway 12`, `County Road 5`, `US 41 SW`, `Highway 11 Byp`, `KY Highway 75`.
    pub(super) fn standardise_highway(&mut self, start: usize) -> bool {
        let rules = self.rules;
        for place in start..(start + 2).min(self.words.len()) {
            if !self.word(place).is_some_and(|word| word.facts.begins_phrase) {
                continue;
            }
            let keys: Vec<Option<WordKey>> = self.words.iter().skip(place).map(|word| word.key).collect();
            for phrase in rules.phrases(PhraseKind::Highway, &keys) {
                let number = place + phrase.length();
                let marked = self.word(number).is_some_and(|word| word.text == "#");
                let number = number + usize::from(marked);
                if !self.word(number).is_some_and(is_highway_number) {
                    continue;
                }
                self.write_phrase(place, phrase.length(), &phrase.standard);
                if marked {
                    self.write(number - 1, Written::NotAtAll);
                }
                self.standardise_after_highway(number + 1);
                return true;
            }
        }
        false
    }

    /// What follows the number of a highway: a directional, or a suffix as in "Highway 11 Byp".
    fn standardise_after_highway(&mut self, place: usize) {
        let end = self.words.len();
        let Some(last) = end.checked_sub(1).filter(|last| *last >= place).and_then(|last| self.word(last)) else {
            return;
        };
        let facts = last.facts;
        if facts.is_directional() {
            let standard = self.rules.directional(facts);
            self.write(end - 1, Written::Standard(standard));
        } else if facts.is_suffix() {
            let standard = self.rules.suffix(facts);
            self.write(end - 1, Written::Standard(standard));
        }
    }
}
