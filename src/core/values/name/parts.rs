//! What stands in a name cell beside the name: suffixes, titles, degrees, notes, a second name, stray marks.

use std::borrow::Cow;

use crate::rules::NameRules;
use crate::rules::names::Affix;

/// How often a cell is looked at: a title may stand in front of another, a degree behind a suffix.
const MOST_LOOKS: usize = 8;

/// Which part of the name a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    First,
    Middle,
    Last,
}

/// A name cell taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameCell<'a> {
    /// The name.
    pub(crate) text: String,
    /// A generational suffix, in the form in which it is kept.
    pub(crate) suffix: Option<&'a str>,
    /// Further names of the same person.
    pub(crate) aliases: Vec<String>,
    /// A title, a degree or a note was left out.
    pub(crate) title_parted: bool,
    /// Apostrophes, hyphens or stray marks were changed.
    pub(crate) tidied: bool,
}

/// Takes a cleaned cell apart. Nothing is taken off that would leave no name.
pub(crate) fn take_apart<'a>(text: Cow<'_, str>, position: Position, rules: &'a NameRules) -> NameCell<'a> {
    if is_plain_word(&text) && (position != Position::Middle || text.len() < 2) {
        return NameCell { text: text.into_owned(), ..NameCell::default() };
    }
    let (text, was_tidied) = tidied(text);
    let mut cell = NameCell { text, tidied: was_tidied, ..NameCell::default() };
    let whole = cell.clone();
    for _ in 0..MOST_LOOKS {
        let changed = part_brackets(&mut cell, position, rules)
            || part_care_of(&mut cell)
            || part_alias(&mut cell, position, rules)
            || part_title(&mut cell, position, rules);
        if !changed {
            match part_affix(&mut cell, position, rules) {
                Parting::Done => {}
                Parting::Nothing => break,
                // Two suffixes contradict each other: neither is taken for the right one.
                Parting::Contradiction => return whole,
            }
        }
        cell.text = tidied(Cow::Owned(cell.text)).0;
    }
    for alias in &mut cell.aliases {
        *alias = tidied(Cow::Owned(std::mem::take(alias))).0;
    }
    cell
}

/// What became of a word behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parting {
    Done,
    Nothing,
    Contradiction,
}

/// One word of ASCII letters with marks inside it, as nearly all names are: there is nothing to take off.
fn is_plain_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    is_end(bytes.first())
        && is_end(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'-'))
}

/// Apostrophes and hyphens in one spelling, no spaces around a hyphen between letters, no stray marks at the ends; and
/// whether that changed anything.
pub(crate) fn tidied(text: Cow<'_, str>) -> (String, bool) {
    let is_tidy =
        |letter: char| unified(letter) == letter && (letter.is_alphanumeric() || matches!(letter, ' ' | '\'' | '.'));
    if text.chars().all(is_tidy) {
        return (text.into_owned(), false);
    }
    let unified: String = text.chars().map(unified).collect();
    let mut out = String::with_capacity(unified.len());
    for word in unified.split(' ') {
        let joins = |text: &str| text.ends_with('-') || text.is_empty();
        let continues = joins(&out) || (word.starts_with('-') && out.ends_with(char::is_alphabetic));
        if !continues {
            out.push(' ');
        }
        out.push_str(word);
    }
    let is_quoted = |text: &str| text.len() > 2 && text.starts_with('"') && text.find('"') != text.rfind('"');
    let mut end = out.trim_matches(is_stray);
    while is_quoted(end) && end.ends_with('"') && end.matches('"').count() == 2 {
        end = end.trim_matches('"').trim_matches(is_stray);
    }
    if !end.chars().any(char::is_alphanumeric) {
        return (text.into_owned(), false);
    }
    let changed = end != text;
    (end.to_owned(), changed)
}

/// Marks that are no part of a name where they stand at its ends.
fn is_stray(letter: char) -> bool {
    matches!(letter, ' ' | '*' | '_' | ',' | ';' | ':' | '-' | '~' | '=' | '|' | '\\')
}

/// The one spelling of apostrophes, hyphens and quotation marks. The okina of Hawaiian names is a letter and stays.
pub(crate) fn unified(letter: char) -> char {
    match letter {
        '\u{2018}' | '\u{2019}' | '\u{2bc}' | '`' | '\u{b4}' | '\u{2032}' | '\u{ff07}' => '\'',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{201c}'..='\u{201f}' => '"',
        _ => letter,
    }
}

/// `Robert (Bob)`, `Robert "Bob"`, `Smith (Jr)`, `Smith (deceased)`, and `(Bob)`.
fn part_brackets<'a>(cell: &mut NameCell<'a>, position: Position, rules: &'a NameRules) -> bool {
    for (open, close) in [('(', ')'), ('[', ']'), ('"', '"')] {
        let Some(start) = cell.text.find(open) else { continue };
        let (before, rest) = cell.text.split_at(start);
        let rest = rest.get(open.len_utf8()..).unwrap_or_default();
        // A bracket that is never closed was cut off with the end of the cell.
        let (inner, after) = rest.split_once(close).unwrap_or((rest, ""));
        let outer = match (before.trim(), after.trim()) {
            (before, "") => before.to_owned(),
            ("", after) => after.to_owned(),
            (before, after) => format!("{before} {after}"),
        };
        let inner = inner.trim().trim_matches(['\'', ',']).trim().to_owned();
        if is_name_like(&outer) && take_beside(cell, &inner, position, rules) {
            cell.text = outer;
            return true;
        }
        if outer.is_empty() && open != '"' && is_name_like(&inner) && !rules.is_note(&inner) {
            cell.text = inner;
            cell.tidied = true;
            return true;
        }
    }
    part_single_quotes(cell, position, rules)
}

/// `Robert 'Bob'`.
fn part_single_quotes<'a>(cell: &mut NameCell<'a>, position: Position, rules: &'a NameRules) -> bool {
    let Some((name, quoted)) = cell.text.split_once(" '") else { return false };
    let Some(inner) = quoted.strip_suffix('\'').filter(|inner| !inner.contains('\'')) else { return false };
    let (name, inner) = (name.to_owned(), inner.to_owned());
    let is_beside = is_name_like(&name) && take_beside(cell, &inner, position, rules);
    if is_beside {
        cell.text = name;
    }
    is_beside
}

/// Takes a text that stands beside the name for what it is; `false` when it is nothing that is known.
fn take_beside<'a>(cell: &mut NameCell<'a>, text: &str, position: Position, rules: &'a NameRules) -> bool {
    match rules.after_space(text) {
        Some(Affix::Credential) => {
            cell.title_parted = true;
            return true;
        }
        // `Smith (Jr)`
        Some(Affix::Suffix(form)) if cell.suffix.is_none_or(|known| known == form) => {
            cell.suffix = Some(form);
            return true;
        }
        Some(Affix::Suffix(_)) | None => {}
    }
    if rules.is_note(text) {
        cell.title_parted = true;
        return true;
    }
    let words = text.split(' ').count();
    let bare = match text.split_once(' ') {
        Some((marker, rest)) if rules.alias_marker(marker).is_some() => rest,
        _ => text,
    };
    let is_alias = position != Position::Middle && words <= 3 && is_name_like(bare) && rules.suffix(bare).is_none();
    if is_alias {
        cell.aliases.push(bare.to_owned());
    }
    is_alias
}

/// Letters, with what joins them.
pub(crate) fn is_name_like(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
        && text.chars().all(|letter| letter.is_alphabetic() || matches!(letter, ' ' | '\'' | '-' | '.' | ','))
}

/// `Robert aka Bob`, `Smith nee Jones`, `Bob aka`, and `Robert/Bob`.
fn part_alias(cell: &mut NameCell<'_>, position: Position, rules: &NameRules) -> bool {
    if position == Position::Middle {
        return part_birth_name(cell, rules);
    }
    let words: Vec<&str> = cell.text.split(' ').collect();
    let marker = words.iter().enumerate().skip(1).find_map(|(place, word)| {
        let may_trail = rules.alias_marker(word.trim_matches(','))?;
        (place + 1 < words.len() || may_trail).then_some(place)
    });
    let Some(place) = marker else { return part_slash(cell) };
    let (name, alias) = (words.get(..place), words.get(place + 1..));
    let joined = |words: Option<&[&str]>| words.unwrap_or_default().join(" ").trim_matches(is_stray).to_owned();
    let (name, alias) = (joined(name), joined(alias));
    if !is_name_like(&name) || (!alias.is_empty() && !is_name_like(&alias)) {
        return false;
    }
    cell.text = name;
    if alias.is_empty() {
        cell.title_parted = true;
    } else {
        cell.aliases.push(alias);
    }
    true
}

/// `Smith c/o Jones`: who takes the post is no name of the patient's.
fn part_care_of(cell: &mut NameCell<'_>) -> bool {
    let at = cell.text.as_bytes().windows(5).position(|part| part.eq_ignore_ascii_case(b" c/o "));
    let Some(name) = at.and_then(|at| cell.text.get(..at)).filter(|name| is_name_like(name)) else { return false };
    cell.text = name.to_owned();
    cell.title_parted = true;
    true
}

/// A middle name that is `née Smith`, or has it behind it: that is a last name, and what stood before it is left.
fn part_birth_name(cell: &mut NameCell<'_>, rules: &NameRules) -> bool {
    if !cell.text.contains(' ') {
        return false;
    }
    let words: Vec<&str> = cell.text.split(' ').collect();
    let Some(place) = words.iter().position(|word| rules.alias_marker(word).is_some()) else { return false };
    let [name, alias] = [words.get(..place), words.get(place + 1..)].map(|words| words.unwrap_or_default().join(" "));
    let is_birth_name = is_name_like(&alias);
    if is_birth_name {
        cell.aliases.push(alias);
        cell.text = name;
    }
    is_birth_name
}

/// `Robert/Bob`.
fn part_slash(cell: &mut NameCell<'_>) -> bool {
    let Some((name, alias)) = cell.text.split_once('/') else { return false };
    let both = [name, alias].into_iter().all(|part| part.chars().count() > 1 && is_name_like(part));
    if both {
        let (name, alias) = (name.trim().to_owned(), alias.trim().to_owned());
        cell.text = name;
        cell.aliases.push(alias);
    }
    both
}

/// `Dr. Ann`, `Mr Smith`, `Deceased John`.
fn part_title(cell: &mut NameCell<'_>, position: Position, rules: &NameRules) -> bool {
    if position == Position::Middle {
        return false;
    }
    match cell.text.split_once(' ') {
        Some((title, name)) if is_no_name(title.trim_end_matches([',', '-', ':']), rules) && is_name_like(name) => {
            cell.text = name.to_owned();
            cell.title_parted = true;
            true
        }
        _ => false,
    }
}

/// A form of address, or a note, in front of a name.
fn is_no_name(word: &str, rules: &NameRules) -> bool {
    rules.is_title(word) || rules.is_note_in_front(word)
}

/// Whether a degree behind a first name, set apart by a space, can be nothing else: written with dots, or in capitals
/// behind a name that is not.
fn is_written_as_degree(name: &str, word: &str) -> bool {
    let is_capital = |text: &str| !text.chars().any(char::is_lowercase);
    word.trim_end_matches('.').contains('.') || (word.len() > 1 && is_capital(word) && !is_capital(name))
}

/// `Smith Jr.`, `Smith, III`, `Smith MD`, `Smith, RN, BSN`, `Smith - deceased`. Behind a first name a degree needs a
/// comma.
fn part_affix<'a>(cell: &mut NameCell<'a>, position: Position, rules: &'a NameRules) -> Parting {
    let text = cell.text.as_str();
    // A middle name that is a suffix alone stands in the wrong column.
    if position == Position::Middle
        && let Some(form) = rules.suffix_after_space(text)
    {
        if cell.suffix.is_some_and(|known| known != form) {
            return Parting::Contradiction;
        }
        cell.suffix = Some(form);
        cell.text.clear();
        return Parting::Done;
    }
    let found = match text.rsplit_once([',', ';']) {
        Some((name, word)) if rules.is_note(word.trim()) => Some((name, Affix::Credential)),
        Some((name, word)) => rules.after_comma(word.trim()).map(|affix| (name, affix)),
        None => None,
    };
    let found = found.or_else(|| {
        let (name, word) = text.rsplit_once(' ')?;
        let affix = rules.after_space(word)?;
        let may_part = position == Position::Last || is_written_as_degree(name, word);
        (may_part || affix != Affix::Credential).then_some((name, affix))
    });
    // `SMITH DECEASED`: a word that is nobody's name.
    let found = found.or_else(|| {
        let (name, word) = text.rsplit_once(' ')?;
        rules.is_note_in_front(word).then_some((name, Affix::Credential))
    });
    // `Smith *DECEASED`: the mark behind it is off already.
    let found = found.or_else(|| {
        let (name, note) = text.split_once(" *")?;
        rules.is_note(note.trim()).then_some((name, Affix::Credential))
    });
    let found = found.or_else(|| {
        let (name, word) = text.rsplit_once('-')?;
        rules.is_note(word.trim()).then_some((name, Affix::Credential))
    });
    let Some((name, affix)) = found else { return Parting::Nothing };
    let name = name.trim_matches(is_stray).to_owned();
    if !name.chars().any(char::is_alphabetic) {
        return Parting::Nothing;
    }
    match affix {
        Affix::Suffix(form) => {
            if cell.suffix.is_some_and(|known| known != form) {
                return Parting::Contradiction;
            }
            cell.suffix = Some(form);
            // `Smith the III`
            let before_article = name.len().checked_sub(4).and_then(|end| name.split_at_checked(end));
            if let Some((front, article)) = before_article
                && article.eq_ignore_ascii_case(" the")
            {
                cell.text = front.to_owned();
                return Parting::Done;
            }
        }
        Affix::Credential => cell.title_parted = true,
    }
    cell.text = name;
    Parting::Done
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::rules::RuleFiles;

    static RULES: LazyLock<NameRules> = LazyLock::new(|| NameRules::parse(&RuleFiles::embedded()).expect("sound"));

    /// Cells of words that mean something to the rules, and of words that do not.
    fn cell() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            prop::sample::select(vec![
                "Smith",
                "Jr",
                "Jr.",
                "MD",
                "M.D.,",
                ",",
                "III",
                "V",
                ", V",
                "RN",
                "Dr.",
                "Mr",
                "Sr",
                "aka",
                "nee",
                "(Bob)",
                "\"Bob\"",
                "(Jr)",
                "(deceased)",
                "(nee Ng)",
                "[x",
                "de",
                "la",
                "O’Brien",
                "-",
                "- deceased",
                "Bob/Rob",
                "/",
                "*",
                "'",
                "\"",
                "José",
                "李",
                "Do",
                "2nd",
                "DO",
                "P.",
            ])
            .prop_map(str::to_owned),
            "[a-zA-Z.,'()/\"-]{1,4}",
        ];
        prop::collection::vec(word, 1..6).prop_map(|words| words.join(" "))
    }

    proptest! {
        #[test]
        fn what_is_left_of_a_name_is_left_as_it_is(text in cell(), place in 0_usize..3) {
            let position = [Position::First, Position::Middle, Position::Last][place];
            let once = take_apart(Cow::Borrowed(&text), position, &RULES);
            let again = take_apart(Cow::Borrowed(&once.text), position, &RULES);
            prop_assert_eq!(&again.text, &once.text);
            let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).count();
            prop_assert!(letters(&once.text) + once.aliases.iter().map(|alias| letters(alias)).sum::<usize>() <= letters(&text));
        }
    }

    #[test]
    fn suffixes_are_parted_and_names_that_look_like_one_are_not() {
        for (raw, name, suffix) in [
            ("Smith Jr", "Smith", Some("Jr")),
            ("Smith, III", "Smith", Some("III")),
            ("SMITH JR.", "SMITH", Some("Jr")),
            ("Smith,Sr", "Smith", Some("Sr")),
            ("De La Cruz", "De La Cruz", None),
            ("Louis V", "Louis V", None),
            ("Louis, V", "Louis", Some("V")),
            ("Junior", "Junior", None),
            ("Jr", "Jr", None),
        ] {
            let cell = take_apart(Cow::Borrowed(raw), Position::Last, &RULES);
            assert_eq!((cell.text.as_str(), cell.suffix), (name, suffix), "{raw}");
        }
    }
}
