//! Checks that lists of words in rule files share: lower case, sorted, each word once.

use super::{RuleFiles, RulesError};

/// The words of a list, each in the form that `form` brings it to, sorted, and none twice.
pub(super) fn checked(
    files: &RuleFiles,
    (file, table, key): (&str, &str, &str),
    words: Vec<String>,
    form: impl Fn(&str) -> String,
) -> Result<Vec<String>, RulesError> {
    let refuse = |reason: String| Err(files.entry_error(file, table, key, reason));
    if words.is_empty() {
        return refuse("at least one word is needed".to_owned());
    }
    if let Some(bad) = words.iter().find(|word| word.is_empty() || form(word) != **word) {
        return refuse(format!("\"{bad}\" has to be written as \"{}\"", form(bad)));
    }
    if let Some([_, second]) = words.array_windows().find(|[first, second]| first >= second) {
        return refuse(format!("\"{second}\" is out of order or stands twice: words are sorted"));
    }
    Ok(words)
}
