//! permessage-deflate, inflating (RFC 7692 section 7.2.2).
//!
//! In: the compressed payload bytes of one direction, message by message, cut anywhere. Out: the inflated bytes in
//! pieces, as they come; no message is ever gathered here. What is broken becomes an [`InflateFault`], the rest of that
//! message is passed over, and the next one goes on with as much history as is left.

mod bits;
mod buffer;
mod careful;
mod engine;
mod fault;
mod huffman;

pub use fault::InflateFault;

use buffer::History;
use engine::Engine;

/// What one inflated run is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Inflated bytes.
    Known(&'a [u8]),
    /// So many bytes stand here, copied from history that the capture lacks.
    Unknown(u64),
}

/// Inflates the messages of one direction of one connection.
///
/// ```
/// use sockeye::websocket::inflate::Inflater;
/// let mut inflater = Inflater::new(15, true);
/// let mut text = Vec::new();
/// // RFC 7692 section 7.2.3.1
/// inflater.push(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &mut |piece| text.extend_from_slice(piece)).unwrap();
/// inflater.finish(&mut |piece| text.extend_from_slice(piece)).unwrap();
/// assert_eq!(text, b"Hello");
/// ```
#[derive(Debug)]
pub struct Inflater {
    window_bits: u8,
    takeover: bool,
    /// A decoder, in a message or between two; made when bytes come.
    active: Option<Box<Engine>>,
    /// While there is no decoder: what the next message may refer to.
    parked: History,
}

impl Inflater {
    /// An inflater for a direction whose negotiated window is 2^`window_bits` bytes (8 to 15), and where messages may
    /// refer to earlier ones (`takeover`) or not.
    #[must_use]
    pub fn new(window_bits: u8, takeover: bool) -> Inflater {
        Inflater { window_bits: window_bits.clamp(8, 15), takeover, active: None, parked: History::default() }
    }

    /// The next compressed bytes of the message; unmasked, frames joined. Inflated bytes go to `out`.
    ///
    /// # Errors
    /// The first thing wrong with this message; the same again for every later piece of it. What was inflated before
    /// it has been handed to `out`.
    pub fn push(&mut self, compressed: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), InflateFault> {
        self.push_pieces(compressed, &mut only_known(out))
    }

    /// The message is over: the four bytes that its sender took off are put back (RFC 7692 section 7.2.2).
    ///
    /// # Errors
    /// As [`Inflater::push`], and where the message does not end as it should.
    pub fn finish(&mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), InflateFault> {
        self.finish_pieces(&mut only_known(out))
    }

    /// As [`Inflater::push`], for a caller that also wants to know where unknown bytes stand.
    ///
    /// # Errors
    /// As [`Inflater::push`].
    pub fn push_pieces(&mut self, compressed: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        self.engine().push(compressed, out)
    }

    /// As [`Inflater::finish`], for a caller that also wants to know where unknown bytes stand.
    ///
    /// # Errors
    /// As [`Inflater::finish`].
    pub fn finish_pieces(&mut self, _out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        let takeover = self.takeover;
        self.engine().finish(takeover)
    }

    /// Compressed bytes of the message under way are missing: what follows of it cannot be inflated, and later messages
    /// have lost their history. Call [`Inflater::finish`] at the end of the message as usual.
    pub fn hole(&mut self) {
        self.engine().hole();
    }

    /// Messages are missing before the next one, or the connection was joined after its start: what the next one refers
    /// back to is unknown. Inside a message this is a [`Inflater::hole`].
    pub fn lose_history(&mut self) {
        match &mut self.active {
            Some(engine) if engine.is_between_messages() => engine.lose_history(),
            Some(engine) => engine.hole(),
            None => self.parked = History::unknown(),
        }
    }

    /// Gives back all memory but the history that the next message may refer to. To be called when the connection has
    /// been idle; a message under way is not disturbed.
    pub fn park(&mut self) {
        if let Some(engine) = self.active.take_if(|engine| engine.is_between_messages())
            && self.takeover
        {
            self.parked = engine.park();
        }
    }

    fn engine(&mut self) -> &mut Engine {
        self.active
            .get_or_insert_with(|| Box::new(Engine::new(&std::mem::take(&mut self.parked), 1 << self.window_bits)))
    }
}

fn only_known(out: &mut dyn FnMut(&[u8])) -> impl FnMut(Piece<'_>) {
    |piece| {
        if let Piece::Known(bytes) = piece {
            out(bytes);
        }
    }
}

#[cfg(test)]
mod tests;
