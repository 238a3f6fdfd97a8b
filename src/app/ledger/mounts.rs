//! Whether the ledger lies on a file system of another machine, where neither locks nor the write-ahead log can be
//! relied on.

use std::path::Path;

/// File systems over a network, by the names that Linux gives them. `SQLite`'s page on write-ahead logging rules them
/// out.
const NETWORK_KINDS: [&str; 10] =
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "fuse.sshfs", "davfs", "fuse.davfs2"];

/// The kind of network file system that a folder lies on; `None` for a local one, and where the system does not tell.
pub(super) fn network_kind(folder: &Path) -> Option<String> {
    let folder = fs_err::canonicalize(folder).ok()?;
    let mounts = fs_err::read_to_string("/proc/self/mountinfo").ok()?;
    network_kind_in(&mounts, &folder)
}

/// The same by the text of `/proc/self/mountinfo`, described in the manual page proc(5): the fifth field of a line is
/// the mount point, and the first after ` - ` the kind. Of the mounts above the folder the deepest counts, of equals
/// the last.
fn network_kind_in(mounts: &str, folder: &Path) -> Option<String> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?.replace("\\040", " ");
        let kind = after.split(' ').next()?.to_owned();
        folder.starts_with(&point).then(|| (Path::new(&point).components().count(), kind))
    };
    let deepest = mounts.lines().filter_map(mount).max_by_key(|(depth, _)| *depth);
    deepest.map(|(_, kind)| kind).filter(|kind| NETWORK_KINDS.contains(&kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_mount_tells_whether_a_folder_is_on_another_machine() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
                      40 22 0:45 / /home rw,relatime shared:2 - nfs4 files:/home rw,vers=4.2\n\
                      41 40 8:2 / /home/ann/local rw shared:3 - xfs /dev/sdb1 rw\n\
                      42 22 0:46 / /mnt/clinic\\040share rw - cifs //files/clinic rw\n";
        let kind = |folder: &str| network_kind_in(mounts, Path::new(folder));
        assert_eq!(kind("/home/ann/.local/share/onroll").as_deref(), Some("nfs4"));
        assert_eq!(kind("/home/ann/local/onroll"), None);
        assert_eq!(kind("/homes"), None);
        assert_eq!(kind("/mnt/clinic share/onroll").as_deref(), Some("cifs"));
        assert_eq!(network_kind_in("", Path::new("/home")), None);
    }
}
