//! Which delimiter a file uses: the one under which the sample falls into the most, and the most even, columns.

/// Bytes of the sample.
pub(super) const SAMPLE_BYTES: usize = 64 << 10;
/// Records of the sample that are looked at.
const SAMPLE_RECORDS: usize = 200;
/// Best last among equals: the rarer a character is in plain text, the more it means.
const CANDIDATES: [u8; 4] = [b',', b';', b'|', b'\t'];

/// The delimiter of a sample in UTF-8. A comma where no candidate makes more than one column.
pub(super) fn detect_delimiter(sample: &[u8], is_whole_file: bool) -> u8 {
    if let Some(named) = named_by_first_line(sample) {
        return named.0;
    }
    let mut best = (0.0, b',');
    for delimiter in CANDIDATES {
        let score = evenness(sample, delimiter, is_whole_file);
        if score > 0.0 && score >= best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// The delimiter that a first line `sep=;` names, as Excel writes and hides it, and the bytes of that line.
pub(super) fn named_by_first_line(sample: &[u8]) -> Option<(u8, usize)> {
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let before = sample.len() - text.len();
    let rest = text.strip_prefix(b"sep=").or_else(|| text.strip_prefix(b"SEP="))?;
    let (delimiter, after) = rest.split_first()?;
    let line_end = if after.starts_with(b"\r\n") { 2 } else { usize::from(after.starts_with(b"\n")) };
    (CANDIDATES.contains(delimiter) && line_end > 0).then_some((*delimiter, before + 5 + line_end))
}

/// 0 to 1: the share of records that have the commonest number of cells, squared, so that ragged readings lose, times a
/// weight that grows with that number. 0 where the commonest number is one.
fn evenness(sample: &[u8], delimiter: u8, is_whole_file: bool) -> f64 {
    let mut counts = cell_counts(sample, delimiter);
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
    let Some((cells, records)) = tally.into_iter().filter(|(cells, _)| *cells > 1).max_by_key(|(_, records)| *records)
    else {
        return 0.0;
    };
    #[expect(clippy::cast_precision_loss, reason = "at most 64 Ki cells and 200 records")]
    let (share, cells) = (records as f64 / counts.len() as f64, cells as f64);
    share * share * (1.0 - 1.0 / cells)
}

fn cell_counts(sample: &[u8], delimiter: u8) -> Vec<usize> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(sample);
    let mut record = csv::ByteRecord::new();
    let mut counts = Vec::with_capacity(SAMPLE_RECORDS);
    while counts.len() < SAMPLE_RECORDS && reader.read_byte_record(&mut record).is_ok_and(|found| found) {
        if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
            counts.push(record.len());
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str) -> char {
        char::from(detect_delimiter(text.as_bytes(), true))
    }

    #[test]
    fn each_delimiter_is_recognised() {
        for delimiter in [",", ";", "\t", "|"] {
            let text = format!("Last{delimiter}First{delimiter}DOB\nNg{delimiter}Ann{delimiter}1980-03-04\n");
            assert_eq!(detect(&text).to_string(), delimiter);
        }
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
        assert_eq!(named_by_first_line(b"\xef\xbb\xbfsep=|\nLast"), Some((b'|', 9)));
        assert_eq!(named_by_first_line(b"separator,x\n"), None);
    }
}
