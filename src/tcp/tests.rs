//! Streams cut, shuffled, doubled, overlapped, wrapped and holed, against what was sent.

mod parking;

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;
use crate::base::pack::Pack;
use crate::base::spill::Spill;
use crate::base::{At, Origin, PacketNumber, Part, Side, Timestamp, limits};
use crate::net::{Endpoints, Segment, TcpFlags};

/// What came out of one connection: bytes in place, `None` for missing ones, by side.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Seen {
    a: Vec<Option<u8>>,
    b: Vec<Option<u8>>,
    ends: Vec<Side>,
    conflicts: usize,
}

crate::base::pack::pack_struct!(Seen { a, b, ends, conflicts });

#[derive(Debug, Default)]
struct Record {
    closed: Vec<(u32, Seen)>,
}

impl Handler<Seen> for Record {
    fn event(&mut self, _: &Info, app: &mut Seen, side: Side, event: Event<'_>) {
        let stream = if side == Side::A { &mut app.a } else { &mut app.b };
        match event {
            Event::Part(Part::Bytes(chunk)) => stream.extend(chunk.bytes.iter().map(|byte| Some(*byte))),
            Event::Part(Part::Gap(gap)) => stream.extend(std::iter::repeat_n(None, gap.len as usize)),
            Event::Part(Part::End { .. }) => app.ends.push(side),
            Event::Conflict { .. } => app.conflicts += 1,
            Event::Checksum { .. } | Event::Unacknowledged(_) => {}
            Event::Cap { .. } | Event::Part(Part::Reset { .. }) => {}
        }
    }

    fn closed(&mut self, info: &Info, app: Seen) {
        self.closed.push((info.id.0, app));
    }

    fn tick(&mut self, _: &Info, _: &mut Seen, _: &Now) {}

    fn park(&mut self, app: &mut Seen, out: &mut Vec<u8>) -> bool {
        app.pack(out);
        if app.a.starts_with(LARGE) {
            out.extend_from_slice(&vec![0; Spill::LARGEST]);
        }
        true
    }

    fn unpark(&mut self, from: &mut &[u8]) -> Option<Seen> {
        Seen::unpack(from)
    }

    fn pending(&self, _: &Seen) -> Option<PacketNumber> {
        None
    }
}

struct Wire {
    table: Connections<Seen>,
    record: Record,
    packet: u64,
    /// Nanoseconds in which nothing was captured.
    idle: i64,
    /// Bytes of the capture that belong to others.
    others: u64,
}

impl Default for Wire {
    /// Of several connections all but one are parked at any time.
    fn default() -> Wire {
        Wire { table: Connections::new(1), record: Record::default(), packet: 0, idle: 0, others: 0 }
    }
}

/// A connection that begins so fits no place of a spill file.
const LARGE: &[Option<u8>] = &[Some(b'L')];

const CLIENT: u16 = 40_000;
const SERVER: u16 = 80;

fn to_server(client: u32) -> Endpoints {
    let (source, destination) = (IpAddr::V4(Ipv4Addr::from_bits(client)), IpAddr::V4(Ipv4Addr::LOCALHOST));
    Endpoints { source, destination, source_port: 1, destination_port: 2 }
}

impl Wire {
    /// A segment without payload between a server and the client of this number, who sends it if it has SYN.
    fn knock(&mut self, client: u32, flags: u8) -> Endpoints {
        self.packet += 1;
        let to = to_server(client);
        let (source, destination) = (to.destination, to.source);
        let from = Endpoints { source, destination, source_port: 2, destination_port: 1 };
        let segment = Segment {
            endpoints: if flags & SYN != 0 { to } else { from },
            sequence: 0,
            acknowledgement: 1,
            flags: TcpFlags(flags),
            window: 0,
            whole: &[],
            payload: &[],
            cut: 0,
            payload_offset: None,
        };
        self.table.push(&segment, At::default(), Origin::Made, &Now::default(), &mut self.record);
        segment.endpoints
    }

    fn send(&mut self, from: u16, flags: u8, sequence: u32, acknowledgement: u32, payload: &[u8]) {
        self.send_cut(from, flags, sequence, acknowledgement, payload, 0);
    }

    fn send_cut(&mut self, from: u16, flags: u8, sequence: u32, acknowledgement: u32, payload: &[u8], cut: u32) {
        self.packet += 1;
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let segment = Segment {
            endpoints: Endpoints {
                source: address,
                destination: address,
                source_port: from,
                destination_port: if from == CLIENT { SERVER } else { CLIENT },
            },
            sequence,
            acknowledgement,
            flags: TcpFlags(flags),
            window: 1000,
            whole: payload,
            payload,
            cut,
            payload_offset: None,
        };
        let time = Timestamp(i64::try_from(self.packet).unwrap() * 1000 + self.idle);
        let now = Now { packet: self.packet, position: self.packet * 100 + self.others, time };
        self.table.sweep(&now, &mut self.record);
        self.table.push(&segment, At { packet: self.packet, time }, Origin::Made, &now, &mut self.record);
    }

    fn finish(mut self) -> Vec<(u32, Seen)> {
        let now = Now { packet: self.packet + 1, ..Now::default() };
        self.table.finish(&now, &mut self.record);
        assert_eq!(self.table.oldest_pending(), None);
        self.record.closed
    }
}

const SYN: u8 = TcpFlags::SYN;
const ACK: u8 = TcpFlags::ACK;
const FIN: u8 = TcpFlags::FIN;
const RST: u8 = TcpFlags::RST;

fn text(stream: &[Option<u8>]) -> String {
    stream.iter().map(|byte| byte.map_or('_', char::from)).collect()
}

fn only(seen: Vec<(u32, Seen)>) -> Seen {
    assert_eq!(seen.len(), 1, "{seen:?}");
    seen.into_iter().next().unwrap().1
}

#[test]
fn an_ordinary_connection() {
    let mut wire = Wire::default();
    wire.send(CLIENT, SYN, 99, 0, b"");
    wire.send(SERVER, SYN | ACK, 499, 100, b"");
    wire.send(CLIENT, ACK, 100, 500, b"hello");
    wire.send(SERVER, ACK, 500, 105, b"world");
    wire.send(CLIENT, ACK, 104, 505, b"\0");
    wire.send(CLIENT, FIN | ACK, 105, 505, b"!");
    wire.send(SERVER, FIN | ACK, 505, 107, b"");
    wire.send(CLIENT, ACK, 107, 506, b"");
    let seen = only(wire.finish());
    assert_eq!((text(&seen.a).as_str(), text(&seen.b).as_str()), ("hello!", "world"));
    assert_eq!(seen.ends, [Side::A, Side::B]);
    assert_eq!(seen.conflicts, 0, "a keep-alive probe's byte is no second copy");
}

#[test]
fn a_syn_that_the_capture_has_late_still_starts_its_stream() {
    let mut wire = Wire::default();
    wire.send(CLIENT, ACK, 103, 500, b"lo");
    wire.send(CLIENT, ACK, 100, 500, b"hel");
    wire.send(CLIENT, SYN, 99, 0, b"");
    wire.send(SERVER, SYN | ACK, 499, 100, b"");
    assert_eq!(text(&only(wire.finish()).a), "hello");
}

#[test]
fn a_new_syn_starts_another_connection_and_an_old_one_does_not() {
    let mut wire = Wire::default();
    for isn in [99u32, 99, 5_000] {
        wire.send(CLIENT, SYN, isn, 0, b"");
        wire.send(CLIENT, ACK, isn.wrapping_add(1), 0, b"x");
    }
    wire.send(CLIENT, RST, 5_002, 0, b"");
    wire.send(CLIENT, SYN, 9_000, 0, b"");
    let seen = wire.finish();
    assert_eq!(
        seen.iter().map(|(id, seen)| (*id, text(&seen.a))).collect::<Vec<_>>(),
        [(0, "x".to_owned()), (1, "x".to_owned()), (2, String::new())]
    );
}

#[test]
fn a_lost_run_becomes_a_gap_once_acknowledged_and_a_cut_one_at_once() {
    let mut wire = Wire::default();
    wire.send(CLIENT, SYN, 99, 0, b"");
    wire.send_cut(CLIENT, ACK, 100, 0, b"ab", 3);
    wire.send(CLIENT, ACK, 110, 0, b"xyz");
    wire.send(SERVER, ACK, 500, 113, b"");
    assert_eq!(wire.table.oldest_pending(), Some(3));
    for _ in 0..600 {
        wire.send(SERVER, ACK, 500, 113, b"");
    }
    assert_eq!(wire.table.oldest_pending(), None);
    assert_eq!(text(&only(wire.finish()).a), "ab________xyz");
}

#[test]
fn a_syn_sent_again_after_a_reset_opens_the_same_connection() {
    // Nobody listened yet; or the server had something left of an older connection (RFC 9293 section 3.5.1).
    let refused = |wire: &mut Wire| wire.send(SERVER, RST | ACK, 0, 100, b"");
    let half_open = |wire: &mut Wire| {
        wire.send(SERVER, ACK, 7_000_000, 9_000_000, b"");
        wire.send(CLIENT, RST, 9_000_000, 0, b"");
    };
    for first in [&refused as &dyn Fn(&mut Wire), &half_open] {
        let mut wire = Wire::default();
        wire.send(CLIENT, SYN, 99, 0, b"");
        first(&mut wire);
        wire.idle += 3_000_000_000;
        wire.send(CLIENT, SYN, 99, 0, b"");
        wire.send(SERVER, SYN | ACK, 499, 100, b"");
        wire.send(CLIENT, ACK, 100, 500, b"hello");
        wire.send(SERVER, ACK, 500, 105, b"world");
        let seen = only(wire.finish());
        assert_eq!((text(&seen.a).as_str(), text(&seen.b).as_str()), ("hello", "world"));
    }
    // Another SYN is another connection.
    let mut wire = Wire::default();
    wire.send(CLIENT, SYN, 99, 0, b"");
    refused(&mut wire);
    wire.send(CLIENT, SYN, 5099, 0, b"");
    assert_eq!(wire.finish().len(), 2);
}

/// An open connection on which both sides have sent a word and had it acknowledged.
fn greeted() -> Wire {
    let mut wire = Wire::default();
    wire.send(CLIENT, SYN, 99, 0, b"");
    wire.send(SERVER, SYN | ACK, 499, 100, b"");
    wire.send(CLIENT, ACK, 100, 500, b"hello");
    wire.send(SERVER, ACK, 500, 105, b"world");
    wire.send(CLIENT, ACK, 105, 505, b"");
    wire
}

#[test]
fn what_is_far_ahead_and_never_received_does_not_end_the_stream() {
    let mut wire = greeted();
    // A forgery, or a mistake of something on the way: the client acknowledges nothing of it.
    wire.send(SERVER, ACK, 70_505, 105, b"junk");
    wire.idle += 60_000_000_000;
    wire.send(CLIENT, ACK, 105, 505, b"!");
    wire.send(SERVER, ACK, 505, 106, b", again");
    wire.send(SERVER, FIN | ACK, 512, 106, b"");
    wire.send(CLIENT, FIN | ACK, 106, 513, b"");
    assert_eq!(wire.table.counts().stray, 4);
    let seen = only(wire.finish());
    assert_eq!((text(&seen.a).as_str(), text(&seen.b).as_str()), ("hello!", "world, again"));
    assert_eq!(seen.ends, [Side::B, Side::A]);
}

#[test]
fn a_run_that_was_received_is_a_gap_after_the_same_rest() {
    let mut wire = greeted();
    wire.send(SERVER, ACK, 508, 105, b"again");
    wire.send(CLIENT, ACK, 105, 513, b"");
    wire.idle += 60_000_000_000;
    wire.send(SERVER, ACK, 513, 105, b".");
    let seen = only(wire.finish());
    assert_eq!(text(&seen.b), "world___again.");
}

#[test]
fn what_was_received_behind_a_hole_is_kept_on_a_busy_link() {
    let mut wire = greeted();
    wire.send(SERVER, ACK, 508, 105, b"again");
    // Less time than a retransmission takes, but more than is held: the receiver has "again", and does not ask for it.
    wire.others += 17 << 20;
    wire.send(CLIENT, ACK, 105, 505, b"");
    wire.send(SERVER, ACK, 513, 105, b".");
    assert_eq!(text(&only(wire.finish()).b), "world___again.");
}

#[test]
fn what_lies_behind_the_end_is_not_of_the_stream() {
    let mut wire = greeted();
    wire.send(SERVER, ACK, 70_505, 105, b"junk");
    wire.send(SERVER, FIN | ACK, 505, 105, b"");
    wire.send(CLIENT, FIN | ACK, 105, 506, b"");
    let seen = only(wire.finish());
    assert_eq!((text(&seen.b).as_str(), seen.ends), ("world", vec![Side::B, Side::A]));
}

#[test]
fn the_first_copy_wins_and_the_other_is_said() {
    let mut wire = Wire::default();
    wire.send(CLIENT, SYN, 99, 0, b"");
    wire.send(CLIENT, ACK, 103, 0, b"def");
    wire.send(CLIENT, ACK, 101, 0, b"bcDEFg");
    wire.send(CLIENT, ACK, 100, 0, b"a");
    // Copies of what was handed on: the same, other bytes, and half of each with something new behind it.
    wire.send(CLIENT, ACK, 100, 0, b"abcdefg");
    wire.send(CLIENT, ACK, 102, 0, b"cXef");
    wire.send(CLIENT, ACK, 105, 0, b"fGh");
    let seen = only(wire.finish());
    assert_eq!((text(&seen.a).as_str(), seen.conflicts), ("abcdefgh", 3));
}

#[test]
fn a_flood_of_syns_is_forgotten_in_order() {
    let mut wire = Wire::default();
    let mut by_group = [0_u64; Endpoints::GROUPS];
    for i in 0..400_000u32 {
        by_group[usize::from(wire.knock(i, SYN).group())] += 1;
    }
    let counts = wire.table.counts();
    let most = (limits::SILENT_CONNECTIONS / Endpoints::GROUPS) as u64;
    let too_many: u64 = by_group.iter().map(|count| count.saturating_sub(most)).sum();
    assert!(too_many > 100_000);
    assert_eq!((counts.connections, counts.forgotten), (400_000, too_many));
    assert_eq!(wire.record.closed.len() as u64, too_many, "of those it is told that they are over");
}

/// A scan of ports that are closed: however many there are, none is open, so none is given up.
#[test]
fn who_is_refused_is_not_among_those_given_up() {
    const MOST: usize = limits::SILENT_CONNECTIONS / Endpoints::GROUPS;
    let group = to_server(0).group();
    let one_group: Vec<u32> = (0..).filter(|client| to_server(*client).group() == group).take(MOST + 10).collect();
    let mut wire = Wire::default();
    for client in &one_group {
        wire.knock(*client, SYN);
        wire.knock(*client, RST | ACK);
    }
    assert_eq!((wire.table.counts().connections, wire.table.counts().forgotten), (MOST as u64 + 10, 0));
    assert_eq!(wire.record.closed.len(), 10, "they are forgotten all the same");
    // The same SYN again, of the first that will be forgotten: that one is open once more.
    wire.knock(one_group[10], SYN);
    let others = (u32::MAX / 2..).filter(|client| to_server(*client).group() == group).take(1);
    others.for_each(|client| _ = wire.knock(client, SYN));
    assert_eq!(wire.table.counts().forgotten, 1);
}

/// Packets after the first that may still come before it in a stream joined mid-way.
const SHUFFLED: usize = patience::JOIN.packets as usize;

#[test]
fn the_start_of_a_stream_joined_mid_way_is_the_first_byte_that_came_soon() {
    for (before, expected) in [(SHUFFLED, "abc"), (SHUFFLED + 1, "bc")] {
        let mut wire = Wire::default();
        for _ in 0..before {
            wire.send(CLIENT, ACK, 101, 0, b"b");
        }
        wire.send(CLIENT, ACK, 100, 0, b"ab");
        wire.send(CLIENT, ACK, 102, 0, b"c");
        let seen = only(wire.finish());
        assert_eq!((text(&seen.a).as_str(), seen.conflicts), (expected, 0));
    }
}

#[derive(Debug, Clone)]
struct Cut {
    start: usize,
    len: usize,
    delay: usize,
    copies: usize,
}

fn cuts(len: usize) -> impl Strategy<Value = Vec<Cut>> {
    proptest::collection::vec((0..len, 1..40usize, 0..30usize, 1..3usize), 0..60)
        .prop_map(|v| v.into_iter().map(|(start, len, delay, copies)| Cut { start, len, delay, copies }).collect())
}

proptest! {
    /// The same stream, cut, shuffled, doubled, overlapped and wrapped any way, gives the same bytes: from its first on
    /// where a SYN tells which that is, else from the first that came soon.
    #[test]
    fn any_order_of_any_cut_gives_the_stream(
        data in proptest::collection::vec(any::<u8>(), 1..400),
        extra in cuts(400),
        sizes in proptest::collection::vec((1..50usize, 0..20usize), 1..400),
        isn: u32,
        syn in any::<bool>(),
    ) {
        // A cover of the stream, each part delayed a little, and any other parts beside it.
        let mut sent: Vec<(usize, usize, usize)> = Vec::new();
        let mut at = 0;
        for (size, delay) in sizes {
            if at < data.len() {
                let end = (at + size).min(data.len());
                sent.push((sent.len() + delay, at, end));
                at = end;
            }
        }
        sent.push((sent.len(), at, data.len()));
        for cut in extra {
            let start = cut.start.min(data.len() - 1);
            for copy in 0..cut.copies {
                sent.push((cut.delay + copy * 7, start, (start + cut.len).min(data.len())));
            }
        }
        sent.sort();
        let mut wire = Wire::default();
        if syn {
            wire.send(CLIENT, SYN, isn, 0, b"");
        }
        for (_, start, end) in &sent {
            let sequence = isn.wrapping_add(1).wrapping_add(*start as u32);
            wire.send(CLIENT, ACK, sequence, 0, &data[*start..*end]);
        }
        let seen = only(wire.finish());
        prop_assert_eq!(seen.conflicts, 0);
        // A segment without payload passes time, but starts nothing.
        let from_first = sent.iter().skip_while(|(_, start, end)| start == end).take(SHUFFLED + 1);
        let soon = from_first.filter(|(_, start, end)| start < end).map(|(_, start, _)| *start);
        let first = if syn { 0 } else { soon.min().unwrap() };
        prop_assert_eq!(seen.a, data[first..].iter().copied().map(Some).collect::<Vec<_>>());
    }

    /// What is lost is a gap of its length, and everything else keeps its place.
    #[test]
    fn lost_segments_leave_gaps_of_their_length(
        data in proptest::collection::vec(any::<u8>(), 100..400),
        lost in proptest::collection::vec(any::<bool>(), 40),
        isn: u32,
        acknowledge: bool,
    ) {
        let mut wire = Wire::default();
        wire.send(CLIENT, SYN, isn, 0, b"");
        let mut expected: Vec<Option<u8>> = Vec::new();
        let first = isn.wrapping_add(1);
        for (i, part) in data.chunks(10).enumerate() {
            let sequence = first.wrapping_add(u32::try_from(i * 10).unwrap());
            if lost[i] && i * 10 + 10 < data.len() {
                expected.extend(std::iter::repeat_n(None, part.len()));
            } else {
                wire.send(CLIENT, ACK, sequence, 0, part);
                expected.extend(part.iter().map(|byte| Some(*byte)));
            }
            if acknowledge {
                wire.send(SERVER, ACK, 1, sequence.wrapping_add(10), b"");
            }
        }
        let seen = only(wire.finish());
        prop_assert_eq!(seen.a, expected);
    }
}
