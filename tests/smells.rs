//! Mistakes that dissectors of this field have made, each held against the whole way of a packet. One test a mistake.

mod build;

use build::{By, Found, Wire, frame, masked, plain};
use sockeye::base::{Code, Direction, LinkType, Packet, Timestamp, limits};
use sockeye::dissect::{Dissector, Options};

/// What each frame of a direction is: opcode and payload.
fn frames(found: &Found, by: Direction) -> Vec<(u8, Vec<u8>)> {
    found.frames_by(by).map(|frame| (frame.opcode, frame.payload.clone())).collect()
}

/// A packet of its own, as it is.
fn packet(link: LinkType, data: &[u8]) -> Packet<'_> {
    Packet {
        number: 1,
        time: Timestamp(0),
        link,
        data,
        wire_len: data.len() as u32,
        interface: 0,
        position: 0,
        comment: None,
    }
}

#[test]
fn an_accessor_trusts_no_length_off_the_wire() {
    // A TCP header of 20 bytes that says it has 60; an IP header that says 60 of 20; an IP length beyond the packet;
    // every prefix and every value of the length nibbles of an ordinary packet.
    let mut tcp = vec![0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    tcp.extend([0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0xf0, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    for at in [0usize, 2, 3, 32] {
        for value in 0..=255u8 {
            let mut data = tcp.clone();
            data[at] = value;
            for end in 0..=data.len() {
                let mut found = Found::default();
                let mut dissector = Dissector::new(Options::default());
                dissector.push(&packet(LinkType::IPV4, &data[..end]), &mut found);
                dissector.finish(&mut found);
                assert_eq!(found.frames.len(), 0);
            }
        }
    }
    // The fields of the packet view read the same headers.
    for end in 0..=tcp.len() {
        let fields = sockeye::trace::packet::packet_fields(&tcp[..end], LinkType::IPV4);
        assert!(fields.iter().all(|field| field.span.is_none_or(|span| span.start + span.len <= end as u64)));
    }
}

#[test]
fn memory_is_not_reserved_by_a_claimed_length() {
    for length in [u64::MAX, 1 << 63, (1 << 63) - 1, 1 << 47] {
        let header = [&[0x82, 127][..], &length.to_be_bytes()].concat();
        let found = Wire::websocket().server([&header[..], b"all there is"].concat()).fin().dissect();
        let frame = &found.frames[0];
        assert_eq!((frame.length, frame.captured, frame.ended), (length, 12, false));
        assert_eq!(frame.payload, b"all there is");
        assert_eq!(found.messages[0].payload, b"all there is");
    }
}

#[test]
fn dissection_goes_on_after_a_violation() {
    // Each is what an endpoint would close the connection for.
    let violations: [&[u8]; 9] = [
        &[0x83, 0x00],                   // reserved opcode
        &[0xf1, 0x00],                   // reserved bits
        &[0x09, 0x01, b'?'],             // fragmented control frame
        &[0x81, 0x01, 0xff],             // no UTF-8
        &[0x80, 0x00],                   // continuation without a start
        &[0x81, 0x81, 1, 2, 3, 4, 0x60], // masked by the server
        &[0x82, 126, 0, 1, 9],           // length in too many bytes
        &[0x88, 0x01, 0x03],             // close of one byte
        &[0x88, 0x02, 0x03, 0xed],       // close code that is never sent
    ];
    for violation in violations {
        let found = Wire::websocket().server(violation).server(plain(0x81, b"after it")).fin().dissect();
        assert_eq!(found.frames.len(), 2, "{violation:02x?}");
        assert_eq!(frames(&found, Direction::Server)[1], (1, b"after it".to_vec()), "{violation:02x?}");
        assert!(!found.frames[0].codes.is_empty() || !found.messages[0].codes.is_empty(), "{violation:02x?}");
    }
}

#[test]
fn a_length_of_more_than_32_bits_is_kept() {
    let length: u64 = (1 << 32) + 5;
    let header = [&[0x82, 127][..], &length.to_be_bytes()].concat();
    // What would be the next frame, had the length been cut to 5, is payload.
    let found = Wire::websocket().server([&header[..], b"12345\x81\x02no"].concat()).fin().dissect();
    assert_eq!(found.frames.len(), 1);
    assert_eq!((found.frames[0].length, found.frames[0].captured), (length, 9));

    // And it ends where it says: of its bytes only the segments' headers are in the capture, of which sequence numbers
    // wrap.
    let wire = Wire::websocket().server(&header).headers_of(By::Server, length);
    let found = wire.server(plain(0x81, b"exactly here")).fin().dissect();
    assert_eq!(found.frames.len(), 2, "{:?}", found.notes);
    assert_eq!((found.frames[0].length, found.frames[0].ended), (length, true));
    assert_eq!(found.frames[1].payload, b"exactly here");
    assert_eq!(found.frames[1].offset, 10 + length);
}

#[test]
fn directions_do_not_mix_on_loopback_when_both_fragment() {
    // Both ends have the same address, as on 127.0.0.1; both send fragments of one message at the same time, and the
    // frames themselves lie in two segments each.
    let mut wire = Wire::websocket();
    for (client, server) in [(masked(0x01, b"cl"), plain(0x02, b"se")), (masked(0x00, b"ie"), plain(0x00, b"rv"))] {
        let (c, s) = (client.split_at(3), server.split_at(1));
        wire = wire.client(c.0).server(s.0).client(c.1).server(s.1);
    }
    let found = wire.client(masked(0x80, b"nt")).server(plain(0x80, b"er")).on_loopback().closed().dissect();
    let messages: Vec<_> = found.messages.iter().map(|m| (m.by, m.opcode, &m.payload[..], m.frames)).collect();
    assert_eq!(messages, [(Direction::Client, 1, &b"client"[..], 3), (Direction::Server, 2, b"server", 3)]);
    assert_eq!(found.codes(), []);
}

#[test]
fn the_opcode_of_a_continuation_is_that_of_its_own_direction() {
    let wire = Wire::websocket().client(masked(0x01, b"te")).server(plain(0x02, b"\xff"));
    let found = wire.client(masked(0x80, b"xt")).server(plain(0x80, b"\xfe")).closed().dissect();
    let of = |by| -> Vec<_> { found.frames_by(by).map(|frame| (frame.opcode, frame.message_opcode)).collect() };
    assert_eq!(of(Direction::Client), [(1, Some(1)), (0, Some(1)), (8, Some(8))]);
    assert_eq!(of(Direction::Server), [(2, Some(2)), (0, Some(2)), (8, Some(8))]);
    // Binary is not checked as the text of the other side.
    assert_eq!(found.codes(), []);
}

#[test]
fn empty_fragments_start_and_end_messages() {
    let parts: [&[(u8, &[u8])]; 4] = [
        &[(0x01, b""), (0x80, b"x")],
        &[(0x01, b"x"), (0x80, b"")],
        &[(0x01, b""), (0x00, b""), (0x80, b"")],
        &[(0x81, b"")],
    ];
    for message in parts {
        let bytes: Vec<u8> = message.iter().flat_map(|(first, payload)| plain(*first, payload)).collect();
        let found = Wire::websocket().server(bytes).server(plain(0x82, b"next")).closed().dissect();
        let text: Vec<u8> = message.iter().flat_map(|(_, payload)| payload.to_vec()).collect();
        let got: Vec<_> = found.messages_by(Direction::Server).map(|m| (m.opcode, m.payload.clone())).collect();
        assert_eq!(got, [(1, text), (2, b"next".to_vec())], "{message:02x?}");
        assert_eq!(found.messages[0].frames, message.len() as u64);
        assert_eq!(found.codes(), []);
    }
}

#[test]
fn the_tail_of_a_frame_above_the_cap_is_not_parsed_as_frames() {
    // Every byte after the cap looks like a frame with text.
    let inner = plain(0x81, b"I am not a frame");
    let payload = inner.repeat(limits::FRAME_KEPT_BYTES / inner.len() + 1000);
    assert!(payload.len() > limits::FRAME_KEPT_BYTES + 10_000);
    let found = Wire::websocket().server(plain(0x82, &payload)).server(plain(0x81, b"I am")).closed().dissect();
    let server: Vec<_> = found.frames_by(Direction::Server).map(|f| (f.opcode, f.length, f.payload.len())).collect();
    assert_eq!(server, [(2, payload.len() as u64, limits::FRAME_KEPT_BYTES), (1, 4, 4), (8, 2, 2)]);
    assert_eq!(found.codes(), [Code::KeptCap]);
}

#[test]
fn one_gap_ends_nothing_in_either_direction() {
    let long = plain(0x82, &[7; 3000]);
    let (start, rest) = long.split_at(1000);
    let (lost, end) = rest.split_at(1000);
    let wire = Wire::websocket().client(masked(0x81, b"before")).server(start).lose(By::Server, lost);
    let wire = wire.client(masked(0x81, b"meanwhile")).server(end).server(plain(0x81, b"after"));
    let found = wire.client(masked(0x81, b"at last")).closed().dissect();
    let client: Vec<_> = found.frames_by(Direction::Client).map(|f| f.payload.clone()).collect();
    assert_eq!(client, [b"before".to_vec(), b"meanwhile".to_vec(), b"at last".to_vec(), b"\x03\xe8".to_vec()]);
    let server: Vec<_> = found.frames_by(Direction::Server).map(|f| (f.offset, f.length, f.captured)).collect();
    assert_eq!(server, [(0, 3000, 2000), (3004, 5, 5), (3011, 2, 2)]);
    assert_eq!(found.codes(), [Code::TcpGap, Code::FrameGap]);
}

#[test]
fn what_is_dropped_is_said() {
    // Bytes that lead nowhere after a lost header, a header that never became a frame, a message without an end.
    let noise: Vec<u8> = (0..200u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x70).collect();
    let found = Wire::websocket().lose(By::Server, [0; 50]).server(&noise).fin().dissect();
    let lost = &found.notes[&Code::Resynchronised].1;
    assert!(lost.starts_with("250 bytes from the server"), "{lost}");
    let found = Wire::websocket().client(masked(0x81, b"x")).server([0x82, 127, 0, 0]).fin().dissect();
    assert_eq!(found.notes[&Code::FrameUnfinished].1, "4 bytes of a frame's header from the server");
    let found = Wire::websocket().server(frame(0x01, None, b"x")).fin().dissect();
    assert!(found.codes().contains(&Code::MessageUnfinished));
}
