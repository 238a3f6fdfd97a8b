//! Files and folders that only their owner can read: everything onroll writes goes through here.

use std::io;
use std::path::Path;

use fs_err::{self as fs, OpenOptions};

use crate::fail_point;

/// Creates a folder and its missing parents, mode 0700. Existing folders are left as they are.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }
    #[cfg(not(unix))]
    {
        fs::create_dir_all(folder)
    }
}

/// Creates or truncates a file, mode 0600. A symbolic link in the last place is refused.
pub fn create_private_file(path: &Path) -> io::Result<fs::File> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_symlink()) {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is a symbolic link; onroll does not write through links", path.display()),
        ));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    restrict(path)?;
    Ok(file)
}

/// Sets an existing file to mode 0600, for files that a library created.
pub fn restrict(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}

/// Writes a file so that a reader sees the old or the new content, never half of it: a private file beside it, synced,
/// then renamed over it.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut writer = io::BufWriter::with_capacity(1 << 16, create_private_file(&partial)?);
    fail_point::pass("file.created")?;
    write(&mut writer)?;
    fail_point::pass("file.complete")?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    drop(file);
    fail_point::pass("file.synced")?;
    fs::rename(&partial, path)?;
    fail_point::pass_or_die("file.renamed");
    Ok(())
}
