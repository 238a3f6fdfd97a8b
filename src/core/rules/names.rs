//! Checked form of `rules/names.toml`: the words inside names that are no names.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::addresses::WordKey;
use super::{RuleFiles, RulesError};
use crate::domain::{SuffixDestination, fold};

const FILE: &str = "names.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNames {
    suffix_destination: SuffixDestination,
    suffixes: BTreeMap<String, RawSuffix>,
    titles: RawTitles,
    credentials: RawCredentials,
    notes: RawNotes,
    doubtful: RawDoubtful,
    aliases: RawAliases,
    newborn: Newborn,
    case: RawCase,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSuffix {
    spellings: Vec<String>,
    after_space: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTitles {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCredentials {
    after_space: Vec<String>,
    after_comma: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNotes {
    texts: BTreeSet<String>,
    in_front: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDoubtful {
    words: Vec<String>,
    endings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAliases {
    markers: Vec<String>,
    trailing: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    particles: BTreeSet<String>,
    inner_capitals: Vec<String>,
    before_apostrophe: BTreeSet<String>,
    before_apostrophe_and_consonant: BTreeSet<String>,
}

/// What a word behind a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affix<'a> {
    /// A generational suffix, in the form in which it is kept.
    Suffix(&'a str),
    /// A degree, licence or order.
    Credential,
}

/// What a word of the tables is behind a name, and whether a space alone sets it apart.
#[derive(Clone, Copy, Debug)]
struct AffixEntry {
    /// The place of a suffix in the list of forms; `None` for a credential.
    suffix: Option<usize>,
    after_space: bool,
}

/// Words inside names that are no names.
#[derive(Debug)]
pub struct NameRules {
    /// Where a generational suffix goes.
    pub suffix_destination: SuffixDestination,
    affixes: BTreeMap<WordKey, AffixEntry>,
    suffix_forms: Vec<String>,
    titles: BTreeSet<WordKey>,
    notes: BTreeSet<String>,
    notes_in_front: BTreeSet<String>,
    /// Words of notes that nobody is called by, where other words stand beside them.
    pub doubtful_words: Vec<String>,
    /// Words that end the name of a company or an estate.
    pub doubtful_endings: Vec<String>,
    /// Newborns that have no first name yet.
    pub newborn: Newborn,
    markers: BTreeMap<WordKey, bool>,
    particles: BTreeSet<String>,
    inner_capitals: BTreeMap<String, String>,
    before_apostrophe: BTreeSet<String>,
    before_apostrophe_and_consonant: BTreeSet<String>,
}

impl NameRules {
    /// Reads and checks `names.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawNames = files.parse_toml(FILE)?;
        let mut rules = Self {
            suffix_destination: raw.suffix_destination,
            affixes: BTreeMap::new(),
            suffix_forms: Vec::new(),
            titles: BTreeSet::new(),
            notes: raw.notes.texts,
            notes_in_front: raw.notes.in_front,
            doubtful_words: raw.doubtful.words,
            doubtful_endings: raw.doubtful.endings,
            newborn: raw.newborn,
            markers: BTreeMap::new(),
            particles: raw.case.particles,
            inner_capitals: BTreeMap::new(),
            before_apostrophe: raw.case.before_apostrophe,
            before_apostrophe_and_consonant: raw.case.before_apostrophe_and_consonant,
        };
        for (form, suffix) in raw.suffixes {
            let place = Some(rules.suffix_forms.len());
            for spelling in &suffix.spellings {
                let entry = AffixEntry { suffix: place, after_space: suffix.after_space };
                rules.add_affix(files, ("suffixes", &form), spelling, entry)?;
            }
            rules.suffix_forms.push(form);
        }
        for (key, after_space, words) in
            [("after_space", true, raw.credentials.after_space), ("after_comma", false, raw.credentials.after_comma)]
        {
            for word in &words {
                rules.add_affix(files, ("credentials", key), word, AffixEntry { suffix: None, after_space })?;
            }
        }
        for word in &raw.titles.words {
            if !rules.titles.insert(key_of(files, ("titles", "words"), word)?) {
                return Err(files.entry_error(FILE, "titles", "words", format!("\"{word}\" is there twice")));
            }
        }
        for word in &raw.aliases.markers {
            let may_trail = raw.aliases.trailing.contains(word);
            if rules.markers.insert(key_of(files, ("aliases", "markers"), word)?, may_trail).is_some() {
                return Err(files.entry_error(FILE, "aliases", "markers", format!("\"{word}\" is there twice")));
            }
        }
        if let Some(word) = raw.aliases.trailing.iter().find(|word| !raw.aliases.markers.contains(word)) {
            return Err(files.entry_error(
                FILE,
                "aliases",
                "trailing",
                format!("\"{word}\" is not one of the markers"),
            ));
        }
        if let Some(name) = rules.newborn.first_names.iter().find(|name| fold(name) != **name) {
            let reason = format!("\"{name}\" has to be written as \"{}\"", fold(name));
            return Err(files.entry_error(FILE, "newborn", "first_names", reason));
        }
        for name in raw.case.inner_capitals {
            if rules.inner_capitals.insert(name.to_lowercase(), name.clone()).is_some() {
                return Err(files.entry_error(FILE, "case", "inner_capitals", format!("\"{name}\" is there twice")));
            }
        }
        Ok(rules)
    }

    fn add_affix(
        &mut self,
        files: &RuleFiles,
        (table, key): (&str, &str),
        word: &str,
        entry: AffixEntry,
    ) -> Result<(), RulesError> {
        if self.affixes.insert(key_of(files, (table, key), word)?, entry).is_some() {
            return Err(files.entry_error(FILE, table, key, format!("\"{word}\" is there twice")));
        }
        Ok(())
    }

    /// The form of a suffix in which it is kept. Dots and letter case do not matter.
    pub fn suffix(&self, word: &str) -> Option<&str> {
        match self.after_comma(word)? {
            Affix::Suffix(form) => Some(form),
            Affix::Credential => None,
        }
    }

    /// The same, for a word that only a space sets apart from the name.
    pub fn suffix_after_space(&self, word: &str) -> Option<&str> {
        match self.after_space(word)? {
            Affix::Suffix(form) => Some(form),
            Affix::Credential => None,
        }
    }

    /// What a word is that a comma sets apart from the name before it.
    pub fn after_comma(&self, word: &str) -> Option<Affix<'_>> {
        self.affix(word, false)
    }

    /// What a word is that only a space sets apart from the name before it.
    pub fn after_space(&self, word: &str) -> Option<Affix<'_>> {
        self.affix(word, true)
    }

    fn affix(&self, word: &str, only_after_space: bool) -> Option<Affix<'_>> {
        // The longest spelling has eight letters, and dots may stand between them.
        if word.len() > 16 {
            return None;
        }
        let entry = self.affixes.get(&WordKey::from_word(word)?)?;
        if only_after_space && !entry.after_space {
            return None;
        }
        match entry.suffix {
            Some(place) => self.suffix_forms.get(place).map(|form| Affix::Suffix(form)),
            None => Some(Affix::Credential),
        }
    }

    /// Whether a word is a form of address, where it stands in front of a name.
    pub fn is_title(&self, word: &str) -> bool {
        WordKey::from_word(word).is_some_and(|key| self.titles.contains(&key))
    }

    /// Whether a text beside a name is a note about the record.
    pub fn is_note(&self, text: &str) -> bool {
        self.notes.contains(&text.to_lowercase())
    }

    /// Whether a word in front of a name is a note about the record.
    pub fn is_note_in_front(&self, word: &str) -> bool {
        self.notes_in_front.contains(&word.to_lowercase())
    }

    /// Whether a word stands between two names of one person; the inner value says whether it may also end a cell.
    pub fn alias_marker(&self, word: &str) -> Option<bool> {
        self.markers.get(&WordKey::from_word(word)?).copied()
    }

    /// Whether a word stays small inside a name.
    pub fn is_particle(&self, word: &str) -> bool {
        self.particles.contains(word)
    }

    /// The spelling of a word in lower case that has a capital inside.
    pub fn inner_capitals(&self, lower: &str) -> Option<&str> {
        self.inner_capitals.get(lower).map(String::as_str)
    }

    /// Whether a capital stands behind the apostrophe between these letters, given in lower case.
    pub fn begins_before_apostrophe(&self, lower: &str, rest: &str) -> bool {
        let is_consonant =
            |letter: char| letter.is_ascii_alphabetic() && !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u');
        self.before_apostrophe.contains(lower)
            || (self.before_apostrophe_and_consonant.contains(lower) && rest.starts_with(is_consonant))
    }
}

/// Newborns that have no first name yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newborn {
    /// Folded values that stand for the name to come.
    pub first_names: BTreeSet<String>,
}

impl Newborn {
    /// Whether a text begins with two words that together say that a newborn has no name yet.
    pub fn begins(&self, text: &str) -> bool {
        let mut words = text.split(' ');
        match (words.next(), words.next()) {
            (Some(first), Some(second)) => self.first_names.contains(&fold(&format!("{first}{second}"))),
            _ => false,
        }
    }

    /// Whether the first name of a row only says that a newborn has none yet, be it with the last name behind it
    /// (`BG Smith`, `Baby Boy Smith`).
    pub fn names(&self, first: &str, last: &str) -> bool {
        if self.names_nobody(&fold(first)) {
            return true;
        }
        if !first.contains(' ') {
            return false;
        }
        let words: Vec<String> = first.split(' ').map(fold).filter(|word| !word.is_empty()).collect();
        (1..words.len()).any(|count| {
            let (front, rest) = words.split_at(count);
            self.first_names.contains(&front.concat()) && (count > 1 || rest.concat() == fold(last))
        })
    }

    /// Whether a folded first name only says that a newborn has none yet: one of the list, with a letter or number for
    /// one of several behind it (`Baby Boy A`, `Twin 2`), with the mother's name behind it (`Baby Boy of Maria`), or
    /// before it, as the Joint Commission recommends (`Judy's Girl B`; National Patient Safety Goal NPSG.01.01.01,
    /// element of performance 3).
    pub fn names_nobody(&self, first: &str) -> bool {
        let is_listed = |name: &str| self.first_names.contains(name);
        let alone = first.strip_suffix(|last: char| matches!(last, 'a'..='c' | '1'..='4'));
        let of_mother = || {
            let may_be = first.as_bytes().windows(2).any(|pair| pair == b"of");
            may_be && first.match_indices("of").any(|(at, _)| at > 0 && first.get(..at).is_some_and(is_listed))
        };
        let behind_mother = |name: &str| {
            let mother = ["girl", "boy"].iter().find_map(|child| name.strip_suffix(child));
            mother.is_some_and(|mother| mother.chars().count() >= 3)
        };
        let is_one = |name: &str| is_listed(name) || behind_mother(name);
        is_one(first) || alone.is_some_and(is_one) || of_mother()
    }
}

fn key_of(files: &RuleFiles, (table, key): (&str, &str), word: &str) -> Result<WordKey, RulesError> {
    let is_plain = !word.is_empty() && word == word.to_lowercase() && !word.contains(['.', ' ']);
    WordKey::from_word(word).filter(|_| is_plain).ok_or_else(|| {
        files.entry_error(FILE, table, key, format!("\"{word}\" must be one word in lower case without dots"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> NameRules {
        NameRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    #[test]
    fn suffixes_are_known_by_any_of_their_spellings() {
        let rules = rules();
        assert_eq!(rules.suffix("JR."), Some("Jr"));
        assert_eq!(rules.suffix("3rd"), Some("III"));
        assert_eq!(rules.suffix("V"), Some("V"));
        assert_eq!(rules.suffix_after_space("V"), None);
        assert_eq!(rules.suffix("Junge"), None);
        assert_eq!(rules.suffix("MD"), None);
    }

    #[test]
    fn degrees_that_are_names_too_need_a_comma() {
        let rules = rules();
        assert_eq!(rules.after_space("M.D."), Some(Affix::Credential));
        assert_eq!(rules.after_space("Do"), None);
        assert_eq!(rules.after_comma("DO"), Some(Affix::Credential));
    }

    #[test]
    fn newborns_without_a_name_are_told_from_people_who_have_one() {
        let newborn = rules().newborn;
        for name in [
            "babyboy",
            "babyboya",
            "babygirl2",
            "baby",
            "infant",
            "twinb",
            "bb",
            "bg",
            "newborn",
            "babyboyofmaria",
            "judygirla",
            "judysgirl",
            "wandasboyb",
        ] {
            assert!(newborn.names_nobody(name), "{name}");
        }
        for name in ["ann", "boyd", "toby", "barbara", "bea", "babette", "sofia", "winona", "infante", "godofredo", ""]
        {
            assert!(!newborn.names_nobody(name), "{name}");
        }
    }
}
