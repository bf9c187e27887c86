//! Datagrams cut into fragments, in any order, doubled, cut again by a snap length, or never whole.

use proptest::prelude::*;

use super::builders::*;
use crate::base::{At, LinkType, Timestamp, limits};
use crate::net::{Kind, Net, Part, TcpFlags, Transport};

/// What a segment holds: sequence, flags, payload, cut.
type Found = (u32, u8, Vec<u8>, u32);

/// Pushes packets, each with the number of its captured bytes, at one packet a millisecond.
fn push_all(net: &mut Net, packets: &[(Vec<u8>, usize)]) -> Vec<Found> {
    let mut found = Vec::new();
    for (n, (packet, captured)) in packets.iter().enumerate() {
        let at = At { packet: n as u64 + 1, time: Timestamp(n as i64 * 1_000_000) };
        let data = &packet[..(*captured).min(packet.len())];
        net.push(LinkType::RAW, data, packet.len() as u32, at, |transport| {
            let Transport::Tcp(segment) = transport else { return };
            found.push((segment.sequence, segment.flags.0, segment.payload.to_vec(), segment.cut));
        });
    }
    found
}

fn whole(packets: Vec<Vec<u8>>) -> Vec<(Vec<u8>, usize)> {
    packets.into_iter().map(|packet| (packet, usize::MAX)).collect()
}

/// `bytes` as fragments that end at `cuts` (in units of 8 bytes).
fn fragments(v6: bool, identification: u16, bytes: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut * 8).filter(|end| *end > 0 && *end < bytes.len()).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.push(bytes.len());
    let mut start = 0;
    ends.iter()
        .map(|end| {
            let (piece, more, offset) = (&bytes[start..*end], *end != bytes.len(), start as u16);
            start = *end;
            match v6 {
                true => ipv6_fragment(6, identification.into(), offset, more, piece),
                false => ipv4_fragment(6, identification, offset, more, piece),
            }
        })
        .collect()
}

proptest! {
    /// Cut any way, in any order, with copies: the same segment.
    #[test]
    fn fragments_give_the_segment_of_the_whole(
        payload in prop::collection::vec(any::<u8>(), 0..400),
        cuts in prop::collection::vec(1usize..50, 1..8),
        again in prop::collection::vec(1usize..50, 0..4),
        v6: bool,
        order in any::<u64>(),
        doubled in any::<u16>(),
    ) {
        let segment = tcp(0x19, &payload);
        let mut packets = fragments(v6, 7, &segment, &cuts);
        prop_assume!(packets.len() > 1);
        for i in 0..packets.len() {
            if doubled & (1 << i) != 0 {
                packets.push(packets[i].clone());
            }
        }
        // The same datagram cut elsewhere: overlaps that agree.
        if !again.is_empty() {
            let other = fragments(v6, 7, &segment, &again);
            if other.len() > 1 {
                packets.extend(other);
            }
        }
        shuffle(&mut packets, order);
        let mut net = Net::default();
        let found = push_all(&mut net, &whole(packets));
        let expected = (1000, 0x19, payload, 0);
        prop_assert!(!found.is_empty());
        // Pieces of another cut may make a second copy of the datagram; never another one.
        prop_assert!(found.iter().all(|found| *found == expected));
        if again.is_empty() {
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(net.waiting(), (0, 0));
        }
    }

    /// Fragments cut by a snap length: what was captured arrives at its place, what was not is counted in `cut`.
    #[test]
    fn cut_fragments_leave_holes_of_known_length(
        payload in prop::collection::vec(any::<u8>(), 1..400),
        cuts in prop::collection::vec(1usize..50, 1..6),
        snap in 34usize..200,
        order in any::<u64>(),
    ) {
        let segment = tcp(0x1b, &payload);
        let packets = fragments(false, 7, &segment, &cuts);
        prop_assume!(packets.len() > 1);
        let mut expected = vec![None; payload.len()];
        let mut flags_captured = false;
        for packet in &packets {
            let offset = usize::from(u16::from_be_bytes([packet[6], packet[7]]) & 0x1fff) * 8;
            for (position, byte) in packet.iter().enumerate().take(snap).skip(20) {
                flags_captured |= offset + position - 20 == 13;
                if let Some(place) = (offset + position).checked_sub(40).and_then(|at| expected.get_mut(at)) {
                    *place = Some(*byte);
                }
            }
        }
        let mut packets: Vec<_> = packets.into_iter().map(|packet| (packet, snap)).collect();
        shuffle(&mut packets, order);
        let mut net = Net::default();
        let found = push_all(&mut net, &packets);
        // A hole inside the header hides what follows.
        prop_assume!(!found.is_empty());
        prop_assert!(flags_captured);
        let mut got = Vec::new();
        for (i, (sequence, flags, bytes, cut)) in found.iter().enumerate() {
            let syn = u32::from(i > 0);
            prop_assert_eq!(*sequence, 1000 + syn + got.len() as u32);
            prop_assert_eq!(TcpFlags(*flags).syn(), i == 0);
            prop_assert_eq!(TcpFlags(*flags).fin(), i + 1 == found.len());
            got.extend(bytes.iter().copied().map(Some));
            got.extend(std::iter::repeat_n(None, *cut as usize));
        }
        prop_assert_eq!(got, expected);
        prop_assert_eq!(net.counts().tcp, 1);
    }

    /// Any fragments at all: bounded, counted once, no panic.
    #[test]
    fn any_fragments_are_counted_once(
        packets in prop::collection::vec((0u16..4, 0u16..8192, any::<bool>(), 0usize..64, any::<bool>(), 20usize..90), 0..200),
    ) {
        let packets: Vec<_> = packets
            .into_iter()
            .map(|(id, offset, more, len, v6, captured)| match v6 {
                true => (ipv6_fragment(6, id.into(), offset * 8, more, &vec![0x50; len]), captured),
                false => (ipv4_fragment(6, id, offset * 8, more, &vec![0x50; len]), captured),
            })
            .collect();
        let mut net = Net::default();
        push_all(&mut net, &packets);
        let counts = net.counts();
        prop_assert_eq!(counts.packets, packets.len() as u64);
        prop_assert_eq!(counts.tcp + counts.kinds().map(|(_, count)| count).sum::<u64>(), counts.packets);
    }
}

fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for i in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(i, (seed >> 33) as usize % (i + 1));
    }
}

#[test]
fn the_first_copy_of_an_overlap_wins() {
    let segment = tcp(0x18, &[b'a'; 40]);
    let lie = tcp(0x18, &[b'b'; 40]);
    let packets = vec![
        ipv4_fragment(6, 7, 0, true, &segment[..32]),
        ipv4_fragment(6, 7, 24, true, &lie[24..48]),
        ipv4_fragment(6, 7, 48, false, &segment[48..]),
    ];
    let found = push_all(&mut Net::default(), &whole(packets));
    let expected = [&[b'a'; 12][..], &[b'b'; 16], &[b'a'; 12]].concat();
    assert_eq!(found, [(1000, 0x18, expected, 0)]);
}

#[test]
fn a_datagram_that_came_whole_is_not_started_again_by_a_late_copy() {
    let packets = fragments(false, 7, &tcp(0x18, &[1; 40]), &[3]);
    let mut net = Net::default();
    let late = vec![packets[0].clone(), packets[1].clone(), packets[1].clone(), packets[0].clone()];
    assert_eq!(push_all(&mut net, &whole(late)).len(), 1);
    assert_eq!((net.counts().duplicate_fragments, net.waiting()), (2, (0, 0)));
    // A sender that gives every datagram the same number is still understood.
    let next = fragments(false, 7, &tcp(0x18, &[2; 40]), &[3]);
    assert_eq!(push_all(&mut net, &whole(next)), [(1000, 0x18, vec![2; 40], 0)]);
}

#[test]
fn a_tunnel_in_fragments_is_read_and_so_are_fragments_in_a_tunnel() {
    let inner = fragments(false, 9, &tcp(0x18, &[5; 200]), &[10]);
    let mut packets = Vec::new();
    for (id, inner) in inner.iter().enumerate() {
        let (head, tail) = inner.split_at(48);
        packets.push(ipv4_fragment(4, id as u16, 0, true, head));
        packets.push(ipv4_fragment(4, id as u16, 48, false, tail));
    }
    let mut net = Net::default();
    assert_eq!(push_all(&mut net, &whole(packets)), [(1000, 0x18, vec![5; 200], 0)]);
    assert_eq!((net.counts().reassembled, net.counts().tcp, net.counts().of(Kind::Fragment)), (3, 1, 3));
}

#[test]
fn what_never_becomes_whole_is_given_up_in_time() {
    let packets = fragments(false, 7, &tcp(0x18, &[1; 40]), &[3]);
    let mut net = Net::default();
    let late = limits::FRAGMENT_SECONDS + 1;
    for (packet, seconds) in [(&packets[0], 0), (&packets[1], late)] {
        let at = At { packet: 1, time: Timestamp::new(seconds, 0) };
        net.push(LinkType::RAW, packet, packet.len() as u32, at, |_| panic!("fragments of two datagrams"));
    }
    assert_eq!((net.counts().given_up_incomplete, net.waiting().0), (1, 1));
    net.finish();
    assert_eq!((net.counts().given_up_incomplete, net.waiting()), (2, (0, 0)));
}

#[test]
fn the_oldest_is_given_up_when_there_are_too_many() {
    let mut net = Net::default();
    let extra = 100u32;
    for id in 0..limits::FRAGMENTED_DATAGRAMS as u32 + extra {
        let packet = ipv6_fragment(6, id, 0, true, &[0; 8]);
        net.push(LinkType::RAW, &packet, packet.len() as u32, At::default(), |_| panic!());
    }
    assert_eq!(net.waiting().0, limits::FRAGMENTED_DATAGRAMS);
    assert_eq!(net.counts().given_up_cap, u64::from(extra));
    // The newest is still there.
    let last = ipv6_fragment(6, limits::FRAGMENTED_DATAGRAMS as u32 + extra - 1, 8, false, &tcp(0x18, b"x")[8..]);
    net.push(LinkType::RAW, &last, last.len() as u32, At::default(), |_| {});
    assert_eq!(net.counts().reassembled, 1);
}

#[test]
fn bytes_held_stay_under_the_cap() {
    let mut net = Net::default();
    for id in 0..400 {
        for part in 0..20 {
            let packet = ipv4_fragment(6, id, part * 1480, true, &[0; 1480]);
            net.push(LinkType::RAW, &packet, packet.len() as u32, At::default(), |_| panic!());
            assert!(net.waiting().1 <= limits::FRAGMENT_BYTES);
        }
    }
    assert!(net.counts().given_up_cap > 200);
}

#[test]
fn an_offset_near_the_end_takes_no_memory_and_one_beyond_it_is_malformed() {
    let mut net = Net::default();
    let far = ipv4_fragment(6, 1, 65_528, true, &[0; 4]);
    net.push(LinkType::RAW, &far, far.len() as u32, At::default(), |_| panic!());
    assert!(net.waiting().1 < 2048, "{:?}", net.waiting());
    let beyond = ipv4_fragment(6, 1, 65_528, false, &[0; 8]);
    net.push(LinkType::RAW, &beyond, beyond.len() as u32, At::default(), |_| panic!());
    assert_eq!(net.counts().of(Kind::Malformed(Part::Fragment)), 1);
}

#[test]
fn a_udp_datagram_in_fragments_is_handed_over_up_to_its_first_hole() {
    let datagram = udp(443, &[7; 92]);
    let fragments: Vec<_> = [(0, 48, true), (48, 100, false)]
        .map(|(start, end, more)| ipv4_fragment(17, 7, start, more, &datagram[usize::from(start)..end]))
        .into();
    // Whole, and with the second half of the first fragment cut off.
    for (captured, payload, cut) in [(usize::MAX, 92, 0), (20 + 24, 16, 76)] {
        let mut net = Net::default();
        let mut found = Vec::new();
        for packet in fragments.iter().rev() {
            let data = &packet[..packet.len().min(captured)];
            net.push(LinkType::RAW, data, packet.len() as u32, At::default(), |transport| match transport {
                Transport::Udp(datagram) => {
                    found.push((datagram.payload.to_vec(), datagram.cut, datagram.payload_offset))
                }
                Transport::Tcp(segment) => panic!("{segment:?}"),
            });
        }
        assert_eq!(found, [(vec![7; payload], cut, None)]);
        assert_eq!((net.counts().of(Kind::Udp), net.counts().of(Kind::Fragment), net.counts().reassembled), (1, 1, 1));
    }
}
