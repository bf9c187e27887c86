//! Lines for people, written out by hand.

use super::*;
use crate::base::At;
use crate::base::{Code, ConnectionId, Direction, Hole, SocketId, StreamId};
use crate::dissect::{Evidence, Socket};
use crate::output::specimen::{TIME, at, connection, hello, message};
use crate::websocket::Frame;
use crate::websocket::{Header, Opcode};

fn look(width: Option<usize>) -> Look {
    Look { style: Style { colour: false }, width, heading: false }
}

fn text(list: List, look: Look, tell: impl FnOnce(&mut Text)) -> String {
    let mut sink = Text::new(list, Out::memory(), look);
    sink.tell(&Told::Started(At { packet: 1, time: Timestamp(TIME.0 - 4_812_345) }));
    tell(&mut sink);
    sink.finish(&Summary::default());
    String::from_utf8(sink.out().bytes().to_vec()).unwrap()
}

fn frame_line(width: Option<usize>, frame: &Frame<'_>) -> String {
    text(List::Frames, look(width), |sink| sink.tell(&Told::Frame(&hello().0, frame)))
}

#[test]
fn columns_stand_under_their_names() {
    let (place, frame) = hello();
    let heading = Look { heading: true, ..look(None) };
    assert_eq!(
        text(List::Frames, heading, |sink| sink.tell(&Told::Frame(&place, &frame))),
        "      n           time  conn op      flags    length  payload\n\
         \u{20}     1    0.004812345     0 → TEXT  F··· M         5  Hello\n"
    );
    let (place, message) = message();
    assert_eq!(
        text(List::Messages, heading, |sink| sink.tell(&Told::Message(&place, &message))),
        "      n           time  conn op       frames   on wire    length  payload\n\
         \u{20}     1    0.004812345     0 → TEXT        1         5         5  Hello\n"
    );
}

#[test]
fn a_stream_stands_beside_its_connection_and_after_the_ones_before_it() {
    let stream = |number| SocketId { stream: Some(StreamId(number)), ..ConnectionId(0).into() };
    let (place, frame) = hello();
    assert_eq!(
        text(List::Frames, look(None), |sink| {
            sink.tell(&Told::Frame(&FramePlace { socket: stream(5), ..place }, &frame));
            sink.tell(&Told::Frame(&FramePlace { socket: stream(4711), ..place }, &frame));
        }),
        "      1    0.004812345   0s5 → TEXT  F··· M         5  Hello\n\
         \u{20}     1    0.004812345  0s4711 → TEXT  F··· M         5  Hello\n"
    );
    let (place, message) = message();
    let line = text(List::Messages, look(None), |sink| {
        sink.tell(&Told::Message(&MessagePlace { socket: stream(5), ..place }, &message));
    });
    assert!(line.contains("   0s5 → TEXT "), "{line}");
    let lines = text(List::Connections, look(None), |sink| {
        for number in [11, 5] {
            sink.tell(&Told::Closed(&Socket { id: stream(number), ..connection() }));
        }
    });
    let columns: Vec<_> = lines.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(columns, ["0s5", "0s11"]);
}

#[test]
fn flags_show_every_bit_and_the_server_points_back() {
    let (_, frame) = hello();
    let header = Header { fin: false, rsv: 5, masking_key: None, opcode: Opcode::Binary, ..frame.header };
    let frame = Frame { header, direction: Direction::Server, payload: b"\x00\xff\x1b[m", ..frame };
    assert_eq!(frame_line(None, &frame), "      1    0.004812345     0 ← BIN   ·1·3           5  00 ff 1b 5b 6d\n");
}

#[test]
fn what_each_kind_of_frame_shows() {
    let (_, frame) = hello();
    let preview = |opcode, payload: &'static [u8]| {
        let header = Header { opcode, length: payload.len() as u64, ..frame.header };
        let captured = payload.len() as u64;
        let line = frame_line(None, &Frame { header, payload, captured, ..frame });
        line.trim_end().rsplit_once("  ").unwrap().1.to_string()
    };
    assert_eq!(preview(Opcode::Text, b"a\nb\x1b[31m"), "a␊b␛[31m");
    assert_eq!(preview(Opcode::Text, b""), "∅");
    assert_eq!(preview(Opcode::Text, b"\xff\xfe"), "⟨FF⟩⟨FE⟩");
    assert_eq!(preview(Opcode::Ping, b"latency?"), "\"latency?\"");
    assert_eq!(preview(Opcode::Ping, b"\x00\x01"), "00 01");
    assert_eq!(preview(Opcode::Close, b"\x0f\xa1app says bye"), "4001 \"app says bye\"");
    assert_eq!(preview(Opcode::Close, b"\x0f"), "0f");
    let deflated = Frame { compressed: true, payload: b"\xf2\x48", captured: 2, ..frame };
    assert!(frame_line(None, &deflated).ends_with("  deflate f2 48⟨3 B missing⟩\n"));
    // The message that is told next says what it inflates to.
    let whole = Frame { compressed: true, payload: b"\xf2\x48\xcd\xc9\x07", ..frame };
    let (place, told) = (message().0, Message { compressed: true, length: 5, payload: b"Hello", ..message().1 });
    let line = |told: &Message<'_>| {
        text(List::Frames, look(None), |sink| {
            sink.tell(&Told::Frame(&hello().0, &whole));
            sink.tell(&Told::Message(&place, told));
        })
    };
    assert!(line(&told).ends_with("         5  ⟨inflated⟩ Hello\n"), "{}", line(&told));
    let broken = Message { length: 0, payload: b"", complete: false, ..told };
    assert!(line(&broken).ends_with("         5  deflate f2 48 cd c9 07\n"), "{}", line(&broken));
    let holes = [Hole { start: 1, len: 3 }];
    let holed = Frame { payload: b"Ho", captured: 2, holes: &holes, ..frame };
    assert!(frame_line(None, &holed).ends_with("  H⟨3 B missing⟩o\n"));
}

#[test]
fn a_line_fits_the_terminal_and_keeps_its_notes() {
    let (_, frame) = hello();
    let long = "lorem ipsum ".repeat(50);
    let notes = [Note::new(Code::MaskMissing), Note::new(Code::RsvUnnegotiated)];
    let header = Header { length: long.len() as u64, ..frame.header };
    let frame = Frame { header, payload: long.as_bytes(), captured: long.len() as u64, ..frame };
    let line = frame_line(Some(80), &frame);
    assert_eq!(line.trim_end().chars().count(), 80);
    assert!(line.ends_with("lorem ipsum lorem ipsum …\n"), "{line}");

    let frame = Frame { notes: &notes, ..frame };
    let line = frame_line(Some(120), &frame);
    assert!(line.ends_with("lorem ipsum lorem ipsu…  ✖ ws.mask.missing  ✖ ws.rsv.unnegotiated\n"), "{line}");
    assert!(line.trim_end().chars().count() <= 120);
    assert!(
        frame_line(Some(90), &frame).ends_with("lorem i…  ✖ ws.mask.missing  +1\n"),
        "{}",
        frame_line(Some(90), &frame)
    );
    assert!(frame_line(Some(1), &frame).ends_with("lorem i…  +2\n"));
}

#[test]
fn notes_of_one_kind_are_counted() {
    let (_, frame) = hello();
    let notes = [Code::FrameGap, Code::MaskMissing, Code::FrameGap].map(Note::new);
    let line = frame_line(None, &Frame { notes: &notes, ..frame });
    assert!(line.ends_with("Hello  ▲ ws.frame.gap ×2  ✖ ws.mask.missing\n"), "{line}");
    let many: Vec<Note> = std::iter::repeat_n(Note::new(Code::FrameGap), 1000).collect();
    for width in 60..100 {
        let line = frame_line(Some(width), &Frame { notes: &many, ..frame });
        assert!(line.trim_end().chars().count() <= width.max(55 + 8 + 4), "{width}: {line}");
    }
}

#[test]
fn colour_goes_on_top_and_changes_nothing() {
    let (place, frame) = hello();
    let notes = [Note::new(Code::MaskMissing)];
    let frame = Frame { notes: &notes, ..frame };
    let coloured = Look { style: Style { colour: true }, ..look(None) };
    let line = text(List::Frames, coloured, |sink| sink.tell(&Told::Frame(&place, &frame)));
    assert_eq!(
        line,
        "      1    0.004812345     0 \x1b[38;5;32m→ TEXT\x1b[0m  F··· M         5  Hello  \x1b[1;31m✖ ws.mask.missing\x1b[0m\n"
    );
}

#[test]
fn time_before_the_first_packet_has_a_minus() {
    let (place, frame) = hello();
    let early = crate::base::At { time: Timestamp(TIME.0 - 4_812_346), ..at(8) };
    let line = text(List::Frames, look(None), |sink| sink.tell(&Told::Frame(&place, &Frame { first: early, ..frame })));
    assert!(line.starts_with("      1   -0.000000001     0 →"), "{line}");
}

#[test]
fn connections_say_what_they_are() {
    let hostile = "\x1b]0;x\x07/\u{202e}chat";
    let mut named = connection();
    if let Some(request) = named.handshake.as_mut().and_then(|handshake| handshake.request.as_mut()) {
        request.target = hostile.into();
    }
    let joined = crate::dissect::Socket {
        id: ConnectionId(1).into(),
        evidence: Evidence::MidStream { confidence: 0.9999 },
        handshake: None,
        close: None,
        notes: vec![Note::new(Code::MidStream)],
        ..connection()
    };
    let lines = text(List::Connections, Look { heading: true, ..look(None) }, |sink| {
        sink.tell(&Told::Closed(&joined));
        sink.tell(&Told::Closed(&named));
    });
    assert_eq!(
        lines,
        "   n           time     duration  client                  server                 frames →   frames ←  what\n\
         \u{20}  0    0.004812345      0.000 s  10.77.0.1:46382       → 10.77.0.2:9100               45         44  \
         example.org:9100␛]0;x␇/⟨RLO⟩chat  close 4001 \"app says bye\" by client\n\
         \u{20}  1    0.004812345      0.000 s  10.77.0.1:46382       → 10.77.0.2:9100               45         44  \
         mid-stream 99 %    • ws.mid-stream\n"
    );
}

#[test]
fn a_line_of_a_connection_fits_its_width() {
    let mut long = connection();
    let request = long.handshake.as_mut().and_then(|handshake| handshake.request.as_mut()).unwrap();
    request.target = format!("/{}", "path/".repeat(40));
    let noted = |codes: &[Code]| crate::dissect::Socket {
        notes: codes.iter().map(|code| Note::new(*code)).collect(),
        ..long.clone()
    };
    let gaps = noted(&[Code::TcpGap, Code::CloseUnanswered]);
    let lines = |width: usize, connection: &crate::dissect::Socket| {
        let look = Look { heading: true, ..look(Some(width)) };
        let lines = text(List::Connections, look, |sink| sink.tell(&Told::Closed(connection)));
        let (heading, line) = lines.trim_end().split_once('\n').unwrap();
        // Names stand over what they name.
        let before = |line: &str, what: &str| line[..line.find(what).unwrap()].chars().count();
        assert_eq!(before(heading, "what"), before(line, "exam"), "{lines}");
        assert_eq!(before(heading, "client"), before(line, "10.77.0.1"), "{lines}");
        line.to_string()
    };
    for width in 80..220 {
        for connection in [&long, &gaps] {
            let columns = lines(width, connection).chars().count();
            assert!(columns <= width, "{width}: {}", lines(width, connection));
        }
    }
    assert!(lines(80, &long).ends_with("  45      44  example.…th/"), "{}", lines(80, &long));
    let close = "path/  close 4001 \"app says bye\" by client";
    assert!(lines(120, &long).ends_with("/  close 4001 by client"), "{}", lines(120, &long));
    assert!(lines(160, &long).ends_with(close), "{}", lines(160, &long));
    assert!(lines(160, &gaps).ends_with(&format!("{close}  +2")), "{}", lines(160, &gaps));
    assert!(
        lines(200, &gaps).ends_with(&format!("{close}  ▲ tcp.gap  ▲ ws.close.unanswered")),
        "{}",
        lines(200, &gaps)
    );
    assert!(lines(132, &long).contains(" s  10.77.0.1") && !lines(131, &long).contains(" s  10.77.0.1"));
    // A host that is the server's address is left out first, and a refusal is said once.
    let mut short = long.clone();
    let request = short.handshake.as_mut().and_then(|handshake| handshake.request.as_mut()).unwrap();
    (request.fields[0].1, request.target) = ("10.77.0.2:9100".into(), "/chat".into());
    let refused = crate::dissect::Socket {
        evidence: Evidence::Refused,
        notes: vec![Note::new(Code::HandshakeRefused)],
        close: None,
        ..short
    };
    let line = text(List::Connections, look(Some(90)), |sink| sink.tell(&Told::Closed(&refused)));
    assert!(line.ends_with("  45      44  refused 101  /chat\n"), "{line}");
    let line = text(List::Connections, look(None), |sink| sink.tell(&Told::Closed(&refused)));
    assert!(line.ends_with("  refused 101  10.77.0.2:9100/chat\n"), "{line}");
}

#[test]
fn the_process_that_has_a_connection_stands_before_what_it_is() {
    let process = crate::base::Process { id: 77, name: "a\u{1b}name".to_owned() };
    let owned = crate::dissect::Socket { process: process.into(), ..connection() };
    let line = text(List::Connections, look(None), |sink| sink.tell(&Told::Closed(&owned)));
    assert!(line.contains("  a␛name (77)  "), "{line}");
}
