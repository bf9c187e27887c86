//! Connections: segments of a few flows in any order, with any numbers and flags, while time passes.
//!
//! A byte's value follows from its sequence number, so that what is delivered shows whether it is in place, as long as
//! no operation lies about it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use arbitrary::{Arbitrary, Unstructured};
use sockeye::base::{At, Chunk, Gap, Origin, PacketNumber, Part, Side, Sides, Timestamp};
use sockeye::net::{Endpoints, Segment, TcpFlags};
use sockeye::tcp::{Connections, Event, Handler, Info, Now};

#[derive(Debug, Arbitrary)]
enum Op {
    /// A segment of a flow.
    Segment {
        flow: Flow,
        back: bool,
        number: Number,
        acknowledged: Number,
        flags: u8,
        length: u16,
        cut: u8,
        /// Its bytes are not what they should be.
        lies: bool,
    },
    /// Packets of nobody pass.
    Time { packets: u16, bytes: u16, milliseconds: u16 },
    /// The handler holds bytes back from now on, or no longer.
    Hold(bool),
}

/// One of a few flows; the last is a connection of a socket with itself.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Flow {
    One,
    Two,
    Three,
    Itself,
}

/// A sequence number: near one of the places where streams start, or anywhere.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Number {
    Near { place: u8, offset: u16 },
    Anywhere(u32),
}

impl Number {
    fn get(self) -> u32 {
        match self {
            // Places a window apart, one of them just before the numbers wrap.
            Number::Near { place, offset } => {
                (u32::from(place % 4) << 30).wrapping_sub(5000).wrapping_add(u32::from(offset) / 4)
            }
            Number::Anywhere(number) => number,
        }
    }
}

/// The byte at a sequence number.
fn byte(number: u32) -> u8 {
    (u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// What is kept for a connection.
#[derive(Debug, Default)]
struct App {
    holds: Option<PacketNumber>,
}

/// What the handler has seen of one side.
#[derive(Debug)]
struct Seen {
    offset: u64,
    bytes: u64,
    ended: bool,
    /// Sequence numbers that the first byte may have; one of them must stay true to the bytes.
    origins: Vec<u32>,
}

struct Checker {
    /// Every number that can be that of a first byte.
    origins: Vec<u32>,
    sides: BTreeMap<u32, Sides<Seen>>,
    closed: BTreeSet<u32>,
    packet: PacketNumber,
    hold: bool,
    honest: bool,
    delivered: u64,
    gaps: u64,
}

impl Checker {
    fn seen(&mut self, info: &Info, side: Side) -> &mut Seen {
        let origins = &self.origins;
        let new = || Seen { offset: 0, bytes: 0, ended: false, origins: origins.clone() };
        self.sides.entry(info.id.0).or_insert_with(|| Sides { a: new(), b: new() }).get_mut(side)
    }
}

impl Handler<App> for Checker {
    fn event(&mut self, info: &Info, app: &mut App, side: Side, event: Event<'_>) {
        assert!(!self.closed.contains(&info.id.0), "an event of a connection that is over");
        let (packet, hold, honest) = (self.packet, self.hold, self.honest);
        let seen = self.seen(info, side);
        match event {
            Event::Part(Part::Bytes(Chunk { bytes, at, .. })) => {
                assert!(!bytes.is_empty() && !seen.ended);
                assert!(at.packet <= packet);
                if honest {
                    let offset = seen.offset as u32;
                    let fits = |origin: &u32| {
                        (0u32..)
                            .zip(bytes)
                            .all(|(i, found)| byte(origin.wrapping_add(offset).wrapping_add(i)) == *found)
                    };
                    seen.origins.retain(fits);
                    assert!(!seen.origins.is_empty(), "bytes out of place at {offset}");
                }
                seen.offset += bytes.len() as u64;
                seen.bytes += bytes.len() as u64;
                self.delivered += bytes.len() as u64;
                if hold {
                    app.holds.get_or_insert(at.packet);
                }
            }
            Event::Part(Part::Gap(Gap { len, at, .. })) => {
                assert!(len > 0 && !seen.ended);
                assert!(at.packet <= packet);
                seen.offset += len;
                self.gaps += len;
            }
            Event::Conflict { at, .. } => {
                assert!(at.packet <= packet);
                assert!(!honest, "a conflict among true bytes");
            }
            Event::Checksum { .. } => unreachable!("there are no headers to check"),
            Event::Unacknowledged(_) => {}
            Event::Cap { .. } => assert!(!seen.ended),
            Event::Part(Part::Reset { at }) => assert!(at.packet <= packet && !seen.ended),
            Event::Part(Part::End { at }) => {
                assert!(!seen.ended, "a side ends once");
                assert!(at.packet <= packet);
                seen.ended = true;
            }
        }
    }

    fn closed(&mut self, info: &Info, _: App) {
        assert!(self.closed.insert(info.id.0), "a connection is over once");
    }

    fn pending(&self, app: &App) -> Option<PacketNumber> {
        app.holds
    }

    fn tick(&mut self, _: &Info, app: &mut App, _: &Now) {
        app.holds = None;
    }
}

/// Runs it.
pub fn run(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let ops: Vec<Op> = std::iter::from_fn(|| (!input.is_empty()).then(|| Op::arbitrary(&mut input).ok()).flatten())
        .take(2000)
        .collect();
    let mut origins: Vec<u32> = ops.iter().flat_map(origins).collect();
    origins.sort_unstable();
    origins.dedup();
    let mut checker = Checker {
        origins,
        sides: BTreeMap::new(),
        closed: BTreeSet::new(),
        packet: 0,
        hold: false,
        honest: !ops.iter().any(|op| matches!(op, Op::Segment { lies: true, .. })),
        delivered: 0,
        gaps: 0,
    };
    let mut connections = Connections::<App>::default();
    let mut now = Now::default();
    let mut pushed = 0;
    for op in &ops {
        now.packet += 1;
        now.position += 100;
        checker.packet = now.packet;
        match op {
            Op::Time { packets, bytes, milliseconds } => {
                now.packet += u64::from(*packets);
                now.position += u64::from(*bytes) * 256;
                now.time = Timestamp(now.time.0 + i64::from(*milliseconds) * 1_000_000);
                checker.packet = now.packet;
                connections.sweep(&now, &mut checker);
            }
            Op::Hold(hold) => checker.hold = *hold,
            Op::Segment { .. } => pushed += segment(op, &mut connections, &mut checker, &now),
        }
        assert!(connections.oldest_pending().is_none_or(|oldest| oldest <= now.packet));
    }
    connections.finish(&now, &mut checker);
    let counts = connections.counts();
    assert_eq!(checker.closed.len() as u64 + counts.forgotten, counts.connections, "every connection ends");
    assert!(checker.delivered <= pushed, "no byte is delivered twice");
    assert!(checker.sides.keys().all(|id| u64::from(*id) < counts.connections));
    assert_eq!(connections.oldest_pending(), None, "nothing is held when all is over");
}

/// The numbers that the first byte of a segment may have: of itself, or of the byte after its SYN.
fn origins(op: &Op) -> Vec<u32> {
    let Op::Segment { number, .. } = op else { return Vec::new() };
    vec![number.get(), number.get().wrapping_add(1)]
}

/// Pushes a segment; gives its captured bytes.
fn segment(op: &Op, connections: &mut Connections<App>, checker: &mut Checker, now: &Now) -> u64 {
    let Op::Segment { flow, back, number, acknowledged, flags, length, cut, lies } = op else { return 0 };
    let sequence = number.get();
    let first = sequence.wrapping_add(u32::from(flags >> 1) & 1);
    let length = u32::from(*length) % 3000;
    let payload: Vec<u8> = (0..length).map(|i| byte(first.wrapping_add(i)).wrapping_add(u8::from(*lies))).collect();
    let segment = Segment {
        endpoints: endpoints(*flow, *back),
        sequence,
        acknowledgement: acknowledged.get(),
        flags: TcpFlags(*flags),
        window: 1000,
        whole: &payload,
        payload: &payload,
        cut: if cut % 4 == 0 { u32::from(*cut) * 8 } else { 0 },
        payload_offset: None,
    };
    let at = At { packet: now.packet, time: now.time };
    connections.push(&segment, at, Origin::Made, now, checker);
    payload.len() as u64
}

fn endpoints(flow: Flow, back: bool) -> Endpoints {
    let address = |last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
    let (source, destination, source_port, destination_port) = match flow {
        Flow::One => (1, 2, 1111, 80),
        Flow::Two => (1, 2, 2222, 80),
        // Both on one address.
        Flow::Three => (3, 3, 3333, 80),
        Flow::Itself => (4, 4, 4444, 4444),
    };
    let there = Endpoints { source: address(source), destination: address(destination), source_port, destination_port };
    match back {
        false => there,
        true => Endpoints {
            source: there.destination,
            destination: there.source,
            source_port: there.destination_port,
            destination_port: there.source_port,
        },
    }
}
