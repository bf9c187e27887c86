//! Findings of a few notes, written out by hand.

use serde_json::{Value, json};

use super::*;
use crate::base::Code;
use crate::base::{ConnectionId, Note};
use crate::output::specimen::{TIME, at};

fn lint(form: Form, deny: &[&str], allow: &[&str], notes: u64) -> (String, bool) {
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let policy = Policy::parse(&names(deny), &names(allow)).unwrap();
    let mut lint = Lint::new(form, policy, Out::memory());
    lint.tell(&Told::Started(At { packet: 1, time: Timestamp(TIME.0 - 1_000_000_000) }));
    let unanswered = Note::new(Code::PingUnanswered);
    lint.tell(&Told::Note { socket: ConnectionId(3).into(), place: NotePlace::Frame(2), note: &unanswered, at: at(9) });
    let zero = Note::new(Code::MaskZero).with_detail("key \x1b[0m");
    lint.tell(&Told::Note { socket: ConnectionId(3).into(), place: NotePlace::Socket, note: &zero, at: at(10) });
    for n in 0..notes {
        lint.tell(&Told::Note {
            socket: ConnectionId(0).into(),
            place: NotePlace::Frame(n + 1),
            note: &Note::new(Code::MaskMissing),
            at: at(n + 20),
        });
    }
    lint.tell(&Told::Closed(&crate::output::specimen::connection()));
    lint.finish(&Summary::default());
    (String::from_utf8(lint.out().bytes().to_vec()).unwrap(), lint.failed())
}

#[test]
fn findings_are_grouped_worst_first_with_first_places() {
    let (text, failed) = lint(Form::Text(Style::default()), &["ws.mask.zero"], &[], 7);
    assert!(failed);
    assert_eq!(
        text,
        "\
✖ ws.mask.missing  error  7 times  RFC 6455 5.1
  A client frame is not masked.
    frame 1, connection 0, packet 20, 1.000000000 s
    frame 2, connection 0, packet 21, 1.000000000 s
    frame 3, connection 0, packet 22, 1.000000000 s
    frame 4, connection 0, packet 23, 1.000000000 s
    frame 5, connection 0, packet 24, 1.000000000 s
    and 2 more
▲ ws.mask.zero  warning, denied  once  RFC 6455 5.3
  The masking key is zero, which leaves the payload as it is.
    connection 3, packet 10, 1.000000000 s: key ␛[0m
• ws.ping.unanswered  note  once  RFC 6455 5.5.2
  A ping was not answered by a pong.
    frame 2, connection 3, packet 9, 1.000000000 s
7 errors, 1 warning, 1 note
"
    );
}

#[test]
fn what_is_allowed_is_neither_shown_nor_counted() {
    let (text, failed) = lint(Form::Text(Style::default()), &[], &["ws.mask.*", "ws.ping.unanswered"], 3);
    assert_eq!((text.as_str(), failed), ("0 errors, 0 warnings, 0 notes\n", false));
    assert_eq!(lint(Form::Silent, &[], &[], 1), (String::new(), true));
    assert!(!lint(Form::Silent, &[], &[], 0).1, "warnings and notes alone do not fail");
}

#[test]
fn json_has_an_object_a_rule_and_one_for_the_sum() {
    let (text, _) = lint(Form::Json, &[], &["ws.ping.unanswered"], 1);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let time = "2026-11-22T06:23:01.123456789Z";
    assert_eq!(
        lines,
        [
            json!({"type": "finding", "code": "ws.mask.missing", "severity": "error", "clause": "RFC 6455 5.1",
                   "sentence": "A client frame is not masked.", "count": 1, "fails": true,
                   "places": [{"connection": 0, "frame": 1, "packet": 20, "time": time}]}),
            json!({"type": "finding", "code": "ws.mask.zero", "severity": "warning", "clause": "RFC 6455 5.3",
                   "sentence": "The masking key is zero, which leaves the payload as it is.", "count": 1, "fails": false,
                   "places": [{"connection": 3, "packet": 10, "time": time, "detail": "key \x1b[0m"}]}),
            json!({"type": "lint", "errors": 1, "warnings": 1, "notes": 0, "connections": 1, "failed": true}),
        ]
    );
}

#[test]
fn a_capture_without_websocket_is_no_passed_check() {
    let mut lint = Lint::new(Form::Text(Style::default()), Policy::default(), Out::memory());
    lint.finish(&Summary::default());
    let text = String::from_utf8(lint.out().bytes().to_vec()).unwrap();
    assert_eq!(text, "0 errors, 0 warnings, 0 notes; no WebSocket connection in this capture\n");
}
