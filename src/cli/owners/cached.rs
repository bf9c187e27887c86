//! Which process has a socket, of all there are: looked for among all, and remembered.
//!
//! In: numbers of sockets. Out: the process of each. To look through all processes takes long where there are many, so it is
//! done for many questions at once, and seldom: at most a tenth of the time goes into it.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use super::processes;
use crate::base::limits::OWNED_CONNECTIONS;

/// Of how long a look took, so many times as long passes until the next.
const REST: u32 = 9;
/// No rest is longer than this.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Cached {
    /// A socket keeps its number, and processes seldom hand one on.
    found: HashMap<u64, u32>,
    rests_until: Option<Instant>,
}

impl Cached {
    /// The processes of those of `sockets` that are somebody's; waits while it has to rest.
    pub fn of(&mut self, sockets: &[u64]) -> HashMap<u64, u32> {
        if sockets.iter().any(|inode| !self.is_still_right(*inode)) {
            self.look(sockets);
        }
        sockets.iter().filter_map(|inode| Some((*inode, *self.found.get(inode)?))).collect()
    }

    fn is_still_right(&self, inode: u64) -> bool {
        self.found.get(&inode).is_some_and(|id| processes::has_socket(*id, inode))
    }

    fn look(&mut self, sockets: &[u64]) {
        if let Some(rest) = self.rests_until.and_then(|until| until.checked_duration_since(Instant::now())) {
            thread::sleep(rest);
        }
        let begun = Instant::now();
        let (all, _) = processes::sockets_of(&processes::all());
        self.rests_until = Some(Instant::now() + (begun.elapsed() * REST).min(LONGEST_REST));
        if self.found.len() >= OWNED_CONNECTIONS {
            self.found.clear();
        }
        for inode in sockets {
            match all.get(inode) {
                Some(id) => self.found.insert(*inode, *id),
                None => self.found.remove(inode),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_socket_of_any_process_is_found_and_forgotten_with_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = std::fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).unwrap();
        let number = link.to_str().unwrap().trim_matches(|sign: char| !sign.is_ascii_digit()).parse().unwrap();
        let mut cached = Cached::default();
        for _ in 0..2 {
            assert_eq!(cached.of(&[number]).get(&number), Some(&std::process::id()));
        }
        drop(listener);
        assert_eq!(cached.of(&[number]).get(&number), None);
    }
}
