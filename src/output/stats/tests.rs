//! Totals of a handful of items, counted by hand.

use serde_json::{Value, json};

use super::*;
use crate::base::Code;
use crate::base::{ConnectionId, Note};
use crate::dissect::{NotePlace, Quic, Socket};
use crate::output::specimen::{TIME, at, connection, hello, message};
use crate::websocket::{Frame, Message};
use crate::websocket::{Header, Opcode};

fn summary() -> Summary {
    Summary {
        file: "a\x1b.pcap".into(),
        format: "pcap, nanoseconds".into(),
        packets: 12,
        kinds: vec![("TCP".into(), 10), ("ARP".into(), 2)],
        connections: 5,
        others: vec![("TLS", 2), ("HTTP", 1)],
        quic: vec![
            Quic {
                connections: 3,
                version: "1".into(),
                alpn: vec!["h3".into()],
                server_name: Some("a\x1b.example".into()),
            },
            Quic { connections: 1, version: "draft-29".into(), alpn: vec![], server_name: None },
        ],
        span: Some((TIME, Timestamp(TIME.0 + 1_500_000_000))),
        warnings: vec!["a.pcap: the capture ends inside the record after packet 12".into()],
    }
}

/// Two frames of five bytes, one of them with three missing; two messages, one of them compressed; a refusal; two notes.
fn told(form: Form) -> String {
    let mut stats = Stats::new(form, Out::memory());
    let (place, frame) = hello();
    stats.tell(&Told::Frame(&place, &frame));
    let header = Header { opcode: Opcode::Reserved(11), ..frame.header };
    stats.tell(&Told::Frame(&place, &Frame { header, direction: Direction::Server, captured: 2, ..frame }));
    let (place, message) = message();
    stats.tell(&Told::Message(&place, &Message { length: 5, ..message }));
    stats.tell(&Told::Message(&place, &Message { compressed: true, length: 500, ..message }));
    for code in [Code::MaskMissing, Code::OpcodeReserved] {
        stats.tell(&Told::Note {
            socket: ConnectionId(0).into(),
            place: NotePlace::Frame(1),
            note: &Note::new(code),
            at: at(8),
        });
    }
    stats.tell(&Told::Closed(&connection()));
    stats.tell(&Told::Closed(&Socket { evidence: Evidence::Refused, ..connection() }));
    stats.finish(&summary());
    String::from_utf8(stats.out().bytes().to_vec()).unwrap()
}

#[test]
fn one_line_of_counts() {
    assert_eq!(
        told(Form::Line),
        "packets=12 connections=5 websockets=1 frames=2 messages=2 payload=7 message_bytes=505 inflated=500 notes=2\n"
    );
}

#[test]
fn one_object() {
    let object: Value = serde_json::from_str(&told(Form::Json)).unwrap();
    assert_eq!(
        object,
        json!({
            "type": "stats", "file": "a\x1b.pcap", "format": "pcap, nanoseconds",
            "packets": 12, "connections": 5, "websockets": 1, "frames": 2, "messages": 2, "payload": 7,
            "message_bytes": 505, "inflated": 500, "notes": 2, "payload_missing": 3, "messages_compressed": 1, "refused": 1,
            "unanswered": 0,
            "others": {"TLS": 2, "HTTP": 1},
            "quic": [
                {"server_name": "a\x1b.example", "alpn": ["h3"], "version": "1", "connections": 3},
                {"server_name": null, "alpn": [], "version": "draft-29", "connections": 1},
            ],
            "websockets_by_evidence": {"handshake": 1, "mid-stream": 0, "decode-as": 0},
            "websockets_by_carrier": {}, "tls_like_websocket": 0,
            "frames_from_client": {"TEXT": 1}, "frames_from_server": {"RSV11": 1},
            "notes_by_code": {"ws.mask.missing": 1, "ws.opcode.reserved": 1},
            "packets_by_kind": {"TCP": 10, "ARP": 2},
            "time": "2026-11-22T06:23:01.123456789Z", "last_time": "2026-11-22T06:23:02.623456789Z",
            "warnings": ["a.pcap: the capture ends inside the record after packet 12"],
        })
    );
}

#[test]
fn a_page() {
    assert_eq!(
        told(Form::Page(Style::default())),
        "\
capture       a␛.pcap  pcap, nanoseconds
              ▲ a.pcap: the capture ends inside the record after packet 12
time          2026-11-22T06:23:01.123456789Z to 2026-11-22T06:23:02.623456789Z, 1.500000000 s
packets       12: 10 TCP, 2 ARP
connections   5 TCP
WebSockets    1: 1 by handshake; 1 refused
others        3: 2 TLS, 1 HTTP
QUIC          4: 3 a␛.example h3, 1 (no name)

                    client →      ← server         total
frames                     1             1             2
  TEXT                     1             0             1
  RSV11                    0             1             1
messages                   2             0             2
  compressed               1             0             1
payload bytes              5             2             7
  missing                  0             3             3
message bytes            505             0           505
  inflated               500             0           500

notes         2
                           1  ✖ ws.mask.missing  A client frame is not masked.
                           1  ✖ ws.opcode.reserved  The opcode is reserved.
"
    );
}
