//! Captures that are made to make a dissector fall over: memory stays bounded, what happened is said, and the frames
//! after it are right. Every packet is built here, byte by byte; memory is counted by the allocator of this test.

mod large;
mod memory;
mod wire;

use std::collections::BTreeSet;

use flate2::{Compress, Compression, FlushCompress};
use sockeye::base::{Code, limits};

use memory::Watch;
use wire::{ACK, CLIENT, Flow, SERVER, SYN, Wire, frame};

const MIB: usize = 1024 * 1024;

/// What every connection says at its end, to show that the frames after the attack are right.
fn says_hello(wire: &mut Wire, flow: &mut Flow) {
    wire.send(flow, CLIENT, &frame(0x81, b"Hello", Some([1, 2, 3, 4])));
    wire.send(flow, SERVER, &frame(0x81, b"Hello", None));
}

/// The last two frames of a connection are those.
#[track_caller]
fn said_hello(wire: &Wire, flow: &Flow) {
    for from in [CLIENT, SERVER] {
        let last = wire.seen.frames.iter().rfind(|frame| frame.port == flow.port && frame.from == from);
        let last = last.unwrap_or_else(|| panic!("no frame of side {from}"));
        assert_eq!((last.first, last.length, last.payload.as_slice()), (0x81, 5, &b"Hello"[..]));
    }
}

#[track_caller]
fn has(wire: &Wire, code: Code) {
    assert!(wire.seen.codes.contains(&code), "no {code} among {:?}", wire.seen.codes);
}

/// `mebibytes` MiB of zeros under permessage-deflate, about 1 KiB for each.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let zeros = vec![0; MIB];
    let mut one = Vec::with_capacity(64 * 1024);
    Compress::new(Compression::best(), false).compress_vec(&zeros, &mut one, FlushCompress::Full).unwrap();
    assert!(one.ends_with(&[0, 0, 0xff, 0xff]) && one.len() < 1100, "{}", one.len());
    // Each refers to nothing before it, so that one after another they are one stream.
    let mut all = one.repeat(mebibytes);
    all.truncate(all.len() - 4);
    all
}

#[test]
fn two_hundred_megabytes_in_two_hundred_kilobytes() {
    let bomb = bomb(200);
    assert!(bomb.len() < 220_000);
    let watch = Watch::begin();
    let mut wire = Wire::default();
    let mut flow = wire.open(1, "permessage-deflate");
    wire.send(&mut flow, SERVER, &frame(0xc2, &bomb, None));
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.longest, 200 * MIB as u64);
    has(&wire, Code::KeptCap);
    watch.at_most(32 * MIB);
}

#[test]
fn more_than_a_gigabyte_is_not_inflated() {
    let bomb = bomb(1025);
    let watch = Watch::begin();
    let mut wire = Wire { shows: false, ..Wire::default() };
    let mut flow = wire.open(1, "permessage-deflate; server_no_context_takeover");
    wire.send(&mut flow, SERVER, &frame(0xc2, &bomb, None));
    says_hello(&mut wire, &mut flow);
    wire.finish();
    assert!(wire.seen.longest <= limits::INFLATED_BYTES + MIB as u64, "{}", wire.seen.longest);
    assert_eq!(wire.seen.messages, 3);
    has(&wire, Code::InflateCap);
    watch.at_most(8 * MIB);
}

#[test]
fn frames_that_claim_2_to_the_63() {
    for (claim, top) in [((1u64 << 63) - 1, false), (1 << 63, true), (u64::MAX, true)] {
        let watch = Watch::begin();
        let mut wire = Wire::default();
        let mut flow = wire.open(1, "");
        let mut other = wire.open(2, "");
        let mut huge = vec![0x82, 127];
        huge.extend(claim.to_be_bytes());
        huge.extend([7; 3000]);
        wire.send(&mut flow, SERVER, &huge);
        // The other direction, and another connection, go on.
        wire.send(&mut flow, CLIENT, &frame(0x81, b"Hello", Some([1, 2, 3, 4])));
        says_hello(&mut wire, &mut other);
        wire.finish();
        said_hello(&wire, &other);
        assert!(wire.seen.frames.iter().any(|frame| frame.port == 1 && frame.payload == b"Hello"));
        let huge = wire.seen.frames.iter().find(|frame| frame.length == claim).expect("the frame is told");
        assert_eq!((huge.captured, huge.payload.len()), (3000, 3000));
        has(&wire, Code::FrameUnfinished);
        assert_eq!(wire.seen.codes.contains(&Code::LengthTopBit), top);
        watch.at_most(2 * MIB);
    }
}

#[test]
fn a_flood_of_half_open_connections() {
    const FLOOD: u64 = limits::SILENT_CONNECTIONS as u64 + 100_000;
    let watch = Watch::begin();
    let mut wire = Wire::default();
    let mut flow = wire.open(1, "");
    for n in 0..FLOOD {
        wire.syn([10, 1 + (n >> 16) as u8, (n >> 8) as u8, n as u8], 2000, 77);
    }
    says_hello(&mut wire, &mut flow);
    let counts = wire.dissector.counts().tcp;
    assert_eq!(counts.connections, FLOOD + 1);
    assert!(counts.forgotten >= 100_000, "{}", counts.forgotten);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.connections, BTreeSet::from([0]));
    watch.at_most(48 * MIB);
}

#[test]
fn a_hundred_thousand_syns_of_one_pair_of_ports() {
    let watch = Watch::begin();
    let mut wire = Wire::default();
    let mut flow = wire.open(1, "");
    for n in 0..100_000u32 {
        wire.syn([10, 9, 9, 9], 2000, n.wrapping_mul(0x9e37_79b9));
    }
    let mut after = wire.open(2, "");
    says_hello(&mut wire, &mut flow);
    says_hello(&mut wire, &mut after);
    wire.finish();
    said_hello(&wire, &flow);
    said_hello(&wire, &after);
    watch.at_most(32 * MIB);
}

#[test]
fn segments_of_one_byte() {
    let watch = Watch::begin();
    let mut wire = Wire { longest: 1, ..Wire::default() };
    let mut flow = wire.open(1, "permessage-deflate");
    let text: Vec<u8> = (0..3000).map(|i| b'a' + (i % 26) as u8).collect();
    wire.send(&mut flow, CLIENT, &frame(0x82, &text, Some([9, 8, 7, 6])));
    // RFC 7692 section 7.2.3.1.
    wire.send(&mut flow, SERVER, &frame(0xc1, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], None));
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.frames[0].payload, text);
    assert_eq!(wire.seen.texts, ["Hello"; 3]);
    watch.at_most(2 * MIB);
}

#[test]
fn a_thousand_fragmented_messages_at_once() {
    let watch = Watch::begin();
    let mut wire = Wire::default();
    let mut flows: Vec<Flow> = (1..=1000).map(|port| wire.open(port, "")).collect();
    for round in 0..10u8 {
        for flow in &mut flows {
            let first = [0x01, 0x00, 0x80][usize::from(round.min(1)) + usize::from(round == 9)];
            let part = format!("{}.{round} ", flow.port);
            wire.send(flow, CLIENT, &frame(first, part.as_bytes(), Some([round, 1, 2, 3])));
            wire.send(flow, CLIENT, &frame(0x89, b"", Some([round, 5, 6, 7])));
        }
    }
    flows.iter_mut().for_each(|flow| says_hello(&mut wire, flow));
    wire.finish();
    flows.iter().for_each(|flow| said_hello(&wire, flow));
    for flow in &flows {
        let whole: String = (0..10).map(|round| format!("{}.{round} ", flow.port)).collect();
        assert!(wire.seen.texts.contains(&whole), "{whole}");
    }
    // Besides what the test itself keeps of 22,000 frames.
    watch.at_most(24 * MIB);
}

#[test]
fn a_control_frame_after_every_fragment() {
    let watch = Watch::begin();
    let mut wire = Wire::default();
    let mut flow = wire.open(1, "");
    wire.send(&mut flow, SERVER, &frame(0x01, b"", None));
    for _ in 0..5000 {
        wire.send(&mut flow, SERVER, &frame(0x89, b"p", None));
        wire.send(&mut flow, SERVER, &frame(0x00, b"x", None));
    }
    wire.send(&mut flow, SERVER, &frame(0x8a, b"", None));
    wire.send(&mut flow, SERVER, &frame(0x80, b"!", None));
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.texts[0], "x".repeat(5000) + "!");
    watch.at_most(8 * MIB);
}

#[test]
fn a_head_that_never_ends() {
    let watch = Watch::begin();
    let mut wire = Wire::default();
    let mut endless = wire.shake_hands(1);
    let mut flow = wire.open(2, "");
    wire.send(&mut endless, CLIENT, b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n");
    for n in 0..20_000 {
        wire.send(&mut endless, CLIENT, format!("X-{n}: {}\r\n", "y".repeat(80)).as_bytes());
    }
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.connections, BTreeSet::from([1]));
    watch.at_most(4 * MIB);
}

#[test]
fn chunks_of_absurd_sizes() {
    for size in ["ffffffffffffffff", "7fffffffffffffff", "fffffffffffffffffffffffffffffff", "-1", "", "0x10", "g"] {
        let watch = Watch::begin();
        let mut wire = Wire::default();
        let mut odd = wire.shake_hands(1);
        let mut flow = wire.open(2, "");
        wire.send(&mut odd, CLIENT, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n");
        wire.send(&mut odd, SERVER, head.as_bytes());
        wire.send(&mut odd, SERVER, &[b'z'; 5000]);
        says_hello(&mut wire, &mut flow);
        wire.finish();
        said_hello(&wire, &flow);
        assert_eq!(wire.seen.connections, BTreeSet::from([1]), "{size:?}");
        watch.at_most(3 * MIB);
    }
}

#[test]
fn overlapping_segments_with_other_bytes() {
    let mut wire = Wire::default();
    let mut flow = wire.open(1, "");
    let sent = frame(0x81, b"the first copy", Some([0, 0, 0, 1]));
    let forged = frame(0x81, b"another text..", Some([0, 0, 0, 1]));
    wire.send(&mut flow, CLIENT, &sent);
    flow.back(CLIENT, sent.len());
    wire.send(&mut flow, CLIENT, &forged);
    // One that overlaps what came and goes on: the new bytes count, the old ones stay.
    let next = frame(0x81, b"new", Some([1, 1, 1, 1]));
    flow.back(CLIENT, 4);
    wire.send(&mut flow, CLIENT, &[&[0xee; 4][..], &next].concat());
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.texts, ["the first copy", "new", "Hello", "Hello"]);
    has(&wire, Code::TcpOverlapConflict);
}

#[test]
fn sequence_numbers_wrap() {
    let watch = Watch::begin();
    for before in [1u32, 2, 300, 70_000] {
        let mut wire = Wire { origin: 0u32.wrapping_sub(before), ..Wire::default() };
        let mut flow = wire.open(1, "");
        let long: Vec<u8> = (0..70_000u32).map(|i| (i % 251) as u8).collect();
        wire.send(&mut flow, SERVER, &frame(0x82, &long, None));
        wire.send(&mut flow, CLIENT, &frame(0x82, &long, Some([3, 1, 4, 1])));
        says_hello(&mut wire, &mut flow);
        wire.finish();
        said_hello(&wire, &flow);
        assert!(wire.seen.frames.iter().filter(|frame| frame.payload == long).count() == 2, "{before}");
        assert!(!wire.seen.codes.contains(&Code::TcpGap));
    }
    watch.at_most(4 * MIB);
}

#[test]
fn segments_ahead_of_a_hole_that_nobody_fills() {
    let watch = Watch::begin();
    let mut wire = Wire::default();
    let mut flow = wire.open(1, "");
    // Inside one long frame a byte is missing, and 40 MiB come after it.
    let long = vec![5; 40 * MIB];
    let bytes = frame(0x82, &long, None);
    let (head, rest) = bytes.split_at(1000);
    wire.send(&mut flow, SERVER, head);
    flow.skip(SERVER, 1);
    wire.send(&mut flow, SERVER, &rest[1..]);
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    let frame = wire.seen.frames.iter().find(|frame| frame.length == long.len() as u64).unwrap();
    assert_eq!(frame.captured, long.len() as u64 - 1);
    has(&wire, Code::TcpGap);
    // The 80 MiB of the test itself, and what is kept to be shown.
    watch.at_most((80 + 40) * MIB);
}

#[test]
fn hundreds_of_thousands_of_frames_held_for_a_hole_elsewhere() {
    // Each frame is a message too: twice as many as are held until a segment comes that would end before them.
    const SEGMENTS: usize = limits::HELD_ITEMS / 700;
    let watch = Watch::begin();
    let mut wire = Wire { keeps: false, ..Wire::default() };
    let mut holed = wire.open(1, "");
    let mut flow = wire.open(2, "");
    holed.skip(SERVER, 10);
    wire.send(&mut holed, SERVER, &frame(0x82, b"after it", None));
    for _ in 0..SEGMENTS {
        wire.send(&mut flow, SERVER, &[0x82, 0].repeat(700));
    }
    let early = wire.dissector.counts().early;
    let held = SEGMENTS as u64 * 1400 - wire.seen.told * 2;
    assert!(early > 0 && held <= limits::HELD_ITEMS as u64 + 1, "{early} {held}");
    wire.finish();
    // The one after the hole is found too.
    assert_eq!(wire.seen.told, SEGMENTS as u64 * 700 + 1);
    watch.at_most(64 * MIB);
}

#[test]
fn a_hundred_long_payloads_under_way_at_once() {
    const LENGTH: usize = 2 * MIB;
    let source: Vec<u8> = (0..LENGTH + 200).map(|i| (i % 251) as u8).collect();
    let watch = Watch::begin();
    let mut wire = Wire { keeps: false, longest: 60_000, ..Wire::default() };
    wire.seen.source = source.clone();
    // 200 MiB in all. Some in two frames, some whole, some text that is none.
    let mut flows: Vec<Flow> = (1..=100).map(|port| wire.open(port, "")).collect();
    let first = |port: u16| [0x02, 0x82, 0x81][usize::from(port % 3)];
    let headed = |flow: &Flow| frame(first(flow.port), &source[usize::from(flow.port)..][..LENGTH], None);
    let total = headed(&flows[0]).len();
    for start in (0..total).step_by(wire.longest) {
        for flow in &mut flows {
            let bytes = headed(flow);
            wire.send(flow, SERVER, &bytes[start..(start + 60_000).min(total)]);
        }
    }
    for flow in &mut flows {
        let last = frame(0x80, &source[usize::from(flow.port)..][..10], None);
        wire.send(flow, SERVER, if first(flow.port) == 0x02 { &last } else { b"" });
    }
    wire.finish();
    assert_eq!((wire.seen.told, wire.seen.mistakes), (100 + 33, 0));
    assert_eq!((wire.seen.messages, wire.seen.longest), (100, LENGTH as u64 + 10));
    assert_eq!(wire.seen.codes, BTreeSet::from([Code::MessageUtf8]));
    watch.at_most(40 * MIB);
}

#[test]
fn hundreds_of_long_heads_under_way_at_once() {
    let watch = Watch::begin();
    let mut wire = Wire { longest: 50_000, ..Wire::default() };
    let mut flows: Vec<Flow> = (2..400).map(|port| wire.shake_hands(port)).collect();
    for part in
        [&b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nX: "[..], &[b'x'; 50_000], &[b'x'; 50_000], &[b'x'; 50_000]]
    {
        flows.iter_mut().for_each(|flow| wire.send(flow, CLIENT, part));
    }
    let mut flow = wire.open(1, "");
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.connections, BTreeSet::from([398]));
    watch.at_most(32 * MIB);
}

#[test]
fn a_flood_of_resets_and_late_packets() {
    let mut wire = Wire::default();
    let mut flow = wire.open(1, "");
    for port in 3..3000 {
        let mut short = wire.shake_hands(port);
        wire.flags(&mut short, CLIENT, 4);
        wire.send(&mut short, SERVER, b"late");
    }
    wire.flags(&mut flow, SERVER, ACK | SYN);
    says_hello(&mut wire, &mut flow);
    wire.finish();
    said_hello(&wire, &flow);
    assert_eq!(wire.seen.connections, BTreeSet::from([0]));
}
