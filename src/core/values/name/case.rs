//! Letter case for names that came in one letter case. Every other name keeps its own.

use std::borrow::Cow;

use crate::rules::NameRules;
use crate::values::mend::mended;

/// Name case for a name that is all one case and longer than an initial; any other name stays as it is.
pub(crate) fn with_name_case<'a>(name: &'a str, rules: &NameRules) -> Cow<'a, str> {
    if !has_lost_its_case(name) {
        return Cow::Borrowed(name);
    }
    let lower: String = name.chars().map(|letter| only(letter.to_lowercase(), letter)).collect();
    let mut out = String::with_capacity(name.len());
    let mut words = lower.split(' ').peekable();
    let mut is_first = true;
    let mut previous = "";
    while let Some(word) = words.next() {
        if !is_first {
            out.push(' ');
        }
        let next = words.peek();
        let inside = !is_first && next.is_some();
        // The e of Silva e Costa, not the one of W. E. B.
        let is_initial = word.len() == 1 && (is_single(previous) || next.is_some_and(|next| is_single(next)));
        if inside && !is_initial && rules.is_particle(word) {
            out.push_str(word);
        } else {
            push_in_case(word, rules, &mut out);
        }
        is_first = false;
        previous = word;
    }
    // In another case a few letters read as one that was broken: ã¡ as Ã¡, which stands for á.
    if matches!(mended(&out), Cow::Owned(_)) { Cow::Borrowed(name) } else { Cow::Owned(out) }
}

/// An initial, with its dot or without.
fn is_single(word: &str) -> bool {
    word.trim_end_matches('.').chars().count() == 1
}

/// Whether all letters are of one case, and they are more than the capital of an initial.
fn has_lost_its_case(name: &str) -> bool {
    let (mut letters, mut upper, mut lower) = (0_u32, false, false);
    if name.is_ascii() {
        for byte in name.bytes().filter(u8::is_ascii_alphabetic) {
            letters += 1;
            upper |= byte.is_ascii_uppercase();
            lower |= byte.is_ascii_lowercase();
        }
    } else {
        for letter in name.chars().filter(|letter| letter.is_alphabetic()) {
            letters += 1;
            upper |= letter.is_uppercase();
            lower |= letter.is_lowercase();
        }
    }
    upper != lower && (lower || letters > 1)
}

/// The letter in its other case; one that is written with several letters there (ß as SS) stays as it is.
fn only(mut cased: impl ExactSizeIterator<Item = char>, letter: char) -> char {
    if cased.len() == 1 { cased.next().unwrap_or(letter) } else { letter }
}

/// Capitals at the start, after a hyphen, after O' and Dell', and after Mc; words of the table as they stand there.
fn push_in_case(word: &str, rules: &NameRules, out: &mut String) {
    for (place, part) in word.split('-').enumerate() {
        if place > 0 {
            out.push('-');
        }
        match rules.inner_capitals(part) {
            Some(known) => out.push_str(known),
            None => push_part(part, rules, out),
        }
    }
}

fn push_part(word: &str, rules: &NameRules, out: &mut String) {
    let mut start = true;
    let mut begin = 0;
    let is_mc = word.starts_with("mc") && word.len() > 2;
    for (place, letter) in word.char_indices() {
        let is_capital = (start && letter.is_alphabetic()) || (is_mc && place == 2);
        out.push(match letter {
            _ if is_capital => only(letter.to_uppercase(), letter),
            // The small form of the Turkish capital is two characters, of which the first is the letter.
            'İ' => 'i',
            _ => letter,
        });
        match letter {
            // J.R., St.Clair
            '(' | '/' | '"' | '.' | ',' => {
                start = true;
                begin = place + 1;
            }
            '\'' => {
                let (before, rest) = (word.get(begin..place), word.get(place + 1..));
                let (before, rest) = (before.unwrap_or_default(), rest.unwrap_or_default());
                start = match before.chars().count() {
                    // 'Abd, and 't Hooft.
                    0 => place == 0 && rest.len() > 1,
                    1 => true,
                    _ => rules.begins_before_apostrophe(before, rest),
                };
                begin = place + 1;
            }
            _ if letter.is_alphabetic() => start = false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    fn rules() -> NameRules {
        NameRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    #[test]
    fn names_that_lost_their_case_are_given_it_back() {
        for (raw, cased) in [
            ("O'BRIEN", "O'Brien"),
            ("MCDONALD", "McDonald"),
            ("mcdonald", "McDonald"),
            ("MACARTHUR", "MacArthur"),
            ("MACHADO", "Machado"),
            ("VAN DER BERG", "Van der Berg"),
            ("DE LA CRUZ", "De la Cruz"),
            ("JOSÉ-MARÍA", "José-María"),
            ("NGUYỄN", "Nguyễn"),
            ("NG", "Ng"),
            ("D'ANGELO", "D'Angelo"),
            ("DELL'AQUILA", "Dell'Aquila"),
            ("KA'IULANI", "Ka'iulani"),
            ("ST. JOHN", "St. John"),
            ("mary ann", "Mary Ann"),
            ("MC", "Mc"),
            ("JJ", "JJ"),
            ("T.J.", "T.J."),
            ("j.r.", "J.R."),
            ("KE'SHAWN", "Ke'Shawn"),
            ("KE'ALA", "Ke'ala"),
            ("ST.CLAIR", "St.Clair"),
            ("'ABD", "'Abd"),
            ("'T HOOFT", "'t Hooft"),
            ("SMITH,JOHN", "Smith,John"),
            ("weiß", "Weiß"),
            ("W E B", "W E B"),
            ("W. E. B.", "W. E. B."),
            ("SILVA E COSTA", "Silva e Costa"),
            ("İBRAHİM", "İbrahim"),
            // A letter whose small form has no single capital.
            ("ẞⶰ", "ßⶰ"),
        ] {
            assert_eq!(with_name_case(raw, &rules()), cased);
        }
    }

    #[test]
    fn no_name_is_given_a_case_in_which_it_reads_as_broken_letters() {
        for name in ["ã¡", "ã©la"] {
            assert_eq!(with_name_case(name, &rules()), name);
        }
    }

    #[test]
    fn names_with_a_case_of_their_own_stay() {
        for name in
            ["van der Berg", "DeShawn", "McDonald", "O", "d'Aulaire", "李", "LaToya", "Infante", "Babyak", "De La Cruz"]
        {
            assert_eq!(with_name_case(name, &rules()), name);
        }
    }
}
