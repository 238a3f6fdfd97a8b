//! From the presences of all rows to what the report says of completeness and matchability, and to what should be fixed
//! first. Rows of one presence score alike, so that each presence is scored once, and nothing is estimated.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::figures::{ratio, rounded};
use crate::assess::{Matchability, Supply, completeness};
use crate::domain::{Field, FindingCode, PackedRow, PatientStore, Presence, Severity};
use crate::pipeline::Prepared;
use crate::report::{
    BandCount, CompletenessReport, FieldShare, FixFirst, GradeCount, LevelCount, MatchabilityReport, Move, RuleCount,
    RuleGain, ScoreCount, ScoreLine, WeightCount,
};
use crate::rules::Rules;
use crate::rules::matchability::RuleOrigin;

/// Rows by presence.
#[derive(Debug, Default)]
pub(super) struct Presences {
    /// Rows that are not rejected.
    accepted: BTreeMap<Presence, u64>,
    /// Rows that are.
    rejected: BTreeMap<Presence, u64>,
    /// Rejected rows that would not be, if they had a first name; the same of the last name.
    lacking_name: [u64; 2],
}

impl Presences {
    /// Counts every row of a store.
    pub(super) fn from_store(store: &PatientStore) -> Self {
        (0..store.batch_count()).into_par_iter().map(|batch| Self::from_batch(store, batch)).reduce(
            Self::default,
            |mut sum, other| {
                for (into, from) in [(&mut sum.accepted, other.accepted), (&mut sum.rejected, other.rejected)] {
                    for (presence, rows) in from {
                        *into.entry(presence).or_default() += rows;
                    }
                }
                for (into, from) in sum.lacking_name.iter_mut().zip(other.lacking_name) {
                    *into += from;
                }
                sum
            },
        )
    }

    fn from_batch(store: &PatientStore, batch: usize) -> Self {
        let mut sum = Self::default();
        for (_, row) in store.batch_rows(batch) {
            if row.is_rejected() {
                *sum.rejected.entry(row.presence()).or_default() += 1;
                for (rows, field) in sum.lacking_name.iter_mut().zip([Field::FirstName, Field::LastName]) {
                    *rows += u64::from(is_rejected_for(&row, field));
                }
            } else {
                *sum.accepted.entry(row.presence()).or_default() += 1;
            }
        }
        sum
    }

    /// Rows that are not rejected.
    fn rows(&self) -> u64 {
        self.accepted.values().sum()
    }

    /// Rows, rejected ones included, in which the field counts.
    fn with_field(&self, field: Field) -> u64 {
        let all = self.accepted.iter().chain(&self.rejected);
        all.filter(|(presence, _)| presence.has(field)).map(|(_, rows)| rows).sum()
    }

    /// What `rows.csv` says of the rows of each presence.
    pub(super) fn lines(&self, rules: &Rules) -> Vec<ScoreLine> {
        let mut presences: Vec<Presence> = self.accepted.keys().chain(self.rejected.keys()).copied().collect();
        presences.sort_unstable();
        presences.dedup();
        presences.into_iter().map(|presence| line(presence, rules)).collect()
    }
}

/// Whether nothing but the lack of this name rejects the row.
fn is_rejected_for(row: &PackedRow<'_>, field: Field) -> bool {
    row.findings().filter(|finding| finding.severity() == Severity::Reject).all(|finding| {
        let lacks = matches!(
            finding.code,
            FindingCode::FirstNameMissing | FindingCode::LastNameMissing | FindingCode::NamePlaceholder
        );
        lacks && finding.field == Some(field)
    })
}

fn line(presence: Presence, rules: &Rules) -> ScoreLine {
    let found = Matchability::from_presence(presence, &rules.matchability);
    let of = |origin| found.satisfied(&rules.matchability).filter(move |rule| rule.origin == origin);
    let mut ids: Vec<&str> = of(RuleOrigin::Published).map(|rule| rule.id.as_str()).collect();
    if ids.is_empty() {
        ids.extend(of(RuleOrigin::Derived).map(|rule| rule.id.as_str()));
    }
    ScoreLine {
        presence: presence.bits(),
        fast_weight: found.weight,
        fast_level: level_name(found, rules).to_owned(),
        predicted_grade: grade_name(found, rules).to_owned(),
        cms_rules: ids.join(";"),
    }
}

fn level_name(found: Matchability, rules: &Rules) -> &str {
    rules.matchability.identity.levels.get(found.level).map(|level| level.name.as_str()).unwrap_or_default()
}

fn grade_name(found: Matchability, rules: &Rules) -> &str {
    rules.matchability.grades.get(found.grade).map(|grade| grade.name.as_str()).unwrap_or_default()
}

/// Mean, bands and scores of the rows that are not rejected; fill and validity of every field.
pub(super) fn completeness_report(prepared: &Prepared, presences: &Presences, rules: &Rules) -> CompletenessReport {
    let mut scores: BTreeMap<u8, u64> = BTreeMap::new();
    for (presence, rows) in &presences.accepted {
        *scores.entry(completeness(*presence, &rules.completeness)).or_default() += rows;
    }
    let sum: u64 = scores.iter().map(|(score, rows)| u64::from(*score) * rows).sum();
    let bands = rules.completeness.bands().iter().map(|band| BandCount {
        name: band.name.clone(),
        at_least: band.at_least,
        rows: scores.iter().filter(|(score, _)| rules.completeness.band(**score) == band).map(|(_, rows)| rows).sum(),
    });
    let tally = &prepared.tally;
    let fields = Field::ALL.iter().filter(|field| tally.filled(**field) > 0 || rules.completeness.counts(**field)).map(
        |field| FieldShare {
            field: field.name().to_owned(),
            tier: rules.completeness.tier(*field).to_owned(),
            filled_share: rounded(ratio(tally.filled(*field), tally.rows()), 10_000.0),
            valid_share: rounded(ratio(presences.with_field(*field), tally.rows()), 10_000.0),
        },
    );
    CompletenessReport {
        mean: rounded(ratio(sum, presences.rows()), 10.0),
        bands: bands.collect(),
        fields: fields.collect(),
        scores: scores.iter().rev().map(|(score, rows)| ScoreCount { score: *score, rows: *rows }).collect(),
    }
}

/// Weights, levels, grades and rules of the rows that are not rejected.
pub(super) fn matchability_report(presences: &Presences, rules: &Rules) -> MatchabilityReport {
    let tables = &rules.matchability;
    let found: Vec<(Matchability, u64)> = presences
        .accepted
        .iter()
        .map(|(presence, rows)| (Matchability::from_presence(*presence, tables), *rows))
        .collect();
    let rows_where = |meets: &dyn Fn(Matchability) -> bool| -> u64 {
        found.iter().filter(|(found, _)| meets(*found)).map(|(_, rows)| rows).sum()
    };
    let mut weights: Vec<u8> = found.iter().map(|(found, _)| found.weight).collect();
    weights.sort_unstable();
    weights.dedup();
    let published = |found: Matchability| found.satisfied(tables).any(|rule| rule.origin == RuleOrigin::Published);
    let eligible = rows_where(&|found| found.is_eligible(tables));
    MatchabilityReport {
        rules_version: tables.version.clone(),
        identity_version: tables.identity.version.clone(),
        cms_version: tables.cms.version.clone(),
        rows: presences.rows(),
        cms_eligible: eligible,
        cms_eligible_share: rounded(ratio(eligible, presences.rows()), 10_000.0),
        cms_identifier_only: rows_where(&|found| !found.is_eligible(tables) && published(found)),
        cms_derived_only: rows_where(&|found| !published(found) && found.satisfied(tables).next().is_some()),
        weights: weights
            .iter()
            .rev()
            .map(|weight| WeightCount { weight: *weight, rows: rows_where(&|found| found.weight == *weight) })
            .collect(),
        levels: (0..)
            .zip(&tables.identity.levels)
            .map(|(place, level)| LevelCount {
                name: level.name.clone(),
                at_least: level.at_least,
                rows: rows_where(&|found| found.level == place),
            })
            .collect(),
        grades: (0..)
            .zip(&tables.grades)
            .map(|(place, grade)| GradeCount {
                name: grade.name.clone(),
                score: grade.score,
                rows: rows_where(&|found| found.grade == place),
            })
            .collect(),
        rules: (0..)
            .zip(&tables.cms.rules)
            .map(|(place, rule)| RuleCount {
                id: rule.id.clone(),
                fields: rule.elements.clone(),
                origin: rule.origin.word().to_owned(),
                counts: rule.counts,
                chance: significant(rule.by_chance),
                rows: rows_where(&|found| found.satisfies(place)),
            })
            .collect(),
    }
}

/// To three digits, so that no rounding error of a product shows.
fn significant(chance: f64) -> f64 {
    format!("{chance:.2e}").parse().unwrap_or(chance)
}

/// What each supply would bring, the greatest gain first: rows accepted, then rows that satisfy a published CMS rule,
/// then rows that reach a better level, grade and band.
pub(super) fn fix_first(presences: &Presences, rules: &Rules) -> Vec<FixFirst> {
    let mut gains: Vec<(Supply, FixFirst)> =
        Supply::ALL.into_iter().filter_map(|supply| Some((supply, gain(supply, presences, rules)?))).collect();
    gains.sort_by_key(|(supply, gain)| {
        let moved = [&gain.levels, &gain.grades, &gain.bands].map(|moves| rows_of(moves));
        (std::cmp::Reverse((gain.would_be_accepted, gain.would_become_cms_eligible, moved)), gain.rows, *supply)
    });
    gains.into_iter().map(|(_, gain)| gain).collect()
}

fn rows_of(moves: &[Move]) -> u64 {
    moves.iter().map(|step| step.rows).sum()
}

/// The rows that lack it scored again with it; `None` where that moves nothing.
fn gain(supply: Supply, presences: &Presences, rules: &Rules) -> Option<FixFirst> {
    let tables = &rules.matchability;
    let mut sums = GainSums::default();
    for (before, rows) in &presences.accepted {
        let Some(after) = supply.applied(*before) else { continue };
        sums.add(*before, after, *rows, rules);
    }
    let accepted = match supply {
        Supply::Field(Field::FirstName) => presences.lacking_name[0],
        Supply::Field(Field::LastName) => presences.lacking_name[1],
        Supply::Field(_) | Supply::Address => 0,
    };
    let all = presences.rows();
    let eligible: u64 = presences
        .accepted
        .iter()
        .filter(|(presence, _)| Matchability::from_presence(**presence, tables).is_eligible(tables))
        .map(|(_, rows)| rows)
        .sum();
    let rules_gained = sums
        .rules
        .iter()
        .filter_map(|(place, rows)| Some(RuleGain { id: tables.cms.rules.get(*place)?.id.clone(), rows: *rows }));
    let mut fix = FixFirst {
        field: supply.name().to_owned(),
        rows: sums.rows + accepted,
        would_be_accepted: accepted,
        would_become_cms_eligible: sums.eligible,
        cms_eligible_share_before: rounded(ratio(eligible, all), 10_000.0),
        cms_eligible_share_after: rounded(ratio(eligible + sums.eligible, all), 10_000.0),
        would_reach_a_better_band: sums.bands.values().sum(),
        bands: moves(&sums.bands, |place| rules.completeness.bands().get(place).map(|band| band.name.as_str())),
        levels: moves(&sums.levels, |place| tables.identity.levels.get(place).map(|level| level.name.as_str())),
        grades: moves(&sums.grades, |place| tables.grades.get(place).map(|grade| grade.name.as_str())),
        rules: rules_gained.collect(),
        sentence: String::new(),
    };
    let brings = accepted + sums.eligible + rows_of(&fix.bands) + rows_of(&fix.levels) + rows_of(&fix.grades);
    fix.sentence = super::sentences::fix_sentence(supply, &fix);
    (brings > 0).then_some(fix)
}

/// Steps from one place of a table to another, with the rows that would take them.
type Steps = BTreeMap<(usize, usize), u64>;

#[derive(Default)]
struct GainSums {
    rows: u64,
    eligible: u64,
    bands: Steps,
    levels: Steps,
    grades: Steps,
    rules: BTreeMap<usize, u64>,
}

impl GainSums {
    fn add(&mut self, before: Presence, after: Presence, rows: u64, rules: &Rules) {
        let tables = &rules.matchability;
        self.rows += rows;
        let band = |presence| {
            let score = completeness(presence, &rules.completeness);
            rules.completeness.bands().iter().position(|band| score >= band.at_least).unwrap_or_default()
        };
        let (was, is) = (Matchability::from_presence(before, tables), Matchability::from_presence(after, tables));
        if is.is_eligible(tables) && !was.is_eligible(tables) {
            self.eligible += rows;
        }
        for (steps, from, to) in [
            (&mut self.bands, band(before), band(after)),
            (&mut self.levels, was.level, is.level),
            (&mut self.grades, was.grade, is.grade),
        ] {
            if to < from {
                *steps.entry((from, to)).or_default() += rows;
            }
        }
        for place in 0..tables.cms.rules.len() {
            if is.satisfies(place) && !was.satisfies(place) {
                *self.rules.entry(place).or_default() += rows;
            }
        }
    }
}

fn moves<'a>(steps: &Steps, name: impl Fn(usize) -> Option<&'a str>) -> Vec<Move> {
    let name = |place| name(place).unwrap_or_default().to_owned();
    steps.iter().map(|((from, to), rows)| Move { from: name(*from), to: name(*to), rows: *rows }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::assess::assess;
    use crate::domain::{
        Address, AssessedPatient, CivilDate, Email, ExternalId, Finding, PackedBatch, Patient, PersonName, Phone,
        PostalCode, Sex, SourceId, State, Text,
    };

    const ASSUMED: &str = "roster";

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    fn give(patient: &mut Patient, supply: Supply) {
        let text = Text::from_text;
        let address = &mut patient.address;
        match supply {
            Supply::Address => {
                for part in [Field::AddressLine1, Field::City, Field::State, Field::PostalCode] {
                    give(patient, Supply::Field(part));
                }
            }
            Supply::Field(field) => match field {
                Field::FirstName => patient.name.first = text("Ann"),
                Field::LastName => patient.name.last = text("Ng"),
                Field::BirthDate => patient.birth_date = CivilDate::new(1980, 3, 4),
                Field::Sex => patient.sex = Some(Sex::Female),
                Field::AddressLine1 => address.line1 = text("1 Main St"),
                Field::City => address.city = text("Duluth"),
                Field::State => address.state = State::from_code("MN"),
                Field::PostalCode => address.postal_code = PostalCode::from_digits("55802"),
                Field::Phone => patient.phone = Phone::from_digits("2185550123"),
                Field::Email => patient.email = Email::parse("ann@clinic.example.org"),
                Field::ExternalId | Field::ExternalSystem => {
                    patient.external_ids = vec![ExternalId { system: text("Hospital A"), value: text("7") }];
                }
                Field::MiddleName => patient.name.middle = text("Bo"),
                Field::DeathDate => patient.death_date = CivilDate::new(2020, 1, 2),
                other => panic!("{other} is not asked for"),
            },
        }
    }

    fn fill(patient: &mut Patient, row: u32) {
        let has = |bit: u32| row >> bit & 1 == 1;
        let all = Supply::ALL.into_iter().filter(|supply| *supply != Supply::Address);
        for (bit, supply) in (0..).zip(all) {
            if has(bit) && !matches!(supply, Supply::Field(Field::DeathDate | Field::ExternalSystem)) {
                give(patient, supply);
            }
        }
        if has(15) && !has(9) {
            patient.external_ids = vec![ExternalId { system: Text::from_text(ASSUMED), value: Text::from_text("7") }];
        }
        if has(16) && !has(11) {
            patient.name = PersonName { middle: Text::from_text("B"), ..patient.name.clone() };
        }
        patient.address = Address { line2: Text::default(), ..patient.address.clone() };
    }

    fn assessed(patient: Patient, rules: &Rules, deceased: bool) -> AssessedPatient {
        let mut row = AssessedPatient { patient, ..AssessedPatient::default() };
        if deceased {
            row.findings.push(Finding::in_field(FindingCode::DeathDateUnreadable, Field::DeathDate));
        }
        assess(&mut row, rules, &[ASSUMED]);
        row
    }

    /// What a row comes to: accepted, eligible, level, grade, band; smaller is better in the last three.
    fn scored(row: &AssessedPatient, rules: &Rules) -> (bool, bool, usize, usize, u8) {
        let found = Matchability::from_presence(row.presence, &rules.matchability);
        let band = 100 - rules.completeness.band(row.completeness).at_least;
        let accepted = row.gravest() < Some(Severity::Reject);
        (accepted, found.is_eligible(&rules.matchability), found.level, found.grade, band)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// The report against patients that are really given the value and really assessed again, row by row.
        #[test]
        fn what_a_fix_would_bring_is_what_assessing_the_rows_again_with_it_brings(
            shapes in prop::collection::vec(0_u32..1 << 18, 1..60),
        ) {
            let rules = &*RULES;
            let rows: Vec<(Patient, bool)> = shapes
                .iter()
                .map(|shape| {
                    let mut patient = Patient::default();
                    // Nearly every row has its names, as in a roster.
                    fill(&mut patient, if shape % 5 == 0 { *shape } else { shape | 3 });
                    (patient, shape >> 17 & 1 == 1)
                })
                .collect();
            let mut batch = PackedBatch::default();
            for (patient, deceased) in &rows {
                batch.push(&assessed(patient.clone(), rules, *deceased));
            }
            let mut store = PatientStore::default();
            store.push(SourceId(0), batch);
            let reported: BTreeMap<String, FixFirst> =
                fix_first(&Presences::from_store(&store), rules).into_iter().map(|fix| (fix.field.clone(), fix)).collect();
            for supply in Supply::ALL {
                let mut expected = [0_u64; 5];
                for (patient, deceased) in &rows {
                    let before = assessed(patient.clone(), rules, *deceased);
                    let can_have = match supply {
                        Supply::Field(Field::DeathDate) => *deceased,
                        Supply::Field(Field::ExternalSystem) => !patient.external_ids.is_empty(),
                        Supply::Field(Field::ExternalId) => patient.external_ids.is_empty(),
                        Supply::Address => {
                            let address = &patient.address;
                            let parts = [address.line1.as_text().is_empty(), address.city.as_text().is_empty(),
                                         address.state.is_none(), address.postal_code.is_none()];
                            parts.into_iter().filter(|is_lacking| *is_lacking).count() > 1
                        }
                        Supply::Field(_) => true,
                    };
                    if !can_have {
                        continue;
                    }
                    let mut better = patient.clone();
                    give(&mut better, supply);
                    let after = assessed(better, rules, *deceased);
                    let (was, is) = (scored(&before, rules), scored(&after, rules));
                    if !was.0 {
                        expected[0] += u64::from(is.0);
                        continue;
                    }
                    expected[1] += u64::from(is.1 && !was.1);
                    expected[2] += u64::from(is.2 < was.2);
                    expected[3] += u64::from(is.3 < was.3);
                    expected[4] += u64::from(is.4 < was.4);
                }
                let found = reported.get(supply.name()).map_or([0; 5], |fix| {
                    [fix.would_be_accepted, fix.would_become_cms_eligible, rows_of(&fix.levels), rows_of(&fix.grades),
                     fix.would_reach_a_better_band]
                });
                prop_assert_eq!(found, expected, "{}", supply.name());
            }
        }
    }
}
