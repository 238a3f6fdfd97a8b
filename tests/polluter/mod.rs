//! The polluter: clean rosters of generated patients, and what people and programs do to them, each with its clean
//! truth. The families are those of Pollock; the weights follow how often open data has them: line endings, another
//! delimiter, no header, a preamble and no final line ending make up 78 %.

mod biff12;
mod biff8;
pub(crate) mod book;
mod opendocument;
pub(crate) mod workbook;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

/// A polluted file with what it should be read as.
pub(crate) struct Pollution {
    /// The family, for the table.
    pub family: &'static str,
    /// How often open data has it, in parts of the family.
    pub weight: f64,
    /// The file.
    pub bytes: Vec<u8>,
    /// The true header; empty where the file has none.
    pub header: Vec<String>,
    /// The true rows.
    pub rows: Vec<Vec<String>>,
    /// Rows by index whose truth cannot be known from the file: right is the truth, or setting the row aside.
    pub may_be_quarantined: Vec<usize>,
}

const HEADER: [&str; 9] =
    ["First Name", "Last Name", "Date of Birth", "Sex", "Address", "City", "State", "ZIP", "Phone"];

mod single_rows;

use single_rows::Places;

/// A small generator of numbers (`SplitMix64`, public domain), so that a seed makes the same files everywhere.
struct Draws(u64);

impl Draws {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below as u64).unwrap_or_default()
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list.get(self.next(list.len())).copied().unwrap_or_default()
    }
}

fn clean_rows(draws: &mut Draws, letters: bool) -> Vec<Vec<String>> {
    let firsts = ["Ann", "Maria", "James", "Robert", "Linda", "Wei", "Omar", "Grace", "Peter", "Susan"];
    let accented = ["José", "Zoë", "André", "Renée", "Björn", "Ángel", "Núria", "François"];
    let lasts = ["Larsen", "Nguyen", "Ruiz", "O'Brien", "Smith", "De la Cruz", "Falk", "Ito", "Okafor", "Novak"];
    let streets = ["Lake St", "Oak Ave", "Hillcrest Dr", "4th St NE", "Maple Rd", "Summit Blvd"];
    let towns =
        [("Duluth", "MN", "55802"), ("Erie", "PA", "16510"), ("Boston", "MA", "02134"), ("Provo", "UT", "84601")];
    (0..24)
        .map(|row| {
            let (city, state, zip) = towns[draws.next(towns.len())];
            let first = if letters && row % 3 == 0 { draws.pick(&accented) } else { draws.pick(&firsts) };
            let mut street = format!("{} {}", 100 + draws.next(9_000), draws.pick(&streets));
            if row % 5 == 0 {
                let _ = write!(street, ", Apt {}", 1 + draws.next(40));
            }
            [
                first.to_owned(),
                draws.pick(&lasts).to_owned(),
                format!("{:02}/{:02}/{}", 1 + draws.next(12), 13 + draws.next(15), 1930 + draws.next(80)),
                draws.pick(&["F", "M"]).to_owned(),
                street,
                city.to_owned(),
                state.to_owned(),
                zip.to_owned(),
                format!("{}-555-01{:02}", 201 + draws.next(700), draws.next(100)),
            ]
            .to_vec()
        })
        .collect()
}

/// How a file is written.
#[derive(Clone, Copy)]
struct Style {
    delimiter: &'static str,
    quote: char,
    escape: &'static str,
    line_end: &'static str,
    quote_all: bool,
}

const PLAIN: Style = Style { delimiter: ",", quote: '"', escape: "\"", line_end: "\n", quote_all: false };

fn line(cells: &[String], style: Style) -> String {
    let cell = |text: &String| {
        let delimiter = style.delimiter.trim();
        let delimiter = if delimiter.is_empty() { style.delimiter } else { delimiter };
        if style.quote_all || text.contains(delimiter) || text.contains(style.quote) || text.contains('\n') {
            let inner = text.replace(style.quote, &format!("{}{}", style.escape, style.quote));
            format!("{0}{inner}{0}", style.quote)
        } else {
            text.clone()
        }
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(style.delimiter)
}

fn text(header: &[String], rows: &[Vec<String>], style: Style) -> String {
    let mut text = String::new();
    for row in std::iter::once(header).filter(|header| !header.is_empty()).chain(rows.iter().map(Vec::as_slice)) {
        text.push_str(&line(row, style));
        text.push_str(style.line_end);
    }
    text
}

/// All families, `seeds` files of each pollution.
pub(crate) fn pollutions(seeds: u64) -> Vec<Pollution> {
    let mut all = Vec::new();
    for seed in 0..seeds {
        let mut draws = Draws(seed * 1_000_003 + 17);
        of_seed(&mut draws, &mut all);
        let header: Vec<String> = HEADER.iter().map(|name| (*name).to_owned()).collect();
        let (rows, lettered) = (clean_rows(&mut draws, false), clean_rows(&mut draws, true));
        let places = Places { header: &header, rows: &rows, lettered: &lettered };
        if seed % 4 == 0 {
            places.separators_and_marks(&mut draws, &mut all);
            places.strange_rows(&mut draws, &mut all);
            places.quoting(&mut all);
            places.outline(&mut all);
        }
        if seed == 0 {
            places.late(&mut all);
        }
    }
    all
}

#[allow(clippy::too_many_lines, reason = "a list of pollutions, one after the other")]
fn of_seed(draws: &mut Draws, all: &mut Vec<Pollution>) {
    let header: Vec<String> = HEADER.iter().map(|name| (*name).to_owned()).collect();
    let rows = clean_rows(draws, false);
    let lettered = clean_rows(draws, true);
    let mut add = |family, weight, bytes: Vec<u8>, header: &[String], rows: &[Vec<String>], aside: Vec<usize>| {
        let (header, rows) = (header.to_vec(), rows.to_vec());
        all.push(Pollution { family, weight, bytes, header, rows, may_be_quarantined: aside });
    };
    let whole = |style| text(&header, &rows, style).into_bytes();

    // Line endings, and the last one missing.
    for line_end in ["\r\n", "\r", "\n"] {
        add("line endings", 9.0, whole(Style { line_end, ..PLAIN }), &header, &rows, vec![]);
        let mut cut = whole(Style { line_end, ..PLAIN });
        cut.truncate(cut.len() - line_end.len());
        add("no final line ending", 6.0, cut, &header, &rows, vec![]);
    }
    let mixed = text(&header, &rows, PLAIN);
    let half = mixed.len() / 2;
    let (front, back) = mixed.split_at(mixed[..half].rfind('\n').unwrap_or(half));
    let mixed = format!("{front}{}", back.replace('\n', "\r\n"));
    add("line endings", 2.0, mixed.into_bytes(), &header, &rows, vec![]);

    // Delimiters.
    for (delimiter, weight) in [(";", 14.0), ("\t", 4.0), ("|", 2.0), ("~", 0.5), ("^", 0.5)] {
        add("delimiter", weight, whole(Style { delimiter, ..PLAIN }), &header, &rows, vec![]);
        let style = Style { delimiter, quote_all: true, ..PLAIN };
        add("delimiter, all quoted", weight / 4.0, whole(style), &header, &rows, vec![]);
    }
    for delimiter in [", ", " , ", "; "] {
        add("padded delimiter", 1.0, whole(Style { delimiter, ..PLAIN }), &header, &rows, vec![]);
    }
    let named = format!("sep=;\r\n{}", text(&header, &rows, Style { delimiter: ";", line_end: "\r\n", ..PLAIN }));
    add("delimiter named in a line", 0.5, named.into_bytes(), &header, &rows, vec![]);

    // Quotation marks and escapes.
    let quoted: Vec<Vec<String>> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let mut row = row.clone();
            if index % 4 == 1 {
                row[4] = format!("{} \"The Mill\", rear", row[4]);
            }
            row
        })
        .collect();
    let of_quoted = |style| text(&header, &quoted, style).into_bytes();
    add("doubled quotation marks", 2.0, of_quoted(PLAIN), &header, &quoted, vec![]);
    add("doubled quotation marks", 1.0, of_quoted(Style { quote_all: true, ..PLAIN }), &header, &quoted, vec![]);
    add("backslash escapes", 1.0, of_quoted(Style { escape: "\\", ..PLAIN }), &header, &quoted, vec![]);
    let single = Style { quote: '\'', escape: "'", quote_all: true, ..PLAIN };
    add("apostrophes as quotation marks", 1.0, whole(single), &header, &rows, vec![]);
    let broken_over_lines: Vec<Vec<String>> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let mut row = row.clone();
            if index % 6 == 2 {
                row[4] = row[4].replace(' ', "\n");
            }
            row
        })
        .collect();
    let over_lines = text(&header, &broken_over_lines, PLAIN).into_bytes();
    add("line breaks in cells", 1.0, over_lines, &header, &broken_over_lines, vec![]);

    // One row damaged: it is repaired where one repair fits, or set aside, and its neighbours are untouched.
    let victim = 5 * (1 + draws.next(4));
    let damaged = |change: &dyn Fn(&str) -> String| {
        let mut lines: Vec<String> = text(&header, &rows, PLAIN).lines().map(str::to_owned).collect();
        lines[victim + 1] = change(&lines[victim + 1]);
        (lines.join("\n") + "\n").into_bytes()
    };
    let unquoted = |text: &str| text.replace('"', "");
    add("one comma not quoted", 1.5, damaged(&unquoted), &header, &rows, vec![victim]);
    add("one separator too many at the end", 1.0, damaged(&|text| format!("{text},")), &header, &rows, vec![]);
    let extra = |text: &str| text.replacen(',', ",,", 1);
    add("one separator too many", 1.0, damaged(&extra), &header, &rows, vec![victim]);
    let missing = |text: &str| text.replacen(',', "", 1);
    add("one separator missing", 1.0, damaged(&missing), &header, &rows, vec![victim]);
    let stray = |text: &str| text.replacen("\",", "\"x,", 1);
    add("a cell that goes on after its quotes", 1.0, damaged(&stray), &header, &rows, vec![victim]);
    let nul = |text: &str| format!("\0{}", text.get(1..).unwrap_or_default());
    add("NUL bytes in a row", 0.5, damaged(&nul), &header, &rows, vec![victim]);
    let blank = |text: &str| format!("\n{text}\n\n");
    add("blank lines", 2.0, damaged(&blank), &header, &rows, vec![]);
    let short = |text: &str| text.split(',').take(3).collect::<Vec<_>>().join(",");
    add("a row cut off", 1.0, damaged(&short), &header, &rows, vec![victim]);

    // What stands above and below.
    let body = text(&header, &rows, PLAIN);
    for (preamble, weight) in [
        ("Patient roster, spring cohort\n", 5.0),
        ("Clinic A\nExported 2026-03-01 08:30\n\n", 5.0),
        ("Patient roster,,,,,,,,\nConfidential,,,,,,,,\n", 4.0),
    ] {
        add("preamble", weight, format!("{preamble}{body}").into_bytes(), &header, &rows, vec![]);
    }
    for footer in [
        "\nEnd of report\n",
        "Total,,,,,,,,\n",
        "\n\nState,Patients\nMN,12\nPA,7\n",
        "Exported by Clinic A on 2026-03-01\n",
    ] {
        let weight = if footer.contains("State") { 1.0 } else { 0.7 };
        add("notes, totals and tables below", weight, format!("{body}{footer}").into_bytes(), &header, &rows, vec![]);
    }
    let unclosed = |text: &str| format!("\"{text}");
    add("a quotation mark that is not closed", 0.5, damaged(&unclosed), &header, &rows, vec![victim]);
    let next = victim + 1;
    let mut swallowing: Vec<String> = text(&header, &rows, PLAIN).lines().map(str::to_owned).collect();
    swallowing[next + 1] = swallowing[next + 1].replacen(',', ",\"", 1);
    let swallowing = (swallowing.join("\n") + "\n").into_bytes();
    add("a quotation mark that is not closed", 0.5, swallowing, &header, &rows, vec![next]);
    let hard_blank = |text: &str| text.replace(',', "\u{a0},");
    add("no-break spaces", 0.5, damaged(&hard_blank), &header, &rows, vec![victim]);
    let bands = format!(",,Person,,Home,,,,\n{body}");
    add("two header rows", 2.0, bands.into_bytes(), &header, &rows, vec![]);
    add("header repeated", 1.0, header_again(&header, &rows).into_bytes(), &header, &rows, vec![]);
    add("no header", 12.0, text(&[], &rows, PLAIN).into_bytes(), &[], &rows, vec![]);
    let padded_cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| format!(" {cell} ")).collect()).collect();
    add("padded cells", 1.0, text(&header, &padded_cells, PLAIN).into_bytes(), &header, &rows, vec![]);
    let sparse: Vec<Vec<String>> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            row.iter()
                .enumerate()
                .map(|(at, cell)| if at > 3 && (index + at) % 3 == 0 { String::new() } else { cell.clone() })
                .collect()
        })
        .collect();
    add("empty cells", 2.0, text(&header, &sparse, PLAIN).into_bytes(), &header, &sparse, vec![]);

    // Encodings.
    let whole = text(&header, &lettered, PLAIN);
    add("UTF-8", 3.0, whole.clone().into_bytes(), &header, &lettered, vec![]);
    add("UTF-8 with byte order mark", 3.0, format!("\u{feff}{whole}").into_bytes(), &header, &lettered, vec![]);
    for (family, bytes) in [
        ("UTF-16", utf16(&format!("\u{feff}{whole}"), true)),
        ("UTF-16", utf16(&format!("\u{feff}{whole}"), false)),
        ("UTF-16 without mark", utf16(&whole, true)),
        ("windows-1252", encoding_rs::WINDOWS_1252.encode(&whole).0.into_owned()),
        ("macintosh", macintosh(&whole)),
    ] {
        add(family, 1.0, bytes, &header, &lettered, vec![]);
    }
}

fn header_again(header: &[String], rows: &[Vec<String>]) -> String {
    let (front, back) = rows.split_at(rows.len() / 2);
    text(header, front, PLAIN) + &text(header, back, PLAIN)
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// The Macintosh's bytes for the letters that the rosters use (Apple's published table ROMAN.TXT).
fn macintosh(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| match letter {
            'é' => 0x8e,
            'ë' => 0x91,
            'ö' => 0x9a,
            'Á' => 0xe7,
            'ú' => 0x9c,
            'ç' => 0x8d,
            letter => u8::try_from(u32::from(letter)).expect("a letter of the table"),
        })
        .collect()
}

/// The archive with one part changed.
fn edited(bytes: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let mut edited = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).expect("a part");
        let name = member.name().expect("a name").to_string();
        let mut content = Vec::new();
        member.read_to_end(&mut content).expect("unpacked");
        if name == part {
            content = change(String::from_utf8(content).expect("text")).into_bytes();
        }
        edited.start_file(name, zip::write::SimpleFileOptions::default()).expect("begun");
        edited.write_all(&content).expect("packed");
    }
    edited.finish().expect("packed").into_inner()
}
