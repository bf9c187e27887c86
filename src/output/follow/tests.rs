//! A short conversation, written out by hand.

use super::*;
use crate::base::{At, Code, Direction, Hole, Note};
use crate::base::{ConnectionId, SocketId, StreamId};
use crate::dissect::{FramePlace, MessagePlace};
use crate::output::specimen::{TIME, connection, hello, message};
use crate::websocket::{Frame, Message};
use crate::websocket::{Header, Opcode};

fn follow(id: u32, form: Form) -> Follow {
    let mut follow = Follow::new(ConnectionId(id).into(), form, Out::memory());
    follow.tell(&Told::Started(At { packet: 1, time: Timestamp(TIME.0 - 1_000_000_000) }));
    follow.tell(&Told::Opened(&Socket { handshake: None, ..connection() }));
    follow.tell(&Told::Opened(&connection()));
    follow.tell(&Told::Opened(&Socket { id: ConnectionId(7).into(), ..connection() }));

    let (place, frame) = hello();
    let (message_place, message) = message();
    follow.tell(&Told::Frame(&place, &frame));
    follow.tell(&Told::Message(&message_place, &Message { payload: b"one\ntwo\x1b[31m\n", length: 13, ..message }));
    let other = MessagePlace { socket: ConnectionId(7).into(), ..message_place };
    follow.tell(&Told::Message(&other, &message));

    let ping = Frame { header: Header { opcode: Opcode::Ping, ..frame.header }, ..frame };
    follow.tell(&Told::Frame(&FramePlace { number: 2, ..place }, &ping));
    let later = At { packet: 9, time: Timestamp(TIME.0 + 310_000) };
    let header = Header { opcode: Opcode::Pong, masking_key: None, ..frame.header };
    let pong = Frame { header, direction: Direction::Server, first: later, last: later, ..frame };
    follow.tell(&Told::Frame(&FramePlace { number: 3, ..place }, &pong));

    let holes = [Hole { start: 1, len: 20 }];
    let notes = [Note::new(Code::FrameGap)];
    let binary = Message {
        direction: Direction::Server,
        opcode: Opcode::Binary,
        compressed: true,
        frame_count: 3,
        length: 23,
        payload: b"\x00A~",
        holes: &holes,
        notes: &notes,
        ..message
    };
    follow.tell(&Told::Message(&MessagePlace { number: 2, frames: &[4, 5, 7], ..message_place }, &binary));
    follow.tell(&Told::Closed(&connection()));
    follow.finish(&Summary::default());
    follow
}

#[test]
fn a_conversation() {
    let follow = follow(0, Form::Text(Style::default()));
    assert_eq!(
        String::from_utf8_lossy(follow.out().bytes()),
        "\
connection 0  10.77.0.1:46382 → 10.77.0.2:9100

→ GET /echo HTTP/1.1
  Host: example.org:9100
  sec-websocket-version: 13

← 101 Switching Protocols

→ 1.000000000  TEXT  13 B  message 1, frame 1
  one
  two␛[31m
  \n
→ 1.000000000  PING  \"Hello\"  frame 2

← 1.000310000  PONG  \"Hello\"  0.000310000 s after its ping  frame 3

← 1.000000000  BIN  23 B, deflated to 5  message 2, 3 frames, 4 to 7  ▲ ws.frame.gap
  00000000  00                                               .
  ⟨20 B missing⟩
  00000015  41 7e                                            A~

end  1.000000000  frames 45 → 44 ←, messages 40 → 40 ←
"
    );
}

#[test]
fn as_json_messages_control_frames_and_the_connection() {
    let follow = follow(0, Form::Json);
    let kinds: Vec<_> = String::from_utf8_lossy(follow.out().bytes())
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|value| (value["type"].as_str().unwrap().to_string(), value["n"].as_u64().unwrap()))
        .collect();
    let expected = [("message", 1), ("frame", 2), ("frame", 3), ("message", 2), ("connection", 0)];
    assert_eq!(kinds, expected.map(|(kind, n)| (kind.to_string(), n)));
}

#[test]
fn a_connection_that_is_not_there_is_told_with_those_that_are() {
    let follow = follow(3, Form::Text(Style::default()));
    assert!(!follow.found());
    assert_eq!(follow.others().map(|socket| socket.connection.0).collect::<Vec<_>>(), [0, 7]);
    assert!(follow.out().bytes().is_empty());
}

#[test]
fn a_stream_is_followed_by_itself() {
    let stream = |number| SocketId { stream: Some(StreamId(number)), ..ConnectionId(0).into() };
    let mut follow = Follow::new(stream(5), Form::Text(Style::default()), Out::memory());
    let (place, frame) = hello();
    let ping = Frame { header: Header { opcode: Opcode::Ping, ..frame.header }, ..frame };
    for number in [3, 5] {
        follow.tell(&Told::Opened(&Socket { id: stream(number), handshake: None, ..connection() }));
        follow.tell(&Told::Frame(&FramePlace { number, socket: stream(number), ..place }, &ping));
    }
    let text = String::from_utf8_lossy(follow.out().bytes()).into_owned();
    assert!(text.starts_with("connection 0s5 ") && text.contains("frame 5") && !text.contains("frame 3"), "{text}");
    assert_eq!(follow.others().map(|socket| socket.label()).collect::<Vec<_>>(), ["0s3"]);
}
