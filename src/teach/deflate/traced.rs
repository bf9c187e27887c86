//! A compressed message of a trace taken apart, with the window that it may refer to.

use super::Deflated;
use crate::base::number::narrow;
use crate::trace::{Bytes, Inflations, MessageRow};
use crate::websocket::handshake::Unit;

/// Bytes that DEFLATE refers back at most (RFC 1951 section 2).
const WINDOW: u64 = 32 * 1024;
/// Messages before it that are looked at for them.
const BEFORE: usize = 4096;

impl Deflated {
    /// Takes a message of a trace apart; `None` where it is not compressed as a whole, or the capture lacks bytes of it.
    #[must_use]
    pub fn of_message(bytes: Bytes<'_>, message: &MessageRow) -> Option<Deflated> {
        let row = bytes.trace().connections().get(message.socket)?;
        let handshake = row.told.as_ref().and_then(|told| told.handshake.as_ref());
        let agreed = handshake.and_then(|handshake| handshake.deflate_assumed());
        if !message.compressed || agreed.is_some_and(|agreed| agreed.unit != Unit::Message) {
            return None;
        }
        let own = bytes.message(message, 0..message.wire_length);
        if !own.is_whole() || own.end() != message.wire_length {
            return None;
        }
        let takeover = agreed.is_none_or(|agreed| agreed.takeover(message.direction));
        let window = if takeover { window(bytes, message) } else { Vec::new() };
        Some(Deflated::of(&own.bytes, &window))
    }
}

/// What the messages of its direction before it said, as far as it is known.
fn window(bytes: Bytes<'_>, message: &MessageRow) -> Vec<u8> {
    let trace = bytes.trace();
    let Some(row) = trace.connections().get(message.socket) else { return Vec::new() };
    let mut numbers = Vec::new();
    let mut len = 0_u64;
    for index in (0..row.index_of_message(message.number)).rev().take(BEFORE) {
        let before = row.message(index).and_then(|number| trace.messages().get(number));
        let Some(before) = before.filter(|before| before.compressed && before.direction == message.direction) else {
            continue;
        };
        numbers.push(before.number);
        len = len.saturating_add(before.length);
        if len >= WINDOW {
            break;
        }
    }
    let mut inflations = Inflations::default();
    let mut window: Vec<u8> = Vec::new();
    for number in numbers.into_iter().rev() {
        while inflations.work(bytes, [number], u64::MAX) {}
        let Some(said) = inflations.get(number) else {
            window.clear();
            continue;
        };
        match said.holes.last() {
            None => window.extend_from_slice(&said.bytes),
            Some(hole) => {
                // What lies before bytes that are not known cannot be placed any more.
                let known = narrow(hole.start.saturating_add(hole.len).saturating_sub(said.start));
                window = said.bytes.get(known..).unwrap_or_default().to_vec();
            }
        }
        let over = window.len().saturating_sub(narrow(WINDOW));
        window.drain(..over);
    }
    window
}
