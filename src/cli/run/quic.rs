//! QUIC of the program, which is not read, so that it can be said where its WebSockets may have gone.
//!
//! In: datagrams that look like QUIC's beginning and are the program's. Out: whom it asked for, told to the [report](Report) in the
//! end: servers by the name that the client asks for (RFC 9001 section 5.2), or, where none was read, by address.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::report::Report;
use crate::base::limits::QUIC_NAMES;
use crate::base::number::narrow;
use crate::cli::owners::helper::Process;
use crate::dissect::Sent;
use crate::tls::quic::Clients;

/// A datagram with a long header of QUIC.
#[derive(Debug)]
pub(super) struct Initial {
    from: SocketAddr,
    to: SocketAddr,
    payload: Vec<u8>,
    wire_len: usize,
}

impl Initial {
    /// What was sent, where it is one.
    pub fn of(sent: &Sent<'_>) -> Option<Initial> {
        let wire_len = sent.payload.len() + narrow(sent.cut.into());
        let initial = || Initial { from: sent.from, to: sent.to, payload: sent.payload.to_vec(), wire_len };
        sent.looks_like_quic().then(initial)
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Quic {
    clients: Clients,
    /// Who sent the first datagram to whom.
    servers: BTreeSet<SocketAddr>,
    whose: Option<Process>,
}

impl Quic {
    /// Another datagram of the program.
    pub fn push(&mut self, initial: &Initial, process: &Process) {
        let Initial { from, to, payload, wire_len } = initial;
        self.clients.push(*from, *to, payload, *wire_len);
        self.whose.get_or_insert_with(|| process.clone());
        // What answers comes from a server that is known already.
        if self.servers.len() < QUIC_NAMES && !self.servers.contains(from) {
            self.servers.insert(*to);
        }
    }

    /// No more comes.
    pub fn finish(&mut self, report: &Report) {
        self.clients.finish();
        let Some(whose) = self.whose.take() else { return };
        let asked = self.clients.seen().by_asked();
        let named = asked.iter().filter_map(|(asked, _)| asked.server_name.clone());
        let mut servers: Vec<String> = named.collect();
        servers.sort_unstable();
        servers.dedup();
        if servers.is_empty() {
            servers = self.servers.iter().map(SocketAddr::to_string).collect();
        }
        report.add_quic(servers, whose);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A long header of version 1, with ids of 8 and no bytes, that nobody sealed.
    fn sent<'a>(from: &str, to: &str, payload: &'a [u8]) -> Sent<'a> {
        Sent { from: from.parse().unwrap(), to: to.parse().unwrap(), opens: false, udp: true, payload, cut: 0 }
    }

    #[test]
    fn a_server_whose_name_is_not_read_is_called_by_its_address() {
        let mut payload = vec![0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0x44, 0xd0];
        payload.resize(1250, 0x55);
        let (client, server) = ("10.0.0.1:5000", "[2001:db8::1]:443");
        let process = Process { id: 7, name: "curl".to_owned(), kind: None };
        let mut quic = Quic::default();
        quic.push(&Initial::of(&sent(client, server, &payload)).unwrap(), &process);
        quic.push(&Initial::of(&sent(server, client, &payload)).unwrap(), &process);
        assert!(Initial::of(&sent(client, server, b"GET / HTTP/1.1\r\n")).is_none());
        assert!(Initial::of(&Sent { udp: false, ..sent(client, server, &payload) }).is_none());
        let report = Report::default();
        quic.finish(&report);
        let said = report.lines().join("\n");
        assert!(said.starts_with("curl speaks QUIC to [2001:db8::1]:443, which is not read"), "{said}");
    }
}
