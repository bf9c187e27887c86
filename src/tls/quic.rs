//! What clients of QUIC say in the clear: server name and protocols, from Initial packets, whose keys follow from what the packets
//! say themselves (RFC 9001 section 5.2). Of what comes later nothing is opened.
//!
//! In: UDP datagrams that look like QUIC. Out: how many clients asked for which server and which protocol ([`Seen`]). A ClientHello
//! may lie in several packets, in fragments of any order. Nothing fails, whatever the bytes; handshakes under way are bounded by
//! [`limits::QUIC_FLOWS`] and [`limits::QUIC_HELLO_BYTES`], names by [`limits::QUIC_NAMES`].

mod crypto;
mod packet;

use hashbrown::HashMap;
use std::collections::VecDeque;
use std::net::SocketAddr;

use super::hello::ClientHello;
use crate::base::limits;
use crypto::{Crypto, Progress};
use packet::{Initial, InitialKeys};

/// Datagrams of a client that carry Initial packets are no shorter (RFC 9000 section 14.1).
const SHORTEST_DATAGRAM: usize = 1200;

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asked {
    /// The server's name; where the hello hides another, that of its cover.
    pub server_name: Option<String>,
    /// The protocols it offers, best first.
    pub alpn: Vec<String>,
    /// The version of its packets.
    pub version: u32,
}

/// What was seen so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    by_asked: HashMap<Asked, u64>,
    /// Connections whose ClientHello was read.
    pub read: u64,
    /// Connections whose ClientHello was not whole, or none.
    pub unread: u64,
    /// Connections that are counted in `read`, and not by what was asked for ([`limits::QUIC_NAMES`]).
    pub unnamed: u64,
}

impl Seen {
    /// What was asked for, and by how many connections: most first.
    #[must_use]
    pub fn by_asked(&self) -> Vec<(&Asked, u64)> {
        let mut all: Vec<_> = self.by_asked.iter().map(|(asked, count)| (asked, *count)).collect();
        all.sort_unstable_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
        all
    }

    fn count(&mut self, asked: Asked) {
        self.read += 1;
        if self.by_asked.len() < limits::QUIC_NAMES || self.by_asked.contains_key(&asked) {
            *self.by_asked.entry(asked).or_default() += 1;
        } else {
            self.unnamed += 1;
        }
    }
}

/// The name of a version, where it has one.
#[must_use]
pub fn version_name(version: u32) -> String {
    match version {
        1 => "1".to_owned(),
        packet::VERSION_2 => "2".to_owned(),
        0xff00_0000..=0xff00_00ff => format!("draft-{}", version & 0xff),
        other => format!("{other:#010x}"),
    }
}

/// A client's connection: from where to where, and the id that the client gave itself, which stays (RFC 9000 section 7.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Flow {
    client: SocketAddr,
    server: SocketAddr,
    id: Vec<u8>,
}

/// A handshake, as far as it came.
#[derive(Debug)]
enum State {
    Opening(Box<Opening>),
    /// The ClientHello was read, or cannot be.
    Done,
}

#[derive(Debug)]
struct Opening {
    keys: InitialKeys,
    crypto: Crypto,
}

/// The clients of a capture.
#[derive(Debug, Default)]
pub struct Clients {
    flows: HashMap<Flow, State>,
    /// The same, oldest first.
    order: VecDeque<Flow>,
    seen: Seen,
    /// Where packets are opened.
    buffer: Vec<u8>,
}

impl Clients {
    /// What was seen so far; connections whose hello is still under way are counted by [`Clients::finish`].
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// No more comes: hellos that are not whole never will be.
    pub fn finish(&mut self) {
        for (_, state) in self.flows.drain() {
            self.seen.unread += u64::from(matches!(state, State::Opening(_)));
        }
        self.order.clear();
    }

    /// The next datagram. `wire_len` is how long its payload was on the wire.
    pub fn push(&mut self, from: SocketAddr, to: SocketAddr, payload: &[u8], wire_len: usize) {
        // A short one is a server's, or nobody's: so what a stranger sends costs him as much.
        if wire_len < SHORTEST_DATAGRAM {
            return;
        }
        let mut rest = payload;
        let mut ids = None;
        // Several packets may share a datagram, all of one connection (RFC 9000 section 12.2). So a datagram costs keys once,
        // however many packets lie in it.
        while let Some((initial, behind)) = packet::next(rest) {
            if let Some(initial) = initial {
                let Initial { version, destination, source, .. } = initial;
                let is_of_first = *ids.get_or_insert((version, destination, source)) == (version, destination, source);
                if !is_of_first || !self.initial(from, to, &initial) {
                    return;
                }
            }
            rest = behind;
        }
    }

    /// Whether more packets like this one may say something.
    fn initial(&mut self, client: SocketAddr, server: SocketAddr, initial: &Initial<'_>) -> bool {
        let flow = Flow { client, server, id: initial.source.to_vec() };
        let mut buffer = std::mem::take(&mut self.buffer);
        let goes_on = match self.flows.get_mut(&flow) {
            Some(State::Done) => false,
            Some(State::Opening(opening)) => {
                let is_open = opening.go_on(initial, &mut buffer);
                if is_open {
                    self.look(&flow, &buffer);
                }
                is_open
            }
            None => {
                let begun = Opening::begin(initial, &mut buffer).map(|opening| State::Opening(Box::new(opening)));
                let is_open = begun.is_some();
                if let Some(state) = begun {
                    self.insert(flow.clone(), state);
                    self.look(&flow, &buffer);
                }
                is_open
            }
        };
        self.buffer = buffer;
        goes_on
    }

    /// What an opened packet says.
    fn look(&mut self, flow: &Flow, frames: &[u8]) {
        if let Some(asked) = self.flows.get_mut(flow).and_then(|state| state.look(frames)) {
            self.seen.count(asked);
        }
    }

    fn insert(&mut self, flow: Flow, state: State) {
        if self.order.len() >= limits::QUIC_FLOWS
            && let Some(oldest) = self.order.pop_front()
            && let Some(State::Opening(_)) = self.flows.remove(&oldest)
        {
            self.seen.unread += 1;
        }
        self.order.push_back(flow.clone());
        self.flows.insert(flow, state);
    }
}

impl Opening {
    /// Nothing where the packet's own keys do not open it: then no client has sent it, or its connection began before the capture.
    fn begin(initial: &Initial<'_>, buffer: &mut Vec<u8>) -> Option<Opening> {
        let keys = InitialKeys::of_client(initial.version, initial.destination)?;
        keys.open(initial, buffer).then(|| Opening { keys, crypto: Crypto::default() })
    }

    /// Another packet of the same client. Whether it opens.
    fn go_on(&mut self, initial: &Initial<'_>, buffer: &mut Vec<u8>) -> bool {
        if self.keys.open(initial, buffer) {
            return true;
        }
        // After a Retry, or in another version, the keys are others, and all is said again (RFC 9001 section 5.2).
        let again = Opening::begin(initial, buffer);
        let is_open = again.is_some();
        if let Some(opening) = again {
            *self = opening;
        }
        is_open
    }
}

impl State {
    /// Takes the fragments of an opened packet: what the client asked for, when its hello is whole.
    fn look(&mut self, frames: &[u8]) -> Option<Asked> {
        let State::Opening(opening) = self else { return None };
        let asked = match opening.crypto.push(frames) {
            Progress::More => return None,
            Progress::Nothing => None,
            Progress::Hello(body) => ClientHello::parse(&body),
        };
        let version = opening.keys.version();
        *self = State::Done;
        asked.map(|hello| Asked { server_name: hello.server_name, alpn: hello.alpn, version })
    }
}
