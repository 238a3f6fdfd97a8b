//! Checked form of `rules/surname_frequencies.csv` and `rules/given_name_frequencies.csv`: how common a name is, so
//! that agreement on a rare name says more than agreement on a common one.

use super::table::{TableRow, is_folded, rows};
use super::{RuleFiles, RulesError};

const SURNAMES: &str = "surname_frequencies.csv";
const GIVEN_NAMES: &str = "given_name_frequencies.csv";
/// The tables end at 1 in 100,000; a name that is not in them has at most that share, and counts as half of it.
const SHARE_OF_UNLISTED: f32 = 0.5 / 100_000.0;

/// Shares of names in the population of the United States, by folded name.
#[derive(Debug)]
pub struct NameFrequencies {
    surnames: Shares,
    given_names: Shares,
}

impl NameFrequencies {
    /// Reads and checks both files.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        Ok(Self {
            surnames: Shares::parse(files, SURNAMES, "name,per_100k")?,
            given_names: Shares::parse(files, GIVEN_NAMES, "name,female,male")?,
        })
    }

    /// The share of people with a folded family name, above 0 and below 1; a name that is not listed
    /// gets that of a name one person in 200,000 bears.
    pub fn surname_share(&self, folded: &str) -> f32 {
        self.surnames.get(folded).unwrap_or(SHARE_OF_UNLISTED)
    }

    /// The share of people with a folded given name: the mean of the share among women and among men.
    pub fn given_name_share(&self, folded: &str) -> f32 {
        self.given_names.get(folded).unwrap_or(SHARE_OF_UNLISTED)
    }

    /// The share of a folded family name that is listed.
    pub fn listed_surname_share(&self, folded: &str) -> Option<f32> {
        self.surnames.get(folded)
    }

    /// The same of a given name.
    pub fn listed_given_name_share(&self, folded: &str) -> Option<f32> {
        self.given_names.get(folded)
    }

    /// Whether the census lists a folded family name, that is, at least 1 in 100,000 has it.
    pub fn is_listed_surname(&self, folded: &str) -> bool {
        self.surnames.get(folded).is_some()
    }

    /// Whether the census lists a folded given name.
    pub fn is_listed_given_name(&self, folded: &str) -> bool {
        self.given_names.get(folded).is_some()
    }
}

/// Names in one string, sorted, each with the place where it ends and its share.
#[derive(Debug, Default)]
struct Shares {
    names: String,
    ends: Vec<u32>,
    values: Vec<f32>,
}

impl Shares {
    fn parse(files: &RuleFiles, file: &str, header: &str) -> Result<Self, RulesError> {
        let rows = rows(files, file, header)?;
        let mut table = Self {
            names: String::with_capacity(files.text(file).len()),
            ends: Vec::with_capacity(rows.len()),
            values: Vec::with_capacity(rows.len()),
        };
        for row in rows {
            let share = share_of(row).ok_or_else(|| {
                let reason =
                    "the name must be lower case letters without accents, and the rest whole numbers per 100,000";
                files.entry_error(file, &format!("line {}", row.line), row.key(), reason)
            })?;
            table.names.push_str(row.key());
            table.ends.push(u32::try_from(table.names.len()).unwrap_or(u32::MAX));
            table.values.push(share);
        }
        Ok(table)
    }

    fn name(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.names.get(start as usize..end as usize).unwrap_or_default()
    }

    fn get(&self, folded: &str) -> Option<f32> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).cmp(folded) {
                std::cmp::Ordering::Equal => return self.values.get(middle).copied(),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// The mean of a row's numbers as a share; `None` when a cell is not what it should be or all are 0.
fn share_of(row: TableRow<'_>) -> Option<f32> {
    let mut sum = 0_u32;
    let mut columns = 0_u32;
    for cell in row.cells().skip(1) {
        // At most 100,000 of 100,000, which `f32` holds without loss.
        sum += cell.parse::<u32>().ok().filter(|number| *number < 100_000)?;
        columns += 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "both are far below 2^24")]
    let share = sum as f32 / columns as f32 / 100_000.0;
    (is_folded(row.key()) && share > 0.0).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> NameFrequencies {
        NameFrequencies::parse(&RuleFiles::embedded()).expect("sound")
    }

    #[test]
    fn shares_are_those_of_the_census() {
        let rules = rules();
        assert!((rules.surname_share("smith") - 0.010_06).abs() < 1e-7);
        assert!((rules.given_name_share("mary") - 0.5 * (0.026_29 + 0.000_09)).abs() < 1e-6);
        assert!(rules.surname_share("zyzzyva") <= SHARE_OF_UNLISTED);
    }

    #[test]
    fn every_listed_name_is_found_again() {
        let rules = rules();
        for table in [&rules.surnames, &rules.given_names] {
            assert!(table.ends.len() > 5_000);
            for index in 0..table.ends.len() {
                assert_eq!(table.get(table.name(index)), Some(table.values[index]), "{}", table.name(index));
            }
        }
    }

    #[test]
    fn common_names_are_commoner_than_rare_ones() {
        let rules = rules();
        assert!(rules.surname_share("smith") > rules.surname_share("nguyen"));
        assert!(rules.surname_share("nguyen") > rules.surname_share("zyzzyva"));
        assert!(!rules.is_listed_given_name("") && rules.is_listed_given_name("james"));
    }
}
