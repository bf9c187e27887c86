//! The check of text messages, piece by piece (RFC 6455 section 8.1).
//!
//! In: the bytes of a text, as they are on the wire or inflated. Out: a Note where they stop being UTF-8, and then no other.

use crate::base::{Code, Note, Source, Span};
use crate::websocket::guess::Guess;
use crate::websocket::utf8::Utf8Check;

/// Where the check of a text message stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Utf8 {
    /// Not a text message, or bytes are missing.
    Off,
    On(Utf8Check),
    Failed,
}

pub(super) fn check(utf8: &mut Utf8, notes: &mut Vec<Note>, bytes: &[u8], source: Source) {
    if let Utf8::On(check) = utf8
        && let Err(position) = check.push(bytes)
    {
        notes.push(ill_formed(position, source));
        *utf8 = Utf8::Failed;
    }
}

/// The same of text as it is on the wire; `whole`: it is all of the message.
pub(super) fn check_text(utf8: &mut Utf8, notes: &mut Vec<Note>, guess: &mut Guess, bytes: &[u8], whole: bool) {
    let Utf8::On(check) = utf8 else { return };
    match check.push(bytes) {
        Ok(()) if whole => {}
        Ok(()) if guess.open => {}
        Ok(()) => guess.lead(bytes),
        Err(position) => {
            if !guess.open {
                guess.ill_formed(position, bytes);
            }
            notes.push(ill_formed(position, Source::Message));
            *utf8 = Utf8::Failed;
        }
    }
}

pub(super) fn ill_formed(position: u64, source: Source) -> Note {
    Note::new(Code::MessageUtf8).with_detail(format!("at byte {position}")).with_span(Span {
        source,
        start: position,
        len: 1,
    })
}

crate::base::pack::pack_enum!(Utf8 { 0 Off, 1 On(check), 2 Failed });
