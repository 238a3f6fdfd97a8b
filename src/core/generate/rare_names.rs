//! Names beyond the frequent ones: a country has far more names than a table of the first thousand, and how many people
//! share a name decides how much a shared name means.

use std::collections::BTreeSet;

use super::data::{Tables, Weighted};
use super::draws::{DrawSource, Draws};

/// Surnames made up. The 2010 Census counts 162,253 surnames borne by 100 people or more.
const RARE_SURNAMES: usize = 60_000;
/// Given names made up per sex.
const RARE_GIVEN_NAMES: usize = 6_000;
/// Share of people outside the table of surnames, whose weights sum to 43 % of people.
const RARE_SURNAME_SHARE: f64 = 0.57;
/// Share of people outside the tables of given names, whose weights sum to 71 % of women and 82 % of men.
const RARE_GIVEN_NAME_SHARE: f64 = 0.23;
/// The nth rare name is drawn with a frequency of 1 / (n + this): Zipf's law, whose head is the table itself.
const ZIPF_SHIFT: u32 = 300;

/// Frequent and rare names together.
pub(super) struct NameStock<'a> {
    tables: &'a Tables,
    surnames: Weighted<String>,
    given_female: Weighted<String>,
    given_male: Weighted<String>,
}

impl<'a> NameStock<'a> {
    /// Makes the rare names by crossing frequent ones: the beginning of one, the end of another.
    pub(super) fn new(tables: &'a Tables, source: &DrawSource) -> Self {
        Self {
            tables,
            surnames: crossed(tables.surnames.items(), RARE_SURNAMES, &mut source.rare_names(0)),
            given_female: crossed(tables.given_female.items(), RARE_GIVEN_NAMES, &mut source.rare_names(1)),
            given_male: crossed(tables.given_male.items(), RARE_GIVEN_NAMES, &mut source.rare_names(2)),
        }
    }

    /// A surname.
    pub(super) fn surname(&self, draws: &mut Draws) -> Option<&str> {
        drawn(&self.tables.surnames, &self.surnames, RARE_SURNAME_SHARE, draws)
    }

    /// A woman's given name, or a man's.
    pub(super) fn given(&self, female: bool, draws: &mut Draws) -> Option<&str> {
        let (frequent, rare) = if female {
            (&self.tables.given_female, &self.given_female)
        } else {
            (&self.tables.given_male, &self.given_male)
        };
        drawn(frequent, rare, RARE_GIVEN_NAME_SHARE, draws)
    }
}

fn drawn<'a>(
    frequent: &'a Weighted<&'static str>,
    rare: &'a Weighted<String>,
    rare_share: f64,
    draws: &mut Draws,
) -> Option<&'a str> {
    if draws.chance(rare_share) { rare.draw(draws).map(String::as_str) } else { frequent.draw(draws).copied() }
}

/// Up to `count` names that are in none of the lists yet, the earlier the more frequent.
fn crossed(names: &[&'static str], count: usize, draws: &mut Draws) -> Weighted<String> {
    let mut known: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut made = Vec::with_capacity(count);
    // A name may come out twice: twice the tries are enough for the tables, and an end for any other.
    let names: Vec<&str> = names.iter().copied().filter(|name| !name.contains(' ')).collect();
    for _ in 0..count * 4 {
        if made.len() == count {
            break;
        }
        let (first, second) = (draws.pick(&names), draws.pick(&names));
        let name = format!("{}{}", halves(first).0, halves(second).1);
        if (3..=14).contains(&name.len()) && known.insert(name.clone()) {
            made.push(name);
        }
    }
    Weighted::new(made.into_iter().zip(1_u32..).map(|(name, rank)| (name, 10_000_000 / (rank + ZIPF_SHIFT))))
}

/// A name cut before its last group of vowels: Mart-in, Robins-on, Patric-ia.
fn halves(name: &str) -> (&str, &str) {
    let vowel = |byte: u8| matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let bytes = name.as_bytes();
    let end = bytes.iter().rposition(|byte| vowel(*byte)).unwrap_or(0);
    let start = bytes.iter().take(end).rposition(|byte| !vowel(*byte)).map_or(0, |consonant| consonant + 1);
    name.split_at_checked(start).unwrap_or((name, ""))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn names_are_cut_before_their_last_vowels() {
        assert_eq!(halves("Martin"), ("Mart", "in"));
        assert_eq!(halves("Patricia"), ("Patric", "ia"));
        assert_eq!(halves("Ng"), ("", "Ng"));
        assert_eq!(halves("Lee"), ("L", "ee"));
    }

    #[test]
    fn frequent_surnames_stay_frequent_and_most_surnames_are_rare() {
        let (tables, source) = (Tables::embedded().expect("the embedded tables"), DrawSource::new(1));
        let stock = NameStock::new(&tables, &source);
        let mut draws = source.row(0);
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for _ in 0..50_000 {
            *counts.entry(stock.surname(&mut draws).expect("a surname")).or_default() += 1;
        }
        assert!(counts.len() > 12_000, "{} surnames", counts.len());
        assert!(counts["Smith"] > 200);
        assert!(counts.values().filter(|count| **count == 1).count() > 6_000);
        assert!(counts.keys().all(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic() || b" '".contains(&byte))));
    }
}
