//! Rosters read, split and mapped, and no more: nothing of a row is kept. It shows what reading alone costs, in time
//! and in memory that does not grow with the file.

use std::path::Path;
use std::sync::mpsc::sync_channel;

use rayon::prelude::*;

use super::error::PipelineError;
use super::ingest::WAITING_BATCHES;
use crate::domain::RowBatch;
use crate::map::{ColumnMap, MapFile, MappedCells, RowShape, find_columns};
use crate::read::{ReadEvent, Stopped, UnsplitRows, read_roster};
use crate::rules::Rules;

/// What a survey counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Rows below the headers that hold something.
    pub rows: u64,
    /// Rows that were split into the columns of their header.
    pub mapped_rows: u64,
    /// Cells that hold something, in columns that are used.
    pub mapped_cells: u64,
}

impl Survey {
    fn and(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            mapped_rows: self.mapped_rows + other.mapped_rows,
            mapped_cells: self.mapped_cells + other.mapped_cells,
        }
    }

    fn from_batch(batch: &RowBatch, first_row: usize, columns: &ColumnMap, rules: &Rules) -> Self {
        let mut survey = Self::default();
        let mut mapped = MappedCells::default();
        for row in batch.rows().skip(first_row) {
            if row.is_blank() {
                continue;
            }
            survey.rows += 1;
            if row.fault().is_none() && columns.map_row(&row, rules, &mut mapped) == RowShape::Fits {
                survey.mapped_rows += 1;
                survey.mapped_cells += mapped.cells.len() as u64;
            }
        }
        survey
    }
}

/// Reads, splits and maps rosters on all threads, and counts.
pub fn survey_rosters(rosters: &[String], rules: &Rules, map_file: Option<&MapFile>) -> Result<Survey, PipelineError> {
    let mut survey = Survey::default();
    for path in rosters {
        survey = survey.and(survey_roster(path, rules, map_file)?);
    }
    Ok(survey)
}

fn survey_roster(path: &str, rules: &Rules, map_file: Option<&MapFile>) -> Result<Survey, PipelineError> {
    let (sender, receiver) = sync_channel(WAITING_BATCHES);
    let together = rayon::current_num_threads() * 2;
    std::thread::scope(|scope| {
        let reader = scope
            .spawn(move || read_roster(Path::new(path), &|_| {}, &mut |event| sender.send(event).map_err(|_| Stopped)));
        let mut survey = Survey::default();
        let mut columns = None;
        let mut waiting: Vec<(UnsplitRows, usize)> = Vec::new();
        let mut is_new_table = false;
        while let Ok(event) = receiver.recv() {
            match event {
                ReadEvent::Table { .. } => is_new_table = true,
                ReadEvent::Rows(rows) if is_new_table => {
                    is_new_table = false;
                    let batch = rows.split();
                    let found = find_columns(&batch, rules, map_file).ok();
                    waiting.extend(found.as_ref().map(|(first_row, _)| (batch.into(), *first_row)));
                    columns = found.map(|(_, columns)| columns);
                }
                ReadEvent::Rows(rows) => waiting.push((rows, 0)),
                ReadEvent::Sheet(_) => {}
                ReadEvent::EndOfTable => survey = survey.and(count(&mut waiting, columns.as_ref(), rules)),
            }
            if waiting.len() >= together {
                survey = survey.and(count(&mut waiting, columns.as_ref(), rules));
            }
        }
        match reader.join() {
            Ok(facts) => facts?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        Ok(survey)
    })
}

/// Splits and maps the waiting rows; those of a table without columns are dropped.
fn count(waiting: &mut Vec<(UnsplitRows, usize)>, columns: Option<&ColumnMap>, rules: &Rules) -> Survey {
    let waiting = std::mem::take(waiting);
    let Some(columns) = columns else { return Survey::default() };
    let counted =
        waiting.into_par_iter().map(|(rows, first_row)| Survey::from_batch(&rows.split(), first_row, columns, rules));
    counted.reduce(Survey::default, Survey::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survey_counts_what_a_check_takes_in() {
        let rules = Rules::load(None).expect("the built-in rules");
        let survey = survey_rosters(&["../../samples/clinic-a.csv".to_owned()], &rules, None).expect("read");
        // One row has an unquoted comma, which only a check puts right.
        assert_eq!((survey.rows, survey.mapped_rows), (215, 214));
        assert!(survey.mapped_cells > 215 * 5);
    }
}
