//! How the cells of a delimited file are set apart: delimiter, quotation mark, escape and padding, from the first
//! bytes. The best is the dialect under which the sample falls into the most, and the most even, columns.

use std::fmt;

use super::record::split_record;
use crate::domain::is_own_header;

/// Bytes of the sample.
pub(super) const SAMPLE_BYTES: usize = 64 << 10;
/// Records of the sample that are looked at.
const SAMPLE_RECORDS: usize = 200;
/// Best last among equals: the rarer a character is in plain text, the more it means.
const DELIMITERS: [u8; 7] = [b' ', b',', b';', b'~', b'^', b'|', b'\t'];

/// The characters that set the cells of a file apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells.
    pub delimiter: u8,
    /// Around cells that hold a delimiter or a line break: `"` or `'`. A file without any is read with `"`.
    pub quote: u8,
    /// Whether a quotation mark within quotes is written `\"`; else it is doubled.
    pub backslash: bool,
    /// Whether blanks between a delimiter and a quotation mark belong to neither.
    pub padded: bool,
}

impl Dialect {
    /// Cells between these delimiters, quoted in the usual way.
    pub(super) const fn usual(delimiter: u8) -> Self {
        Self { delimiter, quote: b'"', backslash: false, padded: false }
    }
}

impl fmt::Display for Dialect {
    /// Such as `comma, quoted with ", doubled within`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.delimiter {
            b',' => formatter.write_str("comma"),
            b';' => formatter.write_str("semicolon"),
            b'\t' => formatter.write_str("tab"),
            b'|' => formatter.write_str("pipe"),
            b'~' => formatter.write_str("tilde"),
            b' ' => formatter.write_str("blank"),
            b'^' => formatter.write_str("caret"),
            other => write!(formatter, "{}", char::from(other)),
        }?;
        let within = if self.backslash { "escaped by \\ within" } else { "doubled within" };
        write!(formatter, ", quoted with {}, {within}", char::from(self.quote))?;
        if self.padded { formatter.write_str(", blanks around cells") } else { Ok(()) }
    }
}

/// The dialect of a sample in UTF-8. Commas where no delimiter makes more than one column.
pub(super) fn dialect_of(sample: &[u8], is_whole_file: bool) -> Dialect {
    if let Some(named) = named_by_first_line(sample) {
        return with_quoting(sample, named.0, is_whole_file);
    }
    if is_own_table(sample) {
        return Dialect::usual(b',');
    }
    let mut best = (0.0, Dialect::usual(b','));
    for delimiter in DELIMITERS {
        let dialect = with_quoting(sample, delimiter, is_whole_file);
        let score = evenness(sample, dialect, is_whole_file);
        if score > 0.0 && score >= best.0 && (delimiter != b' ' || is_all_quoted(sample, dialect)) {
            best = (score, dialect);
        }
    }
    best.1
}

/// Whether onroll wrote the table itself: then its dialect is known, whatever its cells hold.
fn is_own_table(sample: &[u8]) -> bool {
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let mut headers = Vec::new();
    split_record(sample, 0, Dialect::usual(b','), &mut |cell| headers.push(cell.bytes(sample)));
    is_own_header(headers.iter().map(|header| std::str::from_utf8(header).unwrap_or_default()))
}

/// How cells between these delimiters are quoted.
fn with_quoting(sample: &[u8], delimiter: u8, is_whole_file: bool) -> Dialect {
    let usual = Dialect::usual(delimiter);
    let (double, single) = (Quoted::count(sample, delimiter, b'"'), Quoted::count(sample, delimiter, b'\''));
    let mut dialect = usual;
    if double.opened == 0 && single.closed > 0 && single.closed == single.opened {
        let other = Dialect { quote: b'\'', ..usual };
        if evenness(sample, other, is_whole_file) >= evenness(sample, usual, is_whole_file) {
            dialect = other;
        }
    }
    let quoted = if dialect.quote == b'"' { double } else { single };
    dialect.padded = quoted.padded > 0;
    dialect.backslash = quoted.escaped > 0 && quoted.doubled == 0;
    dialect
}

/// What a sample shows about a quotation mark.
#[derive(Clone, Copy, Debug, Default)]
struct Quoted {
    /// Cells that begin with it.
    opened: usize,
    /// Cells that begin and end with it.
    closed: usize,
    /// Cells in which blanks stand before it.
    padded: usize,
    /// `\"` before something else than the end of a cell.
    escaped: usize,
    /// `""` within a cell.
    doubled: usize,
}

impl Quoted {
    /// Walks through the sample cell by cell, without forgiveness: a mark opens at the beginning of a cell only.
    fn count(sample: &[u8], delimiter: u8, quote: u8) -> Self {
        let mut found = Self::default();
        let ends_cell = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n'));
        let mut at = 0;
        let mut starts_cell = true;
        while let Some(byte) = sample.get(at) {
            if !starts_cell {
                starts_cell = ends_cell(Some(byte));
                at += 1;
                continue;
            }
            let blanks = sample.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
            if sample.get(at + blanks) != Some(&quote) {
                starts_cell = ends_cell(Some(byte));
                // All blanks of a run at once: looked at from each of them, a long run would take the square of its
                // length.
                at += blanks.max(1);
                continue;
            }
            starts_cell = false;
            found.opened += 1;
            found.padded += usize::from(blanks > 0 && delimiter != b' ');
            at += blanks + 1;
            while let Some(byte) = sample.get(at) {
                let after = sample.get(at + 1);
                at += 1;
                if *byte == b'\\' && after == Some(&quote) && !ends_cell(sample.get(at + 1)) {
                    found.escaped += 1;
                    at += 1;
                } else if *byte == quote && after == Some(&quote) {
                    found.doubled += 1;
                    at += 1;
                } else if *byte == quote {
                    let padding = sample.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
                    if ends_cell(sample.get(at + padding)) {
                        found.closed += 1;
                        break;
                    }
                }
            }
        }
        found
    }
}

/// The delimiter that a first line `sep=;` names, as Excel writes and hides it, and the bytes of that line.
pub(super) fn named_by_first_line(sample: &[u8]) -> Option<(u8, usize)> {
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let before = sample.len() - text.len();
    let rest = text.strip_prefix(b"sep=").or_else(|| text.strip_prefix(b"SEP="))?;
    let (delimiter, after) = rest.split_first()?;
    let line_end = match after {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    (DELIMITERS.contains(delimiter) && *delimiter != b' ' && line_end > 0)
        .then_some((*delimiter, before + 5 + line_end))
}

/// The commonest number of cells beyond one, with the number of records that have it, and that of all records.
fn commonest_width(sample: &[u8], dialect: Dialect, is_whole_file: bool) -> Option<(usize, usize, usize)> {
    let mut counts = cell_counts(sample, dialect);
    if !is_whole_file && counts.len() > 1 && counts.len() < SAMPLE_RECORDS {
        counts.pop();
    }
    let mut tally: Vec<(usize, usize)> = Vec::new();
    for count in &counts {
        match tally.iter_mut().find(|(cells, _)| cells == count) {
            Some((_, records)) => *records += 1,
            None => tally.push((*count, 1)),
        }
    }
    let commonest = tally.into_iter().filter(|(cells, _)| *cells > 1).max_by_key(|(_, records)| *records);
    commonest.map(|(cells, records)| (cells, records, counts.len()))
}

/// The number of cells that most records of a sample have; 0 if that is not known.
pub(super) fn usual_width(sample: &[u8], dialect: Dialect, is_whole_file: bool) -> usize {
    let commonest = commonest_width(sample, dialect, is_whole_file);
    commonest.filter(|(_, records, all)| records * 2 > *all).map_or(0, |(cells, ..)| cells)
}

/// 0 to 1: the share of records that have the commonest number of cells, squared, so that ragged readings lose, times a
/// weight that grows with that number. 0 where the commonest number is one.
fn evenness(sample: &[u8], dialect: Dialect, is_whole_file: bool) -> f64 {
    let Some((cells, records, all)) = commonest_width(sample, dialect, is_whole_file) else { return 0.0 };
    #[expect(clippy::cast_precision_loss, reason = "at most 64 Ki cells and 200 records")]
    let (share, cells) = (records as f64 / all as f64, cells as f64);
    share * share * (1.0 - 1.0 / cells)
}

/// Whether every cell of the first records is quoted: without that, a blank is no delimiter.
fn is_all_quoted(sample: &[u8], dialect: Dialect) -> bool {
    let (mut at, mut records, mut all) = (0, 0, true);
    while all && records < SAMPLE_RECORDS && at < sample.len() {
        let end = split_record(sample, at, dialect, &mut |cell| {
            all &= cell.start > 0 && sample.get(cell.start - 1) == Some(&dialect.quote);
        });
        // The last record may be cut off.
        all |= end.next >= sample.len();
        (at, records) = (end.next, records + 1);
    }
    all && records > 1
}

fn cell_counts(sample: &[u8], dialect: Dialect) -> Vec<usize> {
    let mut counts = Vec::with_capacity(SAMPLE_RECORDS);
    let mut at = 0;
    while counts.len() < SAMPLE_RECORDS && at < sample.len() {
        let mut holds_something = false;
        let (mut cells, start) = (0, at);
        at = split_record(sample, at, dialect, &mut |cell| {
            cells += 1;
            holds_something |= !cell.bytes(sample).trim_ascii().is_empty();
        })
        .next;
        if holds_something && at > start {
            counts.push(cells);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str) -> char {
        char::from(dialect_of(text.as_bytes(), true).delimiter)
    }

    #[test]
    fn each_delimiter_is_recognised() {
        for delimiter in [",", ";", "\t", "|", "~", "^"] {
            let text = format!("Last{delimiter}First{delimiter}DOB\nNg{delimiter}Ann{delimiter}1980-03-04\n");
            assert_eq!(detect(&text).to_string(), delimiter);
        }
    }

    #[test]
    fn a_quotation_mark_behind_a_run_of_blanks_is_seen_where_a_cell_begins_and_nowhere_else() {
        let blanks = " ".repeat(300);
        let behind = |before: &str| detect(&format!("Last;First\n{before}{blanks}\"Ng, a, b, c, d\";Ann\nRuiz;Bea\n"));
        assert_eq!((behind(""), behind("x;")), (';', ';'));
        assert_eq!(detect(&format!("a,b\n{blanks}{blanks}\n1,2\n")), ',');
    }

    #[test]
    fn delimiters_inside_cells_do_not_mislead() {
        assert_eq!(detect("Last;First;City\n\"Ng, a\";Ann;x, y\nRuiz;Bea;Q, r\n"), ';');
        assert_eq!(detect("Last,First,Note\nNg,Ann,\"a;b;c;d\"\nRuiz,Bea,\"a;b;c;d\"\n"), ',');
        assert_eq!(detect("Name\tNote\nNg, Ann\ta\nRuiz, Bea\tb\n"), '\t');
        assert_eq!(detect("Last;First;Weight\nNg;Ann;61,5\nRuiz;Bea;70,2\n"), ';');
    }

    #[test]
    fn banner_rows_above_the_header_do_not_mislead() {
        assert_eq!(detect("Clinic roster, spring\n\nLast|First|DOB\nNg|Ann|1\nRuiz|Bea|2\n"), '|');
    }

    #[test]
    fn one_column_is_read_as_comma_separated() {
        assert_eq!(detect("Last\nNg\nRuiz\n"), ',');
        assert_eq!(detect(""), ',');
    }

    #[test]
    fn excels_own_line_names_the_delimiter() {
        assert_eq!(detect("sep=;\nLast,Suffix;First\n"), ';');
        assert_eq!(named_by_first_line(b"sep=;\r\nLast"), Some((b';', 7)));
        assert_eq!(named_by_first_line(b"sep=;\rLast"), Some((b';', 6)));
        assert_eq!(named_by_first_line(b"\xef\xbb\xbfsep=|\nLast"), Some((b'|', 9)));
        assert_eq!(named_by_first_line(b"separator,x\n"), None);
    }

    #[test]
    fn quotation_marks_escapes_and_padding_are_recognised() {
        let dialect = |text: &str| dialect_of(text.as_bytes(), true).to_string();
        let usual = "comma, quoted with \", doubled within";
        assert_eq!(dialect("Last,First\nO'Brien,Ann\n'Tis,Bea\nNg,Cy\n"), usual);
        assert_eq!(dialect("Last,First\n\"Ng, J\",\"A \"\"B\"\"\"\n"), usual);
        assert_eq!(dialect("Last,First\n'Ng, J','Ann'\n'Ruiz','O''Dea'\n"), "comma, quoted with ', doubled within");
        assert_eq!(
            dialect("Last,First\n\"Ng \\\"J\\\" x\",\"Ann, B\"\n\"Ruiz\",\"Bea\"\n"),
            "comma, quoted with \", escaped by \\ within"
        );
        assert_eq!(
            dialect("Last, First, City\nNg, Ann, \"St. Paul, MN\"\n"),
            "comma, quoted with \", doubled within, blanks around cells"
        );
        assert_eq!(dialect("Last,Path\nNg,\"C:\\\"\nRuiz,\"D:\\\"\n"), usual);
    }
}
