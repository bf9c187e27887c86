//! The TCP sockets of this machine, as `/proc/net` lists them.
//!
//! In: connections, by both their ends. Out: the number of the socket of each, and whose user it is. A connection of a
//! program with another on the same machine has a socket at either end.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Socket {
    /// Its number; 0 where no process has it, any more or yet.
    pub inode: u64,
    /// The user who made it.
    pub uid: u32,
}

/// The sockets of connections that have their near end first.
pub(super) type Sockets = HashMap<(SocketAddr, SocketAddr), Socket>;

/// Those that are listed now, of the connections `wanted`.
pub(super) fn listed(wanted: impl Fn(&(SocketAddr, SocketAddr)) -> bool) -> Sockets {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let rows = tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(row);
    rows.filter(|(ends, _)| wanted(ends)).collect()
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
    use std::net::{TcpListener, TcpStream};

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
        let ends = (near.local_addr().unwrap(), near.peer_addr().unwrap());
        let found = listed(|other| *other == ends || *other == (ends.1, ends.0));
        assert_eq!(found.len(), 2);
        assert!(found.values().all(|socket| socket.inode != 0));
        assert!(own_addresses().contains(&"127.0.0.1".parse().unwrap()));
    }
}
