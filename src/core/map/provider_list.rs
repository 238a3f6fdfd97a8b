//! A list of physicians or nurses beside the roster: it has names and telephone numbers as a roster has, and they are
//! nobody's patients.

use super::column_map::{ColumnMap, MappedColumn};
use crate::domain::Field;
use crate::rules::HeaderRules;
use crate::rules::headers::header_key;

/// Fields that only a patient has, as far as a list shows.
const OF_A_PATIENT: [Field; 4] = [Field::BirthDate, Field::DeathDate, Field::Sex, Field::SubjectId];

impl ColumnMap {
    /// The header that shows that the table lists providers: a number or a specialty that is theirs, where no column
    /// holds what only a patient has. `Referring Provider NPI` beside a patient's name is the patient's provider.
    pub fn header_of_providers(&self, rules: &HeaderRules) -> Option<&str> {
        let is_patients =
            OF_A_PATIENT.into_iter().any(|field| self.has(field)) || self.columns.iter().any(is_record_number);
        let tells = |column: &&MappedColumn| {
            let key = header_key(&column.header);
            key.split(' ').any(|word| rules.is_professional(word))
                && key.split(' ').all(|word| rules.is_professional(word) || rules.may_stand_beside_professional(word))
        };
        self.columns.iter().find(tells).filter(|_| !is_patients).map(|column| column.header.as_str())
    }
}

/// Whether the column numbers patients: an `ID` numbers anybody.
fn is_record_number(column: &MappedColumn) -> bool {
    column.slot().is_some_and(|slot| slot.field == Field::ExternalId) && header_key(&column.header) != "id"
}

#[cfg(test)]
mod tests {
    use crate::domain::{CellKind, RowBatch};
    use crate::map::find_columns;
    use crate::rules::Rules;

    fn header_of_providers(headers: &[&str]) -> Option<String> {
        let rules = Rules::load(None).expect("sound");
        let mut rows = RowBatch::default();
        for header in headers {
            rows.push_cell(header, CellKind::Text);
        }
        rows.end_row(1);
        let (_, columns) = find_columns(&rows, &rules, None).expect("a header");
        columns.header_of_providers(&rules.headers).map(str::to_owned)
    }

    #[test]
    fn a_number_or_a_specialty_of_their_own_tells_a_list_of_providers() {
        for header in
            ["NPI", "NPI Number", "DEA #", "State License No.", "Specialty", "Primary Specialty", "Taxonomy Code"]
        {
            let found = header_of_providers(&["ID", "Last Name", "First Name", header, "Phone"]);
            assert_eq!(found.as_deref(), Some(header), "{header}");
        }
    }

    #[test]
    fn a_roster_that_names_the_patients_provider_is_no_list_of_providers() {
        for headers in [
            ["Last Name", "First Name", "Phone", "Provider NPI"],
            ["Last Name", "First Name", "Phone", "Driver License"],
            ["Last Name", "First Name", "DOB", "NPI"],
            ["Last Name", "First Name", "Sex", "Specialty"],
            ["Last Name", "First Name", "MRN", "NPI"],
        ] {
            assert_eq!(header_of_providers(&headers), None, "{headers:?}");
        }
    }
}
