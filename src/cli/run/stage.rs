//! The program that is run, before it is that program.
//!
//! In: whom to become, and a command. This process is started with all the rights there are, becomes the user who called,
//! and stops; told to go on, it turns into the command. So the program is there, with its number, before the capture gives
//! up its rights, and nothing of it happens before the capture has begun. It inherits nothing: files are closed where it
//! begins, and no signal is blocked.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use nix::unistd::{Uid, User};
use rustix::process::{Signal, getpid, kill_process};

use crate::cli::failure::complain;
use crate::cli::rights;

/// Exit statuses of a shell for what cannot be started.
const NOT_FOUND: u8 = 127;
const NOT_STARTED: u8 = 126;

/// Becomes `heir`, where one is named, and then the command. Returns where that cannot be, with an exit status.
pub(super) fn run(heir: Option<(u32, u32)>, command: &[OsString]) -> u8 {
    let Some((program, arguments)) = command.split_first() else { return NOT_STARTED };
    let mut child = Command::new(program);
    child.args(arguments);
    if let Err(error) = prepare(heir, &mut child) {
        complain(&format!("{}: {error:#}", program.display()));
        return NOT_STARTED;
    }
    let error = child.exec();
    let is_unknown = error.kind() == ErrorKind::NotFound;
    let way_out = match is_unknown && heir.is_some() && !Path::new(program).is_absolute() {
        true => "; under sudo the folders of root are searched: name it with its folder, as `command -v` says it",
        false => "",
    };
    complain(&format!("{}: cannot be started: {error}{way_out}", program.display()));
    if is_unknown { NOT_FOUND } else { NOT_STARTED }
}

fn prepare(heir: Option<(u32, u32)>, child: &mut Command) -> anyhow::Result<()> {
    if let Some((uid, gid)) = heir {
        rights::become_wholly(uid, gid).context("root cannot be given up")?;
        for name in ["SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND", "SUDO_HOME"] {
            child.env_remove(name);
        }
        // What the environment says of a user is root's.
        for name in ["USER", "LOGNAME", "SHELL", "MAIL"] {
            child.env_remove(name);
        }
        child.env("HOME", "/");
        if let Some(user) = User::from_uid(Uid::from_raw(uid)).ok().flatten() {
            child.env("HOME", &user.dir).env("USER", &user.name).env("LOGNAME", &user.name).env("SHELL", &user.shell);
        }
        let runtime = format!("/run/user/{uid}");
        if Path::new(&runtime).is_dir() {
            child.env("XDG_RUNTIME_DIR", runtime);
        }
    }
    kill_process(getpid(), Signal::STOP).context("it cannot wait")
}
