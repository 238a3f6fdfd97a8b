//! Several tables on one sheet: side by side, with a blank column between them, or one below the other. Each that is a
//! roster of its own is read as one. What is beside a roster and repeats its columns is left out, and reported.

use std::ops::Range;

use super::column_map::ColumnMap;
use super::find::find_columns;
use crate::domain::{RowBatch, SourceRow, TablePart};
use crate::rules::Rules;

/// Rows of tables beside the first that are kept until the first has been read.
const ROWS_KEPT_MAX: usize = 200_000;
/// Cells that a header of a further table has at least.
const HEADER_CELLS: usize = 3;

/// How a sheet falls into columns of tables.
#[derive(Default)]
pub struct TablesBeside {
    /// The columns of the first table; all of them where there is one table.
    first: Option<Range<usize>>,
    /// Those of the others, with the rows so far.
    others: Vec<(Range<usize>, Vec<RowBatch>)>,
    rows: usize,
    /// Whether the first table alone is a roster, and something else lies beside it.
    leaves_out: bool,
}

impl TablesBeside {
    /// By the first rows of a sheet.
    pub fn from_batch(batch: &RowBatch, rules: &Rules) -> Self {
        let blocks = blocks_of(batch);
        if blocks.len() < 2 {
            return Self::default();
        }
        let headers = |block: &Range<usize>| roster_in(batch, block, rules).map(|columns| (block.clone(), columns));
        let rosters: Vec<(Range<usize>, ColumnMap)> = blocks.iter().filter_map(headers).collect();
        match rosters.as_slice() {
            [] => Self::default(),
            [(block, columns)] => Self::beside_one(batch, &blocks, block, columns, rules),
            [(first, _), others @ ..] => Self {
                first: Some(first.clone()),
                others: others.iter().map(|(block, _)| (block.clone(), Vec::new())).collect(),
                ..Self::default()
            },
        }
    }

    /// One roster beside blocks that are not rosters. A block is part of the roster, behind a blank column, unless it
    /// repeats what the roster has.
    fn beside_one(
        batch: &RowBatch,
        blocks: &[Range<usize>],
        roster: &Range<usize>,
        columns: &ColumnMap,
        rules: &Rules,
    ) -> Self {
        let is_other = |block: &Range<usize>| {
            let start = block.start.min(roster.start);
            let end = block.end.max(roster.end);
            let filled = |range: &Range<usize>| {
                batch.rows().filter(|row| range.clone().any(|column| has_text(row, column))).count()
            };
            let names_again = || {
                let both = find_columns(&batch.select(0..batch.len(), start..end), rules, None);
                let used = |map: &ColumnMap| map.columns.iter().filter(|column| column.content.is_some()).count();
                both.map_or(true, |(_, both)| used(&both) <= used(columns))
            };
            let header = columns.header_row.and_then(|number| batch.rows().find(|row| row.number() == number));
            let has_header = header.is_some_and(|header| block.clone().any(|column| has_text(&header, column)));
            // Few rows beside many, or a header elsewhere, or columns that the roster has already.
            !has_header || (filled(block) * 2 < filled(roster) && names_again())
        };
        let others: Vec<&Range<usize>> = blocks.iter().filter(|block| *block != roster).collect();
        if others.is_empty() || !others.iter().any(|block| is_other(block)) {
            return Self::default();
        }
        Self { first: Some(roster.clone()), leaves_out: true, ..Self::default() }
    }

    /// The part of the sheet that the first table takes up, where there are several or something was left out.
    pub fn part_of_first(&self) -> Option<TablePart> {
        self.first.as_ref().filter(|_| self.leaves_out || !self.others.is_empty()).map(part_of)
    }

    /// The part of a batch that belongs to the first table; the parts of the others are kept.
    ///
    /// # Errors
    /// The number of rows that can be kept, when there are more.
    pub fn keep(&mut self, batch: RowBatch) -> Result<RowBatch, usize> {
        let Some(first) = self.first.clone() else { return Ok(batch) };
        if !self.others.is_empty() {
            self.rows += batch.len();
            if self.rows > ROWS_KEPT_MAX {
                return Err(ROWS_KEPT_MAX);
            }
        }
        for (columns, batches) in &mut self.others {
            batches.push(batch.select(0..batch.len(), columns.clone()));
        }
        Ok(batch.select(0..batch.len(), first))
    }

    /// The other tables with their rows.
    pub fn into_tables(self) -> impl Iterator<Item = (TablePart, Vec<RowBatch>)> {
        self.others.into_iter().map(|(columns, batches)| (part_of(&columns), batches))
    }
}

fn part_of(columns: &Range<usize>) -> TablePart {
    let number = |column: usize| u32::try_from(column).unwrap_or(u32::MAX);
    TablePart { columns: Some((number(columns.start + 1), number(columns.end))), from_row: None }
}

fn has_text(row: &SourceRow<'_>, column: usize) -> bool {
    row.cell(column).is_some_and(|(text, _)| !text.trim().is_empty())
}

/// Runs of columns that hold something, at least two each, with columns between them that hold nothing.
fn blocks_of(batch: &RowBatch) -> Vec<Range<usize>> {
    let width = batch.rows().map(|row| row.len()).max().unwrap_or_default();
    let mut holds = vec![false; width];
    for row in batch.rows() {
        for (holds, (text, _)) in holds.iter_mut().zip(row.cells()) {
            *holds |= !text.trim().is_empty();
        }
    }
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for (column, _) in holds.iter().enumerate().filter(|(_, holds)| **holds) {
        match blocks.last_mut() {
            Some(block) if block.end == column => block.end += 1,
            _ => blocks.push(column..column + 1),
        }
    }
    blocks
}

/// The columns of a block that is a roster by itself.
fn roster_in(batch: &RowBatch, block: &Range<usize>, rules: &Rules) -> Option<ColumnMap> {
    let (_, columns) = find_columns(&batch.select(0..batch.len(), block.clone()), rules, None).ok()?;
    (columns.missing_required().is_empty() && !columns.needs_confirmation()).then_some(columns)
}

/// The first row after the header that is the header of another table: it has no digit, and what it names is a roster
/// of other columns than those above. A row that is the same header again is none.
pub fn header_below(batch: &RowBatch, first_row: usize, columns: &ColumnMap, rules: &Rules) -> Option<usize> {
    (first_row..batch.len()).find(|index| {
        let Some(row) = batch.row(*index) else { return false };
        let mut filled = 0;
        let has_digits = row.cells().any(|(text, _)| {
            filled += usize::from(!text.is_empty());
            text.bytes().any(|byte| byte.is_ascii_digit())
        });
        if has_digits || filled < HEADER_CELLS || row.fault().is_some() {
            return false;
        }
        // A few rows tell; the header has to be the first of them.
        let below = batch.select(*index..batch.len().min(index + 60), 0..usize::MAX);
        find_columns(&below, rules, None).is_ok_and(|(_, found)| {
            let content = |map: &ColumnMap| map.columns.iter().map(|column| column.content).collect::<Vec<_>>();
            found.header_row == Some(row.number())
                && found.missing_required().is_empty()
                && !found.needs_confirmation()
                && content(&found) != content(columns)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CellKind;

    fn batch(rows: &[&[&str]]) -> RowBatch {
        let mut batch = RowBatch::default();
        for (number, row) in (1..).zip(rows) {
            for cell in *row {
                batch.push_cell(cell, CellKind::Text);
            }
            batch.end_row(number);
        }
        batch
    }

    fn rules() -> Rules {
        Rules::load(None).expect("sound")
    }

    #[test]
    fn rosters_side_by_side_are_two_tables() {
        let rows = batch(&[
            &["Last Name", "First Name", "DOB", "", "Last Name", "First Name", "Sex"],
            &["Ng", "Ann", "1980-03-04", "", "Ruiz", "Omar", "M"],
        ]);
        let mut beside = TablesBeside::from_batch(&rows, &rules());
        assert_eq!(beside.part_of_first().map(|part| part.to_string()).as_deref(), Some(", columns A to C"));
        assert_eq!(beside.keep(rows).expect("kept").row(1).map(|row| row.len()), Some(3));
        let others: Vec<String> = beside.into_tables().map(|(part, _)| part.to_string()).collect();
        assert_eq!(others, [", columns E to G"]);
    }

    #[test]
    fn a_blank_column_within_a_roster_parts_nothing() {
        let rows = batch(&[&["Last Name", "First Name", "", "DOB", "Sex"], &["Ng", "Ann", "", "1980-03-04", "F"]]);
        assert_eq!(TablesBeside::from_batch(&rows, &rules()).part_of_first(), None);
    }

    #[test]
    fn a_legend_beside_a_roster_is_left_out() {
        let rows = batch(&[
            &["Last Name", "First Name", "State", "", "State", "Meaning"],
            &["Ng", "Ann", "MN", "", "MN", "Minnesota"],
            &["Ito", "Bo", "PA", "", "", ""],
            &["Falk", "Cy", "PA", "", "", ""],
            &["Ruiz", "Di", "UT", "", "", ""],
            &["Ruiz", "Ed", "UT", "", "", ""],
        ]);
        assert_eq!(
            TablesBeside::from_batch(&rows, &rules()).part_of_first().map(|part| part.to_string()).as_deref(),
            Some(", columns A to C")
        );
    }

    #[test]
    fn a_header_of_other_columns_begins_a_table_and_the_same_header_does_not() {
        let rows: [&[&str]; 5] = [
            &["Last Name", "First Name", "DOB"],
            &["Ng", "Ann", "1980-03-04"],
            &["Last Name", "First Name", "DOB"],
            &["First Name", "Last Name", "DOB"],
            &["Bo", "Ito", "1981-03-04"],
        ];
        let (first, columns) = find_columns(&batch(&rows), &rules(), None).expect("a header");
        assert_eq!(header_below(&batch(&rows), first, &columns, &rules()), Some(3));
    }
}
