//! Writes a whole roster, row by row, in memory that does not grow with it.

use std::io::{self, Write};

use super::data::Tables;
use super::draws::DrawSource;
use super::person::PersonMaker;
use super::row::{COLUMNS, RowWriter};

/// Bytes gathered before they are handed to the output.
const CHUNK: usize = 1 << 16;

/// What roster to write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerateSettings {
    /// Data rows, the header not counted.
    pub rows: u64,
    /// The same settings with the same seed give the same bytes.
    pub seed: u64,
    /// Share of rows that repeat a person of an earlier row, 0 to 0.9; beyond, the nearest of these. Not a number is 0.
    pub duplicate_share: f64,
    /// How untidy the rows are: 0 writes everything in full and in one format, 1 as offices do. Beyond, the nearest of
    /// these; not a number is 0.
    pub noise: f64,
}

impl Default for GenerateSettings {
    /// A thousand rows, every tenth of them a duplicate.
    fn default() -> Self {
        Self { rows: 1_000, seed: 1, duplicate_share: 0.1, noise: 1.0 }
    }
}

/// What was written. `persons + duplicates` is `rows`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerateSummary {
    /// Data rows.
    pub rows: u64,
    /// Different persons.
    pub persons: u64,
    /// Rows beyond the first of their person.
    pub duplicates: u64,
}

/// Writes a roster as CSV (UTF-8, comma, LF, header [`COLUMNS`]) and, if wanted, its truth: the columns `row`, the row
/// number as a spreadsheet program shows it (the header is row 1), and `person`, a number that rows of one person share.
/// Everyone in it is invented; names and cities are drawn by their frequency in the United States.
pub fn generate(
    settings: &GenerateSettings,
    out: &mut dyn Write,
    truth: Option<&mut dyn Write>,
) -> io::Result<GenerateSummary> {
    let tables = Tables::embedded()?;
    let source = DrawSource::new(settings.seed);
    let maker = PersonMaker { tables: &tables, source: &source };
    let writer = RowWriter { tables: &tables, noise: settings.noise.clamp(0.0, 1.0) };
    let duplicate_share = settings.duplicate_share.clamp(0.0, 0.9);
    let mut roster = Chunked::new(Some(out), &COLUMNS.join(","))?;
    let mut truth = Chunked::new(truth, "row,person")?;
    let mut summary = GenerateSummary::default();
    while summary.rows < settings.rows {
        let mut draws = source.row(summary.rows);
        let repeat = draws.chance(duplicate_share) && summary.persons > 0;
        let index = if repeat { draws.below_wide(summary.persons) } else { summary.persons };
        let person = maker.person(index).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "a table in rules/synthetic (built in) is empty")
        })?;
        writer.write(&mut roster.pending, &person, repeat, &mut draws);
        roster.flush_full_chunk()?;
        summary.rows += 1;
        *(if repeat { &mut summary.duplicates } else { &mut summary.persons }) += 1;
        truth.push_truth(summary.rows + 1, index)?;
    }
    roster.finish()?;
    truth.finish()?;
    Ok(summary)
}

/// Text on its way to an output that may be absent.
struct Chunked<'a> {
    out: Option<&'a mut dyn Write>,
    pending: Vec<u8>,
}

impl<'a> Chunked<'a> {
    fn new(out: Option<&'a mut dyn Write>, header: &str) -> io::Result<Self> {
        let mut pending = Vec::with_capacity(if out.is_some() { CHUNK + 1024 } else { 0 });
        writeln!(pending, "{header}")?;
        Ok(Self { out, pending })
    }

    fn push_truth(&mut self, row: u64, person: u64) -> io::Result<()> {
        if self.out.is_none() {
            return Ok(());
        }
        writeln!(self.pending, "{row},{person}")?;
        self.flush_full_chunk()
    }

    fn flush_full_chunk(&mut self) -> io::Result<()> {
        if self.pending.len() >= CHUNK { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        if let Some(out) = &mut self.out {
            out.write_all(&self.pending)?;
        }
        self.pending.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.hand_over()?;
        if let Some(out) = &mut self.out { out.flush() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    struct Generated {
        roster: Vec<u8>,
        truth: Vec<u8>,
        summary: GenerateSummary,
    }

    fn run(settings: &GenerateSettings) -> Generated {
        let (mut roster, mut truth) = (Vec::new(), Vec::new());
        let summary = generate(settings, &mut roster, Some(&mut truth)).expect("writing to memory works");
        Generated { roster, truth, summary }
    }

    fn records(csv_text: &[u8]) -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(csv_text).into_records().collect::<Result<_, _>>().expect("a CSV of even rows")
    }

    fn persons(generated: &Generated) -> Vec<u64> {
        records(&generated.truth).iter().map(|record| record[1].parse().expect("a number")).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let settings = GenerateSettings::default();
        let (one, again) = (run(&settings), run(&settings));
        assert!(one.roster == again.roster && one.truth == again.truth);
        assert!(one.roster != run(&GenerateSettings { seed: 2, ..settings }).roster);
    }

    #[test]
    fn the_roster_is_the_same_with_and_without_its_truth() {
        let settings = GenerateSettings { rows: 500, ..GenerateSettings::default() };
        let mut alone = Vec::new();
        generate(&settings, &mut alone, None).expect("writing to memory works");
        assert!(alone == run(&settings).roster);
    }

    #[test]
    fn a_longer_roster_begins_with_the_shorter_one() {
        let settings = GenerateSettings::default();
        let longer = run(&GenerateSettings { rows: 1_500, ..settings });
        assert!(longer.roster.starts_with(&run(&settings).roster));
    }

    #[test]
    fn a_tenth_of_the_rows_are_duplicates() {
        let generated = run(&GenerateSettings { rows: 20_000, ..GenerateSettings::default() });
        assert!((1_800..2_200).contains(&generated.summary.duplicates), "{}", generated.summary.duplicates);
        let distinct: BTreeSet<u64> = persons(&generated).into_iter().collect();
        assert_eq!(distinct.len() as u64, generated.summary.persons);
    }

    #[test]
    fn without_noise_rows_of_one_person_say_the_same() {
        let settings = GenerateSettings { rows: 3_000, duplicate_share: 0.5, noise: 0.0, seed: 4 };
        let generated = run(&settings);
        let mut seen = BTreeMap::new();
        for (record, person) in records(&generated.roster).into_iter().zip(persons(&generated)) {
            assert_eq!(seen.entry(person).or_insert_with(|| record.clone()), &record);
        }
        assert_eq!(seen.len() as u64, generated.summary.persons);
        assert_eq!(seen.values().map(|record| &record[0]).collect::<BTreeSet<_>>().len(), seen.len());
    }

    #[test]
    fn one_row_in_a_thousand_lacks_the_last_name() {
        let generated = run(&GenerateSettings { rows: 50_000, ..GenerateSettings::default() });
        let missing = records(&generated.roster).iter().filter(|record| record[4].trim().is_empty()).count();
        assert!((25..80).contains(&missing), "{missing}");
    }

    #[test]
    fn the_noise_of_offices_is_there() {
        let rows = records(&run(&GenerateSettings { rows: 20_000, ..GenerateSettings::default() }).roster);
        let count = |holds: &dyn Fn(&csv::StringRecord) -> bool| rows.iter().filter(|row| holds(row)).count();
        let all_caps = |text: &str| text.len() > 2 && text.bytes().all(|byte| !byte.is_ascii_lowercase());
        assert!(count(&|row| all_caps(&row[2])) > 2_000);
        assert!(count(&|row| row[6].contains('/')) > 3_000);
        assert!(count(&|row| row[7].is_empty()) > 300);
        assert!(count(&|row| row[8].is_empty() && row[12].is_empty()) > 300);
        assert!(count(&|row| row[12].contains('-')) > 2_000);
        assert!(count(&|row| row[13].is_empty()) > 1_000);
        assert!(count(&|row| row[13].starts_with('(')) > 1_000);
        assert!(count(&|row| row[4].ends_with("Jr.")) > 5 && count(&|row| row[5].eq_ignore_ascii_case("jr.")) > 30);
        assert!(count(&|row| !row[16].is_empty()) > 50);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn any_settings_give_a_roster_that_parses_and_a_truth_line_per_row(
            rows in 0_u64..200, seed: u64, duplicate_share in any::<f64>(), noise in any::<f64>(),
        ) {
            let generated = run(&GenerateSettings { rows, seed, duplicate_share, noise });
            let summary = generated.summary;
            prop_assert_eq!(summary.rows, rows);
            prop_assert_eq!(summary.persons + summary.duplicates, rows);
            let roster = records(&generated.roster);
            prop_assert_eq!(roster.len() as u64, rows);
            prop_assert!(roster.iter().all(|record| record.len() == COLUMNS.len() && record[0].len() == 10));
            let truth = records(&generated.truth);
            prop_assert!(truth.iter().zip(2_u64..).all(|(line, row)| line[0] == row.to_string()));
            prop_assert_eq!(truth.len() as u64, rows);
        }
    }
}
