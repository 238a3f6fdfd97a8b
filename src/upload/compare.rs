//! Whether the subject that the vendor holds under an id is the one that we would create.

use super::api::StoredSubject;
use crate::domain::{SubjectRecord, Text, fold};

/// Whether both are one person: the same first and last name in comparison form, and no birth date or sex that both give
/// and that differs.
pub(super) fn is_same_person(ours: &SubjectRecord, stored: &StoredSubject) -> bool {
    let same_name = |left: &Text, right: &Text| fold(left.as_text()) == fold(right.as_text());
    let birth_date = ours.birth_date.as_ref().map_or("", Text::as_text);
    let sex = ours.gender.as_ref().map_or("", Text::as_text);
    same_name(&ours.first_name, &stored.first_name)
        && same_name(&ours.last_name, &stored.last_name)
        && no_contradiction(birth_date, date_part(stored.birth_date.as_text()))
        && no_contradiction(&fold(sex), first_letter(&fold(stored.gender.as_text())))
}

fn no_contradiction(left: &str, right: &str) -> bool {
    left.is_empty() || right.is_empty() || left == right
}

/// `1971-06-29` of `1971-06-29T00:00:00Z`.
fn date_part(text: &str) -> &str {
    text.trim().get(..10).unwrap_or(text)
}

/// `f` of `female`: only the letters are guaranteed, the words have been seen.
fn first_letter(text: &str) -> &str {
    text.chars().next().and_then(|letter| text.get(..letter.len_utf8())).unwrap_or_default()
}

/// Whether the vendor stored the subject at or after a moment, by the two clocks. Not known: no.
pub(super) fn stored_since(stored: &StoredSubject, moment_milliseconds: i64) -> bool {
    let Some(text) = stored.created.as_deref() else { return false };
    let Ok(created) = text.parse::<jiff::Timestamp>() else { return false };
    // A vendor that states whole seconds has cut off the rest: the moment is cut the same way.
    let finest = if text.contains('.') { 1 } else { 1_000 };
    created.as_millisecond() >= moment_milliseconds - moment_milliseconds.rem_euclid(finest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::testing::subject;

    fn stored(first: &str, birth_date: &str, gender: &str) -> StoredSubject {
        StoredSubject {
            first_name: Text::from_text(first),
            last_name: Text::from_text("LAST1"),
            birth_date: Text::from_text(birth_date),
            gender: Text::from_text(gender),
            created: None,
        }
    }

    #[test]
    fn a_moment_in_whole_seconds_is_compared_in_whole_seconds() {
        let since = |created: &str, moment| {
            stored_since(&StoredSubject { created: Some(created.to_owned()), ..stored("A", "", "") }, moment)
        };
        assert!(since("1970-01-01T00:00:05Z", 5_700));
        assert!(!since("1970-01-01T00:00:05Z", 6_000));
        assert!(!since("1970-01-01T00:00:05.600Z", 5_700));
        assert!(since("1970-01-01T00:00:05.700Z", 5_700));
        assert!(!since("some day", 0));
    }

    #[test]
    fn spelling_and_format_do_not_make_another_person() {
        for (birth_date, gender) in [("1971-06-29", "F"), ("1971-06-29T00:00:00.000Z", "female"), ("", "")] {
            assert!(is_same_person(&subject(1), &stored("first1", birth_date, gender)), "{birth_date} {gender}");
        }
    }

    #[test]
    fn a_different_name_birth_date_or_sex_does() {
        for (first, birth_date, gender) in [("Other", "", ""), ("First1", "1971-06-30", "F"), ("First1", "", "M")] {
            assert!(!is_same_person(&subject(1), &stored(first, birth_date, gender)), "{first} {birth_date} {gender}");
        }
    }

    #[test]
    fn what_was_stored_before_we_sent_is_not_ours() {
        let mut subject = stored("First1", "", "");
        subject.created = Some("2026-01-02T03:04:05.500Z".to_owned());
        let moment = 1_767_323_045_500;
        assert!(stored_since(&subject, moment) && !stored_since(&subject, moment + 1));
        subject.created = Some("yesterday".to_owned());
        assert!(!stored_since(&subject, 0));
    }
}
