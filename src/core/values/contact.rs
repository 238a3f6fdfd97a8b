//! Several telephone numbers or e-mail addresses in one cell: the first that can be read.

use crate::domain::FindingCode;

/// What stands between several contacts in one cell.
const SEPARATORS: [char; 5] = [';', ',', '/', '|', '&'];

/// A telephone number or an e-mail address, as it was found in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundContact<T> {
    /// The value.
    pub(crate) value: T,
    /// What was changed or noticed on the way.
    pub(crate) code: Option<FindingCode>,
    /// Whether others stand in the cell too.
    pub(crate) is_of_several: bool,
}

/// The contact that a cleaned cell holds as a whole, or the first that `read` takes of the several in it: of the
/// `parts`, or of what separators part.
pub(crate) fn first_contact<'t, T>(
    text: &'t str,
    parts: impl FnOnce(&'t str) -> Vec<&'t str>,
    read: impl Fn(&str) -> Option<(T, Option<FindingCode>)>,
) -> Option<FoundContact<T>> {
    if let Some((value, code)) = read(text) {
        return Some(FoundContact { value, code, is_of_several: false });
    }
    let separated = if text.contains(SEPARATORS) { text.split(SEPARATORS).collect() } else { Vec::new() };
    let mut texts = parts(text).into_iter().chain(separated).map(str::trim).filter(|part| !part.is_empty());
    texts.find_map(read).map(|(value, code)| FoundContact { value, code, is_of_several: true })
}
