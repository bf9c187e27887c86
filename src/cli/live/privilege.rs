//! Giving up what only opening needed (Linux; elsewhere nothing is given up).
//!
//! In: sockets and files that are open, the folders that are still to be written to. Afterwards this process is an
//! ordinary user's: no capability, no supplementary group, no way back (checked), no new right through another program;
//! and where the kernel has Landlock, it writes below those folders only. To be called before any other thread begins,
//! since most of this is said of threads. A right that cannot be given up ends the run: packets of strangers are not
//! parsed as root. Root that came with the file's mode is not taken at all.

#[cfg(target_os = "linux")]
pub(super) use linux::give_up;
#[cfg(target_os = "linux")]
pub use linux::refuse_root_by_mode;

use std::fs::File;
use std::io;
use std::path::Path;

use crate::capture::live::files;

/// Makes the file that packets are kept in. A new file belongs to the user who called sudo; one that was there stays
/// whose it was.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let is_new = !path.exists();
    let file = files::create(path)?;
    #[cfg(target_os = "linux")]
    if is_new {
        linux::hand_over(&file)?;
    }
    let _ = is_new;
    Ok(file)
}

/// Nothing is refused.
#[cfg(not(target_os = "linux"))]
pub fn refuse_root_by_mode() -> anyhow::Result<()> {
    Ok(())
}

/// There is nothing to give up.
#[cfg(not(target_os = "linux"))]
pub(super) fn give_up(user: Option<&str>, _: &[std::path::PathBuf]) -> anyhow::Result<Option<u32>> {
    match user {
        None => Ok(None),
        Some(_) => Err(anyhow::anyhow!("-Z: root is given up on Linux only")),
    }
}

/// The user who owns a file or folder, by number and name, where it is there.
#[cfg(target_os = "linux")]
pub(super) fn owner(path: &Path) -> Option<(u32, String)> {
    let id = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(path).ok()?);
    Some((id, name_of(id)))
}

/// Nobody is known to own it.
#[cfg(not(target_os = "linux"))]
pub(super) fn owner(_: &Path) -> Option<(u32, String)> {
    None
}

/// The name of a user; who has none is called by number.
pub(super) fn name_of(id: u32) -> String {
    #[cfg(target_os = "linux")]
    if let Some(name) = linux::name_of(id) {
        return name;
    }
    id.to_string()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::PathBuf;

    use anyhow::{Context, anyhow, ensure};
    use landlock::{ABI, AccessFs, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, path_beneath_rules};
    use nix::unistd::{self, Gid, Uid, User};
    use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_no_new_privs};

    /// Who gets the process where nobody else does, if the system has no user `nobody`.
    const NOBODY: u32 = 65_534;

    /// What is always written to besides the folders: the terminal, if it has to be opened again.
    const DEVICES: [&str; 2] = ["/dev/tty", "/dev/null"];

    /// A program that is root because its file says so would read and write whatever its caller names, as root, and
    /// believe its caller's environment.
    pub fn refuse_root_by_mode() -> anyhow::Result<()> {
        let is_borrowed = unistd::geteuid().is_root() && !unistd::getuid().is_root();
        ensure!(
            !is_borrowed,
            "this program's file has the set-user-ID bit, so everybody would write files as root; take it away (chmod \
             u-s), and give the program the one right it needs: sudo setcap cap_net_raw=ep {}; or call it with sudo",
            std::env::current_exe().unwrap_or_else(|_| "sockeye".into()).display()
        );
        Ok(())
    }

    /// Gives up root, or the capability that the program was given, and confines writing to `folders`. Gives the number
    /// of the user this process is now, where it was root before.
    pub(in crate::cli::live) fn give_up(user: Option<&str>, folders: &[PathBuf]) -> anyhow::Result<Option<u32>> {
        let to = target(user)?;
        // The folders are opened with the rights of now.
        let rules = rules(folders);
        if let Some((uid, gid)) = to {
            become_user(uid, gid).context("root cannot be given up")?;
        }
        drop_capabilities().context("the right to capture cannot be given up")?;
        set_no_new_privs(true).context("new rights cannot be ruled out")?;
        // A kernel without Landlock confines nothing; what was given up above does not depend on it.
        let _ = rules.and_then(|rules| Ok(rules.restrict_self()?));
        Ok(to.map(|(uid, _)| uid.as_raw()))
    }

    /// Who to become; `None` where this process is an ordinary user's already.
    fn target(user: Option<&str>) -> anyhow::Result<Option<(Uid, Gid)>> {
        let is_root = unistd::geteuid().is_root();
        if let Some(name) = user {
            ensure!(is_root, "-Z {name}: only root can become another user");
            let found = User::from_name(name)?.ok_or_else(|| anyhow!("-Z {name}: there is no such user"))?;
            return Ok(Some((found.uid, found.gid)));
        }
        if !is_root {
            return Ok(None);
        }
        if let (Some(uid), Some(gid)) = (of_sudo("SUDO_UID"), of_sudo("SUDO_GID")) {
            return Ok(Some((Uid::from_raw(uid), Gid::from_raw(gid))));
        }
        let nobody = User::from_name("nobody").ok().flatten();
        Ok(Some(nobody.map_or((Uid::from_raw(NOBODY), Gid::from_raw(NOBODY)), |nobody| (nobody.uid, nobody.gid))))
    }

    pub(super) fn name_of(id: u32) -> Option<String> {
        Some(User::from_uid(Uid::from_raw(id)).ok()??.name)
    }

    /// Gives a new file to the user who called sudo.
    pub(super) fn hand_over(file: &std::fs::File) -> std::io::Result<()> {
        match (unistd::getuid().is_root(), of_sudo("SUDO_UID"), of_sudo("SUDO_GID")) {
            (true, Some(uid), Some(gid)) => std::os::unix::fs::fchown(file, Some(uid), Some(gid)),
            _ => Ok(()),
        }
    }

    /// Who called sudo. Only where the caller is root is it sudo that wrote the environment.
    fn of_sudo(variable: &str) -> Option<u32> {
        if !unistd::getuid().is_root() {
            return None;
        }
        std::env::var(variable).ok()?.parse().ok().filter(|id| *id != 0)
    }

    fn become_user(uid: Uid, gid: Gid) -> anyhow::Result<()> {
        unistd::setgroups(&[]).context("setgroups")?;
        unistd::setresgid(gid, gid, gid).context("setresgid")?;
        unistd::setresuid(uid, uid, uid).context("setresuid")?;
        let (users, groups) = (unistd::getresuid()?, unistd::getresgid()?);
        ensure!([users.real, users.effective, users.saved] == [uid; 3], "the user is still {users:?}");
        ensure!([groups.real, groups.effective, groups.saved] == [gid; 3], "the group is still {groups:?}");
        ensure!(unistd::getgroups()?.is_empty(), "supplementary groups are left");
        ensure!(uid.is_root() || unistd::setuid(Uid::from_raw(0)).is_err(), "there is a way back to root");
        Ok(())
    }

    fn drop_capabilities() -> anyhow::Result<()> {
        let none = CapabilitySet::empty();
        set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
        let left = capabilities(None)?;
        ensure!(left.effective.is_empty() && left.permitted.is_empty(), "capabilities are left: {left:?}");
        Ok(())
    }

    /// Writing below these folders, and nowhere else.
    fn rules(folders: &[PathBuf]) -> anyhow::Result<RulesetCreated> {
        // The third version knows cutting a file, without which a file could be emptied anywhere.
        let writing = AccessFs::from_write(ABI::V3);
        let ruleset = Ruleset::default().handle_access(writing)?.create()?;
        let devices = path_beneath_rules(DEVICES, writing);
        Ok(ruleset.add_rules(path_beneath_rules(folders, writing))?.add_rules(devices)?)
    }
}
