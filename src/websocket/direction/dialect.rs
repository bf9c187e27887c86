//! A direction whose handshake names a draft with frames of its own, and whose frames are those of RFC 6455 all the same.
//!
//! In: the first bytes of a direction. Out: the dialect that they are written in. Programs that sent the version of a draft
//! and the frames of a later one were common while the protocol was made; the frames are what is there.

use super::{DirectionReader, State};
use crate::base::{At, Code, Direction, Note};
use crate::websocket::across::Watched;
use crate::websocket::close::{self, CloseBody};
use crate::websocket::framing::Dialect;
use crate::websocket::hybi::Hybi;
use crate::websocket::unframed;
use crate::websocket::{Header, Opcode, Rules};

impl DirectionReader {
    /// The first bytes of a direction of a draft: the frames of RFC 6455 are read as such.
    #[cold]
    pub(super) fn settle_dialect<E>(&mut self, bytes: &[u8], at: At, events: &mut Watched<'_, E>) {
        let rules = Rules { dialect: Dialect::Rfc6455, ..self.rules };
        let Some(exact) = frames(bytes, &rules) else { return };
        let modern = match self.direction {
            Direction::Client => is_modern_client(bytes, exact, self.rules.dialect),
            Direction::Server => events.across.modern || is_modern_server(bytes),
        };
        if !modern {
            return;
        }
        events.across.modern = true;
        let detail = format!("what the {} sends", self.direction.name());
        self.overall.push(Note::new(Code::DraftFrames).with_detail(detail).with_at(at));
        (self.rules, self.hybi, self.state, self.lost) = (rules, None, State::Start, None);
        self.lost_frames = false;
    }
}

/// Frame after frame without fault, masked or not, of which the first is whole; says whether the last is, too.
fn frames(bytes: &[u8], rules: &Rules) -> Option<bool> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let masked = rest.get(1).is_some_and(|second| second & 0x80 != 0);
        let sender = if masked { Direction::Client } else { Direction::Server };
        let lawful = unframed::is_lawful(rest, sender, rules);
        let whole = rest.len() < bytes.len();
        let (Some(true), Ok(header)) = (lawful, Header::parse(rest)) else {
            // A header that is not whole has an opcode all the same.
            let known = |first| !matches!(Opcode::from_bits(first), Opcode::Reserved(_));
            return (lawful.is_none() && whole && rest.first().copied().is_some_and(known)).then_some(false);
        };
        let end = u64::from(header.wire_len()).saturating_add(header.length);
        match usize::try_from(end).ok().and_then(|end| rest.get(end..)) {
            Some(after) => rest = after,
            None => return whole.then_some(false),
        }
    }
    Some(true)
}

/// What a client sends in the drafts is masked from the first header on: read so it makes no frame, or one that does not end
/// where the bytes do, as those of RFC 6455 in them do (`exact`).
fn is_modern_client(bytes: &[u8], exact: bool, dialect: Dialect) -> bool {
    let secret = match dialect {
        Dialect::NonceFirst(secret) => secret,
        _ => None,
    };
    let Ok(head) = Hybi::new(true, secret).parse(bytes) else { return false };
    let end = u64::from(head.len).saturating_add(head.header.length);
    let fits = usize::try_from(end).is_ok_and(|end| end <= bytes.len());
    let control = (1..=3).contains(&head.opcode) && (!head.header.fin || head.header.length > 125);
    let unlawful = head.rsv4 || head.header.rsv != 0 || head.opcode > 5 || control;
    unlawful || matches!(dialect, Dialect::NonceFirst(None)) || !fits && exact
}

/// What a server sends looks the same in both but for the numbers of its opcodes: text is what the drafts close with, and
/// what they close with has a code.
fn is_modern_server(bytes: &[u8]) -> bool {
    let Ok(header) = Header::parse(bytes) else { return false };
    let payload = bytes.get(usize::from(header.wire_len())..).unwrap_or(&[]);
    match header.opcode {
        Opcode::Close | Opcode::Ping | Opcode::Pong => true,
        Opcode::Text if header.length > 125 => true,
        Opcode::Text => CloseBody::parse(payload).code.is_some_and(|code| close::forbidden(code).is_some()),
        Opcode::Binary => header.length > 125,
        Opcode::Continuation | Opcode::Reserved(_) => false,
    }
}
