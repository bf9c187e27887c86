//! Single sockets, as the kernel says them when it is asked for one connection (`NETLINK_SOCK_DIAG`, sock_diag(7)).
//!
//! In: a connection, its near end first. Out: its socket, in a time that does not depend on how many there are. Where the kernel
//! does not have this, [`Diag::open`] gives nothing. An answer to something else, or none, is no socket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

use super::sockets::{Socket, carries};
use super::{Protocol, Question};

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `NLMSG_DONE`.
const DONE: u16 = 3;
/// `NLM_F_REQUEST`.
const REQUEST: u16 = 1;
/// `NLM_F_DUMP`.
const DUMP: u16 = 0x300;
/// `AF_INET` and `AF_INET6`.
const FAMILIES: [u8; 2] = [2, 10];
/// `IPPROTO_TCP`.
const TCP: u8 = 6;
/// `IPPROTO_UDP`.
const UDP: u8 = 17;
/// `INET_DIAG_NOCOOKIE`.
const NO_COOKIE: [u8; 8] = [0xff; 8];
/// Bytes of an answer, with room for what newer kernels say.
const ANSWER: usize = 8192;

/// The way to ask.
#[derive(Debug)]
pub(super) struct Diag {
    socket: OwnedFd,
    sequence: u32,
}

impl Diag {
    /// Opens it, where the kernel has it.
    pub fn open() -> Option<Diag> {
        let socket =
            socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(SOCK_DIAG)).ok()?;
        let mut diag = Diag { socket, sequence: 0 };
        // A list of sockets in no state is empty, and is given where there are such lists.
        let any = SocketAddr::from(([0; 4], 0));
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            let (kind, _) = diag.ask(DUMP, 0, Question { protocol, ends: (any, any) })?;
            if kind != DONE {
                return None;
            }
        }
        Some(diag)
    }

    /// The socket of a connection.
    pub fn find(&mut self, question: Question) -> Option<Socket> {
        let (kind, answer) = self.ask(0, u32::MAX, question)?;
        let (ends, socket) = (kind == BY_FAMILY).then(|| socket_of(&answer)).flatten()?;
        // Without one in use the kernel may name one that listens.
        carries(ends, &question).then_some(socket)
    }

    /// The type and the body of the answer.
    fn ask(&mut self, flags: u16, states: u32, question: Question) -> Option<(u16, Vec<u8>)> {
        self.sequence = self.sequence.wrapping_add(1);
        let body = request(states, question)?;
        let length = u32::try_from(16 + body.len()).ok()?;
        let mut message = length.to_ne_bytes().to_vec();
        message.extend(BY_FAMILY.to_ne_bytes());
        message.extend((REQUEST | flags).to_ne_bytes());
        message.extend(self.sequence.to_ne_bytes());
        message.extend([0; 4]);
        message.extend(body);
        sendto(&self.socket, &message, SendFlags::empty(), &SocketAddrNetlink::new(0, 0)).ok()?;
        let mut buffer = vec![0; ANSWER];
        // It is there when the question was taken. What is left of an earlier one is passed over.
        loop {
            let (length, _) = recv(&self.socket, buffer.as_mut_slice(), RecvFlags::DONTWAIT).ok()?;
            let answer = buffer.get(..length)?;
            if word(answer, 8)? == self.sequence {
                let kind = u16::from_ne_bytes(*answer.get(4..)?.first_chunk()?);
                return Some((kind, answer.get(16..)?.to_vec()));
            }
        }
    }
}

/// `struct inet_diag_req_v2`.
fn request(states: u32, question: Question) -> Option<Vec<u8>> {
    let [four, six] = FAMILIES;
    let (protocol, (near, far)) = match question.protocol {
        Protocol::Tcp => (TCP, question.ends),
        // The other way round, as the kernel has it "for historical reasons".
        Protocol::Udp => (UDP, question.turned().ends),
    };
    let mut body = vec![if near.is_ipv4() { four } else { six }, protocol, 0, 0];
    body.extend(states.to_ne_bytes());
    body.extend(near.port().to_be_bytes());
    body.extend(far.port().to_be_bytes());
    for end in [near, far] {
        match end.ip() {
            IpAddr::V4(address) => body.extend([&address.octets()[..], &[0; 12]].concat()),
            IpAddr::V6(address) => body.extend(address.octets()),
        }
    }
    body.extend([0; 4]);
    body.extend(NO_COOKIE);
    (near.is_ipv4() == far.is_ipv4()).then_some(body)
}

/// `struct inet_diag_msg`: both ends of a socket, near end first, and what it is.
fn socket_of(body: &[u8]) -> Option<((SocketAddr, SocketAddr), Socket)> {
    let family = *body.first()?;
    let port = |at: usize| Some(u16::from_be_bytes(*body.get(at..)?.first_chunk()?));
    let address = |at: usize| {
        let octets: [u8; 16] = *body.get(at..)?.first_chunk()?;
        let [a, b, c, d, ..] = octets;
        Some(match family {
            2 => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            // A socket of IPv6 may speak IPv4.
            _ => IpAddr::V6(Ipv6Addr::from(octets)).to_canonical(),
        })
    };
    let near = SocketAddr::new(address(8)?, port(4)?);
    let far = SocketAddr::new(address(24)?, port(6)?);
    let socket = Socket { uid: word(body, 64)?, inode: word(body, 68)?.into() };
    FAMILIES.contains(&family).then_some(((near, far), socket))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    /// The number of an open socket, as `/proc` has it.
    fn inode(socket: &impl AsRawFd) -> u64 {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
        let name = link.to_str().unwrap().strip_prefix("socket:[").unwrap();
        name.strip_suffix(']').unwrap().parse().unwrap()
    }

    #[test]
    fn the_socket_at_either_end_is_found() {
        let Some(mut diag) = Diag::open() else {
            eprintln!("SKIPPED: this kernel does not say single sockets");
            return;
        };
        for address in ["127.0.0.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                eprintln!("SKIPPED: no {address} here");
                continue;
            };
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (far, _) = listener.accept().unwrap();
            let end = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
            let ends = (end(near.local_addr().unwrap()), end(near.peer_addr().unwrap()));
            assert_eq!(diag.find(Question::tcp(ends)).map(|socket| socket.inode), Some(inode(&near)), "{address}");
            assert_eq!(
                diag.find(Question::tcp((ends.1, ends.0))).map(|socket| socket.inode),
                Some(inode(&far)),
                "{address}"
            );
            // The one that listens is not taken for it.
            let stranger = SocketAddr::new(ends.0.ip(), ends.0.port() ^ 1);
            assert_eq!(diag.find(Question::tcp((ends.1, stranger))), None, "{address}");
        }
        let mixed = ("127.0.0.1:1".parse().unwrap(), "[::1]:1".parse().unwrap());
        assert_eq!(diag.find(Question::tcp(mixed)), None);
    }

    #[test]
    fn an_answer_that_is_cut_is_none() {
        let mut body = vec![2, 1, 0, 0, 0x1f, 0x90, 0x00, 0x50, 127, 0, 0, 1];
        body.resize(24, 0);
        body.extend([10, 0, 0, 2]);
        body.resize(64, 0);
        body.extend(1000u32.to_ne_bytes());
        body.extend(54321u32.to_ne_bytes());
        let ends = ("127.0.0.1:8080".parse().unwrap(), "10.0.0.2:80".parse().unwrap());
        assert_eq!(socket_of(&body), Some((ends, Socket { inode: 54321, uid: 1000 })));
        for length in 0..body.len() {
            assert_eq!(socket_of(&body[..length]), None, "{length}");
        }
        body[0] = 1;
        assert_eq!(socket_of(&body), None);
    }
}
