//! The helper itself: looks whose sockets are, and keeps the key log, for the process that captures, which may not look.
//!
//! In: lines with what to do or to find out. Out: a line for each question. It is the program's user, with no right but to
//! look into processes, and it parses no packets. It sees by the end of its input that the capture is over, however it
//! ended, and removes the key log.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, getppid, getuid, kill_process};
use tempfile::TempDir;

use super::cached::Cached;
use super::{Question, Whom, processes, sockets};
use crate::base::temporary;
use crate::cli::failure::complain;
use crate::cli::rights::{self, Heir};

/// The file in the folder of the key log.
pub(super) const KEY_LOG: &str = "keys";

/// The helper itself.
pub(super) fn run(user: Option<(u32, u32)>, whom: Whom) -> ExitCode {
    // It ends when its input does.
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        let _ = signal_hook::flag::register(signal, Arc::default());
    }
    // A socket may be gone soon: what is asked is looked at at once, where that can be had.
    let _ = rustix::process::nice(-10);
    let heir = user.map_or(Heir::Same, |(uid, gid)| Heir::User(uid, gid));
    if let Err(error) = rights::give_up_to_look(heir) {
        complain(&format!("{error:#}"));
        return ExitCode::FAILURE;
    }
    let folder = match (whom == Whom::Below).then(|| key_log_folder(user)).transpose() {
        Ok(folder) => folder,
        Err(error) => {
            complain(&format!("no folder for the key log can be made: {error}"));
            return ExitCode::FAILURE;
        }
    };
    println!("{}", folder.as_ref().map_or(Path::new(""), TempDir::path).display());
    let mut stopped = None;
    let mut looker = Looker::new(whom);
    let mut input = BufReader::new(io::stdin());
    let mut line = String::new();
    let mut questions = Vec::new();
    let mut program = None;
    while input.read_line(&mut line).is_ok_and(|count| count > 0) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["wait", id] => stopped = pid(id),
            ["go", id] => {
                stopped = None;
                program = pid(id);
                go_on(program);
            }
            ["signal", number] => {
                let signal = number.parse().ok().and_then(Signal::from_named_raw);
                if let (Some(program), Some(signal)) = (program, signal) {
                    let _ = kill_process(program, signal);
                }
            }
            ["whose", question @ ..] => questions.extend(Question::of(question.iter().copied())),
            _ => {}
        }
        line.clear();
        // All that wait are answered with one look.
        if !questions.is_empty() && !input.buffer().contains(&b'\n') {
            looker.answer(&std::mem::take(&mut questions));
        }
    }
    // What never began shall not begin.
    if let Some(stopped) = stopped {
        let _ = kill_process(stopped, Signal::KILL);
    }
    ExitCode::SUCCESS
}

fn pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

/// A process that stops itself may not have come so far.
fn go_on(program: Option<Pid>) {
    let Some(program) = program else { return };
    let id = program.as_raw_nonzero().get().unsigned_abs();
    while processes::is_stopped(id) == Some(false) {
        thread::sleep(Duration::from_millis(1));
    }
    let _ = kill_process(program, Signal::CONT);
}

/// A folder and an empty key log in it that only this user can look into: in memory where the system has such a place.
fn key_log_folder(user: Option<(u32, u32)>) -> io::Result<TempDir> {
    let uid = user.map_or(getuid().as_raw(), |(uid, _)| uid);
    let in_memory = PathBuf::from(format!("/run/user/{uid}"));
    let is_own = fs::metadata(&in_memory).is_ok_and(|about| about.is_dir() && about.uid() == uid);
    let make = |place: &Path| {
        tempfile::Builder::new().prefix("sockeye-").permissions(Permissions::from_mode(0o700)).tempdir_in(place)
    };
    let folder =
        if is_own { make(&in_memory).or_else(|_| make(&temporary::folder())) } else { make(&temporary::folder()) }?;
    let log: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.path().join(KEY_LOG))?;
    log.set_permissions(Permissions::from_mode(0o600))?;
    Ok(folder)
}

/// What looks.
struct Looker {
    sockets: sockets::Look,
    whom: Whom,
    /// Whose helper this is.
    parent: u32,
    /// What is known of all processes.
    cached: Cached,
}

impl Looker {
    fn new(whom: Whom) -> Looker {
        let parent = getppid().map_or(0, |parent| parent.as_raw_nonzero().get().unsigned_abs());
        Looker { sockets: sockets::Look::open(), whom, parent, cached: Cached::default() }
    }

    /// Prints whose connections are, with one look for all.
    fn answer(&mut self, questions: &[Question]) {
        let found = self.sockets.sockets(questions);
        let (owned, hidden) = self.owned(&found);
        // A process that has ended meanwhile has no socket any more: that its socket is nobody's of these says nothing then.
        let after = if found.is_empty() { sockets::Sockets::new() } else { self.sockets.sockets(questions) };
        let addresses = sockets::own_addresses();
        let mut text = String::new();
        for question in questions {
            let (both, ends) = (question.both(), question.ends);
            let near = || both.iter().filter_map(|question| found.get(question)).filter(|socket| socket.inode != 0);
            let owner = near().find_map(|socket| owned.get(&socket.inode));
            let is_still = near().all(|socket| after.values().any(|other| other.inode == socket.inode));
            let is_here = addresses.contains(&ends.0.ip()) || addresses.contains(&ends.1.ip());
            let owner = match owner {
                Some(id) => {
                    let name = processes::name(*id).unwrap_or_else(|| "?".to_owned());
                    let kind = processes::kind(*id).map_or("-", |kind| kind.name);
                    format!("own {id} {kind} {name}")
                }
                None if near().next().is_some() && is_still => if hidden { "unlikely" } else { "other" }.to_owned(),
                None if !is_here => "other".to_owned(),
                None => "unknown".to_owned(),
            };
            text.push_str(&format!("{question} {owner}\n"));
        }
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// The processes of sockets, by number, as far as they are asked for; and whether one of these would not be looked into.
    fn owned(&mut self, found: &sockets::Sockets) -> (HashMap<u64, u32>, bool) {
        match self.whom {
            Whom::Below => processes::sockets_of(&processes::below(self.parent, std::process::id())),
            Whom::Anybody => {
                let numbers: Vec<u64> = found.values().map(|socket| socket.inode).filter(|inode| *inode != 0).collect();
                (self.cached.of(&numbers), true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_log_is_its_users_alone_and_gone_at_the_end() {
        let folder = key_log_folder(None).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let log = folder.path().join(KEY_LOG);
        assert_eq!((mode(folder.path()), mode(&log)), (0o700, 0o600));
        drop(folder);
        assert!(!log.exists());
    }
}
