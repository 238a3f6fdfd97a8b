//! Whether a word is a given name or a family name, by how many people have it as which: so the content of a column
//! tells what it holds.

use crate::domain::fold;
use crate::rules::NameFrequencies;

/// How much more often than the other kind a word has to be of one kind to count as nothing else.
const CLEARLY: f32 = 4.0;
/// How much more often in this order than in the other the outer words of a name have to be given and family names.
const ORDER_SHOWS: f32 = 3.0;

/// The shares of people who have a word as a given name and as a family name; 0 for what is not listed.
#[derive(Clone, Copy)]
pub(crate) struct NameKind {
    given: f32,
    family: f32,
}

impl NameKind {
    pub(crate) fn from_word(word: &str, names: &NameFrequencies) -> Self {
        let folded = fold(word);
        let given = if names.is_listed_given_name(&folded) { names.given_name_share(&folded) } else { 0.0 };
        let family = if names.is_listed_surname(&folded) { names.surname_share(&folded) } else { 0.0 };
        Self { given, family }
    }

    /// A given name and hardly ever a family name.
    pub(crate) fn is_clearly_given(self) -> bool {
        self.given > CLEARLY * self.family
    }

    /// A family name and hardly ever a given name.
    pub(crate) fn is_clearly_family(self) -> bool {
        self.family > CLEARLY * self.given
    }

    /// What two words show about their order: positive when this one is the given name, negative when the other is, 0
    /// when neither is clear.
    pub(crate) fn order_with(self, other: Self) -> i32 {
        // Per 100,000, and 1 for what is not listed: a rare name speaks for neither order.
        let weight = |given: f32, family: f32| given.mul_add(100_000.0, 1.0) * family.mul_add(100_000.0, 1.0);
        let (this_first, other_first) = (weight(self.given, other.family), weight(other.given, self.family));
        if this_first > ORDER_SHOWS * other_first {
            1
        } else if other_first > ORDER_SHOWS * this_first {
            -1
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    #[test]
    fn words_are_told_apart_by_how_often_they_are_which() {
        let rules = Rules::load(None).expect("sound");
        let kind = |word| NameKind::from_word(word, &rules.name_frequencies);
        assert!(kind("JENNIFER").is_clearly_given() && kind("Mary").is_clearly_given());
        assert!(kind("Johnson").is_clearly_family() && !kind("Johnson").is_clearly_given());
        assert!(!kind("Zyzzyva").is_clearly_given() && !kind("Zyzzyva").is_clearly_family());
        assert_eq!(kind("Jennifer").order_with(kind("Johnson")), 1);
        assert_eq!(kind("Johnson").order_with(kind("Jennifer")), -1);
        assert_eq!(kind("Zyzzyva").order_with(kind("Quux")), 0);
    }
}
