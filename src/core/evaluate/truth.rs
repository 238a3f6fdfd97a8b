//! Who is who, from a file as `onroll generate --truth` writes it or from a column of the roster.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A truth that cannot be used. Names the file and line, never a person.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// The file cannot be opened.
    #[error("{}: the truth cannot be read: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is not a truth.
    #[error(
        "{}: {what}; the truth needs the columns row (as a spreadsheet program counts, the header is row 1) and person, \
         and for several rosters also file, the file name of the roster (name.xlsx#sheet for a sheet of a workbook)",
        file.display()
    )]
    Form {
        /// The file.
        file: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
}

/// The person of each row in the truth.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// By file name, which is empty where the truth names none, and row number.
    persons: BTreeMap<(String, u32), u32>,
    numbers: BTreeMap<String, u32>,
}

impl Truth {
    /// Reads a truth file: CSV with the columns `row` and `person`, and `file` (a file name,
    /// or `name.xlsx#sheet`) where it speaks of several rosters.
    pub fn read(file: &Path) -> Result<Self, TruthError> {
        let opened = fs_err::File::open(file).map_err(|source| TruthError::Io { file: file.to_owned(), source })?;
        let form = |what: String| TruthError::Form { file: file.to_owned(), what };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(opened);
        let unreadable = |error: &csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            form(format!("line {line} does not have the columns of the other lines"))
        };
        let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
        let column = |name: &str| header.iter().position(|cell| cell.trim_start_matches('\u{feff}') == name);
        let missing = |name: &str| form(format!("the header has no column {name}"));
        let (row_column, person_column) =
            (column("row").ok_or_else(|| missing("row"))?, column("person").ok_or_else(|| missing("person"))?);
        let file_column = column("file");
        let mut truth = Self::default();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |column: usize| record.get(column).unwrap_or_default();
            let row = cell(row_column).parse().map_err(|_| form(format!("line {line}: row is not a row number")))?;
            if cell(person_column).is_empty() {
                return Err(form(format!("line {line}: person is empty")));
            }
            if !truth.insert(file_column.map_or("", cell), row, cell(person_column)) {
                return Err(form(format!("line {line}: the row already has a person")));
            }
        }
        Ok(truth)
    }

    /// Adds a row; false where it has a person already. `file` is empty where there is only one.
    pub fn insert(&mut self, file: &str, row: u32, person: &str) -> bool {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = match self.numbers.get(person) {
            Some(number) => *number,
            None => *self.numbers.entry(person.to_owned()).or_insert(next),
        };
        self.persons.insert((file.to_owned(), row), number).is_none()
    }

    /// The person of a row.
    pub fn person(&self, file: &str, row: u32) -> Option<u32> {
        self.persons.get(&(file.to_owned(), row)).copied()
    }

    /// Whether it names files.
    pub fn names_files(&self) -> bool {
        self.persons.keys().next_back().is_some_and(|(file, _)| !file.is_empty())
    }

    /// Number of rows in the truth.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    /// Whether the truth has no rows.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Truth, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("truth.csv");
        fs_err::write(&file, text).expect("written");
        Truth::read(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_of_one_person_share_a_number() {
        let truth = read("person,row\nrec-1,2\nrec-2, 3\nrec-1,4\n").expect("a truth");
        assert_eq!([2, 3, 4, 5].map(|row| truth.person("", row)), [Some(0), Some(1), Some(0), None]);
        assert!(!truth.names_files() && truth.len() == 3);
    }

    #[test]
    fn rows_of_several_files_are_kept_apart() {
        let truth = read("file,row,person\na.csv,2,x\nb.csv,2,y\n").expect("a truth");
        assert!(truth.names_files());
        assert_ne!(truth.person("a.csv", 2), truth.person("b.csv", 2));
        assert_eq!(truth.person("", 2), None);
    }

    #[test]
    fn what_is_no_truth_is_refused_with_its_line() {
        for (text, word) in [
            ("row,who\n2,1\n", "no column person"),
            ("row,person\n2,1\nx,1\n", "line 3: row is not a row number"),
            ("row,person\n2,\n", "line 2: person is empty"),
            ("row,person\n2,1\n2,2\n", "line 3: the row already has a person"),
            ("row,person\n2,1\n3\n", "line 3"),
        ] {
            let error = read(text).expect_err("no truth");
            assert!(error.contains(word), "{error}");
        }
    }
}
