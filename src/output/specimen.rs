//! Frames, messages and connections made by hand, for the tests of this stage: those of the design's examples.

use crate::base::{At, ConnectionId, Direction, PerDirection, Timestamp};
use crate::dissect::{Close, Evidence, FramePlace, MessagePlace, Socket, Totals};
use crate::websocket::handshake::{Request, Response};
use crate::websocket::{Frame, Handshake, Header, LengthForm, Message, Opcode};

/// Time of every specimen: 2026-11-22T06:23:01.123456789Z.
pub const TIME: Timestamp = Timestamp(1_795_328_581_123_456_789);

/// This packet, at [`TIME`].
pub fn at(packet: u64) -> At {
    At { packet, time: TIME }
}

/// The frame of the design's example: a masked "Hello".
pub fn hello<'a>() -> (FramePlace, Frame<'a>) {
    let place = FramePlace { number: 1, socket: ConnectionId(0).into(), message: Some(1) };
    let header = Header {
        fin: true,
        rsv: 0,
        opcode: Opcode::Text,
        masking_key: Some([0xae, 0xd8, 0x58, 0xe8]),
        length: 5,
        form: LengthForm::Bits7,
    };
    let frame = Frame {
        direction: Direction::Client,
        offset: 0,
        header,
        header_len: 6,
        framing: crate::websocket::Framing::Rfc6455,
        message_opcode: Some(Opcode::Text),
        compressed: false,
        first: at(8),
        last: at(8),
        ended: true,
        ends_message: true,
        message_follows: true,
        message_offset: Some(0),
        captured: 5,
        payload: b"Hello",
        holes: &[],
        notes: &[],
    };
    (place, frame)
}

/// The message of the design's example.
pub fn message<'a>() -> (MessagePlace<'a>, Message<'a>) {
    let place = MessagePlace { number: 1, socket: ConnectionId(0).into(), frames: &[1] };
    let message = Message {
        direction: Direction::Client,
        offset: 0,
        last_offset: 0,
        opcode: Opcode::Text,
        compressed: false,
        first: at(8),
        last: at(8),
        frame_count: 1,
        wire_length: 5,
        length: 5,
        complete: true,
        ended: true,
        payload: b"Hello",
        holes: &[],
        notes: &[],
    };
    (place, message)
}

/// The connection of the design's example.
pub fn connection() -> Socket {
    let fields = |fields: &[(&str, &str)]| fields.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
    let request = Request {
        method: "GET".into(),
        target: "/echo".into(),
        minor_version: 1,
        fields: fields(&[("Host", "example.org:9100"), ("sec-websocket-version", "13")]),
        at: at(4),
        ..Request::default()
    };
    let response = Response {
        status: 101,
        reason: "Switching Protocols".into(),
        fields: vec![],
        at: at(6),
        ..Response::default()
    };
    let handshake = Handshake { request: Some(request), response: Some(response) };
    let side = |frames, messages| Totals { frames, messages, payload_bytes: 1000, message_bytes: 2000 };
    Socket {
        id: ConnectionId(0).into(),
        client: "10.77.0.1:46382".parse().unwrap(),
        server: "10.77.0.2:9100".parse().unwrap(),
        evidence: Evidence::Handshake,
        handshake: Some(Box::new(handshake)),
        totals: PerDirection { client: side(45, 40), server: side(44, 40) },
        tls: None,
        http2: None,
        process: crate::base::Owner::default(),
        close: Some(Close { by: Direction::Client, at: at(99), code: Some(4001), reason: "app says bye".into() }),
        first: at(1),
        last: at(99),
        notes: vec![],
    }
}
