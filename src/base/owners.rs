//! Whose connections are, as the machine says on which they are captured.
//!
//! In: the ends of connections, and the process that has the socket. Out: that process, for whoever shows a connection. It is
//! told from another thread while packets come; a log with nothing in it costs nothing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use super::limits::OWNED_CONNECTIONS;

/// A process that sends and receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// Its name, as the system has it.
    pub name: String,
}

/// The processes of connections. Clones are the same.
///
/// ```
/// use sockeye::base::{Owners, Process};
/// let owners = Owners::default();
/// let ends = ("10.0.0.1:4000".parse().unwrap(), "10.0.0.2:80".parse().unwrap());
/// owners.add(ends, Process { id: 7, name: "node".to_owned() });
/// assert_eq!(owners.of(ends.1, ends.0).unwrap().name, "node");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Owners(Arc<RwLock<HashMap<(SocketAddr, SocketAddr), Process>>>);

impl Owners {
    /// The connection between these ends is a process's. Where very many are known, those are forgotten.
    pub fn add(&self, ends: (SocketAddr, SocketAddr), process: Process) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= OWNED_CONNECTIONS {
            all.clear();
        }
        all.insert(ordered(ends.0, ends.1), process);
    }

    /// Whose the connection between these ends is, in either order.
    #[must_use]
    pub fn of(&self, one: SocketAddr, other: SocketAddr) -> Option<Process> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if all.is_empty() { None } else { all.get(&ordered(one, other)).cloned() }
    }
}

fn ordered(one: SocketAddr, other: SocketAddr) -> (SocketAddr, SocketAddr) {
    if one <= other { (one, other) } else { (other, one) }
}

super::pack::pack_struct!(Process { id, name });
