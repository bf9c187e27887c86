//! Heartbeats that follow each other, in one line: `58 heartbeats  every 1.00 s  PING PONG "2" "3"`.
//!
//! In: heartbeats, one after the other. Out: how many, how often, and what they look like. The first few kinds are kept.

use std::fmt::Write as _;

use crate::base::{Direction, DisplaySafe, SocketId, Timestamp};
use crate::websocket::Opcode;

/// Kinds that are named.
const NAMED: usize = 4;

/// Kinds that are told apart.
const KINDS: usize = 16;

/// Columns of what a message says.
const COLUMNS: usize = 18;

/// Bytes of a message that are looked at for it.
const BYTES: usize = 64;

/// A run of heartbeats.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// How many.
    pub count: u64,
    /// Number of the first, and of the last.
    pub numbers: (u64, u64),
    kinds: Vec<Kind>,
    more: bool,
}

/// Heartbeats of one side that look alike.
#[derive(Debug, Clone)]
struct Kind {
    socket: SocketId,
    direction: Direction,
    opcode: Opcode,
    payload: Box<[u8]>,
    count: i64,
    first: Timestamp,
    last: Timestamp,
}

impl Run {
    /// Nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One more. `payload` is what a message says; of pings and pongs it does not matter.
    pub fn push(
        &mut self,
        number: u64,
        socket: SocketId,
        direction: Direction,
        opcode: Opcode,
        payload: &[u8],
        time: Timestamp,
    ) {
        let payload = if opcode.is_control() { &[] } else { payload.get(..BYTES).unwrap_or(payload) };
        self.numbers.0 = if self.count == 0 { number } else { self.numbers.0 };
        self.numbers.1 = number;
        self.count += 1;
        let side = (socket, direction, opcode);
        let like =
            |kind: &Kind| (kind.socket, kind.direction, kind.opcode) == side && looks_like(&kind.payload, payload);
        if let Some(kind) = self.kinds.iter_mut().find(|kind| like(kind)) {
            kind.count += 1;
            kind.last = time;
            return;
        }
        if self.kinds.len() == KINDS {
            self.more = true;
            return;
        }
        let payload = payload.into();
        self.kinds.push(Kind { socket, direction, opcode, payload, count: 1, first: time, last: time });
    }

    /// How many nanoseconds lie between two of the kind that there is most of, where there are three or more.
    #[must_use]
    pub fn period(&self) -> Option<i64> {
        // Of several that are as many the first.
        let kind = self.kinds.iter().rev().max_by_key(|kind| kind.count).filter(|kind| kind.count > 2)?;
        Some(kind.last.since(kind.first) / (kind.count - 1))
    }

    /// What they look like, each once, fit for a terminal.
    #[must_use]
    pub fn looks(&self) -> Vec<String> {
        let mut looks: Vec<String> = Vec::new();
        let mut more = self.more;
        for kind in &self.kinds {
            let look = kind.look();
            if looks.contains(&look) {
                continue;
            }
            if looks.len() == NAMED {
                more = true;
                break;
            }
            looks.push(look);
        }
        if more {
            looks.push("…".to_owned());
        }
        looks
    }

    /// All of it, the number being that of a longer run of which this is the beginning.
    #[must_use]
    pub fn line(&self, count: u64) -> String {
        let mut line = format!("{count} {}", if count == 1 { "heartbeat" } else { "heartbeats" });
        if let Some(period) = self.period().filter(|period| *period > 0) {
            let _ = write!(line, "  every {}", every(period));
        }
        let _ = write!(line, "  {}", self.looks().join(" "));
        line
    }
}

impl Kind {
    fn look(&self) -> String {
        match self.opcode {
            Opcode::Text => format!("\"{}\"", DisplaySafe::bytes(&self.payload).columns(COLUMNS)),
            Opcode::Ping | Opcode::Pong => self.opcode.short_name().to_owned(),
            _ if self.payload.is_empty() => "∅".to_owned(),
            _ => {
                let bytes: Vec<String> = self.payload.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
                bytes.join(" ")
            }
        }
    }
}

/// The same but for digits.
fn looks_like(one: &[u8], other: &[u8]) -> bool {
    let plain = |bytes: &[u8]| {
        let runs = bytes.chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit());
        runs.filter_map(|run| run.first().map(|first| if first.is_ascii_digit() { b'0' } else { *first }))
            .collect::<Vec<u8>>()
    };
    one == other || plain(one) == plain(other)
}

/// A period as people say it.
fn every(nanoseconds: i64) -> String {
    let milliseconds = nanoseconds / 1_000_000;
    match milliseconds {
        ..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{}.{:02} s", milliseconds / 1000, milliseconds / 10 % 100),
        _ => format!("{} min {:02} s", milliseconds / 60_000, milliseconds / 1000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ConnectionId;

    #[test]
    fn a_run_is_said_in_a_line() {
        let mut run = Run::default();
        let socket = ConnectionId(0).into();
        for n in 0..5 {
            let time = Timestamp(n * 1_000_000_000);
            let number = n.cast_unsigned() * 4;
            run.push(number + 1, socket, Direction::Client, Opcode::Ping, b"x", time);
            run.push(number + 2, socket, Direction::Server, Opcode::Pong, b"x", time);
            run.push(number + 3, socket, Direction::Server, Opcode::Text, format!("hb {n}").as_bytes(), time);
            run.push(number + 4, socket, Direction::Server, Opcode::Binary, &[0xc0, 0], time);
        }
        assert_eq!(run.line(run.count), "20 heartbeats  every 1.00 s  PING PONG \"hb 0\" c0 00");
        run.push(21, socket, Direction::Client, Opcode::Text, b"\x1b[2J{}", Timestamp(0));
        assert!(run.line(30).starts_with("30 heartbeats  every 1.00 s  PING PONG \"hb 0\" c0 00 …"));
        assert_eq!(run.numbers, (1, 21));
        let mut one = Run::default();
        one.push(3, socket, Direction::Client, Opcode::Text, b"\x1b[2J", Timestamp(0));
        assert_eq!(one.line(1), "1 heartbeat  \"␛[2J\"");
    }
}
