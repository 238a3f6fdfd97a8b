//! The form in which text is compared: what typing habits change is taken out. It is never sent.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Appends the comparison form of `text`: lower case, without diacritics, letters and digits only. Letters of other
/// scripts stay themselves, because transliterating them would make different names equal.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()));
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
        fn folding_twice_changes_nothing_more(text in ".*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
