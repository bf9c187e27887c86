//! Which pong answers which ping (RFC 6455 section 5.5.3), and how long it took.

use super::text;
use crate::trace::{Bytes, FrameRow};
use crate::websocket::Opcode;

/// Frames of the connection looked at for the other half of a pair.
const NEAR: usize = 256;

/// Words about the pair a ping or pong belongs to; nothing for other frames.
pub(super) fn answer(bytes: Bytes<'_>, row: &FrameRow) -> Option<String> {
    match row.header.opcode {
        Opcode::Pong => match asked(bytes, row) {
            Some(ping) => {
                let took = text::duration(row.first.time.since(ping.last.time));
                Some(format!("answers #{}  rtt {took}", ping.number))
            }
            None => Some("unasked".to_owned()),
        },
        Opcode::Ping => match answered(bytes, row) {
            Some(pong) => {
                let took = text::duration(pong.first.time.since(row.last.time));
                Some(format!("answered by #{}  rtt {took}", pong.number))
            }
            None => Some("not answered".to_owned()),
        },
        _ => None,
    }
}

/// The ping that a pong answers: the latest with the same payload.
fn asked(bytes: Bytes<'_>, pong: &FrameRow) -> Option<FrameRow> {
    let trace = bytes.trace();
    let list = trace.connections().get(pong.socket)?;
    let before = std::iter::successors(list.before(pong.number), |frame| list.before(*frame)).take(NEAR);
    before.filter_map(|frame| trace.frames().get(frame)).find(|ping| pair(bytes, ping, pong))
}

/// The pong that answers a ping: the first with the same payload.
fn answered(bytes: Bytes<'_>, ping: &FrameRow) -> Option<FrameRow> {
    let trace = bytes.trace();
    let list = trace.connections().get(ping.socket)?;
    let after = list.frames_from(ping.number + 1).take(NEAR);
    after.filter_map(|frame| trace.frames().get(frame)).find(|pong| pair(bytes, ping, pong))
}

fn pair(bytes: Bytes<'_>, ping: &FrameRow, pong: &FrameRow) -> bool {
    ping.header.opcode == Opcode::Ping
        && pong.header.opcode == Opcode::Pong
        && ping.direction != pong.direction
        && ping.header.length == pong.header.length
        && bytes.unmasked(ping, 0..125) == bytes.unmasked(pong, 0..125)
}
