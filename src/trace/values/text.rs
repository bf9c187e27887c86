//! Which payloads are text: the one rule that JSON, CSV and the views share.

use crate::websocket::{Frame, Message, Opcode};

/// The payload of a text frame, or of a continuation of a text message, as text: where it is not compressed and is
/// valid UTF-8 by itself (a character may be cut by the end of a fragment: then it is bytes).
#[must_use]
pub fn frame_text<'a>(frame: &Frame<'a>) -> Option<&'a str> {
    let opcode = match frame.header.opcode {
        Opcode::Continuation => frame.message_opcode?,
        own => own,
    };
    if opcode != Opcode::Text || frame.compressed {
        return None;
    }
    simdutf8::basic::from_utf8(frame.payload).ok()
}

/// The payload of a text message as text, where it is valid UTF-8.
#[must_use]
pub fn message_text<'a>(message: &Message<'a>) -> Option<&'a str> {
    if message.opcode != Opcode::Text {
        return None;
    }
    simdutf8::basic::from_utf8(message.payload).ok()
}

/// The status code and the bytes of the reason of a close frame (RFC 6455 section 5.5.1). `None` where the frame is no
/// close frame, or its body is shorter than two bytes or not wholly in the capture.
#[must_use]
pub fn close_body<'a>(frame: &Frame<'a>) -> Option<(u16, &'a [u8])> {
    if frame.header.opcode != Opcode::Close || frame.holes.iter().any(|hole| hole.start < 2) {
        return None;
    }
    let (code, reason) = frame.payload.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*code), reason))
}
