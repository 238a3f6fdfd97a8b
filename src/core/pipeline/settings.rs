//! How rosters are ingested, as the user wants it.

use super::error::PipelineError;
use crate::domain::{CivilDate, DateOrder};
use crate::map::MapFile;
use crate::matching::Model;
use crate::read::Limits;
use crate::review::DecisionFile;

/// How rosters are ingested.
#[derive(Debug)]
pub struct IngestSettings {
    /// The user's mapping, over the automatic one.
    pub map_file: Option<MapFile>,
    /// The user's name for the system behind external ids.
    pub system: Option<String>,
    /// Order of day and month in columns that do not show it.
    pub date_order: Option<DateOrder>,
    /// The day on which nothing may lie in the future.
    pub today: CivilDate,
    /// The model of an earlier run, to decide alike.
    pub model: Option<Model>,
    /// A steward's decisions on pairs of rows.
    pub decisions: Option<DecisionFile>,
    /// Sheets of workbooks to read, by name or by number from 1; all that hold a roster where there are none.
    pub sheets: Vec<String>,
    /// How large rosters may be.
    pub limits: Limits,
}

impl IngestSettings {
    /// Nothing is set: what the files themselves say decides.
    pub fn on(today: CivilDate) -> Self {
        Self {
            map_file: None,
            system: None,
            date_order: None,
            today,
            model: None,
            decisions: None,
            sheets: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// Whether a sheet is to be read, given its number from 1: the user chose it, or none at all.
    pub fn chooses(&self, sheet: &str, number: usize) -> bool {
        self.sheets.is_empty() || self.sheets.iter().any(|choice| is_choice(choice, sheet, number))
    }

    /// Refuses a chosen sheet that the workbook does not have.
    ///
    /// # Errors
    /// When there are sheets, and a chosen one is not among them.
    pub fn check_choices(&self, path: &str, sheets: &[&str]) -> Result<(), PipelineError> {
        let is_there =
            |choice: &&String| sheets.iter().zip(1..).any(|(sheet, number)| is_choice(choice, sheet, number));
        match self.sheets.iter().find(|choice| !sheets.is_empty() && !is_there(choice)) {
            Some(choice) => Err(PipelineError::NoSuchSheet {
                path: path.to_owned(),
                wanted: choice.clone(),
                sheets: sheets.iter().map(|sheet| format!("\"{sheet}\"")).collect::<Vec<_>>().join(", "),
            }),
            None => Ok(()),
        }
    }
}

/// Whether a user's word names a sheet: by its name in either case, or by its number from 1.
fn is_choice(choice: &str, sheet: &str, number: usize) -> bool {
    choice.trim().to_lowercase() == sheet.trim().to_lowercase() || choice.trim().parse() == Ok(number)
}
