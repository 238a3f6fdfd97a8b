//! Checked form of `rules/shared_values.toml`: from when on a value is shared by too many people of one file.

use serde::Deserialize;

use super::{RuleFiles, RulesError};

const FILE: &str = "shared_values.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSharedValues {
    expected_at_most: f64,
    phone: SharedContact,
    email: SharedContact,
    address: SharedContact,
    birth_date: SharedDate,
    day_of_year: SharedDate,
}

/// When a contact is shared by too many.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedContact {
    /// Fewer people of different last names are never too many.
    pub least_people: u32,
    /// Further last names at one value are never taken to be more usual than this.
    pub usual_people: f64,
}

/// When a date is.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedDate {
    /// Fewer people of different names are never too many.
    pub least_people: u32,
    /// Nor are fewer than so many times what chance gives.
    pub times_expected: f64,
}

/// Everything in `shared_values.toml`.
#[derive(Clone, Copy, Debug)]
pub struct SharedValueRules {
    /// How many values a file may be expected to have by chance with as many people as a heaped one.
    pub expected_at_most: f64,
    /// Telephone numbers.
    pub phone: SharedContact,
    /// E-mail addresses.
    pub email: SharedContact,
    /// Home addresses.
    pub address: SharedContact,
    /// Whole dates of birth.
    pub birth_date: SharedDate,
    /// Day and month of birth, whatever the year.
    pub day_of_year: SharedDate,
}

impl SharedValueRules {
    /// Reads and checks `shared_values.toml`.
    ///
    /// # Errors
    /// A number out of its bounds; fewer than seven people, because six share a household's telephone in earnest.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawSharedValues = files.parse_toml(FILE)?;
        if !(raw.expected_at_most > 0.0 && raw.expected_at_most <= 1.0) {
            return Err(files.entry_error(FILE, "shared_values", "expected_at_most", "must be above 0 and at most 1"));
        }
        for (table, contact) in [("phone", raw.phone), ("email", raw.email), ("address", raw.address)] {
            if contact.least_people < 7 {
                return Err(files.entry_error(
                    FILE,
                    table,
                    "least_people",
                    "must be at least 7, because six can be a household",
                ));
            }
            if !(contact.usual_people > 0.0 && contact.usual_people <= 100.0) {
                return Err(files.entry_error(FILE, table, "usual_people", "must be above 0 and at most 100"));
            }
        }
        for (table, date) in [("birth_date", raw.birth_date), ("day_of_year", raw.day_of_year)] {
            if date.least_people < 7 {
                return Err(files.entry_error(FILE, table, "least_people", "must be at least 7"));
            }
            if !(date.times_expected >= 1.0 && date.times_expected <= 1_000.0) {
                return Err(files.entry_error(FILE, table, "times_expected", "must be between 1 and 1000"));
            }
        }
        Ok(Self {
            expected_at_most: raw.expected_at_most,
            phone: raw.phone,
            email: raw.email,
            address: raw.address,
            birth_date: raw.birth_date,
            day_of_year: raw.day_of_year,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_people_are_never_a_heap_whatever_the_file_says() {
        let text = RuleFiles::embedded().text(FILE).replacen("least_people = 8", "least_people = 6", 1);
        let error = SharedValueRules::parse(&RuleFiles::embedded().with(FILE, text)).expect_err("six").to_string();
        assert!(error.contains("phone") && error.contains("least_people"), "{error}");
        assert!(SharedValueRules::parse(&RuleFiles::embedded()).is_ok());
    }
}
