//! The sockets of this machine: each asked for ([`Diag`]), or, where the kernel is not to be asked, as `/proc/net` lists all.
//!
//! In: connections, by both their ends. Out: the number of the socket of each, and whose user it is. A connection of a
//! program with another on the same machine has a socket at either end.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::diag::Diag;
use super::{Protocol, Question};
use crate::base::BothEnds;

/// A socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Socket {
    /// Its number; 0 where no process has it, any more or yet.
    pub inode: u64,
    /// The user who made it.
    pub uid: u32,
}

/// The sockets of connections that have their near end first.
pub(super) type Sockets = HashMap<Question, Socket>;

/// The way to the sockets.
#[derive(Debug)]
pub(super) struct Look(Option<Diag>);

impl Look {
    /// The quickest there is.
    pub fn open() -> Look {
        Look(Diag::open())
    }

    /// The sockets that there are now at either end of connections.
    pub fn sockets(&mut self, connections: &[Question]) -> Sockets {
        let both = connections.iter().flat_map(|question| question.both());
        match &mut self.0 {
            Some(diag) => both.filter_map(|question| Some((question, diag.find(question)?))).collect(),
            None => listed(&both.collect()),
        }
    }
}

/// A socket with these ends carries what is asked for. One of UDP may be anybody's who sends to its port.
pub(super) fn carries((near, far): BothEnds, question: &Question) -> bool {
    match question.protocol {
        Protocol::Tcp => (near, far) == question.ends,
        Protocol::Udp => {
            let is = |end: SocketAddr, asked: SocketAddr| end == asked || end.ip().is_unspecified();
            near.port() == question.ends.0.port()
                && is(near, question.ends.0)
                && (far == question.ends.1 || far.port() == 0)
        }
    }
}

/// Those that are listed now, of the connections `wanted`.
fn listed(wanted: &HashSet<Question>) -> Sockets {
    let mut found = Sockets::new();
    for (protocol, path) in [
        (Protocol::Tcp, "/proc/net/tcp"),
        (Protocol::Tcp, "/proc/net/tcp6"),
        (Protocol::Udp, "/proc/net/udp"),
        (Protocol::Udp, "/proc/net/udp6"),
    ] {
        let wanted: Vec<&Question> = wanted.iter().filter(|question| question.protocol == protocol).collect();
        if wanted.is_empty() {
            continue;
        }
        let table = std::fs::read_to_string(path).unwrap_or_default();
        for (ends, socket) in table.lines().skip(1).filter_map(row) {
            found.extend(wanted.iter().filter(|question| carries(ends, question)).map(|question| (**question, socket)));
        }
    }
    found
}

/// `  0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 54321 ...`
fn row(line: &str) -> Option<((SocketAddr, SocketAddr), Socket)> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let ends = (end(words.next()?)?, end(words.next()?)?);
    let mut words = words.skip(4);
    let uid = words.next()?.parse().ok()?;
    let inode = words.nth(1)?.parse().ok()?;
    Some((ends, Socket { inode, uid }))
}

/// An address as the kernel prints it: words of four bytes, each as a number of this machine.
fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let bytes: [u8; 16] = words.as_flattened().try_into().ok()?;
            // A socket of IPv6 may speak IPv4.
            IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

/// Addresses of this machine.
pub(super) fn own_addresses() -> Vec<IpAddr> {
    let interfaces = nix::ifaddrs::getifaddrs().into_iter().flatten();
    let address = |storage: nix::sys::socket::SockaddrStorage| {
        let four = storage.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
        four.or_else(|| storage.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
    };
    interfaces.filter_map(|interface| address(interface.address?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};

    #[cfg(target_endian = "little")]
    #[test]
    fn rows_are_read_as_the_kernel_writes_them() {
        let line =
            "   1: 0100007F:1F90 0200007F:C350 01 00000000:00000000 02:000005A0 00000000  1000        0 54321 2 0 20";
        let (ends, socket) = row(line).unwrap();
        assert_eq!(ends, ("127.0.0.1:8080".parse().unwrap(), "127.0.0.2:50000".parse().unwrap()));
        assert_eq!(socket, Socket { inode: 54321, uid: 1000 });
        assert_eq!(end("00000000000000000000000001000000:0050"), Some("[::1]:80".parse().unwrap()));
        assert_eq!(end("0000000000000000FFFF00000100007F:0050"), Some("127.0.0.1:80".parse().unwrap()));
        for wrong in ["", ":", "0100007F", "0100007G:1F90", "0100:1F90"] {
            assert_eq!(end(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_connection_on_this_machine_has_two_sockets() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let _far = listener.accept().unwrap();
        let question = Question::tcp((near.local_addr().unwrap(), near.peer_addr().unwrap()));
        let found = Look(None).sockets(&[question]);
        assert_eq!(found.len(), 2);
        assert!(found.values().all(|socket| socket.inode != 0));
        // The list and the single answers say the same.
        assert_eq!(Look::open().sockets(&[question]), found);
        assert!(own_addresses().contains(&"127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_socket_of_udp_is_found_whether_it_is_connected_or_not() {
        for is_connected in [true, false] {
            let (near, far) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
            if is_connected {
                near.connect(far.local_addr().unwrap()).unwrap();
            }
            let ends = (near.local_addr().unwrap(), far.local_addr().unwrap());
            let question = Question { protocol: Protocol::Udp, ends };
            let found = Look(None).sockets(&[question]);
            assert_eq!(found.len(), 2, "{is_connected}");
            assert_eq!(Look::open().sockets(&[question]), found, "{is_connected}");
            let [near, far] = question.both().map(|question| found[&question].inode);
            assert_ne!(near, far);
        }
    }
}
