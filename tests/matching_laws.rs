//! What must not matter to who is one person, over whole rosters through the real binary: the order of the rows, what
//! external ids are called, and rows that are given twice.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::{Workplace, rows_csv};

/// The header and the lines of a generated roster, each with an external id, which every seventh shares with the line
/// before it. Newborns without a name are left out: two lines that say the same may be twins, and both wait.
fn roster(workplace: &Workplace, kind: &str, seed: u64) -> (String, Vec<Vec<String>>) {
    let seed = seed.to_string();
    let arguments = ["generate", "--kind", kind, "--rows", "500", "--duplicates", "0.3", "--seed", &seed];
    let ended = workplace.run(&[&arguments[..], &["--out", "generated.csv"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut reader = csv::Reader::from_path(workplace.path("generated.csv")).expect("a table");
    let header = reader.headers().expect("headers").iter().collect::<Vec<_>>().join(",");
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>());
    let with_id = |(place, mut row): (usize, Vec<String>)| {
        row.insert(0, format!("{:05}", if place % 7 == 6 { place - 1 } else { place }));
        row
    };
    let is_named = |row: &Vec<String>| !row[0].to_lowercase().starts_with("baby ");
    (format!("MRN,{header}"), rows.filter(is_named).enumerate().map(with_id).collect())
}

/// Which rows are one person, each person by the places of its rows in `rows`, and which of these rows wait for a
/// person.
fn persons_of(
    workplace: &Workplace,
    name: &str,
    header: &str,
    rows: &[Vec<String>],
) -> (BTreeSet<BTreeSet<usize>>, BTreeSet<usize>) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("written");
    }
    let lines = String::from_utf8(writer.into_inner().expect("written")).expect("text");
    workplace.write(&format!("{name}.csv"), format!("{header}\n{lines}"));
    let ended = workplace.run(&["check", &format!("{name}.csv"), "--system", "clinic", "--out", name]);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
    let mut persons: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut waiting = BTreeSet::new();
    for row in rows_csv(&workplace.path(&format!("{name}/rows.csv"))) {
        let place = row["row"].parse::<usize>().expect("a number") - 2;
        persons.entry(row["person"].clone()).or_default().insert(place);
        if row["outcome"] == "held" {
            waiting.insert(place);
        }
    }
    (persons.into_values().collect(), waiting)
}

/// A number that looks drawn, the same for the same place.
fn scattered(place: usize) -> u64 {
    (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
}

const KINDS: [(&str, u64); 4] = [("office", 5), ("clinic", 6), ("clinic", 7), ("clinic", 8)];

#[test]
fn the_order_of_the_rows_changes_nobody() {
    let workplace = Workplace::new();
    for (kind, seed) in KINDS {
        let (header, rows) = roster(&workplace, kind, seed);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|place| scattered(*place));
        let mixed: Vec<Vec<String>> = order.iter().map(|place| rows[*place].clone()).collect();
        let (straight, waiting) = persons_of(&workplace, "straight", &header, &rows);
        let (persons, waiting_mixed) = persons_of(&workplace, "mixed", &header, &mixed);
        let place_before = |places: BTreeSet<usize>| places.into_iter().map(|place| order[place]).collect();
        let persons: BTreeSet<BTreeSet<usize>> = persons.into_iter().map(place_before).collect();
        assert!(straight.len() < rows.len(), "some rows are one person");
        assert_eq!((persons, place_before(waiting_mixed)), (straight, waiting), "{kind} {seed}");
    }
}

#[test]
fn external_ids_called_otherwise_change_nobody() {
    let workplace = Workplace::new();
    for (kind, seed) in KINDS {
        let (header, rows) = roster(&workplace, kind, seed);
        let mut renamed = rows.clone();
        for row in &mut renamed {
            row[0] = format!("P{:x}", scattered(row[0].parse().expect("a number")));
        }
        let before = persons_of(&workplace, "before", &header, &rows);
        let after = persons_of(&workplace, "after", &header, &renamed);
        assert_eq!(after, before, "{kind} {seed}");
    }
}

#[test]
fn rows_given_twice_are_the_persons_of_their_copies_and_change_nobody() {
    let workplace = Workplace::new();
    for (kind, seed) in KINDS {
        let (header, rows) = roster(&workplace, kind, seed);
        let twice: Vec<Vec<String>> = rows.iter().chain(&rows).cloned().collect();
        let (once, waiting) = persons_of(&workplace, "once", &header, &rows);
        let (persons, waiting_twice) = persons_of(&workplace, "twice", &header, &twice);
        let with_copies = |places: &BTreeSet<usize>| {
            places.iter().flat_map(|place| [*place, place + rows.len()]).collect::<BTreeSet<usize>>()
        };
        let expected: BTreeSet<BTreeSet<usize>> = once.iter().map(with_copies).collect();
        let differing: Vec<_> = persons.symmetric_difference(&expected).collect();
        assert!(differing.is_empty(), "{kind} {seed}: {differing:?}");
        assert_eq!(waiting_twice, with_copies(&waiting), "{kind} {seed}");
    }
}
