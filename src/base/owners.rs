//! Whose connections are, as the machine says on which they are captured.
//!
//! In: the ends of connections, and the process that has the socket. Out: that process, for whoever shows a connection. It is
//! told from another thread while packets come, before it is asked for or long after: an [`Owner`] is known as soon as it is
//! told, wherever it has been handed to by then. Where nobody tells, nothing is kept.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::limits::{OWNED_CONNECTIONS, OWNER_QUESTIONS};
use super::{PacketNumber, pack};

/// A process that sends and receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// Its name, as the system has it.
    pub name: String,
}

/// The process that has a connection, once somebody has told it. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Owner(Option<Arc<OnceLock<Process>>>);

impl Owner {
    /// The process, where it is known by now.
    #[must_use]
    pub fn get(&self) -> Option<&Process> {
        self.0.as_ref()?.get()
    }

    /// It is known, or may still be told.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.0.is_some()
    }
}

impl From<Process> for Owner {
    fn from(process: Process) -> Owner {
        Owner(Some(Arc::new(OnceLock::from(process))))
    }
}

impl PartialEq for Owner {
    fn eq(&self, other: &Owner) -> bool {
        self.get() == other.get()
    }
}

/// Both ends of a connection; the one that opened it first, where it is asked for.
pub type BothEnds = (SocketAddr, SocketAddr);

/// The processes of connections. Clones are the same; the default one is told nothing by anybody.
///
/// ```
/// use sockeye::base::{Owners, Process};
/// let owners = Owners::told();
/// let ends = ("10.0.0.1:4000".parse().unwrap(), "10.0.0.2:80".parse().unwrap());
/// let owner = owners.of(ends, 1);
/// owners.add((ends.1, ends.0), Process { id: 7, name: "node".to_owned() });
/// assert_eq!(owner.get().unwrap().name, "node");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Owners(Option<Arc<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    table: Mutex<Table>,
    asked: Condvar,
}

#[derive(Debug, Default)]
struct Table {
    known: HashMap<BothEnds, Entry>,
    /// Somebody takes questions.
    is_asked: bool,
    questions: VecDeque<BothEnds>,
    unasked: u64,
}

#[derive(Debug)]
struct Entry {
    /// The first packet of the connection, where one was asked for.
    first: Option<PacketNumber>,
    owner: Arc<OnceLock<Process>>,
}

impl Owners {
    /// Somebody tells whose connections are, whether it is asked for or not.
    #[must_use]
    pub fn told() -> Owners {
        Owners(Some(Arc::default()))
    }

    /// Somebody [takes the question](Owners::questions) whose a connection is.
    #[must_use]
    pub fn asked() -> Owners {
        let owners = Owners::told();
        owners.table(|table, _| table.is_asked = true);
        owners
    }

    fn table<T: Default>(&self, look: impl FnOnce(&mut Table, &Condvar) -> T) -> T {
        let Some(shared) = &self.0 else { return T::default() };
        look(&mut locked(&shared.table), &shared.asked)
    }

    /// The connection between these ends is a process's. Where very many are known, those are forgotten.
    pub fn add(&self, ends: BothEnds, process: Process) {
        self.table(|table, _| {
            let entry = table.entry(ends);
            // What was told before stays with those who have it; the ends may be another connection's by now.
            if let Err(process) = entry.owner.set(process) {
                entry.owner = Arc::new(OnceLock::from(process));
            }
        });
    }

    /// A new connection has these ends: what was known of an earlier one is not true of it.
    pub fn forget(&self, ends: BothEnds) {
        self.table(|table, _| drop(table.known.remove(&ordered(ends))));
    }

    /// Whose the connection between these ends is, which begins with packet `first`.
    #[must_use]
    pub fn of(&self, ends: BothEnds, first: PacketNumber) -> Owner {
        self.table(|table, asked| {
            if table.is_asked && table.known.get(&ordered(ends)).is_some_and(|entry| entry.first != Some(first)) {
                table.known.remove(&ordered(ends));
            }
            let is_new = !table.known.contains_key(&ordered(ends));
            let entry = table.entry(ends);
            entry.first = Some(first);
            let owner = Owner(Some(Arc::clone(&entry.owner)));
            if is_new && table.is_asked {
                if table.questions.len() < OWNER_QUESTIONS {
                    table.questions.push_back(ends);
                    asked.notify_one();
                } else {
                    table.unasked += 1;
                }
            }
            owner
        })
    }

    /// What was asked and not yet taken; waits so long for a question where there is none.
    #[must_use]
    pub fn questions(&self, patience: Duration) -> Vec<BothEnds> {
        let Some(shared) = &self.0 else { return Vec::new() };
        let table = locked(&shared.table);
        let waited = shared.asked.wait_timeout_while(table, patience, |table| table.questions.is_empty());
        let (mut table, _) = waited.unwrap_or_else(PoisonError::into_inner);
        table.questions.drain(..).collect()
    }

    /// How many connections were not asked for, since too many questions were open.
    #[must_use]
    pub fn unasked(&self) -> u64 {
        self.table(|table, _| table.unasked)
    }
}

impl Table {
    fn entry(&mut self, ends: BothEnds) -> &mut Entry {
        if self.known.len() >= OWNED_CONNECTIONS && !self.known.contains_key(&ordered(ends)) {
            self.known.clear();
        }
        self.known.entry(ordered(ends)).or_insert_with(|| Entry { first: None, owner: Arc::default() })
    }
}

fn locked(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ordered((one, other): BothEnds) -> BothEnds {
    if one <= other { (one, other) } else { (other, one) }
}

pack::pack_struct!(Process { id, name });

/// What is put aside is known, or not known any more.
impl pack::Pack for Owner {
    fn pack(&self, out: &mut Vec<u8>) {
        self.get().cloned().pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Owner> {
        Some(Option::<Process>::unpack(from)?.map_or_else(Owner::default, Owner::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Duration = Duration::ZERO;

    fn ends(port: u16) -> BothEnds {
        (SocketAddr::from(([10, 0, 0, 1], port)), SocketAddr::from(([10, 0, 0, 2], 80)))
    }

    fn process(id: u32) -> Process {
        Process { id, name: "node".to_owned() }
    }

    fn id(owner: &Owner) -> Option<u32> {
        owner.get().map(|process| process.id)
    }

    #[test]
    fn an_owner_is_known_wherever_it_is_when_it_is_told() {
        let owners = Owners::asked();
        let owner = owners.of(ends(1), 1);
        let copy = owner.clone();
        assert_eq!((owners.questions(AT_ONCE), id(&copy)), (vec![ends(1)], None));
        owners.add(ends(1), process(7));
        assert_eq!((id(&owner), id(&copy)), (Some(7), Some(7)));
        assert_eq!(id(&owners.of(ends(1), 1)), Some(7));
        assert!(owners.questions(AT_ONCE).is_empty(), "what is known is not asked again");
    }

    #[test]
    fn another_connection_with_the_same_ends_is_anothers() {
        let owners = Owners::asked();
        let owner = owners.of(ends(1), 1);
        owners.add(ends(1), process(7));
        let later = owners.of(ends(1), 90);
        assert_eq!((id(&later), owners.questions(AT_ONCE).len()), (None, 2));
        owners.add(ends(1), process(8));
        assert_eq!((id(&owner), id(&later)), (Some(7), Some(8)));
        // Whoever tells without being asked says when that is so.
        let owners = Owners::told();
        owners.add(ends(1), process(7));
        owners.forget(ends(1));
        assert_eq!(id(&owners.of(ends(1), 90)), None);
    }

    #[test]
    fn questions_and_answers_have_an_end() {
        let owners = Owners::asked();
        let connections = u16::try_from(2 * OWNED_CONNECTIONS).unwrap();
        for port in 0..connections {
            let _ = owners.of(ends(port), port.into());
        }
        assert_eq!(owners.questions(AT_ONCE).len(), OWNER_QUESTIONS);
        assert_eq!(owners.unasked(), u64::from(connections) - u64::try_from(OWNER_QUESTIONS).unwrap());
        let known = locked(&owners.0.as_ref().unwrap().table).known.len();
        assert!(known <= OWNED_CONNECTIONS, "{known}");
    }

    #[test]
    fn nothing_is_kept_where_nobody_tells() {
        let owners = Owners::default();
        owners.add(ends(1), process(7));
        assert!(!owners.of(ends(1), 1).is_awaited());
        assert!(owners.questions(Duration::from_secs(60)).is_empty());
    }
}
