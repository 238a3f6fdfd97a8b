//! The vendor's API over HTTPS. Each call sends once, follows nothing, and reads no more than it must.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use uuid::Uuid;

use super::api::{ApiResult, CreateEntry, PatientApi, StoredSubject};
use super::batch::Batch;
use super::credentials::{ClientCredentials, CredentialSource};
use super::error::UploadError;
use super::failure::{ApiFailure, FailureClass, class_of_status};
use super::policy::parse_retry_after;
use super::time::{Clock, SystemClock};
use super::token::{FreshToken, NumberedToken, TokenKeeper};
use onroll_core::clock;
use onroll_core::domain::{Host, Text};

/// Most bytes of an answer that are read. Ten subjects take a few kilobytes.
const MOST_ANSWER_BYTES: usize = 1 << 20;
/// Most bytes of an error's text that are read.
const MOST_DETAIL_BYTES: usize = 1 << 14;
/// Longest life of a token that is believed, in seconds: a year.
const LONGEST_TOKEN_LIFE: u64 = 31_536_000;
/// Shortest life of a token that is believed, in seconds: a shorter one would have a token fetched for every request.
const SHORTEST_TOKEN_LIFE: u64 = 10;
/// How often credentials that were refused are read again.
const READ_AGAIN_EVERY: Duration = Duration::from_secs(2);

/// How to reach the vendor.
pub struct HttpSettings {
    /// Base address; `http` is for this machine only.
    pub base_url: String,
    /// The project.
    pub project: Uuid,
    /// Who we are.
    pub credentials: ClientCredentials,
    /// Where credentials that were accepted, and are refused later, are read again.
    pub source: Option<Arc<dyn CredentialSource>>,
    /// How long other credentials are waited for then.
    pub rotation_patience: Duration,
    /// What is waited by.
    pub clock: Arc<dyn Clock>,
    /// Longest time for a connection.
    pub connect_timeout: Duration,
    /// Longest time for a request with its answer.
    pub request_timeout: Duration,
    /// Whether `HTTPS_PROXY` and its kin are obeyed. Patient data goes through whatever they name.
    pub environment_proxy: bool,
}

impl HttpSettings {
    /// Settings with the usual times and no proxy.
    pub fn new(base_url: impl Into<String>, project: Uuid, client_id: Uuid, client_secret: SecretString) -> Self {
        Self {
            base_url: base_url.into(),
            project,
            credentials: ClientCredentials { client_id, client_secret },
            source: None,
            rotation_patience: Duration::from_mins(1),
            clock: Arc::new(SystemClock::start()),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_mins(1),
            environment_proxy: false,
        }
    }
}

/// The vendor's API over HTTPS. Without `Debug`: it holds the secret and the token.
pub struct HttpApi {
    client: Client,
    base: String,
    host: Host,
    project: Uuid,
    credentials: Mutex<ClientCredentials>,
    /// The credentials have been accepted in this run.
    accepted: AtomicBool,
    source: Option<Arc<dyn CredentialSource>>,
    rotation_patience: Duration,
    clock: Arc<dyn Clock>,
    tokens: TokenKeeper,
}

/// Chooses the cryptography of TLS for this process. A choice that was made before stays.
pub fn choose_cryptography() {
    // The only error says that there is a choice already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl HttpApi {
    /// Sets up; sends nothing.
    pub fn new(settings: HttpSettings) -> Result<Self, UploadError> {
        let url = checked_address(&settings.base_url)?;
        choose_cryptography();
        let mut builder = Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.request_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .https_only(url.scheme() == "https")
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .referer(false)
            .user_agent(concat!("onroll/", env!("CARGO_PKG_VERSION")));
        if !settings.environment_proxy {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| address_error(&settings.base_url, &format!("TLS cannot be set up: {error}")))?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self {
            client,
            base: url.as_str().trim_end_matches('/').to_owned(),
            host: Host::new(format!("{}{port}", url.host_str().unwrap_or_default())),
            project: settings.project,
            credentials: Mutex::new(settings.credentials),
            accepted: AtomicBool::new(false),
            source: settings.source,
            rotation_patience: settings.rotation_patience,
            clock: settings.clock,
            tokens: TokenKeeper::new(),
        })
    }

    /// The host, with its port where that is not the usual one: what the ledger is bound to.
    pub fn host(&self) -> &Host {
        &self.host
    }

    fn registry(&self, path: &str) -> String {
        format!("{}/api/v1/patient-registry/{path}", self.base)
    }

    fn in_project(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("ProjectId", self.project.to_string())
    }

    /// Sends with the token; once more with a new one when the token is refused, which means that nothing was done.
    async fn send(&self, request: RequestBuilder) -> ApiResult<Vec<u8>> {
        let again = request.try_clone();
        let token = self.token(None).await?;
        let answer = self.send_with(request, &token.text).await;
        let refused = answer.as_ref().is_err_and(|failure| failure.class == FailureClass::Unauthorized);
        match again {
            Some(again) if refused => {
                let token = self.token(Some(token.number)).await?;
                self.send_with(again, &token.text).await
            }
            _ => answer,
        }
    }

    async fn send_with(&self, request: RequestBuilder, token: &SecretString) -> ApiResult<Vec<u8>> {
        answer(with_bearer(request, token)?).await
    }

    /// Searches for one subject, to see that searching works, and compares the vendor's clock with this machine's.
    pub async fn probe_search(&self) -> ApiResult<SearchProbe> {
        let request = self.in_project(self.client.get(self.registry("subject"))).query(&[("pageSize", "1")]);
        let token = self.token(None).await?;
        let response = with_bearer(request, &token.text)?.send().await.map_err(|error| from_transport(&error))?;
        let stated = response.headers().get(DATE).and_then(|header| header.to_str().ok());
        let stated = stated.and_then(|header| jiff::fmt::rfc2822::parse(header).ok());
        let ahead = stated.map(|date| self.clock.milliseconds() / 1_000 - date.timestamp().as_second());
        let found: SearchAnswer = decode(&read_answer(response).await?)?;
        Ok(SearchProbe { subjects: found.total_count, seconds_ahead: ahead })
    }

    async fn token(&self, refused: Option<u64>) -> ApiResult<NumberedToken> {
        self.tokens.get(refused, || self.fetch_token()).await
    }

    /// A token. Where credentials that were accepted before are refused, they are read again from their source, for a
    /// while: whoever rotates them in the portal changes the source a moment before or after. Everybody else waits
    /// meanwhile.
    async fn fetch_token(&self) -> ApiResult<FreshToken> {
        let begun = self.clock.elapsed();
        loop {
            let credentials = self.credentials();
            let refused = match self.ask_for_token(&credentials).await {
                Err(failure) if failure.class == FailureClass::Unauthorized => failure,
                Ok(fresh) => {
                    self.accepted.store(true, Ordering::SeqCst);
                    return Ok(fresh);
                }
                Err(failure) => return Err(failure),
            };
            let source = self.source.as_ref().filter(|source| source.can_change());
            let Some(source) = source.filter(|_| self.accepted.load(Ordering::SeqCst)) else { return Err(refused) };
            tracing::warn!("xCures refuses the credentials; reading them again from their source");
            while !self.read_again(source, &credentials).await {
                if self.clock.elapsed().saturating_sub(begun) >= self.rotation_patience {
                    return Err(refused);
                }
                self.clock.sleep(READ_AGAIN_EVERY).await;
            }
        }
    }

    fn credentials(&self) -> ClientCredentials {
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the source gives other credentials than the refused ones by now.
    async fn read_again(&self, source: &Arc<dyn CredentialSource>, refused: &ClientCredentials) -> bool {
        let source = Arc::clone(source);
        // A source may run a command, which must not hold up requests under way.
        let read = tokio::task::spawn_blocking(move || source.read()).await;
        match read {
            Ok(Ok(credentials)) if !credentials.is_same(refused) => {
                *self.credentials.lock().unwrap_or_else(PoisonError::into_inner) = credentials;
                true
            }
            Ok(Err(reason)) => {
                tracing::warn!(reason, "the credentials cannot be read again");
                false
            }
            Ok(Ok(_)) | Err(_) => false,
        }
    }

    async fn ask_for_token(&self, credentials: &ClientCredentials) -> ApiResult<FreshToken> {
        let body = serde_json::json!({
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret.expose_secret(),
            "grant_type": "client_credentials",
        });
        let request = json_body(self.client.post(format!("{}/oauth/token", self.base)), body.to_string().into_bytes());
        let bytes = answer(request).await.map_err(|failure| before_the_request(&failure))?;
        let parsed: TokenAnswer = decode(&bytes).map_err(|failure| before_the_request(&failure))?;
        tracing::debug!("fetched a token");
        let life = parsed.expires_in.as_ref().and_then(stated_life);
        Ok(FreshToken { text: SecretString::from(parsed.access_token), life })
    }
}

impl PatientApi for HttpApi {
    async fn create_batch(&self, batch: &Batch) -> ApiResult<Vec<CreateEntry>> {
        let body = serde_json::to_vec(&batch.body()).map_err(|_| ApiFailure::new(FailureClass::NotSent))?;
        let request = self.in_project(json_body(self.client.post(self.registry("subject")), body));
        let bytes = self.send(request).await?;
        let entries: Vec<Option<RawEntry>> = decode(&bytes)?;
        Ok(entries.into_iter().map(|entry| entry.map(CreateEntry::from).unwrap_or_default()).collect())
    }

    async fn get_subject(&self, id: Uuid) -> ApiResult<StoredSubject> {
        let request = self.in_project(self.client.get(self.registry(&format!("subject/{id}"))));
        decode(&self.send(request).await?)
    }

    async fn list_projects(&self) -> ApiResult<Vec<Uuid>> {
        let projects: Vec<RawProject> = decode(&self.send(self.client.get(self.registry("project"))).await?)?;
        Ok(projects.into_iter().map(|project| project.id).collect())
    }
}

/// What a search for one subject showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchProbe {
    /// Subjects in the project.
    pub subjects: u64,
    /// How far this machine's clock is ahead of the vendor's, in seconds; `None` when the vendor states no time.
    pub seconds_ahead: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchAnswer {
    total_count: u64,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: Option<Value>,
}

#[derive(Deserialize)]
struct RawProject {
    id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEntry {
    id: Option<String>,
    failure_reason: Option<Value>,
    first_name: Option<IgnoredAny>,
    identifier: Option<IgnoredAny>,
    created: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

impl From<RawEntry> for CreateEntry {
    fn from(raw: RawEntry) -> Self {
        let failure = match raw.failure_reason {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => (!text.trim().is_empty()).then(|| Text::from_text(&text)),
            Some(other) => Some(Text::from_text(&other.to_string())),
        };
        let shown = raw.first_name.is_some() || raw.identifier.is_some() || raw.created.is_some();
        Self { id: raw.id.and_then(|id| Uuid::parse_str(&id).ok()), shows_subject: shown && failure.is_none(), failure }
    }
}

fn json_body(request: RequestBuilder, body: Vec<u8>) -> RequestBuilder {
    request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body)
}

fn with_bearer(request: RequestBuilder, token: &SecretString) -> ApiResult<RequestBuilder> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .map_err(|_| ApiFailure::new(FailureClass::Unauthorized))?;
    bearer.set_sensitive(true);
    Ok(request.header(AUTHORIZATION, bearer))
}

async fn answer(request: RequestBuilder) -> ApiResult<Vec<u8>> {
    read_answer(request.send().await.map_err(|error| from_transport(&error))?).await
}

async fn read_answer(mut response: Response) -> ApiResult<Vec<u8>> {
    let status = response.status().as_u16();
    let Some(class) = class_of_status(status) else {
        let failure = ApiFailure { status: Some(status), ..ApiFailure::new(FailureClass::Ambiguous) };
        return read_at_most(&mut response, MOST_ANSWER_BYTES).await.ok_or(failure);
    };
    let asked = response.headers().get(RETRY_AFTER).and_then(|header| header.to_str().ok());
    let retry_after = asked.and_then(|header| parse_retry_after(header, clock::milliseconds()));
    let detail = match class {
        FailureClass::Definite | FailureClass::NotFound => problem_text(&mut response).await,
        _ => None,
    };
    Err(ApiFailure { class, status: Some(status), retry_after, detail })
}

/// The body, or `None` when it broke off or is longer than `most`.
async fn read_at_most(response: &mut Response, most: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > most {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

async fn problem_text(response: &mut Response) -> Option<Text> {
    let bytes = read_at_most(response, MOST_DETAIL_BYTES).await?;
    let problem: Problem = serde_json::from_slice(&bytes).ok()?;
    problem.detail.or(problem.title).map(|text| Text::from_text(&text))
}

/// An answer that is not what the contract says leaves open what was done.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> ApiResult<T> {
    serde_json::from_slice(bytes).map_err(|_| ApiFailure::new(FailureClass::Ambiguous))
}

/// Only what failed before a connection stood is certain not to have arrived.
fn from_transport(error: &reqwest::Error) -> ApiFailure {
    let unsent = error.is_connect() || error.is_builder();
    ApiFailure::new(if unsent { FailureClass::NotSent } else { FailureClass::Ambiguous })
}

/// A failed token call means that the request proper never left.
fn before_the_request(failure: &ApiFailure) -> ApiFailure {
    let class = match (failure.status, failure.class) {
        (Some(400 | 401 | 403), _) => FailureClass::Unauthorized,
        (_, FailureClass::Throttled) => FailureClass::Throttled,
        _ => FailureClass::NotSent,
    };
    ApiFailure { class, status: failure.status, retry_after: failure.retry_after, detail: None }
}

/// `expires_in` in seconds, as a number or a string of digits; anything that makes no sense is as good as absent.
fn stated_life(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (SHORTEST_TOKEN_LIFE..=LONGEST_TOKEN_LIFE).contains(&seconds).then(|| Duration::from_secs(seconds))
}

fn address_error(url: &str, reason: &str) -> UploadError {
    UploadError::Address { url: url.to_owned(), reason: reason.to_owned() }
}

fn checked_address(text: &str) -> Result<Url, UploadError> {
    let url = Url::parse(text)
        .map_err(|_| address_error(text, "it is not a URL; expected a URL such as https://partner.xcures.com"))?;
    if !url.username().is_empty() || url.password().is_some() {
        // Not repeated in the message: it may hold a password.
        let reason = "it contains a user name or password; credentials come from the environment or a file";
        return Err(address_error(&format!("{}://...", url.scheme()), reason));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(address_error(text, "it has a query or a fragment; name only the base address"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(address_error(text, "http would send patient data unencrypted; use https")),
        _ => Err(address_error(text, "only https is supported")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patient_data_leaves_this_machine_by_https_only() {
        let good = [
            "https://partner.xcures.com",
            "https://partner.xcures.com/",
            "http://127.0.0.1:8787",
            "http://[::1]:1",
            "http://localhost:9",
        ];
        for address in good {
            assert!(checked_address(address).is_ok(), "{address}");
        }
        let bad = [
            "http://partner.xcures.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "ftp://partner.xcures.com",
            "partner.xcures.com",
            "https://partner.xcures.com?a=b",
        ];
        for address in bad {
            assert!(checked_address(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let error = checked_address("https://user:hunter2@partner.xcures.com").expect_err("refused");
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_stated_life_is_believed_only_where_it_makes_sense() {
        let life = |value: Value| stated_life(&value).map(|life| life.as_secs());
        assert_eq!(life(Value::from(3600)), Some(3600));
        assert_eq!(life(Value::from("3600")), Some(3600));
        for nonsense in
            [Value::from(0), Value::from(1), Value::from(-1), Value::from(u64::MAX), Value::from("soon"), Value::Null]
        {
            assert_eq!(life(nonsense.clone()), None, "{nonsense}");
        }
    }

    #[test]
    fn a_failed_token_call_never_leaves_a_doubt_about_the_request() {
        let class = |status: u16, class| {
            before_the_request(&ApiFailure { status: Some(status), ..ApiFailure::new(class) }).class
        };
        assert_eq!(class(500, FailureClass::Ambiguous), FailureClass::NotSent);
        assert_eq!(class(429, FailureClass::Throttled), FailureClass::Throttled);
        assert_eq!(class(401, FailureClass::Unauthorized), FailureClass::Unauthorized);
        assert_eq!(class(400, FailureClass::Definite), FailureClass::Unauthorized);
    }

    #[test]
    fn entries_are_read_for_what_they_show() {
        let read = |json: &str| CreateEntry::from(serde_json::from_str::<RawEntry>(json).expect("json"));
        let id = "00000000-0000-0000-0000-000000000001";
        assert!(read(&format!(r#"{{"id":"{id}","firstName":"A","identifier":"ABC123"}}"#)).shows_subject);
        assert!(!read(&format!(r#"{{"id":"{id}"}}"#)).shows_subject);
        let failed = read(r#"{"firstName":"A","failureReason":"no"}"#);
        assert!(!failed.shows_subject && failed.failure.is_some());
        assert!(read(r#"{"firstName":"A","failureReason":""}"#).failure.is_none());
    }
}
