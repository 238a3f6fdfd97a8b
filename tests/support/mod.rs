//! A folder, a command and a sandbox process for the tests that drive the real binary.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of this module")]

pub mod simulated;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// The client secret of every test: a canary that no output may contain.
pub const SECRET: &str = "canary-secret-9f1c4e";

/// A working folder of its own, and the binary run inside it.
pub struct Workplace {
    folder: TempDir,
}

impl Workplace {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("folder made");
        fs_err::write(&path, content).expect("file written");
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path(name)).expect("file read")
    }

    /// The binary, in this folder, with nothing of the surrounding environment that could change what it does.
    pub fn onroll(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onroll"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("ONROLL_HOME", self.path("home")).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.onroll(arguments).output().expect("the binary runs"))
    }

    /// Every file below the folder.
    pub fn files(&self) -> Vec<PathBuf> {
        files_below(self.folder.path())
    }
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).expect("folder read") {
            let path = entry.expect("entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// How the binary ended and what it said.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }
}

/// A file of the repository's samples.
pub fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name).display().to_string()
}

/// `onroll sandbox` as a process of its own, so that what is tested is what users have.
pub struct SandboxProcess {
    child: Child,
    pub url: String,
    pub project: String,
    pub client_id: String,
    pub journal: PathBuf,
}

impl SandboxProcess {
    pub fn start(workplace: &Workplace, options: &[&str]) -> Self {
        let journal = workplace.path("journal.jsonl");
        let store = workplace.path("vendor.sqlite");
        let mut arguments = vec!["sandbox", "--port", "0"];
        let (journal_text, store_text) = (journal.display().to_string(), store.display().to_string());
        arguments.extend(["--journal", &journal_text, "--store", &store_text]);
        arguments.extend(options);
        let mut command = workplace.onroll(&arguments);
        command.env("ONROLL_CLIENT_SECRET", SECRET).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the sandbox starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut value = |name: &str| {
            let line = lines.next().expect("a line").expect("text");
            line.strip_prefix(&format!("export {name}="))
                .unwrap_or_else(|| panic!("{name} expected: {line}"))
                .to_owned()
        };
        let (url, project, client_id) = (value("ONROLL_URL"), value("ONROLL_PROJECT"), value("ONROLL_CLIENT_ID"));
        Self { child, url, project, client_id, journal }
    }

    /// The binary with the environment that reaches this sandbox.
    pub fn client(&self, workplace: &Workplace, arguments: &[&str]) -> Command {
        let mut command = workplace.onroll(arguments);
        command.env("ONROLL_URL", &self.url).env("ONROLL_PROJECT", &self.project);
        command.env("ONROLL_CLIENT_ID", &self.client_id).env("ONROLL_CLIENT_SECRET", SECRET);
        command
    }

    pub fn run(&self, workplace: &Workplace, arguments: &[&str]) -> Ended {
        Ended::from(self.client(workplace, arguments).output().expect("the binary runs"))
    }

    /// Every subject on the vendor's side, asked for over the API as any client would.
    pub fn subjects(&self) -> Vec<serde_json::Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            onroll::upload::choose_cryptography();
            let client = reqwest::Client::new();
            let token: serde_json::Value = client
                .post(format!("{}/oauth/token", self.url))
                .json(&serde_json::json!({
                    "client_id": self.client_id, "client_secret": SECRET, "grant_type": "client_credentials",
                }))
                .send()
                .await
                .expect("an answer")
                .json()
                .await
                .expect("a token");
            let token = token["access_token"].as_str().expect("a token").to_owned();
            let mut subjects = Vec::new();
            for page in 1.. {
                let answer: serde_json::Value = client
                    .get(format!("{}/api/v1/patient-registry/subject?pageSize=200&pageNumber={page}", self.url))
                    .bearer_auth(&token)
                    .header("ProjectId", &self.project)
                    .send()
                    .await
                    .expect("an answer")
                    .json()
                    .await
                    .expect("a page");
                let results = answer["results"].as_array().expect("results").clone();
                if results.is_empty() {
                    break;
                }
                subjects.extend(results);
            }
            subjects
        })
    }

    /// The journal of requests, one JSON object a line.
    pub fn journal(&self) -> Vec<serde_json::Value> {
        let text = fs_err::read_to_string(&self.journal).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The outcome counts of a `rows.csv`, and its lines as columns by name.
pub fn rows_csv(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("rows.csv opens");
    let headers: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|record| headers.iter().cloned().zip(record.expect("a row").iter().map(str::to_owned)).collect())
        .collect()
}

/// The number of rows per outcome.
pub fn outcomes(rows: &[std::collections::BTreeMap<String, String>]) -> std::collections::BTreeMap<String, u64> {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows {
        *counts.entry(row["outcome"].clone()).or_default() += 1;
    }
    counts
}
