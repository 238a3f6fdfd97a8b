//! An identifier that another system gave to the patient.

use super::phi::Text;

/// An identifier and the system that assigned it; the vendor requires both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalId {
    /// Who assigned it, such as `Hospital A MRN`.
    pub system: Text,
    /// The identifier, digits and letters as they came.
    pub value: Text,
}
