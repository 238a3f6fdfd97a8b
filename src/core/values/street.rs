//! Street lines toward USPS Publication 28 and Project US@: suffix, directionals, unit, box, route and highway in their
//! standard spellings, units on the second line. Whole words only, in the letter case of the line; nothing is lost.

mod special;
mod words;

use self::words::{
    LetterCase, Word, Written, begins_box_or_route, is_article, is_beyond_us, is_fraction, is_house_number,
    is_number_word, is_ordinal, joined,
};
use crate::rules::addresses::{AddressRules, WordFacts, WordKey};

/// Lines of more words than this are left as they are.
const MOST_WORDS: usize = 24;

/// Letters that a street line has beside its number.
const FEWEST_LETTERS: usize = 2;

/// The standard spelling of the unit that is counted by ordinals too ("3rd Floor").
const FLOOR: &str = "Fl";

/// The two street lines of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StreetLines {
    pub(crate) line1: String,
    pub(crate) line2: String,
    /// A unit stood on the first line, or before the street, and is on the second now.
    pub(crate) unit_moved: bool,
    /// The first line is one that mail can be brought to: it has a number, or is of a kind that needs none.
    pub(crate) can_be_delivered: bool,
}

/// Whether a cleaned line, alone, is one that mail can be brought to, as [`standard_lines`] finds it, with a word
/// beside its number.
pub(crate) fn can_be_delivered(line: &str, rules: &AddressRules) -> bool {
    let letters = line.chars().filter(|letter| letter.is_alphabetic()).count();
    let street = standard_lines(line, "", rules);
    letters >= FEWEST_LETTERS && street.can_be_delivered && !street.line1.is_empty()
}

/// Whether a cleaned line holds units and nothing else: `Bldg 5 Apt 4`.
pub(crate) fn is_all_units(line: &str, rules: &AddressRules) -> bool {
    Line::read(line, rules).is_all_units()
}

/// How often lines are looked at again after something in them was rewritten: with a unit gone or a word shortened, the
/// rest can be read otherwise.
const MOST_LOOKS: usize = 6;

/// Brings two cleaned lines into standard form, which is its own standard form.
pub(crate) fn standard_lines(line1: &str, line2: &str, rules: &AddressRules) -> StreetLines {
    let mut street = standard_lines_once(line1, line2, rules);
    if street.line1 == line1 && street.line2 == line2 {
        return street;
    }
    for _ in 0..MOST_LOOKS {
        let again = standard_lines_once(&street.line1, &street.line2, rules);
        let settled = again.line1 == street.line1 && again.line2 == street.line2;
        street = StreetLines { unit_moved: street.unit_moved || again.unit_moved, ..again };
        if settled {
            break;
        }
    }
    street
}

fn standard_lines_once(line1: &str, line2: &str, rules: &AddressRules) -> StreetLines {
    let mut first = Line::read(line1, rules);
    let mut second = Line::read(line2, rules);
    let mut street = StreetLines::default();
    if first.is_all_units() && second.begins_with_number() {
        std::mem::swap(&mut first, &mut second);
        street.unit_moved = true;
    } else if first.names_no_street() && second.names_street(first.words.is_empty()) {
        std::mem::swap(&mut first, &mut second);
    }
    second.standardise_second();
    first.standardise_special();
    let unit = if first.is_special { None } else { first.split_unit() };
    first.standardise_street();
    street.can_be_delivered = first.can_be_delivered();
    street.line1 = first.written();
    street.line2 = second.written();
    if let Some(unit) = unit {
        let unit = unit.written();
        let is_same = |line2: &str| unit.strip_prefix("# ").is_some_and(|id| line2.rsplit(' ').next() == Some(id));
        if second.is_all_units() && second.words.len() == 2 && is_same(&street.line2) {
            street.unit_moved = true;
        } else if street.line2.is_empty() || street.line2.eq_ignore_ascii_case(&unit) {
            street.unit_moved = true;
            street.line2 = unit;
        } else if second.is_all_units() {
            street.unit_moved = true;
            street.line2.insert(0, ' ');
            street.line2.insert_str(0, &unit);
        } else {
            street.line1.push(' ');
            street.line1.push_str(&unit);
        }
    }
    street
}

/// The words of a line.
#[derive(Debug)]
struct Line<'a> {
    words: Vec<Word<'a>>,
    text: &'a str,
    rules: &'a AddressRules,
    /// A box, a route, a military or another address that is no street.
    is_special: bool,
    /// The line is left as it stands.
    is_left: bool,
    /// Where a box begins that stands after the street; beyond the line where there is none.
    street_end: usize,
}

impl<'a> Line<'a> {
    fn read(text: &'a str, rules: &'a AddressRules) -> Self {
        let mut line = Self {
            words: Vec::with_capacity(if text.is_empty() { 0 } else { 8 }),
            text,
            rules,
            is_special: false,
            is_left: false,
            street_end: usize::MAX,
        };
        let mut after_comma = false;
        for part in text.split(' ') {
            for (place, piece) in part.split_inclusive([',', ';']).enumerate() {
                after_comma |= place > 0;
                let ends_with_comma = piece.ends_with([',', ';']);
                let piece = piece.trim_end_matches([',', ';']);
                line.push_pieces(piece, &mut after_comma);
                after_comma |= ends_with_comma;
            }
        }
        line.is_left = line.words.len() > MOST_WORDS || line.words.iter().any(|word| is_beyond_us(word.text));
        line
    }

    /// Parts `#4`, `Apt#4`, `Apt.4`, `Apt4B` and `-4` after a designator.
    fn push_pieces(&mut self, piece: &'a str, after_comma: &mut bool) {
        if let Some(at) = piece.find('#') {
            let (before, after) = piece.split_at(at);
            self.push_pieces(before, after_comma);
            self.push("#", after_comma);
            self.push_pieces(after.trim_start_matches('#'), after_comma);
            return;
        }
        let letters = piece.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (head, tail) = piece.split_at(letters);
        let id = tail.trim_start_matches(['.', '-']);
        if letters >= 2 && id.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) {
            let facts = self.rules.facts(WordKey::from_word(head));
            if facts.is_unit() && facts.unit_needs_number {
                self.push(head, after_comma);
                self.push(id, after_comma);
                return;
            }
        }
        self.push(piece, after_comma);
    }

    fn push(&mut self, text: &'a str, after_comma: &mut bool) {
        let text = text.trim_end_matches('.');
        if text.is_empty() {
            return;
        }
        let key = WordKey::from_word(text);
        let facts = self.rules.facts(key);
        self.words.push(Word { text, key, facts, after_comma: *after_comma, written: Written::AsItStands });
        *after_comma = false;
    }

    fn word(&self, place: usize) -> Option<&Word<'a>> {
        self.words.get(place)
    }

    fn write(&mut self, place: usize, written: Written<'a>) {
        if let Some(word) = self.words.get_mut(place) {
            word.written = written;
        }
    }

    fn begins_with_number(&self) -> bool {
        self.words.first().is_some_and(is_house_number)
    }

    /// Whether the line holds no number and no word of a street: a name of a building, `c/o`, or nothing.
    fn names_no_street(&self) -> bool {
        !self.words.iter().any(|word| word.has_digit() || word.facts.is_common_suffix)
            && !self.words.first().is_some_and(|first| first.facts.begins_phrase || first.facts.is_unit())
    }

    /// Whether the line holds a street with its number; beside an empty one its suffix may be missing.
    fn names_street(&self, is_alone: bool) -> bool {
        let is_named = is_alone || self.words.iter().any(|word| word.facts.is_common_suffix);
        !self.is_left && self.begins_with_number() && self.words.len() > 1 && is_named && !self.is_all_units()
    }

    /// Whether mail can be brought to the line: it has a number, or is of a kind that needs none.
    fn can_be_delivered(&self) -> bool {
        let Some(first) = self.words.first() else { return true };
        if self.is_special || (self.begins_with_number() && self.words.len() > 1) {
            return true;
        }
        // `W 1234 County Rd K`: a number with its direction, parted by a space.
        let is_number = |word: &Word<'_>| word.text.bytes().all(|byte| byte.is_ascii_digit());
        if first.text.len() == 1
            && first.facts.is_directional()
            && self.words.len() > 3
            && self.word(1).is_some_and(is_number)
        {
            return true;
        }
        let is_numbered = self.words.iter().any(Word::has_digit);
        (is_numbered && begins_box_or_route(first.text)) || (self.words.len() > 1 && is_number_word(first.text))
    }

    /// The length of the unit that begins at a place: designator and identifier, `#` and identifier, or an ordinal and
    /// `Floor`. 0 where there is none.
    fn unit_at(&self, place: usize) -> usize {
        let Some(word) = self.word(place) else { return 0 };
        let next_is_id = |place: usize| self.word(place).is_some_and(Word::is_unit_id);
        if word.text == "#" {
            return if next_is_id(place + 1) { 2 } else { 0 };
        }
        let is_floor = |place: usize| self.word(place).is_some_and(|word| self.rules.unit(word.facts) == FLOOR);
        if is_ordinal(word.text) && is_floor(place + 1) {
            return 2;
        }
        if !word.facts.is_unit() {
            return 0;
        }
        let marked = self.is_number_mark(place + 1);
        match (marked, next_is_id(place + 1 + usize::from(marked))) {
            (true, true) => 3,
            (false, true) if self.has_parted_id(place) => 3,
            (false, true) if !self.word(place + 1).is_some_and(|next| is_ordinal(next.text)) => 2,
            (false, true) if is_floor(place) && !is_floor(place + 2) => 2,
            _ if word.facts.unit_needs_number => 0,
            _ => 1,
        }
    }

    /// `#`, or the `No` of `Apt No 4`.
    fn is_number_mark(&self, place: usize) -> bool {
        self.word(place).is_some_and(|word| {
            word.text == "#" || (word.is("no") && self.word(place + 1).is_some_and(Word::begins_with_digit))
        })
    }

    /// Whether the identifier behind a designator at the end of the line stands in two words, a number and a letter:
    /// `Apt 12 B`, `Unit C 4`.
    fn has_parted_id(&self, place: usize) -> bool {
        let (Some(first), Some(second)) = (self.word(place + 1), self.word(place + 2)) else { return false };
        let is_number = |word: &Word<'_>| word.text.bytes().all(|byte| byte.is_ascii_digit());
        let is_letter =
            |word: &Word<'_>| word.text.len() == 1 && word.text.bytes().all(|byte| byte.is_ascii_alphabetic());
        place + 3 == self.words.len()
            && !second.after_comma
            && ((is_number(first) && is_letter(second)) || (is_letter(first) && is_number(second)))
    }

    /// Whether units fill the line from a place to its end.
    fn are_units_from(&self, mut place: usize) -> bool {
        if place >= self.words.len() {
            return false;
        }
        while place < self.words.len() {
            match self.unit_at(place) {
                0 => return false,
                length => place += length,
            }
        }
        true
    }

    fn is_all_units(&self) -> bool {
        !self.is_left && self.are_units_from(0)
    }

    fn standardise_units(&mut self) {
        let mut place = 0;
        for word in &mut self.words {
            word.after_comma = false;
        }
        while place < self.words.len() {
            let length = self.unit_at(place).max(1);
            if self.word(place).is_some_and(|word| is_ordinal(word.text)) && length == 2 {
                self.words.swap(place, place + 1);
            }
            if let Some(word) = self.word(place)
                && word.facts.is_unit()
            {
                let standard = self.rules.unit(word.facts);
                self.write(place, Written::Standard(standard));
            }
            if length == 2 && self.word(place + 1).is_some_and(|id| is_ordinal(id.text)) {
                self.write(place + 1, Written::Cardinal);
            }
            if length == 3 && self.is_number_mark(place + 1) {
                self.write(place + 1, Written::NotAtAll);
            }
            place += length;
        }
    }

    fn standardise_second(&mut self) {
        if self.is_left {
            return;
        }
        if self.is_all_units() {
            self.standardise_units();
        } else {
            self.standardise_special();
            if !self.is_special && self.begins_with_number() && self.words.len() > 2 {
                self.standardise_street();
            }
        }
    }

    /// Takes the unit off the line: at its end after a street, or before one.
    fn split_unit(&mut self) -> Option<Line<'a>> {
        if self.is_left {
            return None;
        }
        let before = self.unit_at(0);
        let street_follows = self.word(before).is_some_and(Word::begins_with_digit) && self.words.len() >= before + 2;
        if before >= 2 && street_follows {
            let street = self.words.split_off(before);
            let unit = std::mem::replace(&mut self.words, street);
            return Some(self.unit_line(unit));
        }
        let place = (2..self.words.len()).find(|place| self.may_begin_unit(*place) && self.are_units_from(*place))?;
        let unit = self.words.split_off(place);
        while self.words.last().is_some_and(|word| matches!(word.text, "/" | "-")) {
            self.words.pop();
        }
        Some(self.unit_line(unit))
    }

    fn unit_line(&self, words: Vec<Word<'a>>) -> Line<'a> {
        let mut unit = Line {
            words,
            text: self.text,
            rules: self.rules,
            is_special: false,
            is_left: false,
            street_end: usize::MAX,
        };
        unit.standardise_units();
        unit
    }

    /// A designator that needs no number ends a line only after a comma or a common suffix: "5 Lake Front" is a street.
    fn may_begin_unit(&self, place: usize) -> bool {
        let Some(word) = self.word(place) else { return false };
        if is_ordinal(word.text) {
            return place > 2 || word.after_comma;
        }
        if word.text == "#" && self.follows_highway(place) {
            return false;
        }
        word.text == "#" || word.after_comma || word.facts.unit_needs_number || (place >= 3 && self.ends_street(place))
    }

    /// Whether a common suffix, with or without a directional, stands before the place.
    fn ends_street(&self, place: usize) -> bool {
        let before = |back: usize| place.checked_sub(back).and_then(|at| self.word(at)).map(|word| word.facts);
        let is_common = |facts: Option<WordFacts>| facts.is_some_and(|facts| facts.is_common_suffix);
        is_common(before(1)) || (before(1).is_some_and(WordFacts::is_directional) && is_common(before(2)))
    }

    /// The comma before the directionals at the end of a street, as in `Ave, NW`, says nothing.
    fn join_directionals(&mut self) {
        let directionals = self.words.iter().rev().take_while(|word| word.facts.is_directional()).count();
        let Some(first) = self.words.len().checked_sub(directionals).filter(|first| *first > 1) else { return };
        if matches!(directionals, 1 | 2)
            && self.word(first - 1).is_some_and(|word| word.facts.is_suffix())
            && let Some(word) = self.words.get_mut(first)
        {
            word.after_comma = false;
        }
    }

    /// Number, predirectional, name, suffix, postdirectional.
    fn standardise_street(&mut self) {
        self.join_directionals();
        if self.is_left || self.is_special || self.words.iter().skip(1).any(|word| word.after_comma) {
            return;
        }
        let start = self.number_length();
        let end = self.words.len().min(self.street_end);
        let names_street = |word: &Word<'_>| word.facts.is_common_suffix;
        let is_street = start > 0
            || (end >= 2 && end.checked_sub(1).and_then(|last| self.word(last)).is_some_and(names_street))
            || self.words.first().is_some_and(|word| word.facts.is_directional());
        if !is_street {
            self.standardise_highway(0);
            return;
        }
        let before_direction = self.standardise_postdirectional(start, end);
        let start = self.standardise_predirectional(start, before_direction);
        if !self.standardise_highway(start) {
            self.standardise_suffix(start, before_direction);
        }
    }

    /// A directional after the street; returns where it stands, or the end of the street.
    fn standardise_postdirectional(&mut self, start: usize, end: usize) -> usize {
        let is_named_after_suffix = end == start + 2 && self.word(start).is_some_and(|word| word.facts.is_suffix());
        if end < start + 2 || is_named_after_suffix {
            return end;
        }
        let rules = self.rules;
        let standard = |place: usize| self.word(place).map_or("", |word| rules.directional(word.facts));
        if end >= start + 4
            && self.word(end - 3).is_some_and(|word| word.facts.is_suffix())
            && let Some(joined) = joined(standard(end - 2), standard(end - 1))
        {
            self.write(end - 2, Written::Standard(joined));
            self.write(end - 1, Written::NotAtAll);
            return end - 2;
        }
        match self.word(end - 1) {
            Some(last) if last.facts.is_directional() => {
                let standard = self.rules.directional(last.facts);
                self.write(end - 1, Written::Standard(standard));
                end - 1
            }
            _ => end,
        }
    }

    /// Words of the house number: `12`, `12 1/2`, `N6W23001`; 0 where there is none.
    fn number_length(&self) -> usize {
        match (self.word(0).is_some_and(is_house_number), self.word(1)) {
            (true, Some(second)) if is_fraction(second.text) => 2,
            (true, _) => 1,
            (false, _) => 0,
        }
    }

    /// A directional before the name; two that do not oppose each other are one ("North East" is NE). Returns where the
    /// name begins.
    fn standardise_predirectional(&mut self, start: usize, end: usize) -> usize {
        let rules = self.rules;
        let directional = |line: &Self, place: usize| {
            line.word(place).map(|word| rules.directional(word.facts)).filter(|standard| !standard.is_empty())
        };
        let is_name = |line: &Self, place: usize| {
            place < end && !(place + 1 == end && line.word(place).is_some_and(|word| word.facts.is_suffix()))
        };
        let Some(first) = directional(self, start) else { return start };
        if let Some(second) = directional(self, start + 1)
            && let Some(joined) = joined(first, second)
            && is_name(self, start + 2)
        {
            self.write(start, Written::Standard(joined));
            self.write(start + 1, Written::NotAtAll);
            return start + 2;
        }
        if !is_name(self, start + 1) {
            return start;
        }
        self.write(start, Written::Standard(first));
        start + 1
    }

    /// The last suffix of a name of at least one more word; "The Pines" and "Avenue B" are names.
    fn standardise_suffix(&mut self, start: usize, end: usize) {
        let rules = self.rules;
        let Some(last) = end.checked_sub(1).filter(|last| *last > start).and_then(|last| self.word(last)) else {
            return;
        };
        if self.word(start).is_some_and(|word| is_article(word.text)) && end == start + 2 {
            return;
        }
        if last.facts.is_suffix() {
            let standard = rules.suffix(last.facts);
            self.write(end - 1, Written::Standard(standard));
            return;
        }
        let one_letter = last.text.len() == 1 && last.text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if one_letter && end == start + 2 && self.word(start).is_some_and(|word| rules.suffix(word.facts) == "Ave") {
            self.write(start, Written::Standard("Avenue"));
        }
    }

    /// The line as it is written.
    fn written(&self) -> String {
        if self.is_left {
            return self.text.to_owned();
        }
        let style = LetterCase::from_text(self.text);
        let mut out = String::with_capacity(self.text.len() + 4);
        for word in &self.words {
            if word.written == Written::NotAtAll {
                continue;
            }
            if !out.is_empty() {
                if word.after_comma && !matches!(word.written, Written::Standard(_)) {
                    out.push(',');
                }
                out.push(' ');
            }
            match word.written {
                Written::Standard(standard) => style.write(standard, &mut out),
                Written::Number => {
                    let number = word.text.trim_start_matches('0');
                    out.push_str(if number.is_empty() { word.text } else { number });
                }
                Written::Cardinal => out.extend(word.text.chars().take_while(char::is_ascii_digit)),
                Written::WithoutHyphen => out.extend(word.text.chars().filter(|letter| *letter != '-')),
                Written::AsItStands | Written::NotAtAll => out.push_str(word.text),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
