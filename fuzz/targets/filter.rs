//! A display filter, and a row to put it to.

use sockeye::base::{At, ConnectionId, Direction, Timestamp};
use sockeye::dissect::{FramePlace, MessagePlace};
use sockeye::filter::complete::complete;
use sockeye::filter::{Expression, Filter, PacketBytes, Row, Settings, explain, keys};
use sockeye::websocket::{Frame, Framing, Header, LengthForm, Message, Opcode};

/// The first line is the filter; what follows is the payload of a text message, and the bytes of its packet.
pub fn run(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let text = String::from_utf8_lossy(&input[..end]);
    let payload = input.get(end + 1..).unwrap_or_default();
    for (at, _) in text.char_indices().step_by(16).take(4) {
        for completion in complete(&text, at, &()) {
            assert!(text.get(completion.at).is_some() && !completion.text.is_empty());
        }
    }
    if let Ok(document) = std::str::from_utf8(payload) {
        assert!(keys(document).len() <= 64);
    }
    let filter = match Filter::compile(&text) {
        Ok(filter) => filter,
        Err(error) => {
            assert!(error.text.get(error.at.clone()).is_some(), "{error:?}");
            assert_eq!(error.caret().lines().count(), 2);
            return;
        }
    };
    assert!(explain(&text, &Settings::default()).is_ok(), "{text}");
    let (at, end) =
        (At { packet: 7, time: Timestamp(7_000_000_000) }, At { packet: 9, time: Timestamp(9_000_000_000) });
    let socket = ConnectionId(3).into();
    let header = Header {
        fin: true,
        rsv: 0,
        opcode: Opcode::Text,
        masking_key: Some([1, 2, 3, 4]),
        length: payload.len() as u64,
        form: LengthForm::Bits7,
    };
    let frame = Frame {
        direction: Direction::Client,
        offset: 11,
        header,
        header_len: 6,
        framing: Framing::default(),
        message_opcode: Some(Opcode::Text),
        message_offset: Some(11),
        compressed: false,
        first: at,
        last: end,
        ended: true,
        ends_message: true,
        message_follows: true,
        captured: payload.len() as u64,
        payload,
        holes: &[],
        notes: &[],
    };
    let message = Message {
        direction: Direction::Client,
        offset: 11,
        last_offset: 11,
        opcode: Opcode::Text,
        compressed: false,
        first: at,
        last: end,
        frame_count: 1,
        wire_length: payload.len() as u64,
        length: payload.len() as u64,
        complete: true,
        ended: true,
        payload,
        holes: &[],
        notes: &[],
    };
    let place = FramePlace { number: 5, socket, message: Some(2) };
    let message_place = MessagePlace { number: 2, socket, frames: &[5] };
    let packet = PacketBytes {
        data: payload,
        captured: payload.len() as u32,
        link: sockeye::base::LinkType::ETHERNET,
        wire_len: payload.len() as u32,
        interface: 0,
        comment: None,
    };
    let row = Row {
        frame: Some((&place, &frame)),
        message: Some((&message_place, &message)),
        packet: Some(packet),
        at: Some(end),
        ..Row::default()
    };
    assert_eq!(filter.matches(&row), filter.matches(&row));
    assert!(!filter.matches(&Row::default()) || text.contains(['!', 'n', '^']) || filter.is_empty(), "{text}");
    if let Ok(expression) = Expression::compile(&text) {
        let _ = expression.values(&row).as_slice().len();
    }
}
