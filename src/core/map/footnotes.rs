//! Rows between patient rows that are not patients: notes, totals, and headings of sections.

use super::column_map::{ColumnMap, MappedCells};
use crate::domain::Field;
use crate::rules::NoteRules;

/// Distinguishes notes, totals, headings of sections and small tables below the patients from patients. In a delimited
/// file most have another number of cells, and only what stands in the place of an identifier or reads as a total is
/// looked at; in a sheet every row is as wide as the table.
#[derive(Clone, Copy, Debug)]
pub struct Footnotes {
    /// Columns that hold something known.
    mapped: usize,
    is_sheet: bool,
    /// The last row that holds something.
    previous: Option<u32>,
    /// Whether the rows stand apart: below a blank row, and none of them is like the patients above.
    is_apart: bool,
}

/// Columns from which a table is broad enough to tell.
const BROAD: usize = 5;
/// A row fills fewer than one in so many columns of the table.
const FEW: usize = 3;

impl Footnotes {
    /// For a table with these columns; `previous` is the row above the batch that holds something.
    pub fn new(columns: &ColumnMap, is_sheet: bool, previous: Option<u32>) -> Self {
        let mapped = columns.columns.iter().filter(|column| column.content.is_some()).count();
        Self { mapped, is_sheet, previous, is_apart: false }
    }

    /// Goes on to a row. Returns whether it is not a patient.
    pub fn is_note(&mut self, number: u32, cells: &MappedCells<'_>, words: &NoteRules) -> bool {
        let gap = self.previous.replace(number).is_some_and(|previous| number > previous + 1);
        let is_few = self.mapped >= BROAD && cells.cells.len() * FEW <= self.mapped;
        let has = |field| cells.cells.iter().any(|cell| cell.slot.field == field);
        // `Oncology` or `Total` in the column of identifiers is the identifier of nobody.
        let is_heading = cells.cells.len() == 1 && self.mapped >= FEW;
        let is_no_id =
            |text: &str| reads_as_note(text, words) || (is_heading && !text.bytes().any(|byte| byte.is_ascii_digit()));
        let mut ids = cells.cells.iter().filter(|cell| cell.slot.field == Field::ExternalId);
        let has_no_id = ids.next().is_some_and(|id| is_no_id(id.text)) && ids.next().is_none();
        if has_no_id && (is_few || is_heading) && !has(Field::BirthDate) {
            self.is_apart |= gap;
            return true;
        }
        if !is_few || has(Field::BirthDate) || has(Field::ExternalId) {
            self.is_apart = false;
            return false;
        }
        if !self.is_sheet {
            return cells.cells.iter().any(|cell| reads_as_total(cell.text, words));
        }
        self.is_apart |= gap;
        let reads = |text: &str| reads_as_note(text, words) || is_number(text);
        self.is_apart || cells.cells.iter().any(|cell| reads(cell.text))
    }
}

fn reads_as_note(text: &str, words: &NoteRules) -> bool {
    let text = text.trim();
    let first: String = text.chars().take_while(|letter| letter.is_alphabetic()).collect();
    let is_word = words.begins_note(&first.to_lowercase());
    text.starts_with(['*', '\u{a9}']) || (is_word && (text.len() == first.len() || text.contains([' ', ':'])))
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words that nobody is called, in a row without birth date and identifier.
fn reads_as_total(text: &str, words: &NoteRules) -> bool {
    words.is_total(&text.trim().trim_end_matches(':').to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CellKind, RowBatch};
    use crate::map::find_columns;
    use crate::rules::Rules;

    /// The numbers of the rows below the header that are no patients, in a delimited file and in a sheet.
    fn notes_of(lines: &[&str]) -> [Vec<u32>; 2] {
        let rules = Rules::load(None).expect("sound");
        let mut rows = RowBatch::default();
        for (number, line) in (1..).zip(lines) {
            for cell in line.split(',') {
                rows.push_cell(cell, CellKind::Text);
            }
            rows.end_row(number);
        }
        let (first, columns) = find_columns(&rows, &rules, None).expect("columns");
        [false, true].map(|is_sheet| {
            let mut notes = Footnotes::new(&columns, is_sheet, Some(1));
            let mut cells = MappedCells::default();
            let mut found = Vec::new();
            for row in rows.rows().skip(first).filter(|row| !row.is_blank()) {
                columns.map_row(&row, &rules, &mut cells);
                if notes.is_note(row.number(), &cells, &rules.notes) {
                    found.push(row.number());
                }
            }
            found
        })
    }

    #[test]
    fn headings_and_totals_in_the_column_of_identifiers_are_no_patients() {
        let lines = [
            "MRN,Last Name,First Name,DOB,Street,City",
            "Oncology,,,,,",
            "1,Lopez,Maria,05/13/1980,12 Oak St,Duluth",
            "AB,Garza,Jose,,,",
            "A7,,,,,",
            ",,,,,",
            "Total,2,,,,",
        ];
        assert_eq!(notes_of(&lines), [[2, 7], [2, 7]]);
    }

    #[test]
    fn a_patient_of_few_cells_in_a_delimited_file_stays_a_patient() {
        let lines = [
            "MRN,Last Name,First Name,DOB,Street,City,State,ZIP,Phone",
            "1,Lopez,Maria,05/13/1980,12 Oak St,Duluth,MN,55805,",
            ",,,,,,,,",
            ",Page,Ann,,,,,,2187222301",
        ];
        assert_eq!(notes_of(&lines)[0], Vec::<u32>::new());
    }
}
