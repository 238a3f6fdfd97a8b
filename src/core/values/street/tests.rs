//! Street lines against the cases in `tests/normalisation/addresses.csv`, and laws.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::domain::fold;
use crate::rules::Rules;

const CASES: &str = include_str!("../../../../tests/normalisation/addresses.csv");

fn written(rules: &Rules, line1: &str, line2: &str) -> (String, String) {
    let standard = standard_lines(line1, line2, &rules.addresses);
    (standard.line1, standard.line2)
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

#[test]
fn street_lines_are_written_as_publication_28_writes_them() {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(CASES.as_bytes());
    let mut wrong = Vec::new();
    let mut cases = 0;
    for record in reader.records() {
        let record = record.expect("a case");
        let [source, before1, before2, after1, after2] = [0, 1, 2, 3, 4].map(|place| &record[place]);
        cases += 1;
        let sent = written(&RULES, before1, before2);
        if sent != (after1.to_owned(), after2.to_owned()) {
            wrong.push(format!("{source}: {before1:?} {before2:?} -> {sent:?}, not {after1:?} {after2:?}"));
        }
        let again = written(&RULES, &sent.0, &sent.1);
        if again != sent {
            wrong.push(format!("{source}: {sent:?} is changed again to {again:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 250, "{cases}");
}

#[test]
fn a_street_without_a_number_is_told_from_addresses_that_need_none() {
    let delivered = |line: &str| standard_lines(line, "", &RULES.addresses).can_be_delivered;
    for line in [
        "POB 123",
        "Box 123",
        "PO BOX123",
        "P.O.Box123",
        "RR2 Box 15",
        "HC01 Box 2",
        "HC-1 Box 2",
        "One Main St",
        "#123 Main St",
        "Carr 2 Km 4.5",
    ] {
        assert!(delivered(line), "{line}");
    }
    for line in [
        "12 Oak St",
        "PO Box 12",
        "RR 2 Box 5",
        "General Delivery",
        "PSC 802 Box 74",
        "N6W23001 Oak Rd",
        "W 1234 County Rd K",
        "",
    ] {
        assert!(delivered(line), "{line}");
    }
    for line in ["Oak St", "123", "Box", "Sunrise Manor", "Corner of Oak and Elm", "W 42 St"] {
        assert!(!delivered(line), "{line}");
    }
}

#[test]
fn lines_that_read_otherwise_once_a_word_is_short_or_a_unit_gone_are_written_as_they_stay() {
    for (line1, line2, after) in
        [("# 0,0 North Suite", "North", ("0 N Ste 0", "North")), ("0 North St Front North", "", ("0 N St", "Frnt N"))]
    {
        assert_eq!(written(&RULES, line1, line2), (after.0.to_owned(), after.1.to_owned()), "{line1}");
        assert_eq!(written(&RULES, after.0, after.1), (after.0.to_owned(), after.1.to_owned()), "{line1}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_written_the_same_again(line1 in line(), line2 in line()) {
            let once = written(&RULES, &line1, &line2);
        prop_assert_eq!(written(&RULES, &once.0, &once.1), once);
    }

    #[test]
    fn no_digit_is_invented_and_none_is_lost_but_leading_zeros(line1 in line(), line2 in line()) {
        let digits = |text: &str| {
            let mut digits: Vec<char> = text.chars().filter(|letter| matches!(letter, '1'..='9')).collect();
            digits.sort_unstable();
            digits
        };
        let (first, second) = written(&RULES, &line1, &line2);
        let after = digits(&format!("{first} {second}"));
        let before = digits(&format!("{line1} {line2}"));
        let once = digits(&line1);
        // A unit that stands on both lines is written once.
        prop_assert!(after == before || after == once, "{line1:?} {line2:?} -> {first:?} {second:?}");
    }

    #[test]
    fn spellings_of_one_street_compare_equal(
        number in 1_u16..9999, direction in 0_usize..8, suffix in 0_usize..6, spelling in 0_usize..3, unit in 1_u8..99,
    ) {
            let directions = [["North", "N", "n."], ["South", "S", "s."], ["East", "E", "E."], ["West", "W", "w"],
            ["Northeast", "NE", "N.E."], ["Northwest", "NW", "North West"], ["Southeast", "SE", "S E"], ["Southwest", "SW", "S.W."]];
        let suffixes = [["Street", "St", "STR."], ["Avenue", "Ave", "av"], ["Boulevard", "Blvd.", "Boul"],
            ["Drive", "DR", "Drv"], ["Lane", "Ln", "LN."], ["Parkway", "Pkwy", "Pky"]];
        let plain = written(&RULES, &format!("{number} {} Oak {}", directions[direction][0], suffixes[suffix][0]), &format!("Apartment {unit}"));
        let other = format!("{number} {} OAK {} apt #{unit}", directions[direction][spelling], suffixes[suffix][spelling]);
        let other = written(&RULES, &other, "");
        prop_assert_eq!((fold(&plain.0), fold(&plain.1)), (fold(&other.0), fold(&other.1)));
    }
}

/// Lines of words that mean something to the rules, and of words that do not.
fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "North",
            "n.",
            "East",
            "W",
            "St",
            "Street",
            "Ave",
            "Court",
            "Apt",
            "#",
            "#4",
            "Apt4",
            "Floor",
            "3rd",
            "Rear",
            "Front",
            "PO",
            "Box",
            "P.O.",
            "RR",
            "Route",
            "HC",
            "Hwy",
            "US",
            "County",
            "Rd",
            "Lot",
            "Unit",
            "12",
            "007",
            "1/2",
            "18-D",
            "Oak",
            "Broadstreet",
            "The",
            "Urb",
            "Calle",
            "A",
            "B,",
            "Suite",
            "300,",
            "PSC",
            "&",
            "c/o",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9.,#-]{1,6}",
    ];
    prop::collection::vec(word, 0..8).prop_map(|words| words.join(" "))
}
