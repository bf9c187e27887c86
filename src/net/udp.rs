//! One UDP datagram with its addresses, borrowed from a packet.

use super::segment::Endpoints;

/// A UDP datagram that is no tunnel known here (RFC 768).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UdpDatagram<'a> {
    /// Who sent it to whom.
    pub endpoints: Endpoints,
    /// Captured payload bytes, up to the first that was not captured.
    pub payload: &'a [u8],
    /// Payload bytes that followed on the wire and were not captured.
    pub cut: u32,
    /// Where `payload` starts in the packet's bytes; `None` where it was put together from fragments.
    pub payload_offset: Option<u32>,
}

/// The payload starts with a long header of QUIC in a version that is known: 1 (RFC 9000), 2 (RFC 9369) or a draft.
///
/// Both fixed bits are set and both connection IDs are at most 20 bytes long and there (RFC 9000 section 17.2). Packets
/// with a short header cannot be told from other traffic.
///
/// ```
/// use sockeye::net::looks_like_quic;
/// // The start of RFC 9001 appendix A.2.
/// let initial = [0xc0, 0, 0, 0, 1, 8, 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08, 0, 0, 0x44, 0x9e];
/// assert!(looks_like_quic(&initial));
/// assert!(!looks_like_quic(&initial[..13]));
/// ```
#[must_use]
pub fn looks_like_quic(payload: &[u8]) -> bool {
    const LONGEST_ID: u8 = 20;
    let Some((&[first, v0, v1, v2, v3], ids)) = payload.split_first_chunk::<5>() else { return false };
    let version = u32::from_be_bytes([v0, v1, v2, v3]);
    let known = matches!(version, 1 | 0x6b33_43cf | 0xff00_0000..=0xff00_00ff);
    let id = |bytes: &[u8]| {
        let len = *bytes.first().filter(|len| **len <= LONGEST_ID)?;
        Some(usize::from(len) + 1)
    };
    let both = id(ids).and_then(|len| ids.get(len..)).and_then(|rest| rest.get(..id(rest)?));
    first & 0xc0 == 0xc0 && known && both.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quic_needs_both_bits_a_known_version_and_short_ids() {
        let packet = |first: u8, version: [u8; 4], id: u8| {
            [&[first][..], &version, &[id], &vec![7; id.into()], &[0, 9]].concat()
        };
        assert!(looks_like_quic(&packet(0xc0, [0, 0, 0, 1], 8)));
        assert!(looks_like_quic(&packet(0xd3, [0x6b, 0x33, 0x43, 0xcf], 20)));
        assert!(looks_like_quic(&packet(0xff, [0xff, 0, 0, 29], 0)));
        for other in [
            packet(0x40, [0, 0, 0, 1], 8),
            packet(0x80, [0, 0, 0, 1], 8),
            packet(0xc0, [0, 0, 0, 3], 8),
            packet(0xc0, [0, 0, 0, 1], 21),
        ] {
            assert!(!looks_like_quic(&other), "{other:02x?}");
        }
        let whole = packet(0xc0, [0, 0, 0, 1], 8);
        for len in 0..15 {
            assert!(!looks_like_quic(&whole[..len]), "{len}");
        }
    }
}
