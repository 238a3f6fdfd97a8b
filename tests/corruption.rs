//! Clean generated patients with the damage that registration desks, spreadsheets and exports do, and what share of it
//! normalising takes back: per field and damage, whether the comparison form is that of the clean cell again.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/mapped.rs"]
mod mapped;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mapped::mapped_cells;
use onroll_core::domain::{
    AssessedPatient, CivilDate, DateOrder, Email, Field, MappedRow, Phone, PostalCode, Sex, State, fold,
};
use onroll_core::generate::{COLUMNS, GenerateSettings, generate};
use onroll_core::normalise::{ColumnEvidence, NormaliseContext, normalise_row};
use onroll_core::rules::Rules;

/// Patients that are damaged.
const PATIENTS: u64 = 400;

type Cells = BTreeMap<Field, String>;

/// Damages the cells of the row with this number; cells that it leaves as they are do not count.
type Harm = Box<dyn Fn(&mut Cells, usize)>;

struct Damage {
    /// The field whose comparison form is looked at.
    field: Field,
    name: &'static str,
    /// Whether a specialist would expect every cell back: what was lost can be told from the cell.
    can_be_undone: bool,
    harm: Harm,
}

fn field_of(column: &str) -> Option<Field> {
    Some(match column {
        "MRN" => Field::ExternalId,
        "First Name" => Field::FirstName,
        "Middle Name" => Field::MiddleName,
        "Last Name" => Field::LastName,
        "Suffix" => Field::Suffix,
        "Date of Birth" => Field::BirthDate,
        "Sex at Birth" => Field::Sex,
        "Address 1" => Field::AddressLine1,
        "Address 2" => Field::AddressLine2,
        "City" => Field::City,
        "State" => Field::State,
        "ZIP" => Field::PostalCode,
        "Phone" => Field::Phone,
        "Email" => Field::Email,
        _ => return None,
    })
}

/// Patients without errors. Of some things there are too few by chance: every fifth is an O'Name, every seventh has two
/// family names, every fourth a suffix, and every third lives in a street with a directional.
fn clean_patients() -> Vec<Cells> {
    let mut csv = Vec::new();
    let settings =
        GenerateSettings { rows: PATIENTS, seed: 20, duplicate_share: 0.0, noise: 0.0, ..GenerateSettings::default() };
    generate(&settings, &mut csv, None).expect("rows");
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let mut patients: Vec<Cells> = reader
        .records()
        .map(|record| {
            let record = record.expect("a row");
            let cells = COLUMNS.iter().zip(record.iter()).filter(|(_, text)| !text.is_empty());
            cells.filter_map(|(column, text)| Some((field_of(column)?, text.to_owned()))).collect()
        })
        .collect();
    let surnames: Vec<String> = patients.iter().map(|cells| cells[&Field::LastName].clone()).collect();
    for (index, cells) in patients.iter_mut().enumerate() {
        let name = &surnames[index];
        if index % 5 == 0 {
            cells.insert(Field::LastName, format!("O'{name}"));
        } else if index % 7 == 0 {
            cells.insert(Field::LastName, format!("{name}-{}", surnames[(index + 1) % surnames.len()]));
        }
        if index % 4 == 1 {
            cells.insert(Field::Suffix, ["Jr", "Sr", "II", "III", "IV"][index % 5].to_owned());
        }
        if index % 3 == 0
            && let Some(line) = cells.get_mut(&Field::AddressLine1)
        {
            *line = line.replacen(' ', [" N ", " SW ", " E ", " NW "][index % 4], 1);
        }
    }
    patients
}

/// The comparison form of a field.
fn comparison_form(assessed: &AssessedPatient, field: Field, order: Option<DateOrder>, rules: &Rules) -> String {
    let patient = &assessed.patient;
    match field {
        Field::FirstName => fold(patient.name.first.as_text()),
        Field::MiddleName => fold(patient.name.middle.as_text()),
        Field::LastName => fold(patient.name.last.as_text()),
        Field::Suffix => fold(patient.name.suffix.as_text()),
        Field::BirthDate => {
            let is_swapped = assessed.birth_date_ambiguous && order == Some(DateOrder::DayFirst);
            let date = patient.birth_date.and_then(|date| if is_swapped { date.swapped() } else { Some(date) });
            date.map(CivilDate::to_iso).unwrap_or_default()
        }
        Field::Sex => patient.sex.map(Sex::letter).unwrap_or_default().to_owned(),
        Field::AddressLine1 => {
            let lines = [&patient.address.line1, &patient.address.line2].map(|line| fold(line.as_text()));
            lines.join(" ").trim().to_owned()
        }
        Field::City => rules.addresses.cities.fold(patient.address.city.as_text()),
        Field::State => patient.address.state.as_ref().map(State::code).unwrap_or_default().to_owned(),
        Field::PostalCode => patient.address.postal_code.map(PostalCode::zip5).unwrap_or_default(),
        Field::Phone => patient.phone.map(Phone::to_e164).unwrap_or_default(),
        Field::Email => patient.email.as_ref().map(Email::as_text).unwrap_or_default().to_owned(),
        Field::ExternalId => patient.external_ids.first().map(|id| fold(id.value.as_text())).unwrap_or_default(),
        other => panic!("{other} is not measured"),
    }
}

/// The comparison forms of a field over all rows; the order of dates is that of the column.
fn comparison_forms(rows: &[Cells], field: Field, rules: &Rules) -> Vec<String> {
    let today = CivilDate::new(2026, 11, 24).expect("a date");
    let context = NormaliseContext { rules, default_system: "clinic", is_system_assumed: false, today };
    let mut evidence = ColumnEvidence::default();
    let assessed: Vec<AssessedPatient> = rows
        .iter()
        .map(|cells| {
            let cells = mapped_cells(cells.iter().map(|(field, text)| (*field, text.as_str())));
            normalise_row(&MappedRow::new(2, &cells), &context, &mut evidence)
        })
        .collect();
    let order = evidence.birth.order();
    assessed.iter().map(|assessed| comparison_form(assessed, field, order, rules)).collect()
}

/// A damage to the text of one cell.
fn cell(
    field: Field,
    name: &'static str,
    can_be_undone: bool,
    change: impl Fn(&str, usize) -> String + 'static,
) -> Damage {
    let harm = move |cells: &mut Cells, index: usize| {
        if let Some(text) = cells.get_mut(&field) {
            *text = change(text, index);
        }
    };
    Damage { field, name, can_be_undone, harm: Box::new(harm) }
}

/// The third and fourth letter in each other's place.
fn with_swapped_letters(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() > 3 {
        letters.swap(2, 3);
    }
    letters.into_iter().collect()
}

fn with_accents(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'a' => 'á',
            'e' => 'é',
            'i' => 'í',
            'n' => 'ñ',
            'o' => 'ö',
            'u' => 'ü',
            other => other,
        })
        .collect()
}

/// One word exchanged by the table: the first of the words, from the end, that stands in it.
fn with_other_word(text: &str, index: usize, spellings: &BTreeMap<String, Vec<String>>) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for word in words.iter_mut().rev() {
        if let Some(others) = spellings.get(&word.to_lowercase()) {
            let other = &others[index % others.len()];
            let mut letters = other.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            *word = first + letters.as_str();
            break;
        }
    }
    words.join(" ")
}

/// The spellings of a table of `rules/addresses.toml` by their standard.
fn spellings(table: &str) -> BTreeMap<String, Vec<String>> {
    let rules: toml::Table = include_str!("../rules/addresses.toml").parse().expect("TOML");
    let mut spellings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, entry) in rules[table].as_table().expect("a table") {
        // Of directionals, the key is the standard and the entry the list.
        let standard = entry.get("standard").map_or(name.as_str(), |text| text.as_str().expect("text")).to_lowercase();
        let also = entry.get("also").unwrap_or(entry).as_array().into_iter().flatten();
        let listed = also.map(|word| word.as_str().expect("text").to_owned()).chain([name.clone()]);
        let others = spellings.entry(standard.clone()).or_default();
        others.extend(listed.filter(|word| *word != standard));
    }
    spellings.retain(|_, others| !others.is_empty());
    spellings
}

fn typing(field: Field) -> Vec<Damage> {
    vec![
        cell(field, "capitals", true, |text, _| text.to_uppercase()),
        cell(field, "small letters", true, |text, _| text.to_lowercase()),
        cell(field, "spaces around, doubled, non-breaking", true, |text, _| {
            format!(" \u{a0}{} ", text.replace(' ', " \u{a0}"))
        }),
    ]
}

fn names() -> Vec<Damage> {
    let mut damages = Vec::new();
    for field in [Field::FirstName, Field::LastName] {
        damages.extend(typing(field));
        damages.push(cell(field, "accents", true, |text, _| with_accents(text)));
        damages.push(cell(field, "stray punctuation", true, |text, index| match index % 3 {
            0 => format!("{text}."),
            1 => format!("{text},"),
            _ => format!("\"{text}\""),
        }));
        damages.push(cell(field, "two letters in each other's place", false, |text, _| with_swapped_letters(text)));
    }
    damages.extend([
        cell(Field::FirstName, "a title in front", true, |text, index| {
            format!("{} {text}", ["Dr.", "Mr", "Mrs.", "Ms", "Rev."][index % 5])
        }),
        cell(Field::FirstName, "a second name in brackets", true, |text, _| format!("{text} (Buddy)")),
        cell(Field::FirstName, "the initial alone", false, |text, _| text.chars().take(1).collect()),
        cell(Field::LastName, "typographic apostrophe or hyphen", true, |text, index| {
            text.replace('\'', ["’", "‘", "`", "´"][index % 4]).replace('-', ["–", "‐", " - "][index % 3])
        }),
        cell(Field::LastName, "apostrophe or hyphen left out", true, |text, _| {
            text.replace('\'', "").replace('-', " ")
        }),
        cell(Field::LastName, "a degree behind", true, |text, index| {
            format!("{text}{}", [", MD", ", RN, BSN", " PhD", ", DO"][index % 4])
        }),
        cell(Field::LastName, "a note behind", true, |text, index| {
            format!("{text} {}", ["(deceased)", "(VIP)", "(duplicate)"][index % 3])
        }),
        Damage {
            field: Field::LastName,
            name: "the suffix behind the name",
            can_be_undone: true,
            harm: Box::new(|cells, index| {
                cells.remove(&Field::Suffix);
                let suffix = [" Jr", ", Jr.", " III", ", Sr"][index % 4];
                if let Some(name) = cells.get_mut(&Field::LastName) {
                    name.push_str(suffix);
                }
            }),
        },
        cell(Field::Suffix, "another spelling", true, |text, _| match text {
            "Jr" => "JUNIOR".to_owned(),
            "Sr" => "Senior".to_owned(),
            "II" => "2nd".to_owned(),
            "III" => "3RD".to_owned(),
            "IV" => "4th".to_owned(),
            other => format!("{other}."),
        }),
    ]);
    damages
}

/// A date in another form; the clean one is month/day/year or ISO.
fn date(name: &'static str, can_be_undone: bool, write: impl Fn(u16, u8, u8) -> String + 'static) -> Damage {
    cell(Field::BirthDate, name, can_be_undone, move |text, _| {
        let parts: Vec<&str> = text.split(['-', '/']).collect();
        let number = |place: usize| parts[place].parse::<u16>().expect("a number");
        let (year, month, day) =
            if parts[0].len() == 4 { (number(0), number(1), number(2)) } else { (number(2), number(0), number(1)) };
        write(year, u8::try_from(month).expect("a month"), u8::try_from(day).expect("a day"))
    })
}

fn dates() -> Vec<Damage> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month_name = |month: u8| MONTHS[usize::from(month) - 1];
    vec![
        date("ISO with a time", true, |year, month, day| format!("{year}-{month:02}-{day:02}T00:00:00Z")),
        date("day first", true, |year, month, day| format!("{day:02}/{month:02}/{year}")),
        date("month first, no zeros", true, |year, month, day| format!("{month}/{day}/{year}")),
        date("dots", true, |year, month, day| format!("{day:02}.{month:02}.{year}")),
        date("eight digits", true, |year, month, day| format!("{year}{month:02}{day:02}")),
        date("month by name", true, move |year, month, day| format!("{day} {} {year}", month_name(month))),
        date("month by name, American", true, move |year, month, day| format!("{} {day}, {year}", month_name(month))),
        date("a year of two digits", true, |year, month, day| format!("{month}/{day}/{:02}", year % 100)),
        date("the day left out", false, |year, month, _| format!("{year}-{month:02}")),
    ]
}

fn addresses() -> Vec<Damage> {
    let field = Field::AddressLine1;
    let (suffixes, directionals, units) = (spellings("suffixes"), spellings("directionals"), spellings("units"));
    let mut damages = typing(field);
    damages.extend([
        cell(field, "suffix spelled another way", true, move |text, index| with_other_word(text, index, &suffixes)),
        cell(field, "directional spelled out", true, move |text, index| with_other_word(text, index, &directionals)),
        cell(field, "full stops and commas", true, |text, _| {
            text.split(' ').map(|word| format!("{word}.")).collect::<Vec<_>>().join(" ").replacen(". ", " ", 1) + ","
        }),
        Damage {
            field,
            name: "unit designator spelled another way",
            can_be_undone: true,
            harm: Box::new(move |cells, index| {
                if let Some(line) = cells.get_mut(&Field::AddressLine2) {
                    *line = with_other_word(line, index, &units);
                }
            }),
        },
        Damage {
            field,
            name: "unit on the first line",
            can_be_undone: true,
            harm: Box::new(|cells, index| {
                if let Some(unit) = cells.remove(&Field::AddressLine2)
                    && let Some(line) = cells.get_mut(&Field::AddressLine1)
                {
                    line.push_str([" ", ", "][index % 2]);
                    line.push_str(&unit);
                }
            }),
        },
        cell(field, "two letters in each other's place", false, |text, _| {
            text.split(' ').map(with_swapped_letters).collect::<Vec<_>>().join(" ")
        }),
    ]);
    damages.extend(typing(Field::City));
    damages.extend([
        cell(Field::City, "accents", true, |text, _| with_accents(text)),
        cell(Field::City, "a comma behind", true, |text, _| format!("{text},")),
        cell(Field::City, "Saint, Fort and Mount written short or out", true, |text, _| {
            let mut text = text.to_owned();
            for (long, short) in [("Saint ", "St. "), ("Fort ", "Ft. "), ("Mount ", "Mt. "), ("St. ", "Saint ")] {
                if text.starts_with(long) {
                    text = text.replacen(long, short, 1);
                    break;
                }
            }
            text
        }),
    ]);
    damages.extend(typing(Field::State).into_iter().skip(1));
    damages.push(cell(Field::State, "name or old abbreviation", true, |text, index| {
        let rules: toml::Table = include_str!("../rules/states.toml").parse().expect("TOML");
        let entry = &rules["states"][text];
        let also = entry.get("also").and_then(toml::Value::as_array).into_iter().flatten();
        let listed: Vec<&str> = also.chain([&entry["name"]]).map(|word| word.as_str().expect("text")).collect();
        listed[index % listed.len()].to_owned()
    }));
    damages.extend([
        cell(Field::PostalCode, "ZIP+4 added", true, |text, index| format!("{}-{:04}", &text[..5], 1000 + index)),
        cell(Field::PostalCode, "nine digits", true, |text, index| format!("{}{:04}", &text[..5], 1000 + index)),
        cell(Field::PostalCode, "leading zeros lost", true, |text, _| text[..5].trim_start_matches('0').to_owned()),
        cell(Field::PostalCode, "a decimal behind", true, |text, _| format!("{}.0", &text[..5])),
        cell(Field::PostalCode, "the last digit lost", false, |text, _| text[..4].to_owned()),
    ]);
    damages
}

fn phone(name: &'static str, write: impl Fn(&str, &str, &str) -> String + 'static) -> Damage {
    cell(Field::Phone, name, true, move |text, _| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = &digits[digits.len() - 10..];
        write(&digits[..3], &digits[3..6], &digits[6..])
    })
}

fn contacts_and_others() -> Vec<Damage> {
    let sex = |name, can_be_undone, words: &'static [[&'static str; 2]]| {
        cell(Field::Sex, name, can_be_undone, move |text, index| {
            let words = words[index % words.len()];
            if text.starts_with(['F', 'f']) { words[0] } else { words[1] }.to_owned()
        })
    };
    let email = Field::Email;
    vec![
        phone("brackets", |area, exchange, line| format!("({area}) {exchange}-{line}")),
        phone("dots", |area, exchange, line| format!("{area}.{exchange}.{line}")),
        phone("digits alone", |area, exchange, line| format!("{area}{exchange}{line}")),
        phone("+1 in front", |area, exchange, line| format!("+1 {area} {exchange} {line}")),
        phone("1 in front", |area, exchange, line| format!("1-{area}-{exchange}-{line}")),
        phone("an extension", |area, exchange, line| format!("{area}-{exchange}-{line} ext. 12")),
        cell(Field::Phone, "a label", true, |text, index| match index % 3 {
            0 => format!("Cell: {text}"),
            1 => format!("(h) {text}"),
            _ => format!("{text} (home)"),
        }),
        phone("typographic hyphens", |area, exchange, line| format!("{area}\u{2013}{exchange}\u{2011}{line}")),
        cell(Field::Phone, "a digit lost", false, |text, _| text[..text.len() - 1].to_owned()),
        cell(email, "capitals", true, |text, _| text.to_uppercase()),
        cell(email, "spaces around", true, |text, _| format!(" {text}\u{a0}")),
        cell(email, "a name and angle brackets", true, |text, _| format!("Some Body <{text}>")),
        cell(email, "mailto:", true, |text, _| format!("mailto:{text}")),
        cell(email, "a full stop or semicolon behind", true, |text, index| format!("{text}{}", [".", ";"][index % 2])),
        cell(email, "the sign left out", false, |text, _| text.replace('@', " at ")),
        sex("other words", true, &[["Female", "Male"], ["FEMALE", "MALE"], ["f", "m"], ["Woman", "Man"]]),
        sex("Spanish and French words", true, &[["Femenino", "Masculino"], ["Mujer", "Hombre"], ["Femme", "Homme"]]),
        sex("numbers", false, &[["2", "1"]]),
        cell(Field::ExternalId, "spaces around", true, |text, _| format!(" {text} ")),
    ]
}

/// How many damaged cells came to the clean comparison form, to nothing, and to something else.
#[derive(Clone, Copy, Default)]
struct Came {
    back: usize,
    to_nothing: usize,
    to_something_else: usize,
}

impl Came {
    fn cells(self) -> usize {
        self.back + self.to_nothing + self.to_something_else
    }

    fn share(self, part: usize) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "some hundred cells")]
        let share = 100.0 * part as f64 / self.cells().max(1) as f64;
        share
    }
}

fn measure(damage: &Damage, clean: &[Cells], clean_forms: &[String], rules: &Rules) -> Came {
    let mut damaged = clean.to_vec();
    for (index, cells) in damaged.iter_mut().enumerate() {
        (damage.harm)(cells, index);
    }
    let forms = comparison_forms(&damaged, damage.field, rules);
    let mut came = Came::default();
    for (index, form) in forms.iter().enumerate().filter(|(index, _)| damaged[*index] != clean[*index]) {
        if *form == clean_forms[index] {
            came.back += 1;
        } else if form.is_empty() {
            came.to_nothing += 1;
        } else {
            came.to_something_else += 1;
        }
    }
    came
}

#[test]
fn damage_that_can_be_undone_is_undone_and_the_documented_shares_are_the_measured_ones() {
    let rules = Rules::load(None).expect("sound");
    let clean = clean_patients();
    let damages: Vec<Damage> = [names(), dates(), addresses(), contacts_and_others()].into_iter().flatten().collect();
    let mut forms: BTreeMap<Field, Vec<String>> = BTreeMap::new();
    let mut table = String::from(
        "| field | damage | cells | brought back | left out | something else |\n|---|---|---|---|---|---|\n",
    );
    let (mut can_be_undone, mut missed) = (Came::default(), Vec::new());
    for damage in &damages {
        let clean_forms = forms.entry(damage.field).or_insert_with(|| comparison_forms(&clean, damage.field, &rules));
        let came = measure(damage, &clean, clean_forms, &rules);
        if came.cells() < 10 {
            missed.push(format!("{} {}: only {} cells", damage.field, damage.name, came.cells()));
        }
        let [back, nothing, other] =
            [came.back, came.to_nothing, came.to_something_else].map(|part| format!("{:.1} %", came.share(part)));
        let name = if damage.can_be_undone { damage.name.to_owned() } else { format!("*{}*", damage.name) };
        let _ = writeln!(table, "| `{}` | {name} | {} | {back} | {nothing} | {other} |", damage.field, came.cells());
        if damage.can_be_undone {
            can_be_undone.back += came.back;
            can_be_undone.to_nothing += came.to_nothing;
            can_be_undone.to_something_else += came.to_something_else;
            if came.share(came.back) < 95.0 {
                missed.push(format!("{} {}: {back}", damage.field, damage.name));
            }
        }
    }
    let [back, nothing, other] = [can_be_undone.back, can_be_undone.to_nothing, can_be_undone.to_something_else]
        .map(|part| format!("{:.1} %", can_be_undone.share(part)));
    let _ = writeln!(
        table,
        "| **all** | **what can be undone** | {} | **{back}** | **{nothing}** | **{other}** |",
        can_be_undone.cells()
    );
    insta::assert_snapshot!("corruption", table);
    assert_eq!(missed, Vec::<String>::new(), "{table}");
    let page = include_str!("../docs/normalisation.md");
    assert!(page.contains(&table), "docs/normalisation.md has another table than\n{table}");
}
