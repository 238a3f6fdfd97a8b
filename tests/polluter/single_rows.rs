//! Pollutions of single rows and of a file's outline, at every place where they can stand: the rows around them must
//! come through untouched, whatever becomes of the polluted one.

use super::{Draws, PLAIN, Pollution, Style, line, text};

/// What one clean roster becomes.
pub(super) struct Places<'a> {
    pub(super) header: &'a [String],
    pub(super) rows: &'a [Vec<String>],
    pub(super) lettered: &'a [Vec<String>],
}

impl Places<'_> {
    fn all_but_damaged(&self, family: &'static str, weight: f64, lines: &[String], aside: Vec<usize>) -> Pollution {
        let bytes = (lines.join("\n") + "\n").into_bytes();
        self.of(family, weight, bytes, aside)
    }

    fn of(&self, family: &'static str, weight: f64, bytes: Vec<u8>, may_be_quarantined: Vec<usize>) -> Pollution {
        let (header, rows) = (self.header.to_vec(), self.rows.to_vec());
        Pollution { family, weight, bytes, header, rows, may_be_quarantined }
    }

    fn lines(&self) -> Vec<String> {
        text(self.header, self.rows, PLAIN).lines().map(str::to_owned).collect()
    }

    /// One row with a separator more, or less, before each of its columns; a quotation mark more at the beginning, in
    /// the middle and at the end of each of its cells.
    pub(super) fn separators_and_marks(&self, draws: &mut Draws, all: &mut Vec<Pollution>) {
        for column in 0..self.header.len() {
            let row = draws.next(self.rows.len());
            let cells: Vec<String> =
                self.rows[row].iter().map(|cell| line(std::slice::from_ref(cell), PLAIN)).collect();
            let mut with = |family, changed: Vec<String>| {
                let mut lines = self.lines();
                lines[row + 1] = changed.join(",");
                all.push(self.all_but_damaged(family, 0.05, &lines, vec![row]));
            };
            let mut more = cells.clone();
            more.insert(column, String::new());
            with("a separator more, at each column", more);
            if column > 0 {
                let mut less = cells.clone();
                let right = less.remove(column);
                less[column - 1].push_str(&right);
                with("a separator less, at each column", less);
            }
            for place in 0..3 {
                let mut marked = cells.clone();
                let cell = &mut marked[column];
                let middle = cell.len() / 2;
                cell.insert([0, middle, cell.len()][place], '"');
                with("a quotation mark more, at each place", marked);
            }
        }
    }

    /// Two stray marks in different rows that look like one cell over several lines; a row with another delimiter; a
    /// row in another encoding.
    pub(super) fn strange_rows(&self, draws: &mut Draws, all: &mut Vec<Pollution>) {
        for apart in 1..4 {
            // Neither the first row nor one with quotes of its own between the marks.
            let Some(row) = (1..self.rows.len() - apart)
                .find(|row| (*row..=row + apart).all(|row| self.rows[row].iter().all(|cell| !cell.contains(','))))
            else {
                continue;
            };
            let column = draws.next(self.header.len());
            let mut lines = self.lines();
            let marked = |line: &str, opens: bool| {
                let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
                let cell = &mut cells[column];
                cell.insert(if opens { 0 } else { cell.len() }, '"');
                cells.join(",")
            };
            lines[row + 1] = marked(&lines[row + 1], true);
            lines[row + 1 + apart] = marked(&lines[row + 1 + apart], false);
            let aside = (row..=row + apart).collect();
            all.push(self.all_but_damaged("two stray marks that make one cell of several rows", 0.2, &lines, aside));
        }
        let row = draws.next(self.rows.len());
        for delimiter in [";", "\t", "|"] {
            let mut lines = self.lines();
            lines[row + 1] = line(&self.rows[row], Style { delimiter, ..PLAIN });
            all.push(self.all_but_damaged("one row with another delimiter", 0.2, &lines, vec![row]));
        }
        let lettered = Places { rows: self.lettered, ..*self };
        let odd = 3 * draws.next(self.lettered.len() / 3);
        let mut bytes = Vec::new();
        for (index, line) in text(self.header, self.lettered, PLAIN).lines().enumerate() {
            if index == odd + 1 {
                bytes.extend_from_slice(&encoding_rs::WINDOWS_1252.encode(line).0);
            } else {
                bytes.extend_from_slice(line.as_bytes());
            }
            bytes.push(b'\n');
        }
        all.push(lettered.of("one row in another encoding", 0.3, bytes, vec![odd]));
    }

    /// Escapes without quotes, line endings of another kind within cells, quotation marks that begin late, none at all.
    pub(super) fn quoting(&self, all: &mut Vec<Pollution>) {
        let with_comma: Vec<usize> =
            (0..self.rows.len()).filter(|row| self.rows[*row].iter().any(|cell| cell.contains(','))).collect();
        let escaped = |escape: &str| {
            let mut lines = vec![self.header.join(",")];
            lines.extend(self.rows.iter().map(|row| {
                row.iter().map(|cell| cell.replace(',', &format!("{escape},"))).collect::<Vec<_>>().join(",")
            }));
            lines
        };
        all.push(self.all_but_damaged(
            "delimiters after a backslash, no quotes",
            0.5,
            &escaped("\\"),
            with_comma.clone(),
        ));
        all.push(self.all_but_damaged("delimiters within cells, no quotes", 0.5, &escaped(""), with_comma.clone()));
        for (inner, line_end) in [("\r\n", "\n"), ("\r", "\n"), ("\n", "\r\n"), ("\n", "\r"), ("\n\n", "\n")] {
            let rows: Vec<Vec<String>> = self
                .rows
                .iter()
                .enumerate()
                .map(|(index, row)| {
                    let mut row = row.clone();
                    if index % 6 == 2 {
                        row[4] = row[4].replacen(' ', inner, 1);
                    }
                    row
                })
                .collect();
            let style = Style { line_end, ..PLAIN };
            let mut bytes = String::new();
            for row in std::iter::once(self.header).chain(rows.iter().map(Vec::as_slice)) {
                let cells: Vec<String> = row
                    .iter()
                    .map(|cell| {
                        if cell.contains(['\n', '\r']) {
                            format!("\"{cell}\"")
                        } else {
                            line(std::slice::from_ref(cell), style)
                        }
                    })
                    .collect();
                bytes.push_str(&(cells.join(",") + line_end));
            }
            let places = Places { rows: &rows, ..*self };
            all.push(places.of("other line endings within cells", 0.3, bytes.into_bytes(), vec![]));
        }
    }

    /// A thousand rows, of which only late ones are quoted: what the beginning shows must not decide about them
    /// wrongly.
    pub(super) fn late(&self, all: &mut Vec<Pollution>) {
        let plain: Vec<Vec<String>> = self
            .rows
            .iter()
            .cycle()
            .take(1_200)
            .map(|row| row.iter().map(|cell| cell.replace([',', '\''], "")).collect())
            .collect();
        let mut rows = plain;
        let front = text(self.header, &rows, PLAIN);
        for (index, cell) in ["12 Oak Ave, Apt 4", "7 Lake St, \"rear\"", "3 Elm St,\nUnit 2"].into_iter().enumerate() {
            let mut row = self.rows[index].clone();
            cell.clone_into(&mut row[4]);
            rows.push(row);
        }
        let late = &rows[1_200..];
        let single = Style { quote: '\'', escape: "'", ..PLAIN };
        let backslash = Style { escape: "\\", ..PLAIN };
        for (family, style, knows) in [
            ("quotes that begin late", PLAIN, true),
            ("apostrophes as quotes that begin late", single, false),
            ("backslash escapes that begin late", backslash, false),
        ] {
            let bytes = front.clone() + &text(&[], late, style);
            let aside = if knows { vec![] } else { (1_200..rows.len()).collect() };
            let places = Places { rows: &rows, ..*self };
            all.push(places.of(family, 0.2, bytes.into_bytes(), aside));
        }
    }

    /// A file of one row, of the header alone; tables above, below, and of the same columns; header rows in three
    /// lines; blank as delimiter, delimiters of two characters.
    pub(super) fn outline(&self, all: &mut Vec<Pollution>) {
        let body = text(self.header, self.rows, PLAIN);
        let one = Places { rows: self.rows.get(..1).unwrap_or_default(), ..*self };
        all.push(one.of("one row", 0.5, text(self.header, one.rows, PLAIN).into_bytes(), vec![]));
        for above in ["Site,Contact\nA,Front desk\nB,Records\n\n", "State,Patients\nMN,12\n\n\n", "Count\n24\n\n"] {
            all.push(self.of("a table above", 0.5, format!("{above}{body}").into_bytes(), vec![]));
        }
        let (front, back) = self.rows.split_at(self.rows.len() / 2);
        let two = text(self.header, front, PLAIN) + "\n\n" + &text(self.header, back, PLAIN);
        all.push(self.of("two tables of the same columns", 0.5, two.into_bytes(), vec![]));
        let wide = format!("{body}\nDrug,Dose,Unit,Start,Stop,Route,By,Site,Lot,Note\nA,1,mg,x,y,oral,z,MN,7,q\n");
        all.push(self.of("a wider table below", 0.5, wide.into_bytes(), vec![]));
        let three = format!("Roster,,,,,,,,\nPerson,,,,Home,,,,\n{body}");
        all.push(self.of("three header rows", 0.5, three.into_bytes(), vec![]));
        all.push(self.of("two final line endings", 0.5, format!("{body}\n").into_bytes(), vec![]));
        for delimiter in ["||", ";;", "\t\t"] {
            let style = Style { delimiter, ..PLAIN };
            all.push(self.of(
                "delimiter of two characters",
                0.3,
                text(self.header, self.rows, style).into_bytes(),
                vec![],
            ));
        }
        let style = Style { delimiter: " ", quote_all: true, ..PLAIN };
        all.push(self.of(
            "blank as delimiter, all quoted",
            0.3,
            text(self.header, self.rows, style).into_bytes(),
            vec![],
        ));
    }
}
