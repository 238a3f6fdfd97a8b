//! What a roster says about a person on the roll beyond what was sent: reported, never sent silently and never dropped
//! silently.

use crate::domain::{Address, Field, Finding, FindingCode, Patient, PostalCode, Text, fold};
use crate::rules::cities::CityWords;

/// What the roster says now against what was sent: [`FindingCode::MergeConflict`] where birth date, death date or sex
/// contradict, [`FindingCode::ChangedOnRoll`] for every other value that the record on the roll does not carry.
pub fn changes_on_roll(now: &Patient, sent: &Patient, cities: &CityWords) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut value = |field: Field, now: bool, sent: bool, same: bool| match (now, sent) {
        (true, true) if !same => found.push(Finding::in_field(FindingCode::MergeConflict, field)),
        (true, false) => found.push(Finding::in_field(FindingCode::ChangedOnRoll, field)),
        _ => {}
    };
    let dates =
        [(Field::BirthDate, now.birth_date, sent.birth_date), (Field::DeathDate, now.death_date, sent.death_date)];
    for (field, now, sent) in dates {
        value(field, now.is_some(), sent.is_some(), now == sent);
    }
    value(Field::Sex, now.sex.is_some(), sent.sex.is_some(), now.sex == sent.sex);
    let is_named = has_name(sent, &now.name.first, &now.name.last);
    let changed = [
        (Field::FirstName, !says_same(&now.name.first, &sent.name.first) && !is_named),
        (Field::MiddleName, !spells_out(&sent.name.middle, &now.name.middle)),
        (Field::LastName, !says_same(&now.name.last, &sent.name.last) && !is_named),
        (Field::Suffix, !says_same(&now.name.suffix, &sent.name.suffix)),
        (Field::AddressLine1, !has_address(sent, &now.address, cities)),
        (Field::Phone, now.phone.is_some() && now.phone != sent.phone),
        (Field::Email, now.email.is_some() && now.email != sent.email),
        (Field::ExternalId, now.external_ids.iter().any(|id| !sent.external_ids.contains(id))),
        (Field::AdditionalLastName, now.additional_names.iter().any(|name| !has_name(sent, &name.first, &name.last))),
        (
            Field::AdditionalAddressLine1,
            !now.additional_addresses.iter().all(|address| has_address(sent, address, cities)),
        ),
        (Field::Label, now.labels.iter().any(|label| !sent.labels.contains(label))),
    ];
    let changed = changed.into_iter().filter(|(_, changed)| *changed);
    found.extend(changed.map(|(field, _)| Finding::in_field(FindingCode::ChangedOnRoll, field)));
    found.sort_unstable();
    found
}

/// Whether two records of one name, birth date and sex speak of two people: their suffixes contradict each other, or
/// their middle names do and nothing else agrees.
pub fn is_namesake(now: &Patient, sent: &Patient) -> bool {
    let folded = |text: &Text| fold(text.as_text());
    let (suffix, other_suffix) = (folded(&now.name.suffix), folded(&sent.name.suffix));
    if !suffix.is_empty() && !other_suffix.is_empty() && suffix != other_suffix {
        return true;
    }
    let (middle, other_middle) = (folded(&now.name.middle), folded(&sent.name.middle));
    let middles_agree = middle.starts_with(&other_middle) || other_middle.starts_with(&middle);
    let same = |now: &Text, sent: &Text| !now.as_text().is_empty() && folded(now) == folded(sent);
    let same_home = same(&now.address.line1, &sent.address.line1)
        || (now.address.postal_code.is_some()
            && now.address.postal_code.map(PostalCode::zip5) == sent.address.postal_code.map(PostalCode::zip5));
    let same_contact =
        (now.phone.is_some() && now.phone == sent.phone) || (now.email.is_some() && now.email == sent.email);
    let same_id = now.external_ids.iter().any(|id| sent.external_ids.iter().any(|known| same(&id.value, &known.value)));
    !middles_agree && !same_home && !same_contact && !same_id
}

/// Whether `now` says nothing, or the same in comparison form.
fn says_same(now: &Text, sent: &Text) -> bool {
    now.as_text().is_empty() || fold(now.as_text()) == fold(sent.as_text())
}

/// Whether a middle name is said by what was sent, an initial by the name that begins with it.
fn spells_out(sent: &Text, now: &Text) -> bool {
    fold(sent.as_text()).starts_with(&fold(now.as_text()))
}

/// Whether what was sent has a first and a last name together.
fn has_name(sent: &Patient, first: &Text, last: &Text) -> bool {
    let further = sent.additional_names.iter().map(|name| (&name.first, &name.last));
    std::iter::once((&sent.name.first, &sent.name.last))
        .chain(further)
        .any(|(known_first, known_last)| says_same(first, known_first) && says_same(last, known_last))
}

fn has_address(sent: &Patient, address: &Address, cities: &CityWords) -> bool {
    address.is_empty()
        || std::iter::once(&sent.address)
            .chain(&sent.additional_addresses)
            .any(|known| says_in_full(known, address, cities))
}

/// Whether every part of `address` is in `known`: a ZIP alone says nothing new beside the whole address.
fn says_in_full(known: &Address, address: &Address, cities: &CityWords) -> bool {
    says_same(&address.line1, &known.line1)
        && says_same(&address.line2, &known.line2)
        && (address.city.as_text().is_empty()
            || cities.fold(address.city.as_text()) == cities.fold(known.city.as_text()))
        && (address.state.is_none() || address.state == known.state)
        && address.postal_code.is_none_or(|code| known.postal_code.map(PostalCode::zip5) == Some(code.zip5()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CivilDate, Phone, Sex};
    use crate::rules::Rules;

    fn ann() -> Patient {
        let mut patient =
            Patient { birth_date: CivilDate::new(1980, 3, 4), sex: Some(Sex::Female), ..Patient::default() };
        patient.name.first = Text::from_text("Ann");
        patient.name.middle = Text::from_text("Marie");
        patient.name.last = Text::from_text("Ng");
        patient.address.line1 = Text::from_text("1 Main St");
        patient.address.city = Text::from_text("Duluth");
        patient.phone = Phone::from_digits("6125550123");
        patient
    }

    fn codes(now: &Patient, sent: &Patient) -> Vec<String> {
        let rules = Rules::load(None).expect("the built-in rules");
        changes_on_roll(now, sent, &rules.addresses.cities).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_says_the_same_or_less_is_no_change() {
        assert_eq!(codes(&ann(), &ann()), Vec::<String>::new());
        let mut less = Patient { phone: None, sex: None, ..ann() };
        less.name.first = Text::from_text("ANN");
        less.name.middle = Text::from_text("M");
        less.address = Address { city: Text::from_text("DULUTH"), ..Address::default() };
        assert_eq!(codes(&less, &ann()), Vec::<String>::new());
        let (mut short, mut full) = (ann(), ann());
        short.address.city = Text::from_text("St. Paul");
        full.address.city = Text::from_text("Saint Paul");
        assert_eq!(codes(&short, &full), Vec::<String>::new());
    }

    #[test]
    fn every_value_that_the_record_does_not_carry_is_named_by_its_field() {
        let mut now = Patient { phone: Phone::from_digits("6125550199"), ..ann() };
        now.name.last = Text::from_text("Larsen");
        now.address.line1 = Text::from_text("2 Oak Ave");
        assert_eq!(codes(&now, &ann()), ["M108:last_name", "M108:address_line1", "M108:phone"]);
        let mut sent = ann();
        sent.additional_addresses.push(now.address.clone());
        assert_eq!(codes(&now, &sent), ["M108:last_name", "M108:phone"], "a prior address that was sent is no news");
    }

    #[test]
    fn a_namesake_is_told_by_the_suffix_or_by_the_middle_name_where_nothing_else_agrees() {
        let mut other = Patient { phone: Phone::from_digits("6125550199"), ..ann() };
        other.address.line1 = Text::from_text("400 Pine St");
        assert!(!is_namesake(&other, &ann()), "somebody who moved");
        other.name.middle = Text::from_text("T");
        assert!(is_namesake(&other, &ann()));
        other.phone = ann().phone;
        assert!(!is_namesake(&other, &ann()), "the phone is the same");
        let (mut junior, mut third) = (ann(), ann());
        junior.name.suffix = Text::from_text("Jr");
        assert!(!is_namesake(&junior, &third));
        third.name.suffix = Text::from_text("III");
        assert!(is_namesake(&junior, &third));
    }

    #[test]
    fn a_contradiction_in_birth_date_or_sex_is_for_a_person_and_a_first_value_is_a_change() {
        let other = Patient { birth_date: CivilDate::new(1980, 3, 5), sex: Some(Sex::Male), ..ann() };
        assert_eq!(codes(&other, &ann()), ["M102:birth_date", "M102:sex"]);
        let sent = Patient { birth_date: None, ..ann() };
        assert_eq!(codes(&ann(), &sent), ["M108:birth_date"]);
    }
}
