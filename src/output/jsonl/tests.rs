//! JSON Lines against the examples of the design: same names, same types.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::base::{Code, ConnectionId, Hole, Note, SocketId, Source, Span, StreamId};
use crate::dissect::Evidence;
use crate::dissect::{FramePlace, MessagePlace, Socket};
use crate::output::specimen::{connection, hello, message};
use crate::websocket::Frame;
use crate::websocket::{Header, LengthForm, Opcode};

/// Runs `tell` and reads every line back.
fn lines(list: List, tell: impl FnOnce(&mut JsonLines)) -> Vec<Value> {
    let mut sink = JsonLines::new(list, Out::memory());
    tell(&mut sink);
    sink.finish(&Summary::default());
    let text = String::from_utf8(sink.out().bytes().to_vec()).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn frame_line(place: &FramePlace, frame: &Frame<'_>) -> Value {
    lines(List::Frames, |sink| sink.tell(&Told::Frame(place, frame))).remove(0)
}

/// Every member of `expected` is there and equal.
fn assert_holds(line: &Value, expected: &Value) {
    let (line, expected) = (line.as_object().unwrap(), expected.as_object().unwrap());
    for (name, value) in expected {
        assert_eq!(line.get(name), Some(value), "{name}");
    }
}

#[test]
fn the_three_examples_of_the_design() {
    let (place, frame) = hello();
    let example = r#"{"type":"frame","n":1,"connection":0,"direction":"client","time":"2026-11-22T06:23:01.123456789Z","packet":8,"last_packet":8,"offset":0,"fin":true,"rsv":0,"opcode":1,"masked":true,"masking_key":"aed858e8","length":5,"captured":5,"payload":{"text":"Hello"},"message":1,"notes":[]}"#;
    assert_holds(&frame_line(&place, &frame), &serde_json::from_str(example).unwrap());

    let (place, message) = message();
    let example = r#"{"type":"message","n":1,"connection":0,"direction":"client","time":"2026-11-22T06:23:01.123456789Z","packet":8,"last_packet":8,"frames":[1],"opcode":1,"compressed":false,"wire_length":5,"length":5,"complete":true,"payload":{"text":"Hello"},"notes":[]}"#;
    let line = lines(List::Messages, |sink| sink.tell(&Told::Message(&place, &message))).remove(0);
    assert_holds(&line, &serde_json::from_str(example).unwrap());

    let example = r#"{"type":"connection","n":0,"client":"10.77.0.1:46382","server":"10.77.0.2:9100","evidence":"handshake","version":"13","uri":"/echo","host":"example.org:9100","origin":null,"subprotocol":null,"extensions":[],"frames":89,"messages":80,"close":{"by":"client","code":4001,"reason":"app says bye"},"notes":[]}"#;
    let line = lines(List::Connections, |sink| sink.tell(&Told::Closed(&connection()))).remove(0);
    assert_holds(&line, &serde_json::from_str(example).unwrap());
}

#[test]
fn a_stream_is_a_member_only_where_there_is_one() {
    let socket = SocketId { stream: Some(StreamId(5)), ..ConnectionId(3).into() };
    let (place, frame) = hello();
    assert_eq!(frame_line(&place, &frame).get("stream"), None);
    let of_stream = json!({"connection": 3, "stream": 5});
    assert_holds(&frame_line(&FramePlace { socket, ..place }, &frame), &of_stream);
    let (place, message) = message();
    let place = MessagePlace { socket, ..place };
    let line = lines(List::Messages, |sink| sink.tell(&Told::Message(&place, &message))).remove(0);
    assert_holds(&line, &of_stream);
    let line =
        lines(List::Connections, |sink| sink.tell(&Told::Closed(&Socket { id: socket, ..connection() }))).remove(0);
    assert_holds(&line, &json!({"n": 3, "stream": 5}));
}

#[test]
fn a_plain_frame_has_the_fixed_members_and_one_more() {
    let (place, frame) = hello();
    let mut names: Vec<String> = frame_line(&place, &frame).as_object().unwrap().keys().cloned().collect();
    names.retain(|name| name != "header_length");
    let mut fixed = [
        "type",
        "n",
        "connection",
        "direction",
        "time",
        "packet",
        "last_packet",
        "offset",
        "fin",
        "rsv",
        "opcode",
        "masked",
        "masking_key",
        "length",
        "captured",
        "payload",
        "message",
        "notes",
    ];
    names.sort();
    fixed.sort_unstable();
    assert_eq!(names, fixed);
}

#[test]
fn payloads_are_text_only_where_the_frame_is_text() {
    let (place, frame) = hello();
    let header = frame.header;
    let payload = |frame: Frame<'_>| frame_line(&place, &frame)["payload"].clone();
    let base64 = json!({"base64": "SGVsbG8="});
    assert_eq!(payload(Frame { header: Header { opcode: Opcode::Binary, ..header }, ..frame }), base64);
    assert_eq!(payload(Frame { header: Header { opcode: Opcode::Ping, ..header }, ..frame }), base64);
    assert_eq!(payload(Frame { compressed: true, ..frame }), base64);
    assert_eq!(payload(Frame { payload: b"\xc3", ..frame }), json!({"base64": "ww=="}));
    let continuation = Header { opcode: Opcode::Continuation, ..header };
    assert_eq!(payload(Frame { header: continuation, ..frame }), json!({"text": "Hello"}));
    assert_eq!(payload(Frame { header: continuation, message_opcode: None, ..frame }), base64);
    assert_eq!(payload(Frame { header: continuation, message_opcode: Some(Opcode::Binary), ..frame }), base64);
}

#[test]
fn what_only_some_frames_have() {
    let (place, frame) = hello();
    let header = Header { opcode: Opcode::Close, masking_key: None, fin: false, rsv: 5, ..frame.header };
    let notes = [
        Note::new(Code::CloseCode).with_detail("code 1005").with_span(Span {
            source: Source::Unmasked,
            start: 0,
            len: 2,
        }),
        Note::new(Code::FrameGap),
    ];
    let holes = [Hole { start: 5, len: 1_u64 << 60 }];
    let place = FramePlace { message: None, ..place };
    let line = frame_line(
        &place,
        &Frame { header, payload: b"\x03\xedbye", captured: 100, holes: &holes, notes: &notes, ..frame },
    );
    assert_holds(
        &line,
        &json!({
            "masked": false, "masking_key": null, "message": null, "fin": false, "rsv": 5, "opcode": 8,
            "close": {"code": 1005, "reason": "bye"},
            "payload_kept": 5,
            "holes": [[5, "1152921504606846976"]],
            "notes": [
                {"code": "ws.close.code", "severity": "error", "clause": "RFC 6455 7.4", "detail": "code 1005",
                 "span": {"source": "unmasked", "start": 0, "len": 2}},
                {"code": "ws.frame.gap", "severity": "warning", "clause": "sockeye"},
            ],
        }),
    );
    let short = Frame { header, payload: b"\x03", ..frame };
    assert_eq!(frame_line(&place, &short).get("close"), None);
    let holed = [Hole { start: 0, len: 2 }];
    let lost = Frame { header, payload: b"bye", holes: &holed, ..frame };
    assert_eq!(frame_line(&place, &lost).get("close"), None, "the reason is not mistaken for a code");
    let continued = Header { opcode: Opcode::Continuation, ..frame.header };
    let compressed = frame_line(&place, &Frame { header: continued, compressed: true, ..frame });
    assert_holds(&compressed, &json!({"message_opcode": 1, "compressed": true}));
}

#[test]
fn lengths_beyond_a_double_are_strings_in_every_place() {
    let (place, frame) = hello();
    let header = Header { length: u64::MAX, form: LengthForm::Bits64, ..frame.header };
    let line = frame_line(&place, &Frame { header, offset: 1 << 54, ..frame });
    assert_holds(&line, &json!({"length": "18446744073709551615", "offset": "18014398509481984"}));
}

#[test]
fn connections_come_by_number_and_say_why_they_are_listed() {
    let refused = Socket { id: ConnectionId(2).into(), evidence: Evidence::Refused, close: None, ..connection() };
    let joined = Socket {
        id: ConnectionId(1).into(),
        client: "[2001:db8::1]:80".parse().unwrap(),
        evidence: Evidence::MidStream { confidence: 0.9876 },
        handshake: None,
        ..connection()
    };
    let all = [refused, joined, connection()];
    let lines = lines(List::Connections, |sink| all.iter().for_each(|connection| sink.tell(&Told::Closed(connection))));
    assert_holds(
        &lines[0],
        &json!({"n": 0, "status": 101, "from_client": {"frames": 45, "messages": 40, "payload_bytes": 1000, "message_bytes": 2000}}),
    );
    assert_holds(
        &lines[1],
        &json!({"n": 1, "client": "[2001:db8::1]:80", "evidence": "mid-stream", "confidence": 0.988, "version": null,
                "uri": null, "host": null, "status": null, "extensions": []}),
    );
    assert_holds(&lines[2], &json!({"n": 2, "evidence": "refused", "close": null}));
}

#[test]
fn each_list_holds_its_own_kind_only() {
    let (place, frame) = hello();
    let (message_place, message) = message();
    for (list, kind) in [(List::Frames, "frame"), (List::Messages, "message"), (List::Connections, "connection")] {
        let lines = lines(list, |sink| {
            sink.tell(&Told::Frame(&place, &frame));
            sink.tell(&Told::Message(&message_place, &message));
            sink.tell(&Told::Closed(&connection()));
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["type"], kind);
    }
}

#[test]
fn an_error_of_the_writer_ends_the_writing() {
    struct Full(Arc<Mutex<usize>>);
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            *self.0.lock().unwrap() += 1;
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let calls = Arc::default();
    let mut sink = JsonLines::new(List::Frames, Out::new(Full(Arc::clone(&calls))));
    let (place, frame) = hello();
    for _ in 0..10_000 {
        sink.tell(&Told::Frame(&place, &frame));
    }
    sink.finish(&Summary::default());
    assert_eq!(*calls.lock().unwrap(), 1);
    assert_eq!(sink.out().error().unwrap().kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn the_process_that_has_a_connection_is_named() {
    let process = crate::base::Process { id: 77, name: "a \"name\"".to_owned() }.into();
    let line = lines(List::Connections, |sink| sink.tell(&Told::Closed(&Socket { process, ..connection() }))).remove(0);
    assert_eq!(line["process"], json!({ "name": "a \"name\"", "pid": 77 }));
    let line = lines(List::Connections, |sink| sink.tell(&Told::Closed(&connection()))).remove(0);
    assert!(line.get("process").is_none());
}
