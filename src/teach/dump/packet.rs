//! The bytes of a whole packet, as Wireshark and tcpdump print them: where what TCP carries begins in it.
//!
//! Taken for a packet are only bytes whose IP header says exactly how long they are.

/// Bytes before the IP header: none, of a loopback interface, of Ethernet, of Linux's cooked captures.
const LINK: [usize; 5] = [0, 4, 14, 16, 20];

/// Where the payload of TCP begins and ends; `None` where the bytes are no packet.
pub fn payload(bytes: &[u8]) -> Option<(usize, usize)> {
    LINK.iter().find_map(|link| {
        let (header, end) = ip(bytes.get(*link..)?)?;
        let (tcp, end) = (link + header, link + end);
        let start = tcp + usize::from(bytes.get(tcp + 12)? >> 4) * 4;
        (start >= tcp + 20 && start <= end).then_some((start, end))
    })
}

/// Bytes of an IP header before TCP, and of the datagram. Ethernet fills short ones up to 60 bytes.
fn ip(bytes: &[u8]) -> Option<(usize, usize)> {
    let number = |at: usize| Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
    let (header, len, protocol) = match bytes.first()? >> 4 {
        4 => (usize::from(bytes.first()? & 15) * 4, number(2)?, *bytes.get(9)?),
        6 => (40, 40 + number(4)?, *bytes.get(6)?),
        _ => return None,
    };
    let fits = len == bytes.len() || (len < bytes.len() && bytes.len() <= 46);
    (fits && header >= 20 && protocol == 6).then_some((header, len))
}
