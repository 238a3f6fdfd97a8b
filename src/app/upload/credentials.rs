//! Who we are to the vendor, and where that can be read again: credentials are rotated in the portal while uploads run.

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// A client id and its secret. Without `Debug`, so that no log can show it.
#[derive(Clone)]
pub struct ClientCredentials {
    /// The client id; not a secret.
    pub client_id: Uuid,
    /// The secret.
    pub client_secret: SecretString,
}

impl ClientCredentials {
    /// Whether both are the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.client_id == other.client_id && self.client_secret.expose_secret() == other.client_secret.expose_secret()
    }
}

/// Where credentials come from.
pub trait CredentialSource: Send + Sync + 'static {
    /// Reads them again. May take its time: it is called where waiting is no harm. The error is a sentence for the
    /// user.
    fn read(&self) -> Result<ClientCredentials, String>;

    /// Whether another reading can give other credentials. A process's environment cannot change.
    fn can_change(&self) -> bool;
}
