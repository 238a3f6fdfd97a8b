//! Excel 2007 and later (ECMA-376 part 1, SpreadsheetML): which sheets there are, their formats and shared texts. The
//! rows of a sheet are read in `xlsx_sheet`. Parts are found by their relations, as programs name them differently.

use std::io;

use super::cells::DateSystem;
use super::limits::{Excess, Limit, Limits};
use super::markup::{Fault, Scanner, Token, attribute, attribute_text, is_set, push_text};
use super::number_format::NumberShape;
use super::package::{Package, Pieces};
use super::roster::{Emit, ReadEvent};
use super::sheet_rows::{SheetEnd, SheetRows};
use super::workbook::{End, Sheet, sheet_name};
use super::xlsx_sheet::read_rows;

/// Bytes of the parts that describe the workbook; those of rosters have some ten thousand.
const DESCRIPTION_MAX: usize = 64 << 20;
/// Where the workbook lies when nothing says so.
const USUAL_WORKBOOK: &str = "xl/workbook.xml";

/// What cells need to be understood.
pub(super) struct Context {
    /// The texts that cells share, by number.
    pub(super) shared: SharedTexts,
    /// What numbers stand for, by style.
    pub(super) shapes: Vec<NumberShape>,
    pub(super) dates: DateSystem,
    /// Whether the values of formulas are to be computed when the workbook is opened: the program that wrote it did
    /// not, and wrote 0.
    pub(super) computes_on_load: bool,
}

/// Reads every sheet. Tells whether one holds something.
pub(super) fn read_xlsx(package: &Package<'_>, emit: &mut Emit<'_>) -> Result<bool, End> {
    let book = Book::read(package)?;
    let mut holds_something = false;
    let mut cells_seen = 0;
    for (sheet, part) in &book.sheets {
        emit(ReadEvent::Table { sheet: Some(sheet.name.clone()), hidden: sheet.is_hidden, delimiter: None })?;
        let mut rows = SheetRows::new(emit, &sheet.name, &mut cells_seen, package.limits());
        rows.facts.dates = Some(book.context.dates);
        package.stream(part, |pieces| {
            read_rows(&mut scanner(pieces), &book.context, &mut rows)
                .map_err(|stumble| stumble.into_end(package, &format!("sheet \"{}\"", sheet.name)))
        })?;
        holds_something |= rows.finish().map_err(|end| Stumble::Sheet(end).into_end(package, ""))?;
    }
    Ok(holds_something)
}

/// Why a part cannot be read on.
pub(super) enum Stumble {
    /// Its markup.
    Markup(Fault),
    /// Its rows.
    Sheet(SheetEnd),
}

impl From<Fault> for Stumble {
    fn from(fault: Fault) -> Self {
        Self::Markup(fault)
    }
}

impl From<SheetEnd> for Stumble {
    fn from(end: SheetEnd) -> Self {
        Self::Sheet(end)
    }
}

impl Stumble {
    /// As the end of reading; `place` says in which part.
    pub(super) fn into_end(self, package: &Package<'_>, place: &str) -> End {
        match self {
            Self::Sheet(SheetEnd::Stopped) => End::Stopped,
            Self::Sheet(SheetEnd::TooLarge(excess)) => End::Refused(package.too_large(excess)),
            Self::Sheet(SheetEnd::Broken(reason)) => End::Refused(package.broken(reason)),
            Self::Markup(Fault::Io(error)) => End::Refused(package.refusal(&error)),
            Self::Markup(Fault::Malformed(what)) => End::Refused(package.broken(format!("{place}: {what}"))),
            Self::Markup(Fault::TooLong) => {
                let excess = format!("{place} has a text that is too long for a roster");
                End::Refused(package.too_large(Excess::fixed(excess)))
            }
        }
    }
}

/// A scanner of a part's pieces.
pub(super) fn scanner<'a>(mut pieces: Pieces) -> Scanner<'a> {
    let mut is_first = true;
    Scanner::new(Box::new(move || {
        let piece = pieces.next_piece()?;
        let is_utf16 = |piece: &Vec<u8>| piece.starts_with(b"\xff\xfe") || piece.starts_with(b"\xfe\xff");
        if std::mem::replace(&mut is_first, false) && piece.as_ref().is_some_and(is_utf16) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "UTF-16"));
        }
        Ok(piece)
    }))
}

struct Book {
    sheets: Vec<(Sheet, String)>,
    context: Context,
}

/// A relation of a part to another.
pub(super) struct Relation {
    /// By which the part calls it.
    pub(super) id: String,
    /// The last word of its type, in lower case.
    pub(super) kind: String,
    /// The other part.
    pub(super) target: String,
}

impl Book {
    fn read(package: &Package<'_>) -> Result<Self, End> {
        let workbook = relations(package, "")?.into_iter().find(|relation| relation.kind == "officedocument");
        let workbook = workbook.map_or_else(|| USUAL_WORKBOOK.to_owned(), |relation| relation.target);
        let relations = relations(package, &workbook)?;
        let (folder, _) = workbook.rsplit_once('/').unwrap_or_default();
        let target = |kind: &str, usual: &str| {
            let related = relations.iter().find(|relation| relation.kind == kind).map(|relation| &relation.target);
            related.cloned().unwrap_or_else(|| joined(folder, usual))
        };
        let mut described = Description::default();
        each_tag(package, &workbook, |tag| described.take(&tag))?;
        if described.sheets.is_empty() {
            return Err(package.broken("it has no list of sheets").into());
        }
        let shapes = shapes(package, &target("styles", "styles.xml"))?;
        let shared = SharedTexts::read(package, &target("sharedstrings", "sharedstrings.xml"))?;
        let mut sheets = Vec::new();
        for (sheet, id) in described.sheets {
            let relation = relations.iter().find(|relation| relation.id == id);
            match relation {
                Some(relation) if relation.kind == "worksheet" && package.holds(&relation.target) => {
                    sheets.push((sheet, relation.target.clone()));
                }
                // Charts, dialogs and macros have no rows.
                Some(relation) if relation.kind != "worksheet" => {}
                _ => return Err(package.broken(format!("sheet \"{}\" is not in it", sheet.name)).into()),
            }
        }
        let (dates, computes_on_load) = (described.dates, described.computes_on_load);
        Ok(Self { sheets, context: Context { shared, shapes, dates, computes_on_load } })
    }
}

/// What `workbook.xml` says.
#[derive(Default)]
struct Description {
    sheets: Vec<(Sheet, String)>,
    dates: DateSystem,
    computes_on_load: bool,
}

impl Description {
    fn take(&mut self, (name, tag): &(&[u8], &[u8])) {
        match *name {
            b"sheet" => {
                let name = sheet_name(attribute_text(tag, b"name").unwrap_or_default());
                let is_hidden = attribute(tag, b"state").is_some_and(|state| state != b"visible");
                // `sheetId` is another number.
                let id = attribute_text(tag, b"id").unwrap_or_default();
                self.sheets.push((Sheet { name, is_hidden }, id));
            }
            b"workbookPr" if is_set(tag, b"date1904") => self.dates = DateSystem::From1904,
            b"calcPr" => self.computes_on_load |= is_set(tag, b"fullCalcOnLoad"),
            _ => {}
        }
    }
}

/// Shows every tag of a part. Returns whether there is such a part.
fn each_tag(package: &Package<'_>, part: &str, mut show: impl FnMut((&[u8], &[u8]))) -> Result<bool, End> {
    if !package.holds(part) {
        return Ok(false);
    }
    package.stream(part, |pieces| {
        let whole = pieces.whole(DESCRIPTION_MAX).map_err(|error| End::Refused(package.refusal(&error)))?;
        let mut whole = Some(whole);
        let mut scanner = Scanner::new(Box::new(move || Ok(whole.take())));
        loop {
            match scanner.next() {
                Ok(Some(Token::Open(name, tag) | Token::Empty(name, tag))) => show((name, tag)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(true),
                Err(fault) => return Err(Stumble::Markup(fault).into_end(package, part)),
            }
        }
    })
}

/// The relations of a part; those of the whole archive for no part.
pub(super) fn relations(package: &Package<'_>, part: &str) -> Result<Vec<Relation>, End> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let mut relations = Vec::new();
    each_tag(package, &joined(folder, &format!("_rels/{file}.rels")), |(name, tag)| {
        if name == b"Relationship" {
            let kind = attribute_text(tag, b"Type").unwrap_or_default();
            let kind = kind.rsplit('/').next().unwrap_or_default().to_lowercase();
            let target = super::zip_directory::normalised(&attribute_text(tag, b"Target").unwrap_or_default());
            let is_absolute = attribute(tag, b"Target").is_some_and(|target| target.starts_with(b"/"));
            let target = if is_absolute { target } else { joined(folder, &target) };
            relations.push(Relation { id: attribute_text(tag, b"Id").unwrap_or_default(), kind, target });
        }
    })?;
    Ok(relations)
}

/// A path within a folder of the archive; `..` goes up.
fn joined(folder: &str, path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// What numbers of each style stand for.
fn shapes(package: &Package<'_>, part: &str) -> Result<Vec<NumberShape>, End> {
    let mut codes: Vec<(u32, NumberShape)> = Vec::new();
    let mut shapes = Vec::new();
    // `cellXfs` are the styles of cells; `cellStyleXfs` before and `dxfs` behind have the same tags.
    let mut of_cells = false;
    each_tag(package, part, |(name, tag)| {
        let number =
            |wanted: &[u8]| attribute(tag, wanted).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
        match name {
            b"numFmt" => {
                let code = attribute_text(tag, b"formatCode").unwrap_or_default();
                codes.extend(number(b"numFmtId").map(|id| (id, NumberShape::of_code(&code))));
            }
            b"cellXfs" => of_cells = true,
            b"cellStyleXfs" | b"cellStyles" | b"dxfs" => of_cells = false,
            b"xf" if of_cells => {
                let id = number(b"numFmtId").unwrap_or_default();
                let own = codes.iter().find(|(code, _)| *code == id).map(|(_, shape)| *shape);
                shapes.push(own.unwrap_or_else(|| NumberShape::of_built_in(id)));
            }
            _ => {}
        }
    })?;
    Ok(shapes)
}

/// The texts that cells share, one after the other.
pub(super) struct SharedTexts {
    text: String,
    ends: Vec<u32>,
    limits: Limits,
}

impl SharedTexts {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self { text: String::new(), ends: Vec::new(), limits: *limits }
    }

    /// The text with a number, from 0.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.text.get(start..end)
    }

    /// Adds the text that `write` appends; `None` where it cannot.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut String) -> Option<usize>) -> Result<(), Stumble> {
        write(&mut self.text).ok_or(Fault::Malformed("one of the shared texts is cut off"))?;
        self.end()
    }

    fn end(&mut self) -> Result<(), Stumble> {
        let end = u32::try_from(self.text.len()).ok().filter(|end| u64::from(*end) <= self.limits.get(Limit::Texts));
        let too_long = || {
            let most = self.limits.shown(Limit::Texts);
            SheetEnd::from(Excess::new(Limit::Texts, format!("the texts of the workbook have more than {most}")))
        };
        self.ends.push(end.ok_or_else(too_long)?);
        Ok(())
    }

    fn read(package: &Package<'_>, part: &str) -> Result<Self, End> {
        if !package.holds(part) {
            return Ok(Self::new(package.limits()));
        }
        package.stream(part, |pieces| {
            let texts = Self::new(package.limits()).take(&mut scanner(pieces));
            texts.map_err(|stumble| stumble.into_end(package, "the shared texts"))
        })
    }

    fn take(mut self, scanner: &mut Scanner<'_>) -> Result<Self, Stumble> {
        let mut rich = RichText::default();
        while let Some(token) = scanner.next()? {
            let ends = match &token {
                Token::Close(name) | Token::Empty(name, _) => *name == b"si",
                _ => false,
            };
            if ends {
                self.end()?;
            } else {
                rich.take(&token, &mut self.text)?;
            }
        }
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        Ok(self)
    }
}

/// The text within `si` and `is`: runs one after the other, without the readings of East Asian names.
#[derive(Default)]
pub(super) struct RichText {
    in_text: bool,
    in_phonetic: bool,
    keeps_blanks: bool,
    raw: Vec<u8>,
}

impl RichText {
    pub(super) fn take(&mut self, token: &Token<'_>, text: &mut String) -> Result<(), Fault> {
        match token {
            Token::Open(b"rPh", _) => self.in_phonetic = true,
            Token::Close(b"rPh") => self.in_phonetic = false,
            Token::Open(b"t", tag) if !self.in_phonetic => {
                self.in_text = true;
                self.keeps_blanks = attribute(tag, b"space") == Some(b"preserve");
                self.raw.clear();
            }
            Token::Close(b"t") if self.in_text => {
                self.in_text = false;
                let raw = if self.keeps_blanks { &self.raw } else { self.raw.trim_ascii() };
                push_escaped(raw, text)?;
            }
            Token::Text(part) if self.in_text => self.raw.extend_from_slice(part),
            Token::Verbatim(part) if self.in_text => {
                for byte in *part {
                    match byte {
                        b'&' => self.raw.extend_from_slice(b"&amp;"),
                        byte => self.raw.push(*byte),
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Appends text of a sheet: entities, and `_x000D_` for characters that XML has none for (ECMA-376, 22.9.2.19).
pub(super) fn push_escaped(raw: &[u8], text: &mut String) -> Result<(), Fault> {
    let start = text.len();
    push_text(raw, text)?;
    if memchr::memmem::find(raw, b"_x").is_some() {
        let escaped = text.split_off(start);
        push_unescaped(&escaped, text);
    }
    Ok(())
}

fn push_unescaped(escaped: &str, text: &mut String) {
    let mut rest = escaped;
    while let Some(at) = rest.find("_x") {
        let (before, marked) = rest.split_at(at);
        text.push_str(before);
        let digits = marked.get(2..6).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = digits.filter(|_| marked.as_bytes().get(6) == Some(&b'_'));
        if let Some(code) = code.and_then(|code| u32::from_str_radix(code, 16).ok()) {
            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = marked.get(7..).unwrap_or_default();
        } else {
            text.push_str("_x");
            rest = marked.get(2..).unwrap_or_default();
        }
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(markup: &str) -> SharedTexts {
        let mut pieces = markup.as_bytes().chunks(11).map(<[u8]>::to_vec);
        let mut scanner = Scanner::new(Box::new(move || Ok(pieces.next())));
        SharedTexts::new(&Limits::default()).take(&mut scanner).map_err(|_| ()).expect("read")
    }

    #[test]
    fn shared_texts_join_their_runs_and_leave_readings_out() {
        let texts = shared(
            "<sst><si><t>Ng</t></si><si/><si><r><rPr><b/></rPr><t xml:space=\"preserve\">Ann </t></r><r><t>Lee</t></r></si>\
             <si><t>O&apos;Brien &amp; Co</t></si><si><t>\u{6f22}</t><rPh sb=\"0\" eb=\"1\"><t>kan</t></rPh></si>\
             <si><t> x </t></si><si><t><![CDATA[a<b&c]]></t></si><si><t>a_x000D_b_x0041__xZZ</t></si></sst>",
        );
        let seen: Vec<&str> = (0..8).filter_map(|number| texts.get(number)).collect();
        assert_eq!(seen, ["Ng", "", "Ann Lee", "O'Brien & Co", "\u{6f22}", "x", "a<b&c", "a\rbA_xZZ"]);
        assert_eq!(texts.get(8), None);
    }

    #[test]
    fn targets_are_joined_to_their_folder() {
        assert_eq!(joined("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(joined("xl/worksheets", "../sharedstrings.xml"), "xl/sharedstrings.xml");
        assert_eq!(joined("", "_rels/.rels"), "_rels/.rels");
    }
}
