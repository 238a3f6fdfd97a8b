//! What has to hold for any table that is mapped. Shared by the fuzz target and the replay of its corpus.

use std::path::Path;
use std::sync::LazyLock;

use onroll_core::domain::{CellKind, RowBatch};
use onroll_core::map::{MapFile, MappedCells, RowShape, draft_columns, find_columns};
use onroll_core::rules::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("the built-in rules are sound"));

/// The bytes as a table: a line is a row, a tab parts cells, and a vertical tab is a line break within a cell.
fn table(text: &str) -> RowBatch {
    let mut batch = RowBatch::default();
    for (number, line) in (1..).zip(text.split('\n').take(64)) {
        for cell in line.split('\t').take(64) {
            batch.push_cell(&cell.replace('\u{b}', "\n"), CellKind::Text);
        }
        batch.end_row(number);
    }
    batch
}

/// Maps the table and every row of it; panics when a law is broken.
pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let batch = table(&text);
    if let Ok((first, columns)) = find_columns(&batch, &RULES, None) {
        assert!(first <= batch.len(), "the first patient row is in the table");
        let mut mapped = MappedCells::default();
        for row in batch.rows().skip(first) {
            let shape = columns.map_row(&row, &RULES, &mut mapped);
            assert!(shape == RowShape::Fits || mapped.cells.is_empty(), "nothing is taken from a ragged row");
            assert!(mapped.cells.is_sorted_by_key(|cell| cell.slot), "cells come by slot");
            for pair in mapped.cells.windows(2) {
                assert!(pair.first().map(|cell| cell.slot) != pair.last().map(|cell| cell.slot), "a slot has one cell");
            }
            for cell in &mapped.cells {
                assert!(row.cells().any(|(text, _)| text.contains(cell.text)), "no text is made up");
            }
        }
    }
    if let Ok(draft) = draft_columns(&batch, &RULES, None) {
        let printed = MapFile::parse(Path::new("map.toml"), &draft.to_toml()).expect("a printed mapping can be read");
        let again =
            draft_columns(&batch, &RULES, Some(&printed)).map(|mut again| again.apply(&printed).map(|()| again));
        if let Ok(Ok(again)) = again {
            for (left, right) in draft.columns.iter().zip(&again.columns) {
                assert!(left.content == right.content, "a mapping given back is the same");
            }
        }
    }
}
