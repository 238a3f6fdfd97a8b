//! Cells as mapping gives them to normalisation, for tests that begin there.

#![allow(unreachable_pub, reason = "a module of test binaries")]

use onroll_core::domain::{CellKind, Field, FieldSlot, MappedCell};

/// The cells of a row, each with its field, in the order of the fields' slots.
pub fn mapped_cells<'a>(cells: impl IntoIterator<Item = (Field, &'a str)>) -> Vec<MappedCell<'a>> {
    let mut mapped: Vec<MappedCell<'a>> = cells
        .into_iter()
        .map(|(field, text)| MappedCell {
            slot: FieldSlot { field, group: 0 },
            text,
            kind: CellKind::Text,
            system: None,
        })
        .collect();
    mapped.sort_by_key(|cell| cell.slot);
    mapped
}
