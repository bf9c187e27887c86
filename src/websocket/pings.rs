//! Which pings a pong has answered (RFC 6455 sections 5.5.2 and 5.5.3).
//!
//! In: the pings of one direction, the pongs of the other, and when the first closed. Out: Notes on pongs, and what was
//! never answered. A pong carries the payload of its ping; it answers that ping and those before it, as an endpoint may
//! leave out all but the latest. One with another payload answers nothing, and is allowed: it may be unsolicited. It is noted
//! where it looks like a wrong answer: one ping waits, and its side has sent no such pong before.

use crate::base::{At, Code, Note, limits};

/// Pings of a direction that no pong has answered.
#[derive(Debug, Default)]
pub(super) struct Pings {
    /// The latest, oldest first.
    waiting: Vec<Known>,
    /// Older ones, beyond [`limits::PINGS_WAITING`].
    older: u64,
    /// The first of all that wait.
    first: At,
    /// Pongs that answered nothing that was known: bytes before a ping may have been missing for so long that its answer
    /// is read first.
    strangers: Vec<Known>,
}

/// A payload, and where the frame that carries it begins.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// `None` where bytes of it are missing: it may be any.
    payload: Option<u64>,
    at: At,
}

/// Nanoseconds after which a pong is late: RFC 6455 section 5.5.2 wants it as soon as is practical. The programs that ping
/// wait 5 to 60 seconds.
const LATE: i64 = 5_000_000_000;

/// The same where the side that asked has closed since. On the longest paths an answer takes less.
const LATE_AFTER_CLOSE: i64 = 1_000_000_000;

impl Pings {
    /// A ping; `payload` is `None` where bytes of it are missing.
    pub(super) fn ping(&mut self, payload: Option<&[u8]>, at: At) {
        let payload = payload.map(fingerprint);
        let answer = self.strangers.iter().position(|pong| pong.at.packet > at.packet && same(pong.payload, payload));
        if let Some(answer) = answer {
            self.strangers.remove(answer);
            return;
        }
        if self.is_empty() {
            self.first = at;
        }
        if self.waiting.len() >= limits::PINGS_WAITING {
            self.waiting.remove(0);
            self.older += 1;
        }
        self.waiting.push(Known { payload, at });
    }

    /// A pong of the other side; `closed` is where this side's close frame ends.
    pub(super) fn pong(&mut self, payload: Option<&[u8]>, at: At, closed: Option<At>) -> Option<Note> {
        let payload = payload.map(fingerprint);
        let Some(found) = self.waiting.iter().rposition(|ping| same(ping.payload, payload)) else {
            let wrong = self.older == 0 && self.waiting.len() == 1 && self.strangers.is_empty();
            if self.strangers.len() >= limits::PONGS_KEPT {
                self.strangers.remove(0);
            }
            self.strangers.push(Known { payload, at });
            return wrong.then(|| Note::new(Code::PongPayload).with_detail("a ping waits for its own".to_string()));
        };
        let asked = self.waiting.get(found).map_or(at, |ping| ping.at);
        self.waiting.drain(..=found);
        self.older = 0;
        self.first = self.waiting.first().map_or(At::default(), |ping| ping.at);
        late(asked, at, closed)
    }

    fn is_empty(&self) -> bool {
        self.older == 0 && self.waiting.is_empty()
    }

    /// How many wait, where any do, and the first of them.
    pub(super) fn unanswered(&self) -> Option<(u64, At)> {
        (!self.is_empty()).then(|| (self.older.saturating_add(self.waiting.len() as u64), self.first))
    }

    /// They have waited for so long, at `last`, that an answer would be late.
    pub(super) fn is_overdue(&self, last: At) -> bool {
        !self.is_empty() && last.time.since(self.first.time) >= LATE
    }
}

/// The answer to what was asked at `asked` came after its asker had given up, or long after.
fn late(asked: At, at: At, closed: Option<At>) -> Option<Note> {
    let took = at.time.since(asked.time);
    let closed = closed.filter(|closed| at.time.since(closed.time) > 0 && took >= LATE_AFTER_CLOSE);
    if closed.is_none() && took < LATE {
        return None;
    }
    let mut detail = format!("{} after the ping of packet {}", seconds(took), asked.packet);
    if let Some(closed) = closed {
        detail += &format!(", {} after the close frame of the side that asked", seconds(at.time.since(closed.time)));
    }
    Some(Note::new(Code::PongLate).with_detail(detail))
}

/// Nanoseconds in words.
pub(super) fn seconds(nanoseconds: i64) -> String {
    let milliseconds = nanoseconds / 1_000_000;
    format!("{}.{:03} s", milliseconds / 1000, milliseconds % 1000)
}

/// What is missing may be anything.
fn same(a: Option<u64>, b: Option<u64>) -> bool {
    a.is_none() || b.is_none() || a == b
}

/// 64 bits that two payloads share only by chance (FNV-1a).
fn fingerprint(payload: &[u8]) -> u64 {
    payload.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

crate::base::pack::pack_struct!(Known { payload, at });
crate::base::pack::pack_struct!(Pings { waiting, older, first, strangers });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{PacketNumber, Timestamp};

    fn at(packet: PacketNumber, milliseconds: i64) -> At {
        At { packet, time: Timestamp(milliseconds * 1_000_000) }
    }

    fn asked(pings: &[&[u8]]) -> Pings {
        let mut found = Pings::default();
        (1..).zip(pings).for_each(|(packet, payload)| found.ping(Some(payload), at(packet, 0)));
        found
    }

    fn code(note: Option<Note>) -> Option<Code> {
        note.map(|note| note.code)
    }

    #[test]
    fn a_pong_answers_its_ping_and_those_before_it() {
        let mut pings = asked(&[b"a", b"b", b"c"]);
        assert_eq!(code(pings.pong(Some(b"b"), at(9, 10), None)), None);
        assert_eq!(pings.unanswered(), Some((1, at(3, 0))));
        assert_eq!(code(pings.pong(Some(b"a"), at(10, 10), None)), Some(Code::PongPayload));
        assert_eq!(code(pings.pong(Some(b"c"), at(11, 10), None)), None);
        assert_eq!(pings.unanswered(), None);
        // Nothing was asked: a heartbeat of its own.
        assert_eq!(code(pings.pong(Some(b"c"), at(12, 10), None)), None);
    }

    #[test]
    fn heartbeats_that_nobody_asked_for_are_no_wrong_answers() {
        let mut pings = Pings::default();
        pings.pong(Some(b"heartbeat 1"), at(1, 0), None);
        pings.ping(Some(b"a"), at(2, 10));
        assert_eq!(code(pings.pong(Some(b"heartbeat 2"), at(3, 11), None)), None);
        assert_eq!(code(pings.pong(Some(b"a"), at(4, 12), None)), None);
        let mut pings = asked(&[b"a", b"b"]);
        assert_eq!(code(pings.pong(Some(b"heartbeat"), at(9, 10), None)), None);
    }

    #[test]
    fn of_equal_pings_the_latest_is_answered() {
        let mut pings = asked(&[b"", b"", b""]);
        assert_eq!(code(pings.pong(Some(b""), at(9, 10), None)), None);
        assert_eq!(pings.unanswered(), None);
    }

    #[test]
    fn what_is_missing_of_a_payload_may_be_anything() {
        let mut pings = asked(&[b"a"]);
        assert_eq!(code(pings.pong(None, at(9, 10), None)), None);
        pings.ping(None, at(10, 20));
        assert_eq!(code(pings.pong(Some(b"z"), at(11, 30), None)), None);
        assert_eq!(pings.unanswered(), None);
    }

    #[test]
    fn how_late_an_answer_is() {
        let late = |took, closed: Option<i64>| {
            let mut pings = asked(&[b"a"]);
            pings.pong(Some(b"a"), at(9, took), closed.map(|after| at(5, after)))
        };
        assert_eq!(code(late(4_999, None)), None);
        assert_eq!(code(late(5_000, None)), Some(Code::PongLate));
        // Ping and close one after the other: the answer crosses them.
        assert_eq!(code(late(999, Some(1))), None);
        let detail = late(6_085, Some(1_004)).and_then(|note| note.detail).unwrap();
        assert_eq!(detail, "6.085 s after the ping of packet 1, 5.081 s after the close frame of the side that asked");
    }

    #[test]
    fn an_answer_read_before_its_ping_was_there_all_the_same() {
        let mut pings = Pings::default();
        pings.pong(Some(b"a"), at(9, 10), None);
        pings.ping(Some(b"a"), at(8, 5));
        assert_eq!(pings.unanswered(), None);
        // One that was sent before the ping answers nothing.
        pings.pong(Some(b"b"), at(10, 20), None);
        pings.ping(Some(b"b"), at(11, 30));
        assert_eq!(pings.unanswered(), Some((1, at(11, 30))));
    }

    #[test]
    fn many_pings_are_counted_and_the_first_is_remembered() {
        let mut pings = Pings::default();
        let count = limits::PINGS_WAITING as u64 + 10;
        (1..=count).for_each(|packet| pings.ping(Some(&packet.to_be_bytes()), at(packet, 0)));
        assert_eq!(pings.unanswered(), Some((count, at(1, 0))));
        // It may carry the payload of one of those that are only counted.
        assert_eq!(code(pings.pong(Some(&1_u64.to_be_bytes()), at(999, 1), None)), None);
        assert_eq!(code(pings.pong(Some(&count.to_be_bytes()), at(1000, 1), None)), None);
        assert_eq!(pings.unanswered(), None);
    }
}
