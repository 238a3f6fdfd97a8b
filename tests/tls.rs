//! Whom onroll talks to: nobody whose certificate is not right, nobody over an old protocol, and before that is settled
//! not a byte of a request.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use support::{Ended, SECRET, Workplace};

const CLIENT: &str = "5a11d0c5-0000-4000-8000-000000000001";
const PROJECT: &str = "5a11d0c5-0000-4000-8000-00000000000a";

/// A certificate with its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// The authority that the client is told to trust.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new(Vec::<String>::new()).expect("no names");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("a certificate")
}

fn parameters(host: &str) -> CertificateParams {
    CertificateParams::new(vec![host.to_owned()]).expect("a host")
}

fn signed(parameters: &CertificateParams, authority: &CertifiedIssuer<'static, KeyPair>) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let certificate = parameters.signed_by(&key, authority).expect("a certificate").der().clone();
    Identity { certificate, key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key") }
}

fn self_signed(host: &str) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let certificate = parameters(host).self_signed(&key).expect("a certificate").der().clone();
    Identity { certificate, key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key") }
}

/// What a server saw.
#[derive(Default)]
struct Seen {
    connections: usize,
    /// What came through the encryption.
    plain: Vec<u8>,
}

/// A TLS server on a free port that writes down what comes through. It ends with the test's process.
fn serve(identity: Identity) -> (u16, Arc<Mutex<Seen>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate], identity.key)
        .expect("an identity");
    let (config, seen) = (Arc::new(config), Arc::new(Mutex::new(Seen::default())));
    let written = Arc::clone(&seen);
    let port = listen(move |stream| {
        written.lock().expect("no panic elsewhere").connections += 1;
        let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
        let mut tls = rustls::StreamOwned::new(connection, stream);
        let mut buffer = [0; 4_096];
        // One piece is enough; a handshake that fails ends here too.
        if let Ok(length) = tls.read(&mut buffer) {
            written.lock().expect("no panic elsewhere").plain.extend_from_slice(&buffer[..length]);
            let _ = tls.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (port, seen)
}

fn listen(handle: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
            handle(stream);
        }
    });
    port
}

/// An upload of one person to this host, with no other authority trusted than the one given.
fn upload(url: &str, authority: &CertifiedIssuer<'static, KeyPair>) -> Ended {
    let workplace = Workplace::new();
    let trusted = workplace.write("authority.pem", authority.pem());
    let roster = workplace.write("roster.csv", "MRN,First Name,Last Name,DOB,Sex\n1,Ann,Ng,1980-03-04,F\n");
    let mut command = workplace.onroll(&["upload", &roster.display().to_string(), "--out", "out"]);
    command.env("ONROLL_URL", url).env("ONROLL_PROJECT", PROJECT).env("SSL_CERT_FILE", trusted);
    command.env("ONROLL_CLIENT_ID", CLIENT).env("ONROLL_CLIENT_SECRET", SECRET);
    // Nobody listens there: whatever heeds these gets nowhere.
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    Ended::from(command.output().expect("runs"))
}

#[test]
fn a_host_with_a_right_certificate_is_talked_to_whatever_proxies_the_environment_names() {
    let authority = authority();
    let (port, seen) = serve(signed(&parameters("localhost"), &authority));
    let ended = upload(&format!("https://localhost:{port}"), &authority);
    assert_eq!(ended.code, Some(5), "it answers 401: {}", ended.stderr);
    let seen = seen.lock().expect("no panic elsewhere");
    assert!(seen.plain.starts_with(b"POST /oauth/token HTTP/1.1\r\n"), "the request came through");
}

#[test]
fn a_certificate_that_is_not_right_gets_not_one_byte_of_a_request() {
    let authority = authority();
    let mut expired = parameters("localhost");
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let mut early = parameters("localhost");
    (early.not_before, early.not_after) = (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1));
    let cases = [
        ("self-signed", self_signed("localhost")),
        ("of another host", signed(&parameters("vendor.example"), &authority)),
        ("expired", signed(&expired, &authority)),
        ("not valid yet", signed(&early, &authority)),
        ("of an authority that nobody trusts", signed(&parameters("localhost"), &self::authority())),
    ];
    // Side by side: each is tried several times before onroll gives up.
    std::thread::scope(|scope| {
        for (what, identity) in cases {
            let authority = &authority;
            scope.spawn(move || {
                let (port, seen) = serve(identity);
                let ended = upload(&format!("https://localhost:{port}"), authority);
                assert_eq!(ended.code, Some(75), "{what}: {}", ended.stderr);
                let seen = seen.lock().expect("no panic elsewhere");
                assert!(seen.connections > 0, "{what}: nobody came");
                assert!(seen.plain.is_empty(), "{what}: {} bytes came through", seen.plain.len());
            });
        }
    });
}

/// The `supported_versions` that a `ClientHello` offers, as their two bytes.
fn offered_versions(hello: &[u8]) -> Vec<u16> {
    let two = |at: usize| u16::from_be_bytes([hello[at], hello[at + 1]]);
    // Record header, handshake header, version, random.
    let mut at = 5 + 4 + 2 + 32;
    at += 1 + usize::from(hello[at]); // session id
    at += 2 + usize::from(two(at)); // cipher suites
    at += 1 + usize::from(hello[at]); // compression methods
    let end = at + 2 + usize::from(two(at));
    at += 2;
    while at + 4 <= end {
        let (kind, length) = (two(at), usize::from(two(at + 2)));
        if kind == 43 {
            return (at + 5..at + 4 + length).step_by(2).map(two).collect();
        }
        at += 4 + length;
    }
    Vec::new()
}

#[test]
fn nothing_older_than_tls_1_2_is_offered_and_a_server_that_insists_gets_no_request() {
    let received: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let written = Arc::clone(&received);
    let port = listen(move |mut stream| {
        let mut hello = vec![0; 16_384];
        let Ok(length) = stream.read(&mut hello) else { return };
        hello.truncate(length);
        // A ServerHello of TLS 1.1 with a cipher suite of its time.
        let mut body = vec![3, 2];
        body.extend([7; 32]);
        body.extend([0, 0, 0x2f, 0]);
        let mut record = vec![22, 3, 2, 0, u8::try_from(body.len() + 4).expect("short")];
        record.extend([2, 0, 0, u8::try_from(body.len()).expect("short")]);
        record.extend(body);
        let _ = stream.write_all(&record);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        let mut received = written.lock().expect("no panic elsewhere");
        received.extend([hello, rest]);
    });
    let ended = upload(&format!("https://localhost:{port}"), &authority());
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    let received = received.lock().expect("no panic elsewhere");
    let [hello, rest, ..] = received.as_slice() else { panic!("nobody came") };
    let versions = offered_versions(hello);
    assert!(versions.contains(&0x0304) && versions.iter().all(|version| *version >= 0x0303), "{versions:04x?}");
    // Alerts are records of type 21; a request would be one of type 23.
    assert!(rest.first().is_none_or(|kind| *kind == 21), "{rest:02x?}");
}

#[test]
fn a_server_that_speaks_no_tls_gets_no_request() {
    let received: Arc<Mutex<Vec<u8>>> = Arc::default();
    let written = Arc::clone(&received);
    let port = listen(move |mut stream| {
        let mut bytes = vec![0; 16_384];
        let length = stream.read(&mut bytes).unwrap_or_default();
        written.lock().expect("no panic elsewhere").extend_from_slice(&bytes[..length]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    });
    let ended = upload(&format!("https://localhost:{port}"), &authority());
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    let received = received.lock().expect("no panic elsewhere");
    assert_eq!(received.first(), Some(&22), "a ClientHello came");
    assert!(!received.windows(4).any(|bytes| bytes == b"POST"));
}
