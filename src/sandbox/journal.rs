//! Every request in one line each: what was asked, and how it was answered. No demographics, no token, no secret.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::private_file::create_private_file;

/// A request and its answer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// From 1, in order of arrival.
    pub(super) number: u64,
    pub(super) method: String,
    pub(super) path: String,
    /// 0 when the connection was cut.
    pub(super) status: u16,
    pub(super) in_flight: usize,
    /// The ids in a create request.
    pub(super) subject_ids: Vec<String>,
    /// `false`, `true` or `absent` in a create request; absent means true to the vendor.
    pub(super) initiate_ehr_queries: Option<&'static str>,
}

/// Where entries go.
#[derive(Debug)]
pub(super) struct Journal {
    file: Option<fs_err::File>,
}

impl Journal {
    pub(super) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        Ok(Self { file: path.map(create_private_file).transpose()? })
    }

    pub(super) fn write(&mut self, entry: &Entry) {
        if let Some(file) = &mut self.file
            && let Ok(mut line) = serde_json::to_vec(entry)
        {
            line.push(b'\n');
            // A journal that cannot be written must not change what the client sees.
            let _ = file.write_all(&line);
        }
    }
}
