//! What the upload needs of the vendor, as a trait: the place where tests put a vendor of their own.

use std::future::Future;

use serde::Deserialize;
use uuid::Uuid;

use super::batch::Batch;
use super::failure::ApiFailure;
use onroll_core::domain::Text;

/// The answer to a request, or what is known after it failed.
pub type ApiResult<T> = Result<T, ApiFailure>;

/// The vendor's calls. Each sends once; a token that ran out is replaced, and then the call is sent once more. Retrying
/// is the caller's business.
pub trait PatientApi: Send + Sync + 'static {
    /// Asks to create every subject of a batch. The answer need not have an entry for each.
    fn create_batch(&self, batch: &Batch) -> impl Future<Output = ApiResult<Vec<CreateEntry>>> + Send;

    /// The subject that the vendor holds under an id.
    fn get_subject(&self, id: Uuid) -> impl Future<Output = ApiResult<StoredSubject>> + Send;

    /// The projects that the credentials reach.
    fn list_projects(&self) -> impl Future<Output = ApiResult<Vec<Uuid>>> + Send;
}

/// One entry of the answer to a create request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateEntry {
    /// The subject it speaks of, when it says so.
    pub id: Option<Uuid>,
    /// Why that subject was not created; untrusted text that may hold personal data.
    pub failure: Option<Text>,
    /// Whether it shows a subject as stored. An entry that shows neither subject nor failure says nothing.
    pub shows_subject: bool,
}

/// What decides whether a stored subject is the one that we would create, and whether it says the same. Fields are kept
/// as the vendor writes them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StoredSubject {
    /// Given name.
    #[serde(deserialize_with = "personal")]
    pub first_name: Text,
    /// Family name.
    #[serde(deserialize_with = "personal")]
    pub last_name: Text,
    /// Date of birth; empty when absent.
    #[serde(deserialize_with = "personal")]
    pub birth_date: Text,
    /// Sex; empty when absent.
    #[serde(deserialize_with = "personal")]
    pub gender: Text,
    /// Middle name; like all that follow, empty when absent.
    #[serde(deserialize_with = "from_any_kind")]
    pub middle_name: Text,
    /// Date of death.
    #[serde(deserialize_with = "from_any_kind")]
    pub death_date: Text,
    /// Street line.
    #[serde(deserialize_with = "from_any_kind")]
    pub address_line1: Text,
    /// Unit.
    #[serde(deserialize_with = "from_any_kind")]
    pub address_line2: Text,
    /// City.
    #[serde(deserialize_with = "from_any_kind")]
    pub address_city: Text,
    /// State.
    #[serde(deserialize_with = "from_any_kind")]
    pub address_state: Text,
    /// Postal code.
    #[serde(deserialize_with = "from_any_kind")]
    pub address_postal_code: Text,
    /// Telephone number.
    #[serde(deserialize_with = "from_any_kind")]
    pub phone_number: Text,
    /// E-mail address.
    #[serde(deserialize_with = "from_any_kind")]
    pub email: Text,
    /// When the vendor stored it, by the vendor's clock.
    pub created: Option<String>,
}

fn personal<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(Text::from_text(text.as_deref().unwrap_or_default()))
}

/// A text, or a number as text; anything else counts as absent: such a field never decides who a subject is.
fn from_any_kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Text::from_text(&text),
        serde_json::Value::Number(number) => Text::from_text(&number.to_string()),
        _ => Text::default(),
    })
}
