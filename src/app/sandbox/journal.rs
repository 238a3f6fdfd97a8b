//! Every request in one line each: what was asked, and how it was answered. No demographics, no token, no secret.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use onroll_core::private_file::create_private_file;

/// A request and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// From 1, in order of arrival.
    pub number: u64,
    /// The method.
    pub method: String,
    /// The path without query.
    pub path: String,
    /// 0 when the connection was cut.
    pub status: u16,
    /// Requests in flight on arrival, itself among them.
    pub in_flight: usize,
    /// Milliseconds since the start on arrival.
    pub arrived_ms: u64,
    /// Milliseconds since the start when the answer began.
    pub answered_ms: u64,
    /// Subjects that the request created, whether or not the caller got the answer.
    pub created: u64,
    /// The ids in a create request.
    pub subject_ids: Vec<String>,
    /// `false`, `true` or `absent` in a create request; absent means true to the vendor.
    pub initiate_ehr_queries: Option<&'static str>,
}

/// Where entries go.
#[derive(Debug)]
pub(super) struct Journal {
    file: Option<fs_err::File>,
    remembered: Option<Vec<Entry>>,
}

impl Journal {
    pub(super) fn open(path: Option<&Path>, remembers: bool) -> std::io::Result<Self> {
        Ok(Self { file: path.map(create_private_file).transpose()?, remembered: remembers.then(Vec::new) })
    }

    pub(super) fn write(&mut self, entry: Entry) {
        if let Some(file) = &mut self.file
            && let Ok(mut line) = serde_json::to_vec(&entry)
        {
            line.push(b'\n');
            // A journal that cannot be written must not change what the client sees.
            let _ = file.write_all(&line);
        }
        if let Some(remembered) = &mut self.remembered {
            remembered.push(entry);
        }
    }

    pub(super) fn remembered(&self) -> &[Entry] {
        self.remembered.as_deref().unwrap_or_default()
    }
}
