//! Uploads a roster to the sandbox, and prints how many of its rows were created.

use onroll::sandbox::{SandboxSettings, start};
use onroll::{CheckSettings, HttpSettings, Outcome, Roster, UploadSettings, upload};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a roster")?;
    let demo = SandboxSettings::demo();
    let (project, client, secret) = (demo.project, demo.client_id, demo.client_secret.clone());
    let runtime = tokio::runtime::Runtime::new()?;
    let sandbox = runtime.block_on(start(demo))?;
    let folder = tempfile::tempdir()?;
    let vendor = HttpSettings::new(sandbox.base_url(), project, client, secret);
    let settings = UploadSettings::new(vendor, folder.path().join("ledger.sqlite"), folder.path().join("reports"));
    let uploaded = upload(&[Roster::from_path(path)], &CheckSettings::new()?, settings)?;
    let rows = &uploaded.report.rows;
    println!("{} of {} rows created", rows.count(Outcome::Created), rows.read());
    Ok(())
}
