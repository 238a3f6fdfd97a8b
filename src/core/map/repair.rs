//! Rows with more cells than the header has columns: put right where a text that was not quoted can have fallen apart
//! in one place only, so that every cell after it is where its column is.

use super::agreement::has_form_of;
use super::column_map::{ColumnMap, MappedColumn};
use crate::domain::{CellKind, ColumnContent, ColumnMeaning, CombinedField, Field, RowBatch, SourceRow};
use crate::rules::Rules;
use crate::values::one_line_address::split_place;

/// Cells more than columns, beyond which a row is not looked at: each may have fallen apart anywhere.
const MOST_EXTRA: usize = 4;

/// A row that was put right.
#[derive(Debug)]
pub struct RepairedRow {
    /// The row alone, with its own number.
    pub batch: RowBatch,
    /// The column whose text had fallen apart, 0-based.
    pub column: usize,
}

impl ColumnMap {
    /// Puts a row with too many cells right: joins neighbouring cells, set apart by `delimiter`, in a column of free
    /// text. Only where that fits in one column and no other; `None` where it fits nowhere, or where nobody can tell.
    pub fn repair(&self, row: &SourceRow<'_>, rules: &Rules, delimiter: char) -> Option<RepairedRow> {
        let width = self.columns.len();
        let cells: Vec<(&str, CellKind)> = row.cells().collect();
        let extra = cells.len().checked_sub(width).filter(|extra| (1..=MOST_EXTRA).contains(extra))?;
        if cells.iter().any(|(_, kind)| *kind != CellKind::Text) {
            return None;
        }
        let texts: Vec<&str> = cells.into_iter().map(|(text, _)| text).collect();
        let mut fitting = (0..width).filter(|column| {
            let fits_others = self.columns.iter().enumerate().all(|(index, other)| {
                let text = match index.cmp(column) {
                    std::cmp::Ordering::Less => texts.get(index),
                    std::cmp::Ordering::Equal => return true,
                    std::cmp::Ordering::Greater => texts.get(index + extra),
                };
                text.is_some_and(|text| fits_column(other, text, rules))
            });
            fits_others
                && (self.is_free_text(*column) || self.is_city_with_state(*column, extra, &texts, delimiter, rules))
        });
        let column = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        if extra == 1 && self.fits_without_an_empty_cell(&texts, column, rules) {
            return None;
        }
        let joined = joined(texts.get(column..=column + extra)?, delimiter)?;
        let mut batch = RowBatch::default();
        for (index, text) in texts.iter().enumerate() {
            match index {
                _ if index == column => batch.push_cell(&joined, CellKind::Text),
                _ if index > column && index <= column + extra => {}
                _ => batch.push_cell(text, CellKind::Text),
            }
        }
        batch.end_row(row.number());
        Some(RepairedRow { batch, column })
    }

    /// Whether the cells fit as well when an empty one is taken out instead of joining two in a column: then a
    /// separator is one too many there, or nobody can tell. Cells that would move from one column of free text to
    /// another are no doubt.
    fn fits_without_an_empty_cell(&self, texts: &[&str], joined: usize, rules: &Rules) -> bool {
        let is_beside = |index: usize| index == joined || index == joined + 1;
        let empty =
            (0..texts.len()).filter(|index| !is_beside(*index) && texts.get(*index).is_some_and(|it| it.is_empty()));
        let mut doubtful =
            empty.filter(|index| *index < joined || (joined + 1..*index).any(|column| !self.is_free_text(column)));
        doubtful.any(|empty| {
            self.columns.iter().enumerate().all(|(index, column)| {
                let text = texts.get(if index < empty { index } else { index + 1 });
                text.is_some_and(|text| fits_column(column, text, rules))
            })
        })
    }

    /// Whether cells joined in the column of cities are a city with its state, `Duluth, MN`, and no other state than
    /// that of the row: the only delimiter that people write behind a city.
    fn is_city_with_state(&self, column: usize, extra: usize, texts: &[&str], delimiter: char, rules: &Rules) -> bool {
        let is_of = |index: usize, field: Field| {
            self.columns.get(index).and_then(MappedColumn::slot).is_some_and(|slot| slot.field == field)
        };
        if !is_of(column, Field::City) {
            return false;
        }
        let Some(text) = texts.get(column..=column + extra).and_then(|parts| joined(parts, delimiter)) else {
            return false;
        };
        let Some(place) = split_place(&text, rules.into()) else { return false };
        let state = (0..self.columns.len()).find(|index| is_of(*index, Field::State));
        let state = state.and_then(|index| texts.get(if index > column { index + extra } else { index }));
        let is_same = state.is_none_or(|state| {
            state.trim().is_empty() || rules.states.find(state.trim()) == rules.states.find(place.state)
        });
        is_same && !place.city.is_empty() && !place.state.is_empty() && place.postal_code.is_empty()
    }

    /// Whether a column holds text in which people write delimiters.
    fn is_free_text(&self, column: usize) -> bool {
        let Some(column) = self.columns.get(column) else { return false };
        match column.content.map(meaning_of) {
            None => !column.header.is_empty() && column.withheld.is_none(),
            Some(ColumnMeaning::Field(field)) => matches!(
                field,
                Field::AddressLine1
                    | Field::AddressLine2
                    | Field::AdditionalAddressLine1
                    | Field::AdditionalAddressLine2
                    | Field::Label
            ),
            Some(ColumnMeaning::Combined(combined)) => {
                !matches!(combined, CombinedField::FullName | CombinedField::AdditionalFullName)
            }
        }
    }
}

/// Whether a cell can be one of a column. The code of a state is no city.
fn fits_column(column: &MappedColumn, text: &str, rules: &Rules) -> bool {
    let Some(meaning) = column.content.map(meaning_of) else { return true };
    let is_city = matches!(meaning, ColumnMeaning::Field(Field::City | Field::AdditionalCity));
    has_form_of(meaning, text, rules) && !(is_city && is_state_code(text.trim(), rules))
}

fn is_state_code(text: &str, rules: &Rules) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) && rules.states.find(text).is_some()
}

/// Parts of a text set apart by delimiters again, of which a backslash before each is taken off. `None` for what was
/// quoted with another mark than the file's: nobody can tell what belongs to it.
fn joined(parts: &[&str], delimiter: char) -> Option<String> {
    // Beside an empty part, a separator is one too many.
    let first = parts.iter().position(|part| !part.trim().is_empty())?;
    let last = parts.iter().rposition(|part| !part.trim().is_empty())?;
    let (last, front) = parts.get(first..=last)?.split_last()?;
    let is_quoted = |mark: char| {
        front.first().is_some_and(|first| first.trim_start().starts_with(mark)) && last.trim_end().ends_with(mark)
    };
    if is_quoted('\'') || is_quoted('"') {
        return None;
    }
    let bare: Option<Vec<&str>> = front.iter().map(|part| part.strip_suffix('\\')).collect();
    let mut parts = bare.unwrap_or_else(|| front.to_vec());
    parts.push(last);
    Some(parts.join(&delimiter.to_string()))
}

const fn meaning_of(content: ColumnContent) -> ColumnMeaning {
    match content {
        ColumnContent::Field(slot) => ColumnMeaning::Field(slot.field),
        ColumnContent::Combined(combined, _) => ColumnMeaning::Combined(combined),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{CellKind, RowBatch};
    use crate::map::find_columns;
    use crate::rules::Rules;

    fn batch(lines: &[&str]) -> RowBatch {
        let mut batch = RowBatch::default();
        for (number, line) in (1..).zip(lines) {
            for cell in line.split(',') {
                batch.push_cell(cell, CellKind::Text);
            }
            batch.end_row(number);
        }
        batch
    }

    /// The cells of the repaired third line, joined by `|`, and the column.
    fn repaired(header: &str, clean: &str, ragged: &str) -> Option<(String, usize)> {
        let rules = Rules::load(None).expect("sound");
        let rows = batch(&[header, clean, ragged]);
        let (_, columns) = find_columns(&rows, &rules, None).expect("columns");
        let repaired = columns.repair(&rows.row(2).expect("a row"), &rules, ',')?;
        let row = repaired.batch.row(0).expect("a row");
        assert_eq!(row.number(), 3);
        Some((row.cells().map(|(text, _)| text).collect::<Vec<_>>().join("|"), repaired.column))
    }

    const HEADER: &str = "First Name,Last Name,DOB,Sex,Address,City,State,ZIP";
    const CLEAN: &str = "Ann,Ng,03/14/1980,F,1 Main St,Duluth,MN,55802";

    #[test]
    fn a_comma_in_an_address_is_put_back_where_it_was() {
        let found = repaired(HEADER, CLEAN, "Bea,Ruiz,04/15/1981,F,2 Oak Ave, Apt 4,Erie,PA,16510");
        assert_eq!(found, Some(("Bea|Ruiz|04/15/1981|F|2 Oak Ave, Apt 4|Erie|PA|16510".to_owned(), 4)));
    }

    #[test]
    fn a_comma_behind_a_city_is_never_put_into_the_street() {
        let found = repaired(HEADER, CLEAN, "Bea,Ruiz,04/15/1981,F,2 Oak Ave,Erie, PA,PA,16510");
        assert_eq!(found, Some(("Bea|Ruiz|04/15/1981|F|2 Oak Ave|Erie, PA|PA|16510".to_owned(), 5)));
        // The street with its city, or the city with its state: nobody can tell.
        assert_eq!(repaired(HEADER, CLEAN, "Bea,Ruiz,04/15/1981,F,2 Oak Ave,Erie, Pennsylvania,PA,16510"), None);
        assert_eq!(repaired(HEADER, CLEAN, "Bea,Ruiz,04/15/1981,F,2 Oak Ave,Erie, OH,PA,16510"), None);
    }

    #[test]
    fn a_row_that_fits_nowhere_or_in_two_places_is_left_alone() {
        assert_eq!(repaired(HEADER, CLEAN, "Bea,,Ruiz,04/15/1981,F,2 Oak Ave,Erie,PA,16510"), None);
        let header = "First Name,Last Name,DOB,Address 1,Address 2,City";
        let clean = "Ann,Ng,03/14/1980,1 Main St,Apt 2,Duluth";
        assert_eq!(repaired(header, clean, "Bea,Ruiz,04/15/1981,2 Oak Ave, Rear,Apt 4,Erie"), None);
        assert_eq!(repaired(HEADER, CLEAN, "Bea,Ruiz,04/15/1981,F,2 Oak Ave,Erie,PA"), None);
    }
}
