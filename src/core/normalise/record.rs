//! A whole row: every field in turn, into one patient and its findings.

use crate::domain::{
    AssessedPatient, CellKind, CivilDate, Field, Finding, FindingCode, MappedCell, MappedRow, Patient, Presence, Text,
    Unsendable, holds_social_security_number, is_bare_social_security_number, is_same_number, nine_digits,
};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;

use super::sex::sex;
use super::{address, contact, identifier, name};
use crate::values::date::{ColumnEvidence, DateEvidence, ReadDate, read_date};
use crate::values::text::{cleaned, is_spreadsheet_error};

/// Age in years from which a date of birth is taken for an error; the CMS draft patient matching standard's bound.
const OLDEST_YEARS: u32 = 120;

/// What normalising a row needs besides the row.
#[derive(Clone, Copy, Debug)]
pub struct NormaliseContext<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// The system of external ids where nothing names it.
    pub default_system: &'a str,
    /// Whether nobody gave that name: it stands in, as that of the file does, and says nothing about the ids.
    pub is_system_assumed: bool,
    /// The day after which nothing lies.
    pub today: CivilDate,
}

/// Normalises a row. Required fields and completeness are not looked at yet: that is `assess`.
pub fn normalise_row(
    row: &MappedRow<'_, '_>,
    context: &NormaliseContext<'_>,
    evidence: &mut ColumnEvidence,
) -> AssessedPatient {
    let mut findings = Vec::new();
    let sound: Vec<MappedCell<'_>>;
    let mut row = *row;
    if row.cells.iter().any(|cell| not_a_value(cell, context.rules).is_some()) {
        sound = only_values(&row, context.rules, &mut findings);
        row = MappedRow::new(row.row, &sound);
    }
    let rules = context.rules;
    let name = name::person_name(&row, rules, &mut findings);
    let birth = birth_date(&row, context, &mut evidence.birth, &mut findings);
    let death = death_date(&row, context, &mut evidence.death, &mut findings);
    if let (Some(born), Some(died)) = (birth, death)
        && died.date < born.date
        && !born.is_ambiguous
        && !died.is_ambiguous
    {
        findings.push(Finding::in_field(FindingCode::DeathBeforeBirth, Field::DeathDate));
    }
    let address = address::home_address(&row, rules, &mut findings);
    let subject_id = identifier::subject_id(&row, rules, &mut findings);
    let (sex, sex_letter) = sex(&row, rules, &mut evidence.sex, &mut findings);
    let patient = Patient {
        subject_id,
        additional_names: name::additional_names(&row, &name, rules),
        name: name.name,
        birth_date: birth.map(|read| read.date),
        death_date: death.map(|read| read.date),
        sex,
        additional_addresses: address::prior_addresses(&row, &address, rules, &mut findings),
        address,
        phone: contact::phone(&row, rules, &mut findings),
        email: contact::email(&row, rules, &mut findings),
        external_ids: identifier::external_ids(&row, context, &mut findings),
        labels: labels(&row, rules),
        unsendable: Unsendable::default(),
    };
    let patient = Patient { unsendable: unsendable(&row, &patient, context), ..patient };
    AssessedPatient {
        row: row.row,
        patient,
        findings,
        presence: Presence::default(),
        completeness: 0,
        birth_date_ambiguous: birth.is_some_and(|read| read.is_ambiguous),
        death_date_ambiguous: death.is_some_and(|read| read.is_ambiguous),
        sex_letter,
    }
}

/// What the cells of birth date and postal code hold beside what can be sent.
fn unsendable(row: &MappedRow<'_, '_>, patient: &Patient, context: &NormaliseContext<'_>) -> Unsendable {
    let rules = context.rules;
    let mut unsendable = Unsendable::default();
    if patient.birth_date.is_none()
        && let Some(cell) = row.first(Field::BirthDate)
        && !rules.placeholders.is_missing(PlaceholderFamily::Date, &cleaned(cell.text))
    {
        unsendable.birth_digits = birth_digits(cell, context);
    }
    if patient.address.postal_code.is_none()
        && let Some(cell) = row.first(Field::PostalCode)
    {
        let text = cleaned(cell.text);
        if !rules.placeholders.is_missing(PlaceholderFamily::PostalCode, &text) {
            unsendable.postal_code = Text::from_text(&text);
        }
    }
    if patient.phone.is_none()
        && let Some(cell) = row.first(Field::Phone)
    {
        unsendable.phone = contact::number_of_another_country(cell.text).unwrap_or_default();
    }
    unsendable
}

/// Year, month and day of a birth date that cannot be right: as they are read, whatever the order in which they are
/// written, or eight digits as they stand. A date that stands for none is none.
fn birth_digits(cell: &MappedCell<'_>, context: &NormaliseContext<'_>) -> u32 {
    let mut evidence = DateEvidence::default();
    match read_date(&cleaned(cell.text), cell.kind, context.today, &context.rules.dates, &mut evidence) {
        Some(read) if context.rules.placeholders.is_unusable_date(read.date) => 0,
        Some(read) if !cell.text.trim().bytes().all(|byte| byte.is_ascii_digit()) => read.date.packed(),
        _ => {
            let digits: String = cell.text.chars().filter(char::is_ascii_digit).collect();
            digits.parse().ok().filter(|_| digits.len() == 8).unwrap_or_default()
        }
    }
}

/// A row that cannot be taken apart: it holds nothing but the finding that says why.
pub fn unreadable_row(row: u32, code: FindingCode) -> AssessedPatient {
    AssessedPatient { row, findings: vec![Finding::in_row(code)], ..AssessedPatient::default() }
}

/// Why nothing may be made of a cell: it holds a spreadsheet error, a number that must not leave, or a word that stands
/// for no value. First and last name are left to their own rules: they are required.
fn not_a_value(cell: &MappedCell<'_>, rules: &Rules) -> Option<FindingCode> {
    if cell.kind.has_no_value() {
        let is_error = cell.kind == CellKind::Error;
        Some(if is_error { FindingCode::ErrorCell } else { FindingCode::FormulaWithoutValue })
    } else if cell.kind == CellKind::Date && is_street_line(cell.slot.field) {
        Some(FindingCode::ColumnContradicted)
    } else if is_spreadsheet_error(cell.text) {
        Some(FindingCode::ErrorCell)
    } else if holds_social_security_number(cell.text)
        || (is_in_words(cell.slot.field) && is_bare_social_security_number(cell.text.trim()))
    {
        Some(FindingCode::SocialSecurityNumber)
    } else if !matches!(cell.slot.field, Field::FirstName | Field::LastName)
        && rules.placeholders.is_placeholder(placeholder_family(cell.slot.field), cell.text.trim())
    {
        Some(FindingCode::Placeholder)
    } else {
        None
    }
}

/// Whether a field holds a line of an address: a date in it is a unit such as `3-4` that a workbook took for one.
fn is_street_line(field: Field) -> bool {
    matches!(
        field,
        Field::AddressLine1 | Field::AddressLine2 | Field::AdditionalAddressLine1 | Field::AdditionalAddressLine2
    )
}

/// Whether a field holds words alone, so that nine digits in it can be nothing else than a number that must not leave.
fn is_in_words(field: Field) -> bool {
    matches!(
        field,
        Field::FirstName
            | Field::MiddleName
            | Field::LastName
            | Field::Suffix
            | Field::AdditionalFirstName
            | Field::AdditionalMiddleName
            | Field::AdditionalLastName
            | Field::City
            | Field::AdditionalCity
    )
}

/// The list of placeholders that a field goes by.
fn placeholder_family(field: Field) -> PlaceholderFamily {
    match field {
        Field::FirstName => PlaceholderFamily::FirstName,
        Field::LastName => PlaceholderFamily::LastName,
        Field::MiddleName => PlaceholderFamily::MiddleName,
        Field::AdditionalFirstName | Field::AdditionalMiddleName | Field::AdditionalLastName => PlaceholderFamily::Name,
        Field::BirthDate | Field::DeathDate => PlaceholderFamily::Date,
        Field::AddressLine1
        | Field::AddressLine2
        | Field::City
        | Field::State
        | Field::AdditionalAddressLine1
        | Field::AdditionalAddressLine2
        | Field::AdditionalCity
        | Field::AdditionalState => PlaceholderFamily::Address,
        Field::PostalCode | Field::AdditionalPostalCode => PlaceholderFamily::PostalCode,
        Field::Phone => PlaceholderFamily::Phone,
        Field::Email => PlaceholderFamily::Email,
        Field::ExternalId => PlaceholderFamily::ExternalId,
        Field::SubjectId | Field::ExternalSystem | Field::Suffix | Field::Sex | Field::Label => {
            PlaceholderFamily::Other
        }
    }
}

/// The cells that hold a value; the others count as missing, with a finding each.
fn only_values<'a>(row: &MappedRow<'a, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Vec<MappedCell<'a>> {
    let mut values = Vec::with_capacity(row.cells.len());
    let mut numbers = Vec::new();
    for cell in row.cells {
        match not_a_value(cell, rules) {
            Some(code) => {
                findings.push(Finding::in_field(code, cell.slot.field));
                numbers.extend(nine_digits(cell.text).filter(|_| code == FindingCode::SocialSecurityNumber));
            }
            None => values.push(*cell),
        }
    }
    // A record number that is the number of the same person's in another cell is no other one.
    values.retain(|cell| {
        let is_one = cell.slot.field == Field::ExternalId && is_same_number(cell.text, &numbers);
        if is_one {
            findings.push(Finding::in_field(FindingCode::SocialSecurityNumber, Field::ExternalId));
        }
        !is_one
    });
    values
}

fn date_cell(
    row: &MappedRow<'_, '_>,
    field: Field,
    context: &NormaliseContext<'_>,
    evidence: &mut DateEvidence,
) -> DateCell {
    let Some(cell) = row.first(field) else { return DateCell::Missing };
    let text = cleaned(cell.text);
    if context.rules.placeholders.is_missing(PlaceholderFamily::Date, &text) {
        return DateCell::Missing;
    }
    match read_date(&text, cell.kind, context.today, &context.rules.dates, evidence) {
        Some(read) if !context.rules.placeholders.is_unusable_date(read.date) => DateCell::Read(read),
        Some(_) | None => DateCell::Unreadable,
    }
}

/// What a date cell holds.
enum DateCell {
    Missing,
    Unreadable,
    Read(ReadDate),
}

fn birth_date(
    row: &MappedRow<'_, '_>,
    context: &NormaliseContext<'_>,
    evidence: &mut DateEvidence,
    findings: &mut Vec<Finding>,
) -> Option<ReadDate> {
    let mut refuse = |code| {
        findings.push(Finding::in_field(code, Field::BirthDate));
        None
    };
    let read = match date_cell(row, Field::BirthDate, context, evidence) {
        DateCell::Missing => return None,
        DateCell::Unreadable => return refuse(FindingCode::BirthDateUnreadable),
        DateCell::Read(read) => read,
    };
    if read.earliest() > context.today {
        return refuse(FindingCode::BirthDateInFuture);
    }
    if read.date.year() + OLDEST_YEARS < context.today.year() {
        return refuse(FindingCode::BirthDateTooOld);
    }
    tell_how_read(read, Field::BirthDate, findings);
    Some(read)
}

fn death_date(
    row: &MappedRow<'_, '_>,
    context: &NormaliseContext<'_>,
    evidence: &mut DateEvidence,
    findings: &mut Vec<Finding>,
) -> Option<ReadDate> {
    let read = match date_cell(row, Field::DeathDate, context, evidence) {
        DateCell::Missing => return None,
        DateCell::Read(read) if read.earliest() <= context.today => read,
        DateCell::Read(_) | DateCell::Unreadable => {
            findings.push(Finding::in_field(FindingCode::DeathDateUnreadable, Field::DeathDate));
            return None;
        }
    };
    tell_how_read(read, Field::DeathDate, findings);
    Some(read)
}

fn tell_how_read(read: ReadDate, field: Field, findings: &mut Vec<Finding>) {
    if read.century_supplied {
        findings.push(Finding::in_field(FindingCode::CenturySupplied, field));
    }
    if read.was_day_number {
        findings.push(Finding::in_field(FindingCode::DayNumberRead, field));
    }
}

fn labels(row: &MappedRow<'_, '_>, rules: &Rules) -> Vec<Text> {
    let mut labels: Vec<Text> = Vec::new();
    for cell in row.all(Field::Label) {
        let text = cleaned(cell.text);
        let label = Text::from_text(&text);
        if !rules.placeholders.is_missing(PlaceholderFamily::Other, &text) && !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Email, FieldSlot, Phone, PostalCode, Sex, State};

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    fn normalised(cells: &[(Field, &str)]) -> AssessedPatient {
        let cells: Vec<_> = cells.iter().map(|(field, text)| (*field, 0, *text)).collect();
        normalised_groups(&cells)
    }

    /// The same, for cells that stand in groups.
    fn normalised_groups(cells: &[(Field, u8, &str)]) -> AssessedPatient {
        let mut cells: Vec<MappedCell<'_>> = cells
            .iter()
            .map(|(field, group, text)| MappedCell {
                slot: FieldSlot { field: *field, group: *group },
                text,
                kind: CellKind::Text,
                system: None,
            })
            .collect();
        cells.sort_by_key(|cell| cell.slot);
        let context = NormaliseContext {
            rules: &RULES,
            default_system: "clinic",
            is_system_assumed: false,
            today: CivilDate::new(2026, 11, 24).expect("a date"),
        };
        normalise_row(&MappedRow::new(2, &cells), &context, &mut ColumnEvidence::default())
    }

    fn codes(assessed: &AssessedPatient) -> Vec<FindingCode> {
        assessed.findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_birth_date_that_stands_for_none_is_no_evidence_however_it_is_written() {
        let digits = |text: &str| normalised(&[(Field::BirthDate, text)]).patient.unsendable.birth_digits;
        for text in ["01/01/1900", "1/1/1900", "1900-01-01", "1900/01/01", "01-Jan-1900", "19000101"] {
            assert_eq!(digits(text), 0, "{text}");
        }
        for text in ["02/15/1872", "1872-02-15", "15-Feb-1872"] {
            assert_eq!(digits(text), 18_720_215, "{text}");
        }
        assert_eq!(digits("20061806"), 20_061_806, "the day before the month");
    }

    #[test]
    fn bad_optional_values_are_dropped_with_a_finding_and_the_patient_stays() {
        let assessed = normalised(&[
            (Field::FirstName, "Ann"),
            (Field::LastName, "Ng"),
            (Field::BirthDate, "13/45/1980"),
            (Field::Sex, "X"),
            (Field::State, "ZZ"),
            (Field::PostalCode, "123"),
            (Field::Phone, "123"),
            (Field::Email, "ann at clinic"),
            (Field::SubjectId, "PAT-17"),
            (Field::ExternalId, "1.23457E+12"),
        ]);
        let expected = [
            FindingCode::BirthDateUnreadable,
            FindingCode::StateUnknown,
            FindingCode::PostalCodeUnreadable,
            FindingCode::SubjectIdUnreadable,
            FindingCode::SexNotSent,
            FindingCode::PhoneUnreadable,
            FindingCode::EmailUnreadable,
            FindingCode::IdentifierDigitsLost,
        ];
        assert_eq!(codes(&assessed), expected);
        assert_eq!(assessed.patient.name.last.as_text(), "Ng");
        assert!(assessed.gravest() < Some(crate::domain::Severity::Hold));
    }

    #[test]
    fn broken_letters_of_an_address_are_put_right_and_told() {
        let assessed = normalised(&[
            (Field::AddressLine1, "12 O&#39;Brien St"),
            (Field::AddressLine2, "Apt 4"),
            (Field::City, "CaÃ±on City"),
            (Field::State, "CO"),
            (Field::AdditionalAddressLine1, "5 A&B Plaza"),
        ]);
        assert_eq!(codes(&assessed), [FindingCode::NameMended, FindingCode::NameMended]);
        let address = &assessed.patient.address;
        assert_eq!((address.line1.as_text(), address.city.as_text()), ("12 O'Brien St", "Cañon City"));
        assert_eq!(assessed.patient.additional_addresses[0].line1.as_text(), "5 A&B Plaza");
    }

    #[test]
    fn dates_that_cannot_be_are_told_apart() {
        for (text, code) in [
            ("2031-05-01", FindingCode::BirthDateInFuture),
            ("1850-02-11", FindingCode::BirthDateTooOld),
            ("1900-01-01", FindingCode::BirthDateUnreadable),
        ] {
            assert_eq!(codes(&normalised(&[(Field::BirthDate, text)])), [code], "{text}");
        }
        let backwards = normalised(&[(Field::BirthDate, "1980-03-04"), (Field::DeathDate, "1979-01-01")]);
        assert_eq!(codes(&backwards), [FindingCode::DeathBeforeBirth]);
    }

    #[test]
    fn a_date_that_lies_ahead_one_way_is_not_read_the_other_way_before_the_order_of_its_column_is_known() {
        let read = normalised(&[(Field::BirthDate, "12/01/2026"), (Field::DeathDate, "01/12/2026")]);
        assert!(read.birth_date_ambiguous && read.death_date_ambiguous);
        assert_eq!(read.patient.birth_date, CivilDate::new(2026, 12, 1));
        assert_eq!(codes(&read), []);
        let ahead = normalised(&[(Field::BirthDate, "12/01/2030")]);
        assert_eq!((ahead.patient.birth_date, codes(&ahead)), (None, vec![FindingCode::BirthDateInFuture]));
    }

    #[test]
    fn a_placeholder_is_no_name_and_a_name_is_no_placeholder() {
        assert_eq!(codes(&normalised(&[(Field::FirstName, "UNKNOWN")])), [FindingCode::NamePlaceholder]);
        assert_eq!(codes(&normalised(&[(Field::LastName, "Infante")])), []);
    }

    #[test]
    fn a_second_phone_or_email_in_a_column_of_its_own_is_told_unless_it_is_the_same() {
        let cells = |second: &'static str, email: &'static str| {
            let assessed = normalised_groups(&[
                (Field::Phone, 0, "612-332-2301"),
                (Field::Phone, 1, second),
                (Field::Email, 0, "ann@clinic.org"),
                (Field::Email, 1, email),
            ]);
            assert_eq!(assessed.patient.phone.map(Phone::to_wire).as_deref(), Some("612-332-2301"));
            codes(&assessed)
        };
        let told = FindingCode::ContactNotCarried;
        assert_eq!(cells("(612) 332-2302", "bea@clinic.org"), [told, told]);
        assert_eq!(cells("(612) 332-2301", "ANN@clinic.org"), []);
        assert_eq!(cells("12", "none"), [FindingCode::Placeholder]);
    }

    #[test]
    fn a_place_that_stands_in_the_street_line_and_in_the_city_too_is_left_out_there() {
        let assessed = normalised(&[
            (Field::AddressLine1, "123 Main St, Apt 4, Duluth, MN 55805"),
            (Field::City, "Duluth, MN"),
            (Field::State, "MN"),
            (Field::PostalCode, "55805"),
        ]);
        let address = &assessed.patient.address;
        assert_eq!((address.line1.as_text(), address.line2.as_text()), ("123 Main St", "Apt 4"));
        assert_eq!(address.city.as_text(), "Duluth");
        assert_eq!(codes(&assessed), [FindingCode::PlaceRepeated, FindingCode::PlaceRepeated, FindingCode::UnitMoved]);
    }

    #[test]
    fn the_line_that_was_changed_is_the_one_that_is_named() {
        let assessed = normalised(&[(Field::AddressLine1, "123 Main St"), (Field::AddressLine2, "Apartment 4")]);
        assert_eq!(assessed.findings, [Finding::in_field(FindingCode::AddressStandardised, Field::AddressLine2)]);
    }

    #[test]
    fn a_maiden_name_is_a_further_name_and_the_same_name_is_not() {
        let names = |maiden| {
            normalised(&[(Field::LastName, "Ng"), (Field::AdditionalLastName, maiden)]).patient.additional_names
        };
        assert_eq!(names("LARSEN")[0].last.as_text(), "Larsen");
        assert!(names("NG").is_empty());
    }

    #[test]
    fn a_unit_behind_a_street_of_unknown_words_is_moved_and_stays_moved() {
        // Found by the law below: `#0` leaves the street line, and both lines are read the same again.
        let once = normalised(&[(Field::AddressLine1, "ⷈ 𝈀#0")]).patient.address;
        assert_eq!((once.line1.as_text(), once.line2.as_text()), ("ⷈ 𝈀", "# 0"));
        let again =
            normalised(&[(Field::AddressLine1, once.line1.as_text()), (Field::AddressLine2, once.line2.as_text())]);
        assert_eq!(again.patient.address, once);
    }

    proptest! {
        #[test]
        fn any_text_is_normalised_without_a_panic_and_what_comes_out_normalises_to_itself(
            texts in prop::collection::vec("\\PC{0,16}", 12),
        ) {
            let fields = [
                Field::FirstName, Field::MiddleName, Field::LastName, Field::AddressLine1, Field::City, Field::State,
                Field::PostalCode, Field::Phone, Field::Email, Field::ExternalId, Field::Sex, Field::BirthDate,
            ];
            let cells: Vec<(Field, &str)> = fields.into_iter().zip(texts.iter().map(String::as_str)).collect();
            let once = normalised(&cells).patient;
            let (state, zip) = (once.address.state, once.address.postal_code.map(PostalCode::to_wire));
            let phone = once.phone.map(Phone::to_wire);
            let birth = once.birth_date.map(CivilDate::to_iso);
            let mut again_cells = vec![
                (Field::FirstName, once.name.first.as_text()),
                (Field::MiddleName, once.name.middle.as_text()),
                (Field::LastName, once.name.last.as_text()),
                (Field::AddressLine1, once.address.line1.as_text()),
                (Field::AddressLine2, once.address.line2.as_text()),
                (Field::City, once.address.city.as_text()),
                (Field::State, state.as_ref().map(State::code).unwrap_or_default()),
                (Field::PostalCode, zip.as_deref().unwrap_or_default()),
                (Field::Phone, phone.as_deref().unwrap_or_default()),
                (Field::Email, once.email.as_ref().map(Email::as_text).unwrap_or_default()),
                (Field::ExternalId, once.external_ids.first().map(|id| id.value.as_text()).unwrap_or_default()),
                (Field::Sex, once.sex.map(Sex::letter).unwrap_or_default()),
                (Field::BirthDate, birth.as_deref().unwrap_or_default()),
                (Field::Suffix, once.name.suffix.as_text()),
            ].into_iter().map(|(field, text)| (field, 0, text)).collect::<Vec<_>>();
            for (group, further) in (0..).zip(&once.additional_names) {
                again_cells.push((Field::AdditionalFirstName, group, further.first.as_text()));
                again_cells.push((Field::AdditionalLastName, group, further.last.as_text()));
            }
            // What cannot be sent is kept aside and not written back.
            let once = Patient { unsendable: Unsendable::default(), ..once.clone() };
            prop_assert_eq!(normalised_groups(&again_cells).patient, once);
        }
    }
}
