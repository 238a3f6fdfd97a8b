//! Laws of mapping: whatever a table holds, it is mapped or refused, and nothing is made up.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{MapFile, MappedCells, RowShape, draft_columns, find_columns};
use crate::domain::{CellKind, RowBatch};
use crate::rules::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

fn table(rows: &[Vec<String>]) -> RowBatch {
    let mut batch = RowBatch::default();
    for (number, row) in (1..).zip(rows) {
        for cell in row {
            batch.push_cell(cell, CellKind::Text);
        }
        batch.end_row(number);
    }
    batch
}

fn header() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(RULES.headers.spellings().map(|(spelling, _)| spelling.to_owned()).collect::<Vec<_>>()),
        1 => "(Guarantor|Previous|Patient|Alias|PID-|name\\[|City|Phone|Address|MRN)[ 0-9.\\]a-z]{0,6}",
        1 => "\\PC{0,16}",
    ]
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "(Johnson|Jennifer|Ng|de la|Jr|MD|Q\\.|\\^|,| ){0,8}",
        "(12|Oak St|Apt 4|Springfield|IL|62704|,|\\^|;|\n| ){0,8}",
        "[0-9/. -]{0,12}",
        "\\PC{0,16}",
    ]
}

fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    (
        prop::collection::vec(header(), 0..10),
        prop::option::of(prop::collection::vec(header(), 0..10)),
        prop::collection::vec(prop::collection::vec(cell(), 0..10), 0..8),
    )
        .prop_map(|(first, second, cells)| [first].into_iter().chain(second).chain(cells).collect())
}

proptest! {
    #[test]
    fn any_table_is_mapped_or_refused_and_no_text_is_made_up(rows in rows()) {
        let batch = table(&rows);
        let Ok((first, columns)) = find_columns(&batch, &RULES, None) else { return Ok(()) };
        prop_assert!(first <= batch.len());
        let mut mapped = MappedCells::default();
        for (row, cells) in batch.rows().zip(&rows).skip(first) {
            if columns.map_row(&row, &RULES, &mut mapped) != RowShape::Fits {
                prop_assert!(mapped.cells.is_empty() && mapped.findings.is_empty());
            }
            prop_assert!(mapped.cells.is_sorted_by_key(|cell| cell.slot));
            for (index, cell) in mapped.cells.iter().enumerate() {
                prop_assert!(!cell.text.trim().is_empty());
                prop_assert!(cells.iter().any(|text| text.contains(cell.text)), "{:?} is in no cell", cell.text);
                let is_again = |other: &crate::domain::MappedCell<'_>| other.slot == cell.slot;
                prop_assert!(!mapped.cells.iter().skip(index + 1).any(is_again), "{:?} twice", cell.slot);
            }
        }
    }

    #[test]
    fn the_draft_of_any_table_can_be_given_back(rows in rows()) {
        let batch = table(&rows);
        let Ok(draft) = draft_columns(&batch, &RULES, None) else { return Ok(()) };
        let file = MapFile::parse(Path::new("m.toml"), &draft.to_toml());
        prop_assert!(file.is_ok(), "{}", draft.to_toml());
    }
}

#[test]
fn a_column_of_maiden_names_is_not_taken_for_the_last_name() {
    let names = ["Johnson", "Smith", "Miller", "Davis", "Clark", "Walker"];
    let firsts = ["Jennifer", "Susan", "Linda", "Patricia", "Barbara", "Nancy"];
    let rows: Vec<Vec<String>> = (0..12)
        .map(|row: usize| {
            let pick = |list: &[&str; 6]| list[row % 6].to_owned();
            let maiden = if row.is_multiple_of(6) { "Anderson" } else { "" };
            let last = if row.is_multiple_of(3) { "Zyzzyva".to_owned() } else { pick(&names) };
            vec![format!("A-{row}"), pick(&firsts), last, format!("19{}-03-04", 50 + row), maiden.to_owned()]
        })
        .collect();
    let (first, columns) = find_columns(&table(&rows), &RULES, None).expect("a roster");
    let fields: Vec<_> =
        columns.columns.iter().map(|column| column.content.map_or("-", |content| content.name())).collect();
    assert_eq!((first, fields), (0, vec!["external_id", "first_name", "last_name", "birth_date", "-"]));
}
