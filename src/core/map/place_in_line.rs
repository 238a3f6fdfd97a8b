//! City, state and ZIP in one cell of a row whose columns have a place for each: `Springfield, IL` as the city, or the
//! place on the second address line. Taken apart only where the columns for the parts are empty and the place is sure.

use super::column_map::MappedCells;
use crate::domain::{CellKind, Field, FieldSlot, MappedCell};
use crate::rules::Rules;
use crate::values::one_line_address::split_place;

impl MappedCells<'_> {
    /// Gives the parts of a place that stands in one cell to the fields that are empty.
    pub(super) fn take_place_apart(&mut self, rules: &Rules) {
        let (has_city, has_state, has_zip) =
            (self.holds(Field::City), self.holds(Field::State), self.holds(Field::PostalCode));
        let from = match (has_city, has_state, has_zip) {
            (true, false, _) => Field::City,
            (false, false, false) if self.holds(Field::AddressLine1) => Field::AddressLine2,
            _ => return,
        };
        let Some(index) = self.cells.iter().position(|cell| cell.slot == home(from)) else { return };
        let Some(cell) = self.cells.get(index).filter(|cell| cell.kind == CellKind::Text).copied() else { return };
        let Some(place) = split_place(cell.text, rules.into()) else { return };
        let is_code = place.state.len() == 2 && place.state.bytes().all(|byte| byte.is_ascii_uppercase());
        // `EAU DE` and `Port Washington` are cities.
        let is_sure = cell.text.contains(',')
            || !place.postal_code.is_empty()
            || (is_code && place.city.bytes().any(|byte| byte.is_ascii_lowercase()));
        if !is_sure || place.city.is_empty() || place.state.is_empty() || (has_zip && !place.postal_code.is_empty()) {
            return;
        }
        self.cells.remove(index);
        for (field, text) in
            [(Field::City, place.city), (Field::State, place.state), (Field::PostalCode, place.postal_code)]
        {
            let slot = home(field);
            if let (false, Err(at)) = (text.is_empty(), self.cells.binary_search_by_key(&slot, |cell| cell.slot)) {
                self.cells.insert(at, MappedCell { slot, text, kind: CellKind::Text, system: None });
            }
        }
    }

    /// Whether a cell of the patient's address holds something.
    fn holds(&self, field: Field) -> bool {
        self.cells.binary_search_by_key(&home(field), |cell| cell.slot).is_ok()
    }
}

const fn home(field: Field) -> FieldSlot {
    FieldSlot { field, group: 0 }
}

#[cfg(test)]
mod tests {
    use crate::domain::Field;
    use crate::map::export_tests::{RULES, batch_of};
    use crate::map::{MappedCells, find_columns};

    /// Second line, city, state and ZIP of a row beside another one that is complete.
    fn place_of(line2: &str, city: &str, state: &str, zip: &str) -> String {
        let rows = batch_of(&[
            &["MRN", "Last Name", "First Name", "Street", "Address 2", "City", "State", "Zip"] as &[&str],
            &["1", "Ng", "Ann", "15 Elm St", "Apt 3", "Duluth", "MN", "55805"],
            &["2", "Ruiz", "Omar", "14 Elm St", line2, city, state, zip],
        ]);
        let (_, columns) = find_columns(&rows, &RULES, None).expect("a roster");
        let mut cells = MappedCells::default();
        let row = rows.row(2).expect("a row");
        columns.map_row(&row, &RULES, &mut cells);
        let text = |field| {
            let cell = cells.cells.iter().find(|cell| cell.slot.field == field);
            cell.map_or("-", |cell| cell.text)
        };
        [Field::AddressLine2, Field::City, Field::State, Field::PostalCode].map(text).join("|")
    }

    #[test]
    fn a_city_with_its_state_is_taken_apart_where_the_state_is_empty() {
        assert_eq!(place_of("", "Springfield, IL", "", "62704"), "-|Springfield|IL|62704");
        assert_eq!(place_of("", "Springfield IL", "", ""), "-|Springfield|IL|-");
        assert_eq!(place_of("", "Springfield, IL 62704", "", ""), "-|Springfield|IL|62704");
        assert_eq!(place_of("", "Port Washington", "", "11050"), "-|Port Washington|-|11050");
        assert_eq!(place_of("", "Springfield, IL 62704", "", "62705"), "-|Springfield, IL 62704|-|62705");
    }

    #[test]
    fn a_place_on_the_second_line_is_taken_apart_where_its_columns_are_empty() {
        assert_eq!(place_of("Springfield IL 62704", "", "", ""), "-|Springfield|IL|62704");
        assert_eq!(place_of("Springfield IL 62704", "", "", "62704"), "Springfield IL 62704|-|-|62704");
        assert_eq!(place_of("Apt 4", "", "", ""), "Apt 4|-|-|-");
    }
}
