//! The form in which text is compared: what typing habits change is taken out. It is never sent.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Appends the comparison form of `text`: lower case, without diacritics, letters and digits only. Letters of other
/// scripts stay themselves, because transliterating them would make different names equal.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        fold_ascii_into(text, out);
        return;
    }
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'ß' => out.push_str("ss"),
            'Æ' | 'æ' => out.push_str("ae"),
            'Œ' | 'œ' => out.push_str("oe"),
            'Ø' | 'ø' => out.push('o'),
            'Đ' | 'đ' | 'Ð' | 'ð' => out.push('d'),
            'Ł' | 'ł' => out.push('l'),
            'ı' => out.push('i'),
            _ if letter.is_alphanumeric() => {
                out.extend(letter.to_lowercase().filter(|lower| !is_combining_mark(*lower)));
            }
            _ => {}
        }
    }
}

/// The same of ASCII, some dozen letters at a time, because appending them one by one takes several times as long.
fn fold_ascii_into(text: &str, out: &mut String) {
    for part in text.as_bytes().chunks(32) {
        let (mut folded, mut length) = ([0; 32], 0);
        for letter in part {
            if let Some(place) = folded.get_mut(length) {
                *place = letter.to_ascii_lowercase();
            }
            length += usize::from(letter.is_ascii_alphanumeric());
        }
        out.push_str(std::str::from_utf8(folded.get(..length).unwrap_or_default()).unwrap_or_default());
    }
}

/// The comparison form as a new string.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_fold_to_one_form() {
        assert_eq!(fold("O’Brien"), fold("OBRIEN"));
        assert_eq!(fold("José-María"), fold("JOSE MARIA"));
        assert_eq!(fold("Nguyễn"), "nguyen");
        assert_eq!(fold("Strauß"), fold("STRAUSS"));
        assert_ne!(fold("李"), fold("黎"));
    }

    proptest! {
        #[test]
        fn ascii_folds_as_its_letters_do_one_by_one(text in "[ -~]{0,80}") {
            let one_by_one: String =
                text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
            prop_assert_eq!(fold(&text), one_by_one);
        }

        #[test]
        fn folding_twice_changes_nothing_more(text in ".*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
