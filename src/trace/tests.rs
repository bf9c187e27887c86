//! What a trace gives back, against what went in.

use super::sample::{HEADERS, KEY, Sample};
use super::{Bytes, Detail};
use crate::base::{ConnectionId, Direction, Hole, SocketId, Source, Span};
use crate::websocket::Opcode;

const SNOWMAN: &[u8] = "☃ 😀".as_bytes();

#[test]
fn frames_and_messages_know_each_other() {
    let sample = Sample::session();
    let shared = sample.shared();
    let trace = shared.read();
    assert_eq!((trace.frames().count(), trace.messages().count()), (11, 5));
    let message = trace.messages().get(3).unwrap();
    assert_eq!(trace.message_frames(&message).iter().map(|row| row.number).collect::<Vec<_>>(), [3, 4, 5, 6]);
    for frame in 3..=6 {
        assert_eq!(trace.frames().get(frame).unwrap().message, Some(3));
    }
    assert_eq!(trace.frames().get(8).unwrap().message, None);
    let connection = trace.connections().get(ConnectionId(0).into()).unwrap();
    assert_eq!((connection.before(1), connection.after(1), connection.after(11)), (None, Some(2), None));
    assert_eq!((connection.totals.client.frames, connection.totals.server.messages), (7, 3));
}

#[test]
fn frames_of_two_connections_are_walked_apart() {
    let mut sample = Sample::default();
    let ids = [sample.connect(), sample.connect()];
    for i in 0..300 {
        sample.send(
            ids[i % 2],
            Direction::Client,
            i % 6 > 3,
            if i % 6 < 2 { Opcode::Text } else { Opcode::Continuation },
            b"x",
        );
    }
    sample.flush();
    let shared = sample.shared();
    let trace = shared.read();
    let odd = trace.connections().get(ids[1]).unwrap();
    assert_eq!(odd.frames_from(0).collect::<Vec<_>>(), (1..=150).map(|i| i * 2).collect::<Vec<_>>());
    assert_eq!(
        (odd.before(100), odd.after(100), odd.after(99), odd.before(101)),
        (Some(98), Some(102), Some(100), Some(100))
    );
    let message = trace.messages().get(2).unwrap();
    assert_eq!(trace.message_frames(&message).iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4, 6]);
}

#[test]
fn bytes_are_read_back_from_the_store() {
    let sample = Sample::session();
    let shared = sample.shared();
    let trace = shared.read();
    let bytes = Bytes::new(&trace, &sample.store);
    let row = trace.frames().get(6).unwrap();
    assert_eq!(bytes.unmasked(&row, 0..u64::MAX).bytes, SNOWMAN);
    assert_eq!(bytes.unmasked(&row, 3..6).bytes, &SNOWMAN[3..6]);
    let wire = bytes.frame(&row, 0..u64::MAX).bytes;
    assert_eq!(wire[..6], [0x80, 0x88, KEY[0], KEY[1], KEY[2], KEY[3]]);
    assert_eq!(wire[6], SNOWMAN[0] ^ KEY[0]);
    let message = trace.messages().get(3).unwrap();
    let text = "fragmented text: déjà vu ☃ 😀".as_bytes();
    assert_eq!(bytes.message(&message, 0..u64::MAX).bytes, text);
    for start in 0..text.len() {
        for end in start..=text.len() {
            let window = bytes.message(&message, start as u64..end as u64);
            assert_eq!((window.bytes.as_slice(), window.start), (&text[start..end], start as u64));
        }
    }
}

#[test]
fn bytes_that_the_store_lacks_are_holes() {
    let mut sample = Sample::session();
    sample.store.truncate(sample.store.len() - 4);
    let shared = sample.shared();
    let trace = shared.read();
    let bytes = Bytes::new(&trace, &sample.store);
    let window = bytes.unmasked(&trace.frames().get(11).unwrap(), 0..99);
    assert_eq!(window.holes, [Hole { start: 10, len: 4 }]);
    assert_eq!((window.get(9), window.get(10), window.bytes.len()), (Some(b's'), None, 14));
    let stream = bytes.stream(ConnectionId(7).into(), Direction::Client, 0..10);
    assert_eq!(stream.holes, [Hole { start: 0, len: 10 }]);
}

#[test]
fn a_byte_is_followed_from_source_to_source() {
    let sample = Sample::session();
    let shared = sample.shared();
    let trace = shared.read();
    let bytes = Bytes::new(&trace, &sample.store);
    let detail = Detail::read(bytes, 6).unwrap();
    let span = |source, start, len| Span { source, start, len };
    // Byte 7 of the payload is byte 13 on the wire, 54 more in the packet, and 26 more in the message (4 + 13 + 10).
    let byte = span(Source::Unmasked, 7, 1);
    let places =
        [span(Source::Frame, 13, 1), span(Source::Packet, 13 + HEADERS, 1), span(Source::Message, 34, 1), byte];
    assert_eq!(detail.message_start, 27);
    for from in places {
        for to in places {
            assert_eq!(detail.translate(from, to.source), Some(to), "{from:?} to {:?}", to.source);
        }
        let read = |place: Span| detail.window(bytes, place.source, place.start..place.start + 1).bytes[0];
        let masked = matches!(from.source, Source::Frame | Source::Packet);
        assert_eq!(read(from), if masked { 0x80 ^ KEY[3] } else { 0x80 }, "{from:?}");
    }
    // Header bytes are in no payload, and a packet's headers are in no frame.
    assert_eq!(detail.translate(span(Source::Frame, 0, 6), Source::Unmasked), None);
    assert_eq!(detail.translate(span(Source::Packet, 0, 14), Source::Frame), None);
    assert_eq!(detail.translate(span(Source::Message, 0, 4), Source::Unmasked), None);
    // A span over both is cut to what is there.
    assert_eq!(detail.translate(span(Source::Frame, 0, 16), Source::Unmasked), Some(span(Source::Unmasked, 0, 8)));
}

#[test]
fn notes_raise_the_severity_of_their_frame() {
    let sample = Sample::session();
    let shared = sample.shared();
    let trace = shared.read();
    assert_eq!(trace.frames().get(11).unwrap().severity, Some(crate::base::Severity::Warning));
    assert_eq!(trace.frames().get(10).unwrap().severity, None);
}

#[test]
fn a_million_frames_take_less_than_64_bytes_each() {
    let mut sample = Sample::default();
    let ids: Vec<SocketId> = (0..200).map(|_| sample.connect()).collect();
    let frames = 200_000u64;
    for i in 0..frames {
        // A ticker to two hundred clients, one of which answers now and then.
        let direction = if i % 20 == 19 { Direction::Client } else { Direction::Server };
        let payload = [b'x'; 200];
        let len = 60 + (i * 7 % 100) as usize;
        sample.send(ids[(i * 31 % 200) as usize], direction, true, Opcode::Text, &payload[..len]);
    }
    sample.flush();
    let shared = sample.shared();
    let trace = shared.read();
    assert_eq!(trace.frames().count(), frames);
    let each = trace.memory() as f64 / frames as f64;
    assert!(each < 48.0, "{each:.1} bytes a frame");
    println!("{each:.1} bytes a frame");
}
