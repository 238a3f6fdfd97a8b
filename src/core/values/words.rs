//! The words of a cell as parts of it: splitting copies no text.

/// Words that a cell may have to be taken apart at all: longer ones are notes.
const MOST_WORDS: usize = 12;

/// The words between white space and commas, as byte ranges of the text. No allocation.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    text: &'a str,
    ranges: [(usize, usize); MOST_WORDS],
    len: usize,
}

impl<'a> Words<'a> {
    /// `None` when there are none, or more than can be taken apart.
    pub(crate) fn from_text(text: &'a str) -> Option<Self> {
        let mut words = Self { text, ranges: [(0, 0); MOST_WORDS], len: 0 };
        let mut start = None;
        for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
            let parts = letter.is_whitespace() || letter == ',';
            match start {
                None if !parts => start = Some(at),
                Some(from) if parts => {
                    *words.ranges.get_mut(words.len)? = (from, at);
                    words.len += 1;
                    start = None;
                }
                _ => {}
            }
        }
        (words.len > 0).then_some(words)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A word; empty beyond the last.
    pub(crate) fn get(&self, index: usize) -> &'a str {
        self.span(index, index + 1)
    }

    /// The last word.
    pub(crate) fn last(&self) -> &'a str {
        self.get(self.len - 1)
    }

    /// The text from one word up to before another; empty when there is no word between.
    pub(crate) fn span(&self, from: usize, to: usize) -> &'a str {
        if from >= to || to > self.len {
            return "";
        }
        let ends = self.ranges.get(from).zip(self.ranges.get(to - 1));
        ends.and_then(|((start, _), (_, end))| self.text.get(*start..*end)).unwrap_or_default()
    }

    /// Whether a comma stands somewhere between two neighbouring words, the second of them `index`.
    pub(crate) fn has_comma_before(&self, index: usize) -> bool {
        let gap = index.checked_sub(1).and_then(|before| self.ranges.get(before)).zip(self.ranges.get(index));
        gap.and_then(|((_, end), (start, _))| self.text.get(*end..*start)).is_some_and(|gap| gap.contains(','))
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len).map(move |index| self.get(index))
    }

    /// Without the first `count` words; without any when there are no more.
    pub(crate) fn without_first(mut self, count: usize) -> Self {
        let count = count.min(self.len);
        self.ranges.copy_within(count..self.len, 0);
        self.len -= count;
        self
    }

    /// Without the last `count` words.
    pub(crate) fn without_last(mut self, count: usize) -> Option<Self> {
        self.len = self.len.checked_sub(count).filter(|len| *len > 0)?;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_what_lies_between_them_come_back() {
        let words = Words::from_text("  van der  Berg, Ann").expect("words");
        assert_eq!((words.len(), words.get(0), words.last()), (4, "van", "Ann"));
        assert_eq!(words.span(0, 3), "van der  Berg");
        assert!(words.has_comma_before(3) && !words.has_comma_before(2) && !words.has_comma_before(0));
        assert!(Words::from_text(" , ").is_none());
        assert!(Words::from_text(&"a ".repeat(13)).is_none());
    }
}
