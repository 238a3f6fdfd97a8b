//! Writes a whole roster, row by row, in memory that does not grow with it.

use std::io::{self, Write};

use super::data::Tables;
use super::distinct::{DistinctMaker, MOST_DISTINCT, surnames};
use super::draws::{DrawSource, Draws};
use super::household::HouseholdMaker;
use super::person::PersonMaker;
use super::rare_names::NameStock;
use super::registration::{Register, RegistrationWriter, header};
use super::row::{COLUMNS, RowWriter};

/// Bytes gathered before they are handed to the output.
const CHUNK: usize = 1 << 16;

/// What the roster is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RosterKind {
    /// What an office exports: record numbers, few relatives, birth dates that are right where they are given.
    #[default]
    Office,
    /// A clinic's register of households, without record numbers: twins, spouses, fathers and sons of one name, shared
    /// telephones, movers, newborns without a name, and every error of a registration desk.
    Clinic,
    /// The same households as a census finds them: names, birth date, sex and address alone.
    Population,
    /// People who have nothing in common, each in one row without errors: nobody is merged or held.
    Distinct,
}

/// What roster to write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerateSettings {
    /// What the roster is like.
    pub kind: RosterKind,
    /// Data rows, the header not counted; of [`RosterKind::Distinct`], at most 68,921.
    pub rows: u64,
    /// The same settings with the same seed give the same bytes.
    pub seed: u64,
    /// Share of rows that repeat a person of an earlier row, 0 to 0.9; beyond, the nearest of these. Not a number is 0.
    pub duplicate_share: f64,
    /// How untidy the rows are: 0 writes everything in full and in one format, 1 as offices do, 10 makes every error
    /// ten times as frequent. Beyond, the nearest of these; not a number is 0.
    pub noise: f64,
    /// Share of rows with neither birth date nor sex, 0 to 1, beyond those that noise leaves without; not for
    /// [`RosterKind::Office`]. Beyond, the nearest of these; not a number is 0.
    pub undated_share: f64,
}

impl Default for GenerateSettings {
    /// A thousand rows, every tenth of them a duplicate.
    fn default() -> Self {
        Self { kind: RosterKind::Office, rows: 1_000, seed: 1, duplicate_share: 0.1, noise: 1.0, undated_share: 0.0 }
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

/// Writes a roster as CSV (UTF-8, comma, LF, header [`COLUMNS`], without its first two where persons have no number)
/// and, if wanted, its truth: the columns `row`, the row number as a spreadsheet program shows it (the header is row
/// 1), and `person`, a number that rows of one person share. Everyone in it is invented; names and cities are drawn by
/// their frequency in the United States.
pub fn generate(
    settings: &GenerateSettings,
    out: &mut dyn Write,
    truth: Option<&mut dyn Write>,
) -> io::Result<GenerateSummary> {
    let tables = Tables::embedded()?;
    let source = DrawSource::new(settings.seed);
    let maker = PersonMaker { tables: &tables, source: &source };
    let noise = settings.noise.clamp(0.0, 10.0);
    let registration = |register| RegistrationWriter {
        tables: &tables,
        register,
        noise,
        undated: settings.undated_share.clamp(0.0, 1.0),
    };
    // These live as long as the people who bear them.
    let (names, invented);
    let mut people = match settings.kind {
        RosterKind::Office => People::Strangers(maker, RowWriter { tables: &tables, noise }),
        RosterKind::Distinct => {
            if settings.rows > MOST_DISTINCT {
                let most = format!("at most {MOST_DISTINCT} people have nothing in common");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, most));
            }
            invented = surnames(settings.rows);
            let maker = DistinctMaker::new(maker, &tables, &invented);
            People::Distinct(maker, RowWriter { tables: &tables, noise: 0.0 })
        }
        RosterKind::Clinic | RosterKind::Population => {
            names = NameStock::new(&tables, &source);
            let clinic = settings.kind == RosterKind::Clinic;
            let writer = registration(if clinic { Register::Clinic } else { Register::Census });
            People::Households(HouseholdMaker::new(maker, &names), writer)
        }
    };
    let is_distinct = settings.kind == RosterKind::Distinct;
    let duplicate_share = if is_distinct { 0.0 } else { settings.duplicate_share.clamp(0.0, 0.9) };
    let mut roster = Chunked::new(Some(out), &people.header())?;
    let mut truth = Chunked::new(truth, "row,person")?;
    let mut summary = GenerateSummary::default();
    while summary.rows < settings.rows {
        let mut draws = source.row(summary.rows);
        let repeat = draws.chance(duplicate_share) && summary.persons > 0;
        let index = if repeat { draws.below_wide(summary.persons) } else { summary.persons };
        people.write(&mut roster.pending, index, repeat, &mut draws).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "a table in rules/synthetic (built in) is empty")
        })?;
        roster.flush_full_chunk()?;
        summary.rows += 1;
        *(if repeat { &mut summary.duplicates } else { &mut summary.persons }) += 1;
        truth.push_truth(summary.rows + 1, index)?;
    }
    roster.finish()?;
    truth.finish()?;
    Ok(summary)
}

/// Who is in the roster, and how they are written down.
enum People<'a> {
    Strangers(PersonMaker<'a>, RowWriter<'a>),
    Distinct(DistinctMaker<'a>, RowWriter<'a>),
    Households(HouseholdMaker<'a>, RegistrationWriter<'a>),
}

impl People<'_> {
    fn header(&self) -> String {
        match self {
            Self::Strangers(..) | Self::Distinct(..) => COLUMNS.join(","),
            Self::Households(..) => header(),
        }
    }

    /// Appends the row of a person; `None` only where a table is empty.
    fn write(&mut self, line: &mut Vec<u8>, index: u64, repeat: bool, draws: &mut Draws) -> Option<()> {
        match self {
            Self::Strangers(maker, writer) => writer.write(line, &maker.person(index)?, repeat, draws),
            Self::Distinct(maker, writer) => writer.write(line, &maker.person(index)?, repeat, draws),
            Self::Households(maker, writer) => writer.write(line, &maker.resident(index)?, repeat, draws),
        }
        Some(())
    }
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
        let settings =
            GenerateSettings { rows: 3_000, duplicate_share: 0.5, noise: 0.0, seed: 4, ..Default::default() };
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

    fn household_settings(kind: RosterKind) -> GenerateSettings {
        GenerateSettings { kind, rows: 20_000, seed: 3, duplicate_share: 0.4, ..Default::default() }
    }

    /// First rows beside later rows of the same person.
    fn repeats(generated: &Generated) -> Vec<(csv::StringRecord, csv::StringRecord)> {
        let mut first = BTreeMap::new();
        let mut pairs = Vec::new();
        for (record, person) in records(&generated.roster).into_iter().zip(persons(generated)) {
            match first.get(&person) {
                Some(known) => pairs.push((csv::StringRecord::clone(known), record)),
                None => drop(first.insert(person, record)),
            }
        }
        pairs
    }

    #[test]
    fn rows_of_one_person_differ_in_every_way_that_registration_desks_know() {
        let pairs = repeats(&run(&household_settings(RosterKind::Clinic)));
        let count = |holds: &dyn Fn(&csv::StringRecord, &csv::StringRecord) -> bool| {
            pairs.iter().filter(|(first, later)| holds(first, later)).count()
        };
        let lower = |record: &csv::StringRecord, column: usize| record[column].to_lowercase();
        let differ = |column: usize| {
            count(&|first, later| {
                let (first, later) = (lower(first, column), lower(later, column));
                !first.is_empty() && !later.is_empty() && first != later
            })
        };
        assert!(pairs.len() > 6_000);
        let [given, middle, last, birth, sex, street, city, zip, email] = [0, 1, 2, 4, 5, 6, 8, 10, 12].map(differ);
        assert!(given > 500 && middle > 800 && last > 300, "{given} {middle} {last}");
        assert!(birth > 1_000 && sex > 10, "{birth} {sex}");
        assert!(street > 800 && city > 500 && zip > 500 && email > 200, "{street} {city} {zip} {email}");
        assert!(count(&|first, later| lower(first, 0) == lower(later, 2) && lower(first, 2) == lower(later, 0)) > 10);
        let iso = |record: &csv::StringRecord| record[4].split('-').map(str::to_owned).collect::<Vec<_>>();
        let exchanged = count(&|first, later| match (iso(first).as_slice(), iso(later).as_slice()) {
            ([year, month, day], [other_year, other_month, other_day]) => {
                year == other_year && month == other_day && day == other_month && day != month
            }
            _ => false,
        });
        assert!(exchanged > 3, "{exchanged}");
        assert!(
            count(&|first, later| lower(first, 0).starts_with("baby ") != lower(later, 0).starts_with("baby ")) > 10
        );
        assert!(count(&|first, later| lower(first, 2) == lower(later, 13) && lower(first, 2) != lower(later, 2)) > 10);
    }

    #[test]
    fn five_times_the_noise_leaves_fewer_names_alike() {
        let settings = household_settings(RosterKind::Population);
        let unlike = |noise: f64| {
            let pairs = repeats(&run(&GenerateSettings { noise, ..settings }));
            pairs.iter().filter(|(first, later)| !first[2].eq_ignore_ascii_case(&later[2])).count()
        };
        let (none, usual, fivefold) = (unlike(0.0), unlike(1.0), unlike(5.0));
        assert!(none == 0 && usual > 200 && fivefold > 2 * usual, "{none} {usual} {fivefold}");
    }

    #[test]
    fn a_census_knows_no_telephone_and_the_share_asked_for_lacks_birth_date_and_sex() {
        let settings = GenerateSettings { undated_share: 0.33, ..household_settings(RosterKind::Population) };
        let rows = records(&run(&settings).roster);
        assert!(rows.iter().all(|row| row[11].is_empty() && row[12].is_empty()));
        let undated = rows.iter().filter(|row| row[4].is_empty() && row[5].is_empty()).count();
        assert!((6_200..7_200).contains(&undated), "{undated}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
        #[test]
        fn any_settings_give_households_that_parse_in_even_rows(
            rows in 0_u64..300, seed: u64, noise in any::<f64>(), undated_share in any::<f64>(), census: bool,
        ) {
            let kind = if census { RosterKind::Population } else { RosterKind::Clinic };
            let settings = GenerateSettings { kind, rows, seed, noise, undated_share, ..Default::default() };
            let generated = run(&settings);
            let roster = records(&generated.roster);
            prop_assert_eq!(roster.len() as u64, rows);
            prop_assert!(roster.iter().all(|record| record.len() == COLUMNS.len() - 2));
            prop_assert_eq!(records(&generated.truth).len() as u64, rows);
            prop_assert!(generated.roster == run(&settings).roster);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn any_settings_give_a_roster_that_parses_and_a_truth_line_per_row(
            rows in 0_u64..200, seed: u64, duplicate_share in any::<f64>(), noise in any::<f64>(),
        ) {
            let generated = run(&GenerateSettings { rows, seed, duplicate_share, noise, ..Default::default() });
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
