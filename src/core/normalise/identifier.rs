//! Identifiers: kept digit by digit, with the system that assigned them.

use std::borrow::Cow;

use uuid::Uuid;

use crate::domain::{
    CellKind, ExternalId, Field, Finding, FindingCode, MappedCell, MappedRow, Text, is_bare_social_security_number,
    names_social_security_numbers,
};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;

use super::NormaliseContext;
use crate::values::text::cleaned;

/// The roster's own subject id.
pub(super) fn subject_id(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Uuid> {
    let text = cleaned(row.first(Field::SubjectId)?.text);
    if rules.placeholders.is_missing(PlaceholderFamily::Other, &text) {
        return None;
    }
    let id = Uuid::parse_str(&text).ok().filter(|id| !id.is_nil());
    if id.is_none() {
        findings.push(Finding::in_field(FindingCode::SubjectIdUnreadable, Field::SubjectId));
    }
    id
}

/// The external ids of a row in column order, each once.
pub(super) fn external_ids(
    row: &MappedRow<'_, '_>,
    context: &NormaliseContext<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<ExternalId> {
    let rules = context.rules;
    let mut ids = Vec::new();
    for cell in row.all(Field::ExternalId) {
        let text = cleaned(cell.text);
        if rules.placeholders.is_missing(PlaceholderFamily::ExternalId, &text) {
            continue;
        }
        match usable(&text, cell.kind) {
            Ok(value) => {
                let named = named_system(row, cell, rules).map(|system| Text::from_text(&system));
                let system = named.unwrap_or_else(|| Text::from_text(context.default_system));
                if is_bare_social_security_number(value) && is_called_so(system.as_text(), context) {
                    findings.push(Finding::in_field(FindingCode::SocialSecurityNumber, Field::ExternalId));
                    continue;
                }
                let id = ExternalId { system, value: Text::from_text(value) };
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            Err(code) => findings.push(Finding::in_field(code, Field::ExternalId)),
        }
    }
    ids
}

/// Whether the name of a system says that its ids are social security numbers. The name of the file, with which an
/// assumed one begins, says what is in the file, and not what this column holds.
fn is_called_so(system: &str, context: &NormaliseContext<'_>) -> bool {
    let own = if context.is_system_assumed { system.strip_prefix(context.default_system) } else { None };
    names_social_security_numbers(own.unwrap_or(system))
}

/// The system that the mapping names for the column, else the one in the row.
fn named_system<'a>(row: &MappedRow<'a, '_>, cell: &MappedCell<'a>, rules: &Rules) -> Option<Cow<'a, str>> {
    if let Some(system) = cell.system {
        return Some(Cow::Borrowed(system));
    }
    row.in_group(Field::ExternalSystem, cell.slot.group)
        .or_else(|| row.first(Field::ExternalSystem))
        .map(|cell| cleaned(cell.text))
        .filter(|text| !rules.placeholders.is_missing(PlaceholderFamily::Other, text))
}

fn usable(text: &str, kind: CellKind) -> Result<&str, FindingCode> {
    // Programs that take a column for numbers write `48213.0`, into delimited files too.
    let number = text.strip_suffix(".0").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let text = number.unwrap_or(text);
    // Spreadsheet programs keep 15 digits of a number and write zeros for the others.
    let is_number = kind == CellKind::Number || number.is_some();
    let has_lost_digits = is_number && text.bytes().filter(u8::is_ascii_digit).count() > 15;
    if is_scientific(text) || has_lost_digits {
        return Err(FindingCode::IdentifierDigitsLost);
    }
    Ok(text)
}

/// `1.23457E+12`: a number that a spreadsheet program shortened.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let signed = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    is_number(mantissa) && is_number(signed) && (mantissa.contains('.') || exponent.len() > signed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_keep_their_digits_and_what_lost_them_is_not_sent() {
        assert_eq!(usable("000123", CellKind::Text), Ok("000123"));
        assert_eq!(usable("4711.0", CellKind::Number), Ok("4711"));
        assert_eq!(usable("4711.0", CellKind::Text), Ok("4711"));
        assert_eq!(usable("A4711.0", CellKind::Text), Ok("A4711.0"));
        assert_eq!(usable("1234567890123450.0", CellKind::Text), Err(FindingCode::IdentifierDigitsLost));
        assert_eq!(usable("1234567890123450", CellKind::Number), Err(FindingCode::IdentifierDigitsLost));
        assert_eq!(usable("1234567890123456", CellKind::Text), Ok("1234567890123456"));
        assert_eq!(usable("123456789012345", CellKind::Number), Ok("123456789012345"));
        assert_eq!(usable("12E5", CellKind::Text), Ok("12E5"));
        for text in ["1.23457E+12", "1E+15", "1.2e9"] {
            assert_eq!(usable(text, CellKind::Text), Err(FindingCode::IdentifierDigitsLost), "{text}");
        }
    }
}
