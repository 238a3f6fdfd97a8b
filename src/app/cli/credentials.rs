//! Where client id and secret come from: the environment, a file that nobody else can read, or what a command prints.
//! Never the command line, where every user of the machine could read them.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

use super::exit::{Exit, Failure};
use crate::upload::{ClientCredentials, CredentialSource};
use onroll_core::clock::Stopwatch;

/// Longest time for a command that prints credentials: somebody may have to unlock a password manager.
const COMMAND_TIME: Duration = Duration::from_mins(1);
/// Most bytes of credentials that are read.
const MOST_BYTES: u64 = 1 << 16;

/// Where credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `ONROLL_CLIENT_ID` and `ONROLL_CLIENT_SECRET`.
    Environment,
    /// A file.
    File(PathBuf),
    /// What a shell command prints.
    Command(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TwoLines {
    client_id: Uuid,
    client_secret: SecretText,
}

/// A string that is a secret from the moment it is parsed.
struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

impl Source {
    /// The place in words.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Environment => "the environment variables ONROLL_CLIENT_ID and ONROLL_CLIENT_SECRET".to_owned(),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Command(_) => "the command in --credentials-command".to_owned(),
        }
    }

    /// Reads them.
    pub(super) fn find(&self) -> Result<ClientCredentials, Failure> {
        match self {
            Self::Environment => from_environment(),
            Self::File(path) => from_file(path),
            Self::Command(command) => from_command(command),
        }
    }
}

impl CredentialSource for Source {
    fn read(&self) -> Result<ClientCredentials, String> {
        self.find().map_err(|failure| failure.message)
    }

    fn can_change(&self) -> bool {
        *self != Self::Environment
    }
}

fn access(message: String) -> Failure {
    Failure::new(Exit::Access, message)
}

fn from_environment() -> Result<ClientCredentials, Failure> {
    let variable = |name: &str| {
        std::env::var(name).map_err(|_| {
            access(format!(
                "no credentials ({name} is not set): set ONROLL_CLIENT_ID and ONROLL_CLIENT_SECRET, or name a file with \
                 --credentials (`--sandbox` needs none)"
            ))
        })
    };
    let client_id = Uuid::parse_str(variable("ONROLL_CLIENT_ID")?.trim())
        .map_err(|_| access("ONROLL_CLIENT_ID is not a UUID; copy it again from the xCures portal".to_owned()))?;
    let client_secret = SecretString::from(variable("ONROLL_CLIENT_SECRET")?.trim().to_owned());
    Ok(ClientCredentials { client_id, client_secret })
}

fn from_file(path: &Path) -> Result<ClientCredentials, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs_err::metadata(path).map_err(|error| Failure::file(&error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(access(format!(
                "{}: other users of this machine can read this credentials file; run `chmod 600` on it first",
                path.display()
            )));
        }
    }
    let text = fs_err::read_to_string(path).map_err(|error| Failure::file(&error))?;
    parse(&text, &path.display().to_string())
}

/// `origin` is what the message names. The parser's own message would quote the line, and with it the secret.
fn parse(text: &str, origin: &str) -> Result<ClientCredentials, Failure> {
    let parsed: TwoLines = toml::from_str(text).map_err(|_| {
        access(format!("{origin}: expected the two lines client_id = \"UUID\" and client_secret = \"...\""))
    })?;
    Ok(ClientCredentials { client_id: parsed.client_id, client_secret: parsed.client_secret.0 })
}

fn from_command(command: &str) -> Result<ClientCredentials, Failure> {
    let failed = |reason: &str| access(format!("--credentials-command: the command {reason}; try it in a shell"));
    let mut child = shell(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&format!("cannot be started ({})", error.kind())))?;
    let Some(output) = child.stdout.take() else { return Err(failed("has no output")) };
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.take(MOST_BYTES).read_to_string(&mut text).map(|_| SecretString::from(text))
    });
    let running = Stopwatch::start();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if running.elapsed() < COMMAND_TIME => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) | Err(_) => {
                // One that has ended meanwhile needs no killing.
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed("did not end within a minute"));
            }
        }
    };
    if !status.success() {
        return Err(failed(&format!("failed ({status})")));
    }
    match reader.join() {
        Ok(Ok(text)) => parse(secrecy::ExposeSecret::expose_secret(&text), "the output of --credentials-command"),
        Ok(Err(_)) | Err(_) => Err(failed("printed something that is not text")),
    }
}

fn shell(command: &str) -> Command {
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(program);
    shell.arg(flag).arg(command);
    shell
}

#[cfg(all(test, unix))]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_command_prints_the_two_lines() {
        let command = "echo 'client_id = \"00000000-0000-0000-0000-000000000001\"'; echo 'client_secret = \"canary\"'";
        let credentials = Source::Command(command.to_owned()).find().expect("credentials");
        assert_eq!(credentials.client_id, Uuid::from_u128(1));
        assert_eq!(credentials.client_secret.expose_secret(), "canary");
    }

    #[test]
    fn what_a_command_prints_is_not_repeated_when_it_is_no_credentials() {
        let cases = [("echo client_secret = canary", "two lines"), ("echo canary; exit 3", "exit status: 3")];
        for (command, words) in cases {
            let failure = Source::Command(command.to_owned()).find().err().expect("refused");
            assert_eq!(failure.exit, Exit::Access);
            assert!(failure.message.contains(words) && !failure.message.contains("canary"), "{}", failure.message);
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credentials.toml");
        fs_err::write(&path, "client_id = \"00000000-0000-0000-0000-000000000001\"\nclient_secret = \"canary\"\n")
            .expect("written");
        for (mode, readable) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o620, false)] {
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
            let found = Source::File(path.clone()).find();
            assert_eq!(found.is_ok(), readable, "{mode:o}");
            assert!(found.is_ok() || found.err().is_some_and(|failure| failure.message.contains("chmod 600")));
        }
    }
}
