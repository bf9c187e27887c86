//! Giving up what only opening needed (Linux; elsewhere nothing is given up).
//!
//! In: what is open, and what is still to be done. Afterwards this process is an ordinary user's: no capability, no way
//! back (checked), no new right through another program; where the kernel can, it writes only where it has to, and calls
//! nothing that leads to more rights. To be called before any other thread begins, since most of this is said of
//! threads. A right that cannot be given up ends the run: bytes of strangers are not parsed as root. Root that came with
//! the file's mode is not taken at all.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod linux;

use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
pub use linux::{
    become_wholly, give_up, give_up_to_look, heir_of_capture, heir_of_reading, opens_more_than_its_user,
    reads_as_its_user, refuse_root_by_mode,
};

/// Who the rest of a run is done as.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "root is given up on Linux only"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heir {
    /// Whoever it is, without any capability.
    Same,
    /// A user, by number, and their group: the one who called sudo, or who was named.
    User(u32, u32),
    /// Root has nobody to give itself up to, so it becomes a user who owns nothing.
    Nobody(u32, u32),
}

impl Heir {
    /// The user that root is given up to.
    pub fn user(self) -> Option<u32> {
        match self {
            Heir::Same => None,
            Heir::User(user, _) | Heir::Nobody(user, _) => Some(user),
        }
    }
}

/// Folders, asked for by whom the process is then.
pub type Folders<'a> = &'a dyn Fn() -> Vec<PathBuf>;

/// What is still to be done when rights are given up.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "writing and calls are confined on Linux only"))]
#[derive(Clone, Copy)]
pub struct Still<'a> {
    /// Writing, below these folders; `None` for anywhere.
    pub writes_below: Option<Folders<'a>>,
    /// Asking after interfaces.
    pub asks_for_interfaces: bool,
}

/// Gives up what only opening a capture needed: its bytes are read as the user who called sudo, or by a root without
/// any capability. Whatever is named on the command line is open by then.
///
/// Who has no right to give up is confined as far as the system can do that; where it cannot, a file is read all the same.
pub fn give_up_to_read() -> anyhow::Result<()> {
    let has_more = opens_more_than_its_user();
    let given_up =
        heir_of_reading().and_then(|heir| give_up(heir, Still { writes_below: None, asks_for_interfaces: false }));
    if has_more { given_up } else { Ok(()) }
}

/// The user who owns a file or folder, by number and name, where it is there.
#[cfg(target_os = "linux")]
pub fn owner(path: &Path) -> Option<(u32, String)> {
    let id = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(path).ok()?);
    Some((id, name_of(id)))
}

/// Nobody is known to own it.
#[cfg(not(target_os = "linux"))]
pub fn owner(_: &Path) -> Option<(u32, String)> {
    None
}

/// The name of a user; who has none is called by number.
pub fn name_of(id: u32) -> String {
    #[cfg(target_os = "linux")]
    if let Some(name) = linux::name_of(id) {
        return name;
    }
    id.to_string()
}

/// Nothing is refused.
#[cfg(not(target_os = "linux"))]
pub fn refuse_root_by_mode() -> anyhow::Result<()> {
    Ok(())
}

/// There is no right but the user's.
#[cfg(not(target_os = "linux"))]
pub fn opens_more_than_its_user() -> bool {
    false
}

/// There is no right but the user's.
#[cfg(not(target_os = "linux"))]
pub fn reads_as_its_user() -> bool {
    true
}

/// Nobody else.
#[cfg(not(target_os = "linux"))]
pub fn heir_of_capture(user: Option<&str>) -> anyhow::Result<Heir> {
    match user {
        None => Ok(Heir::Same),
        Some(_) => Err(anyhow::anyhow!("-Z: root is given up on Linux only")),
    }
}

/// Nobody else.
#[cfg(not(target_os = "linux"))]
pub fn heir_of_reading() -> anyhow::Result<Heir> {
    Ok(Heir::Same)
}

/// There is nothing to give up.
#[cfg(not(target_os = "linux"))]
pub fn give_up(_: Heir, _: Still<'_>) -> anyhow::Result<()> {
    Ok(())
}
