//! The processes there are, and those that descend from one, and what `/proc` says of them.
//!
//! In: the number of a process. Out: its descendants, their sockets, the name and the kind of each. Processes come and go
//! meanwhile: what cannot be read is not there.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::cli::keys::table::{self, Kind};

/// All there are, but this one.
pub(super) fn all() -> HashSet<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    ids.filter(|id| cfg!(test) || *id != std::process::id()).collect()
}

/// Descendants of `root`, without `except` and its own; `root` is not one of them.
pub(super) fn below(root: u32, except: u32) -> HashSet<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = parent(id) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = HashSet::new();
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        for child in children.get(&id).into_iter().flatten() {
            if *child != except && found.insert(*child) {
                waiting.push(*child);
            }
        }
    }
    found
}

/// State and parent of a process: `12 (name) S 1 ...`, where the name may hold anything.
fn state_and_parent(id: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut words = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

fn parent(id: u32) -> Option<u32> {
    state_and_parent(id).map(|(_, parent)| parent)
}

/// It was stopped by a signal; `None` where it is not there, or over.
pub(super) fn is_stopped(id: u32) -> Option<bool> {
    state_and_parent(id).filter(|(state, _)| !matches!(state, 'Z' | 'X')).map(|(state, _)| state == 'T')
}

/// The sockets that processes have open, by number, and who has each; and whether one would not let itself be looked into.
pub(super) fn sockets_of(processes: &HashSet<u32>) -> (HashMap<u64, u32>, bool) {
    let (mut sockets, mut hidden) = (HashMap::new(), false);
    for id in processes {
        let Ok(files) = fs::read_dir(format!("/proc/{id}/fd")) else {
            hidden |= is_stopped(*id).is_some();
            continue;
        };
        for inode in files.flatten().filter_map(|file| socket_at(&file.path())) {
            sockets.insert(inode, *id);
        }
    }
    (sockets, hidden)
}

/// A process has a socket open.
pub(super) fn has_socket(id: u32, inode: u64) -> bool {
    let files = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
    files.filter_map(|file| socket_at(&file.path())).any(|other| other == inode)
}

/// The number of the socket that an open file of a process is.
fn socket_at(file: &Path) -> Option<u64> {
    let link = fs::read_link(file).ok()?;
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// Its name, as the system has it.
pub(super) fn name(id: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    Some(name.trim_end_matches('\n').replace('\n', " ")).filter(|name| !name.is_empty())
}

/// What kind of program it is: by its file, its name, what made it, or the libraries that it has loaded.
pub(super) fn kind(id: u32) -> Option<&'static Kind> {
    let exe = format!("/proc/{id}/exe");
    let file = fs::read_link(&exe).ok();
    let file = file.as_deref().and_then(|file| table::of_program(file.file_name()?.to_str()?));
    let made = || table::named("Go").filter(|_| is_made_by_go(Path::new(&exe)));
    file.or_else(|| table::of_program(&name(id)?)).or_else(made).or_else(|| {
        let maps = fs::read_to_string(format!("/proc/{id}/maps")).ok()?;
        let libraries = maps.lines().filter_map(|line| line.rsplit_once('/').map(|(_, library)| library));
        libraries.filter_map(table::of_library).next()
    })
}

/// A program has the note that Go's linker puts near its beginning, wherever it comes from: four bytes of name, "Go", type 4.
fn is_made_by_go(file: &Path) -> bool {
    const NEAR: u64 = 16 * 1024;
    let mut beginning = Vec::new();
    let read = fs::File::open(file).and_then(|file| file.take(NEAR).read_to_end(&mut beginning));
    let note = |words: &[u8]| matches!(words, [4, 0, 0, 0, _, 0, 0, 0, 4, 0, 0, 0, b'G', b'o', 0, 0]);
    read.is_ok() && beginning.windows(16).any(note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;
    use std::process::{Command, Stdio, id};

    #[test]
    fn a_child_and_its_child_are_found_and_a_stranger_is_not() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60; true"]).stdout(Stdio::null()).spawn().unwrap();
        let mut found = HashSet::new();
        for _ in 0..200 {
            found = below(id(), 0);
            if found.iter().any(|id| name(*id).as_deref() == Some("sleep")) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let sleep = found.iter().copied().find(|id| name(*id).as_deref() == Some("sleep")).unwrap();
        assert!(found.contains(&shell.id()) && !found.contains(&id()) && !found.contains(&1));
        assert!(!below(id(), shell.id()).contains(&sleep), "what is left out is left out with all below it");
        assert_eq!(is_stopped(sleep), Some(false));
        let _ = Command::new("kill").arg(sleep.to_string()).status();
        shell.wait().unwrap();
        assert_eq!(is_stopped(shell.id()), None);
    }

    #[test]
    fn what_go_made_is_known_by_its_note() {
        let file = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), bytes).unwrap();
            file
        };
        // As `readelf -n` shows it: owner Go, 0x53 bytes, type 4.
        let note = [&[0x7f; 0xf80][..], &[4, 0, 0, 0, 0x53, 0, 0, 0, 4, 0, 0, 0, b'G', b'o', 0, 0], b"id/id"].concat();
        assert!(is_made_by_go(file(&note).path()));
        assert!(!is_made_by_go(file(&note[..0xf8f]).path()));
        assert!(!is_made_by_go(&std::env::current_exe().unwrap()));
        assert!(!is_made_by_go(Path::new("/no/such/file")));
    }

    #[test]
    fn a_socket_is_known_by_its_number() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).unwrap();
        let (sockets, hidden) = sockets_of(&HashSet::from([id()]));
        assert!(!hidden);
        assert!(sockets.iter().any(|(inode, of)| *of == id() && link.to_str() == Some(&format!("socket:[{inode}]"))));
    }
}
