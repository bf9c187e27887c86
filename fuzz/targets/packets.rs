//! How an input spells packets: each is `link, flags, length high, length low` and as many bytes.
//!
//! Bits 0 to 3 of `flags`: what the snap length cut (0, or a power of two); bits 4 to 7: the time since the packet
//! before, an index into [`STEPS`].

use sockeye::base::{LinkType, Packet, Timestamp};

const LINKS: [LinkType; 47] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::PPP,
    LinkType::PPP_ETHER,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType(50),
    LinkType(104),
    LinkType(12),
    LinkType(147),
    LinkType(105),
    LinkType(127),
    LinkType(192),
    LinkType(204),
    LinkType(117),
    LinkType(239),
    LinkType(258),
    LinkType(109),
    LinkType(242),
    LinkType(247),
    LinkType(6),
    LinkType(8),
    LinkType(100),
    LinkType(107),
    LinkType(119),
    LinkType(122),
    LinkType(123),
    LinkType(128),
    LinkType(138),
    LinkType(163),
    LinkType(178),
    LinkType(179),
    LinkType(181),
    LinkType(197),
    LinkType(219),
    LinkType(226),
    LinkType(240),
    LinkType(241),
    LinkType(274),
    LinkType(281),
    LinkType(282),
    LinkType(284),
    LinkType(10),
];

/// Milliseconds; the last one steps back.
const STEPS: [i64; 16] = [0, 1, 2, 5, 10, 20, 40, 60, 200, 600, 1000, 2000, 10_000, 21_000, 61_000, -500];

/// The packets of an input. Positions count in the input.
pub fn packets(input: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    let mut rest = input;
    let mut number = 0;
    let mut time = Timestamp::default();
    std::iter::from_fn(move || {
        let ([link, flags, high, low], after) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (data, after) = after.split_at(length);
        let position = (input.len() - after.len() - length) as u64;
        rest = after;
        number += 1;
        time = Timestamp(time.0 + STEPS[usize::from(flags >> 4)] * 1_000_000);
        let cut = if flags & 0x0f == 0 { 0 } else { 1u32 << (flags & 0x0f) };
        Some(Packet {
            number,
            time,
            link: LINKS[usize::from(*link) % LINKS.len()],
            data,
            wire_len: length as u32 + cut,
            interface: 0,
            position,
            comment: None,
        })
    })
}
