//! Root and capabilities, given up; writing and calls, confined.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use landlock::{ABI, AccessFs, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, path_beneath_rules};
use nix::unistd::{self, Gid, Uid, User};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities, set_keep_capabilities, set_no_new_privs,
};

use super::{Heir, Still, calls};
use crate::base::home;

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

/// Files can be opened now that this user, or the one who called sudo, may not be able to open.
pub fn opens_more_than_its_user() -> bool {
    unistd::geteuid().is_root() || capabilities(None).is_ok_and(|now| !now.effective.is_empty())
}

/// Whatever is opened now, its user may open: no rights are left to be given up, or they are this user's own.
pub fn reads_as_its_user() -> bool {
    let others = CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
    if unistd::geteuid().is_root() {
        return matches!(heir_of_reading(), Ok(Heir::Same));
    }
    capabilities(None).is_ok_and(|now| !now.effective.intersects(others))
}

/// Who a capture is made as, once its interfaces are open. `user` was named.
pub fn heir_of_capture(user: Option<&str>) -> anyhow::Result<Heir> {
    let is_root = unistd::geteuid().is_root();
    if let Some(name) = user {
        ensure!(is_root, "-Z {name}: only root can become another user");
        let found = User::from_name(name)?.ok_or_else(|| anyhow!("-Z {name}: there is no such user"))?;
        return Ok(Heir::User(found.uid.as_raw(), found.gid.as_raw()));
    }
    Ok(match (is_root, caller()?) {
        (false, _) => Heir::Same,
        (true, Some((uid, gid))) => Heir::User(uid, gid),
        (true, None) => {
            let nobody = User::from_name("nobody").ok().flatten();
            nobody.map_or(Heir::Nobody(NOBODY, NOBODY), |nobody| Heir::Nobody(nobody.uid.as_raw(), nobody.gid.as_raw()))
        }
    })
}

/// Who a capture is read as, once it is open.
pub fn heir_of_reading() -> anyhow::Result<Heir> {
    Ok(match caller()? {
        Some((uid, gid)) if unistd::geteuid().is_root() => Heir::User(uid, gid),
        _ => Heir::Same,
    })
}

/// Who called sudo. Only where the caller is root is it sudo that wrote the environment.
fn caller() -> anyhow::Result<Option<(u32, u32)>> {
    let of_sudo = |variable: &str| std::env::var(variable).ok()?.parse::<u32>().ok();
    if !unistd::getuid().is_root() {
        return Ok(None);
    }
    let Some(uid) = of_sudo("SUDO_UID").filter(|uid| *uid != 0) else { return Ok(None) };
    let of_user = || Some(User::from_uid(Uid::from_raw(uid)).ok()??.gid.as_raw());
    let gid = of_sudo("SUDO_GID").or_else(of_user);
    Ok(Some((uid, gid.ok_or_else(|| anyhow!("SUDO_UID is {uid}, whose group is not known: SUDO_GID is not set"))?)))
}

pub(super) fn name_of(id: u32) -> Option<String> {
    Some(User::from_uid(Uid::from_raw(id)).ok()??.name)
}

/// Gives up root to `heir`, and every capability; confines what is left to what is `still` to be done.
pub fn give_up(heir: Heir, still: Still<'_>) -> anyhow::Result<()> {
    shrink_bounding_set().context("rights that other programs may have cannot be given up")?;
    match heir {
        Heir::Same => {}
        Heir::User(uid, gid) | Heir::Nobody(uid, gid) => {
            let home = User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.dir);
            become_user(Uid::from_raw(uid), Gid::from_raw(gid)).context("root cannot be given up")?;
            // What the environment says of a home is root's.
            home::set(home.filter(|home| home.is_absolute() && home.is_dir()));
        }
    }
    // What cannot be opened now cannot be written to either.
    let rules = still.writes_below.map(|folders| rules(&folders()));
    drop_capabilities().context("capabilities cannot be given up")?;
    set_no_new_privs(true).context("new rights cannot be ruled out")?;
    // A kernel without Landlock or seccomp confines nothing; what was given up above does not depend on it.
    let _ = rules.map(|rules| rules.and_then(|rules| Ok(rules.restrict_self()?)));
    let _ = calls::confine(still.asks_for_interfaces);
    Ok(())
}

/// Becomes a user altogether, with their groups, for a program of theirs that is to be started. Nothing is confined, and
/// no capability is left: the program is as if they had started it.
pub fn become_wholly(uid: u32, gid: u32) -> anyhow::Result<()> {
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(gid));
    match User::from_uid(user).ok().flatten().and_then(|user| CString::new(user.name).ok()) {
        Some(name) => unistd::initgroups(&name, group).context("initgroups")?,
        None => unistd::setgroups(&[group]).context("setgroups")?,
    }
    unistd::setresgid(group, group, group).context("setresgid")?;
    unistd::setresuid(user, user, user).context("setresuid")?;
    ensure!(user.is_root() || unistd::setuid(Uid::from_raw(0)).is_err(), "there is a way back to root");
    Ok(())
}

/// What is left to a process that looks whose sockets are: of all rights the two that reading `/proc` takes, where there are
/// any, and who it is: whoever `heir` says, since what it does besides is done for them. Reading `/proc` is what confining
/// it further would end.
pub fn give_up_to_look(heir: Heir) -> anyhow::Result<()> {
    shrink_bounding_set().context("rights that other programs may have cannot be given up")?;
    if let Heir::User(uid, gid) = heir {
        set_keep_capabilities(true).context("capabilities cannot be kept")?;
        become_user(Uid::from_raw(uid), Gid::from_raw(gid)).context("root cannot be given up")?;
    }
    let _ = clear_ambient_capability_set();
    let left = capabilities(None)?.permitted & (CapabilitySet::SYS_PTRACE | CapabilitySet::DAC_READ_SEARCH);
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: left, permitted: left, inheritable: none })?;
    set_no_new_privs(true).context("new rights cannot be ruled out")?;
    let _ = calls::confine(true);
    Ok(())
}

/// Takes from this process what a program that it calls could get.
fn shrink_bounding_set() -> anyhow::Result<()> {
    // Who may not do this cannot become root either, once new rights are ruled out.
    if !capabilities(None)?.effective.contains(CapabilitySet::SETPCAP) {
        return Ok(());
    }
    for bit in 0..u64::BITS {
        // The kernel knows no further capability.
        if remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << bit)).is_err() {
            ensure!(bit > 0, "the kernel refuses");
            break;
        }
    }
    Ok(())
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
    // A kernel without an ambient set has nothing in it.
    let _ = clear_ambient_capability_set();
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
    let devices = path_beneath_rules(DEVICES.map(Path::new), writing);
    Ok(ruleset.add_rules(path_beneath_rules(folders, writing))?.add_rules(devices)?)
}
