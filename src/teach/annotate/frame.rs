//! A frame header, field by field, in plain words (RFC 6455 section 5.2).
//!
//! In: the row of a frame and the start of its unmasked payload. Out: a list of [`Node`]s whose bits and bytes count
//! in the frame as it is on the wire. Values that break a rule are shown as they are; the notes say so elsewhere.

use super::fin::{bit_text, fin_field};
use super::{SHOWN, draft};
use crate::base::{Direction, Source};
use crate::fields::{FrameField, Node, Value};
use crate::trace::{FrameRow, Window};
use crate::websocket::{Framing, LengthForm, Opcode, close};

/// The fields of a frame. `payload` is the start of the unmasked payload, from its first byte.
#[must_use]
pub fn frame_nodes(row: &FrameRow, payload: &Window) -> Vec<Node> {
    let header = &row.header;
    let kind = match (header.opcode, row.message_opcode) {
        (Opcode::Continuation, Some(of)) => format!("CONT of {}", of.short_name()),
        (opcode, _) => opcode.short_name().to_owned(),
    };
    let title = format!("{kind} {}  {} B on the wire", row.direction.arrow(), row.wire_len());
    let whole = match row.framing {
        Framing::Rfc6455 => "a header of 2 to 14 bytes, then the payload",
        _ => "a frame of a draft from before RFC 6455",
    };
    let mut fields = vec![
        Node::new(FrameField::Whole, 0, title)
            .labelled(format!("WebSocket frame {}", row.number))
            .means(whole, "RFC 6455 5.2")
            .at(Source::Frame, 0, row.wire_len()),
    ];
    if row.framing.is_rfc() {
        fields.push(fin_field(row).bits(0, 1));
        reserved(row, &mut fields);
        fields.push(opcode(row));
        fields.push(mask(row));
        length(row, &mut fields);
    } else {
        draft::header(row, &mut fields);
    }
    if row.has_cut_header() {
        lacking(u64::from(row.header_len), &mut fields);
        return fields;
    }
    payload_fields(row, payload, &mut fields);
    fields
}

/// Of a header that is cut off after `have` bytes, the fields of which bytes are missing say so.
fn lacking(have: u64, fields: &mut [Node]) {
    for field in fields.iter_mut().filter(|field| field.bits.is_some()) {
        let Some(span) = field.span else { continue };
        let missing = span.start.saturating_add(span.len).saturating_sub(have).min(span.len);
        if missing > 0 {
            field.text = "?".into();
            field.meaning = match span.len {
                1 => "missing".into(),
                len => format!("{missing} of {len} bytes are missing").into(),
            };
        }
    }
}

fn reserved(row: &FrameRow, fields: &mut Vec<Node>) {
    let rsv = row.header.rsv;
    let rsv1 = rsv & 4 != 0;
    let meaning = match (rsv, row.compressed && rsv1) {
        (0, _) => "no extension marks this frame",
        (4, true) => "RSV1: the message is compressed (permessage-deflate)",
        _ => "a reserved bit is set; an extension must have given it a meaning",
    };
    fields.push(
        Node::new(FrameField::Rsv, 1, rsv_text(rsv))
            .holds(Value::Number(rsv.into()))
            .means(meaning, "RFC 6455 5.2")
            .bits(1, 3),
    );
    let one = match (rsv1, row.compressed) {
        (true, true) => "compressed by permessage-deflate, on the first frame of a message",
        (true, false) => "set, and no negotiated extension uses it",
        (false, _) => "not set",
    };
    let bits = [
        (FrameField::Rsv1, rsv1, one, "RFC 7692 6", 1),
        (FrameField::Rsv2, rsv & 2 != 0, "no registered extension uses it", "RFC 6455 5.2", 2),
        (FrameField::Rsv3, rsv & 1 != 0, "no registered extension uses it", "RFC 6455 5.2", 3),
    ];
    for (field, set, meaning, clause, bit) in bits {
        let node = Node::new(field, 2, bit_text(set)).holds(Value::Flag(set));
        fields.push(node.means(meaning, clause).bits(bit, 1));
    }
}

fn opcode(row: &FrameRow) -> Node {
    let opcode = row.header.opcode;
    let (meaning, clause) = match opcode {
        Opcode::Continuation => match row.message_opcode {
            Some(of) => (format!("continues the {} message under way", of.long_name()), "RFC 6455 5.4"),
            None => ("continues a message whose start is not known".to_owned(), "RFC 6455 5.4"),
        },
        Opcode::Text => ("starts a text message: it must be UTF-8".to_owned(), "RFC 6455 5.6"),
        Opcode::Binary => {
            ("starts a binary message: what it means is up to the application".to_owned(), "RFC 6455 5.6")
        }
        Opcode::Close => ("closes: nothing may follow on this side".to_owned(), "RFC 6455 5.5.1"),
        Opcode::Ping => ("asks the other side for a pong with the same payload".to_owned(), "RFC 6455 5.5.2"),
        Opcode::Pong => ("answers a ping, or is a heartbeat of its own".to_owned(), "RFC 6455 5.5.3"),
        Opcode::Reserved(_) => ("no specification uses this opcode".to_owned(), "RFC 6455 5.2"),
    };
    Node::new(FrameField::Opcode, 1, opcode_text(opcode))
        .holds(Value::Number(opcode.bits().into()))
        .means(meaning, clause)
        .bits(4, 4)
}

fn mask(row: &FrameRow) -> Node {
    let masked = row.header.masking_key.is_some();
    let meaning = match (row.direction, masked) {
        (Direction::Client, true) => "a client must mask, so that no proxy takes its bytes for HTTP",
        (Direction::Client, false) => "a client must mask, and this frame is not masked",
        (Direction::Server, false) => "a server must not mask",
        (Direction::Server, true) => "a server must not mask, and this frame is masked",
    };
    Node::new(FrameField::Masked, 1, bit_text(masked))
        .holds(Value::Flag(masked))
        .means(meaning, "RFC 6455 5.3")
        .bits(8, 1)
}

fn length(row: &FrameRow, fields: &mut Vec<Node>) {
    let header = &row.header;
    let (seven, extended) = match header.form {
        LengthForm::Bits7 => (header.length, 0),
        LengthForm::Bits16 => (126, 16),
        LengthForm::Bits64 => (127, 64),
    };
    let meaning = match header.form {
        LengthForm::Bits7 => "bytes of payload; up to 125 fit here",
        LengthForm::Bits16 => "126: the length is in the 16 bits that follow",
        LengthForm::Bits64 => "127: the length is in the 64 bits that follow",
    };
    fields.push(
        Node::new(FrameField::Length7, 1, seven.to_string())
            .holds(Value::Number(seven))
            .means(meaning, "RFC 6455 5.2")
            .bits(9, 7),
    );
    if extended > 0 {
        fields.push(
            Node::new(FrameField::Length, 1, header.length.to_string())
                .holds(Value::Number(header.length))
                .means(format!("bytes of payload, in {extended} bits, most significant byte first"), "RFC 6455 5.2")
                .bits(16, extended),
        );
    }
    if let Some(key) = header.masking_key {
        let meaning = if key == [0; 4] {
            "zero: masking changes nothing; a key must be unpredictable"
        } else {
            "byte i of the payload is XORed with byte i mod 4 of the key"
        };
        fields.push(
            Node::new(FrameField::MaskingKey, 1, hex::encode(key))
                .holds(Value::Key(key))
                .means(meaning, "RFC 6455 5.3")
                .bits(16 + extended, 32),
        );
    }
}

fn payload_fields(row: &FrameRow, payload: &Window, fields: &mut Vec<Node>) {
    let length = row.header.length;
    if length == 0 {
        fields.push(Node::new(FrameField::Payload, 1, "empty").means("allowed for every opcode", "RFC 6455 5.2"));
        return;
    }
    let mut value = format!("{length} B");
    if row.missing() > 0 {
        value.push_str(&format!(", {} missing in the capture", row.missing()));
    }
    let preview = preview(row, payload);
    if !preview.is_empty() {
        value.push_str("  ");
        value.push_str(&preview);
    }
    fields.push(
        Node::new(FrameField::Payload, 1, value)
            .means(
                match (row.compressed, row.header.masking_key) {
                    (true, _) => "compressed; the inflated tab shows what it says",
                    (false, Some(_)) => "shown unmasked",
                    (false, None) => "not masked: the bytes on the wire",
                },
                "RFC 6455 5.2",
            )
            .at(Source::Frame, u64::from(row.header_len), length),
    );
    if row.header.opcode == Opcode::Close {
        close_fields(length, payload, fields);
    }
}

fn rsv_text(rsv: u8) -> String {
    format!("{rsv:03b}")
}

fn opcode_text(opcode: Opcode) -> String {
    format!("{} {}", opcode.bits(), opcode.short_name())
}

/// The start of a payload in one line: text where it is text, hex otherwise.
#[must_use]
pub fn preview(row: &FrameRow, payload: &Window) -> String {
    if !payload.is_whole() {
        return String::new();
    }
    let shown = payload.bytes.get(..payload.bytes.len().min(SHOWN)).unwrap_or(&[]);
    let text = !row.compressed && row.message_opcode.unwrap_or(row.header.opcode) == Opcode::Text;
    if text || row.header.opcode.is_control() && row.header.opcode != Opcode::Close {
        format!("\"{}\"", String::from_utf8_lossy(shown))
    } else if row.header.opcode == Opcode::Close {
        String::new()
    } else {
        hex::encode(shown.get(..shown.len().min(16)).unwrap_or(&[]))
    }
}

fn close_fields(length: u64, payload: &Window, fields: &mut Vec<Node>) {
    if let (Some(high), Some(low)) = (payload.get(0), payload.get(1)) {
        let code = u16::from_be_bytes([high, low]);
        fields.push(
            Node::new(FrameField::CloseCode, 2, code.to_string())
                .holds(Value::Number(code.into()))
                .means(close::name(code), "RFC 6455 7.4.1")
                .at(Source::Unmasked, 0, 2),
        );
    }
    if length > 2 {
        let reason = payload.bytes.get(2..).map(String::from_utf8_lossy).unwrap_or_default();
        fields.push(
            Node::new(FrameField::CloseReason, 2, format!("\"{reason}\""))
                .means("UTF-8, for people who look for the cause", "RFC 6455 5.5.1")
                .at(Source::Unmasked, 2, length - 2),
        );
    }
}
