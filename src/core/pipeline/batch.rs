//! One batch of rows: mapped, normalised, assessed and packed, on whichever thread has time.

use crate::assess::{Tally, assess, note_changes};
use crate::domain::{
    Field, Finding, FindingCode, MappedRow, PackedBatch, RowBatch, RowFault, SourceRow, holds_social_security_number,
    is_bare_social_security_number, is_same_number, names_social_security_numbers, nine_digits,
};
use crate::map::{ColumnMap, Footnotes, MappedCells, RowShape};
use crate::normalise::{ColumnEvidence, NormaliseContext, normalise_row, unreadable_row};

use super::table::{Unsplit, span_of_both};

/// What one batch came to.
pub(super) struct NotedBatch {
    pub(super) packed: PackedBatch,
    pub(super) evidence: ColumnEvidence,
    pub(super) tally: Tally,
    pub(super) blank_rows: u64,
    pub(super) row_span: Option<(u32, u32)>,
    pub(super) unsplit: Unsplit,
}

/// What ingesting a row needs besides its cells.
pub(super) struct Normalising<'a> {
    pub(super) context: &'a NormaliseContext<'a>,
    /// Names that onroll assumes for systems that the roster does not name.
    pub(super) assumed_systems: &'a [&'a str],
}

/// Notes the rows of a batch from a row on. `footnotes` recognises rows of a sheet that are not patients.
pub(super) fn note_batch(
    batch: &RowBatch,
    first_row: usize,
    columns: &ColumnMap,
    delimiter: Option<char>,
    mut footnotes: Option<Footnotes>,
    normalising: &Normalising<'_>,
) -> NotedBatch {
    let mut into = NotedBatch {
        packed: PackedBatch::default(),
        evidence: ColumnEvidence::default(),
        tally: Tally::default(),
        blank_rows: 0,
        row_span: None,
        unsplit: Unsplit::default(),
    };
    let mut mapped_cells = MappedCells::default();
    for row in batch.rows().skip(first_row) {
        if row.is_blank() {
            into.blank_rows += 1;
            continue;
        }
        into.row_span = span_of_both(into.row_span, Some((row.number(), row.number())));
        let code = match row.fault() {
            Some(RowFault::Undecodable) => FindingCode::UndecodableRow,
            Some(RowFault::Nul) => FindingCode::NulInRow,
            Some(RowFault::Misquoted) => FindingCode::MisquotedRow,
            None => match columns.map_row(&row, normalising.context.rules, &mut mapped_cells) {
                // Only unused columns have values, as in a row of a fix file for a row that could not be split.
                RowShape::Fits if mapped_cells.is_empty() => FindingCode::NoPatient,
                RowShape::Fits
                    if footnotes.as_mut().is_some_and(|notes| {
                        notes.is_note(row.number(), &mapped_cells, &normalising.context.rules.notes)
                    }) =>
                {
                    FindingCode::NoPatient
                }
                RowShape::Fits => {
                    leave_out_own_numbers(&row, columns, &mut mapped_cells);
                    if row.is_hidden() {
                        mapped_cells.findings.push(Finding::in_row(FindingCode::HiddenRow));
                    }
                    into.note(row.number(), &mapped_cells, normalising);
                    continue;
                }
                RowShape::Ragged if into.note_repaired(&row, columns, delimiter, normalising) => continue,
                RowShape::Ragged => FindingCode::RaggedRow,
                RowShape::Header => FindingCode::HeaderRepeated,
            },
        };
        if code.leaves_a_row_unsplit() {
            into.unsplit.add(&row, code);
        }
        into.packed.push(&unreadable_row(row.number(), code));
    }
    into.packed = into.packed.shrunk();
    into
}

/// Leaves out a record number that is the social security number which the row has in a column that is not used.
fn leave_out_own_numbers(row: &SourceRow<'_>, columns: &ColumnMap, mapped: &mut MappedCells<'_>) {
    let finding = Finding::in_row(FindingCode::SocialSecurityNumber);
    if !mapped.findings.contains(&finding) {
        return;
    }
    let unused = columns.columns.iter().zip(row.cells()).filter(|(column, _)| column.content.is_none());
    let numbers: Vec<u32> = unused
        .filter(|(column, (text, _))| {
            holds_social_security_number(text)
                || (is_bare_social_security_number(text) && names_social_security_numbers(&column.header))
        })
        .filter_map(|(_, (text, _))| nine_digits(text))
        .collect();
    let MappedCells { cells, findings, set_aside } = mapped;
    cells.retain(|cell| {
        let is_one = cell.slot.field == Field::ExternalId && is_same_number(cell.text, &numbers);
        if is_one {
            findings.push(Finding::in_field(FindingCode::SocialSecurityNumber, Field::ExternalId));
            set_aside.push((Field::ExternalId, cell.text));
        }
        !is_one
    });
}

impl NotedBatch {
    /// Normalises, assesses and packs a mapped row.
    fn note(&mut self, row: u32, cells: &MappedCells<'_>, normalising: &Normalising<'_>) {
        let context = normalising.context;
        let mapped = MappedRow::new(row, &cells.cells);
        let mut assessed = normalise_row(&mapped, context, &mut self.evidence);
        assessed.findings.extend_from_slice(&cells.findings);
        assess(&mut assessed, context.rules, normalising.assumed_systems);
        self.tally.add(&mapped);
        self.packed.push(&assessed);
        note_changes(&mapped, &cells.set_aside, &assessed, &mut self.packed);
    }

    /// Ingests a row with too many cells if there is exactly one way to repair it. Returns whether the row was
    /// repaired.
    fn note_repaired(
        &mut self,
        row: &SourceRow<'_>,
        columns: &ColumnMap,
        delimiter: Option<char>,
        normalising: &Normalising<'_>,
    ) -> bool {
        let rules = normalising.context.rules;
        let repaired = delimiter.and_then(|delimiter| columns.repair(row, rules, delimiter));
        let Some(repaired) = repaired else { return false };
        let Some(whole) = repaired.batch.row(0) else { return false };
        let mut cells = MappedCells::default();
        if columns.map_row(&whole, rules, &mut cells) != RowShape::Fits {
            return false;
        }
        let slot = columns.columns.get(repaired.column).and_then(crate::map::MappedColumn::slot);
        cells.findings.push(match slot {
            Some(slot) => Finding::in_field(FindingCode::RowRepaired, slot.field),
            None => Finding::in_row(FindingCode::RowRepaired),
        });
        self.note(row.number(), &cells, normalising);
        true
    }
}
