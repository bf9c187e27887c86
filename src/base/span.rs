//! Which bytes, of which source.

/// The source that a [`Span`] counts in. Every byte shown knows whether it is on the wire, unmasked or inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A packet of the capture, from its link header.
    Packet,
    /// One direction of a TCP connection, from its first byte.
    Stream,
    /// A frame as it is on the wire, from its first header byte.
    Frame,
    /// The unmasked payload of a frame.
    Unmasked,
    /// A message: payloads of its frames joined, unmasked, before inflating.
    Message,
    /// A message after inflating.
    Inflated,
    /// A decrypted record.
    Decrypted,
}

impl Source {
    /// The name as outputs write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Source::Packet => "packet",
            Source::Stream => "stream",
            Source::Frame => "frame",
            Source::Unmasked => "unmasked",
            Source::Message => "message",
            Source::Inflated => "inflated",
            Source::Decrypted => "decrypted",
        }
    }
}

/// A run of bytes: `len` bytes of `source` from `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// What `start` counts in.
    pub source: Source,
    /// First byte, 0-based.
    pub start: u64,
    /// Number of bytes.
    pub len: u64,
}

impl Span {
    /// Its bytes, as a range of its source.
    #[must_use]
    pub fn range(self) -> std::ops::Range<u64> {
        self.start..self.start.saturating_add(self.len)
    }
}

/// A run of payload bytes that the capture lacks; positions count in the whole payload, missing bytes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hole {
    /// First missing byte, 0-based.
    pub start: u64,
    /// Number of missing bytes.
    pub len: u64,
}

super::pack::pack_struct!(Span { source, start, len });
super::pack::pack_struct!(Hole { start, len });
super::pack::pack_enum!(Source { 0 Packet, 1 Stream, 2 Frame, 3 Unmasked, 4 Message, 5 Inflated, 6 Decrypted });

impl Hole {
    /// Adds it to `holes`, whose last lies before it: what touches is one hole, and so is all that is beyond
    /// [`limits::HOLES`](super::limits::HOLES).
    pub fn append_to(self, holes: &mut Vec<Hole>) {
        let full = holes.len() >= super::limits::HOLES;
        match holes.last_mut() {
            Some(last) if last.start.saturating_add(last.len) == self.start => {
                last.len = last.len.saturating_add(self.len)
            }
            Some(last) if full => {
                last.len = self.start.saturating_add(self.len).saturating_sub(last.start);
            }
            _ => holes.push(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Hole;

    #[test]
    fn holes_that_touch_are_one() {
        let mut holes = Vec::new();
        for (start, len) in [(3, 2), (5, 1), (7, 4), (11, 1)] {
            Hole { start, len }.append_to(&mut holes);
        }
        assert_eq!(holes, [Hole { start: 3, len: 3 }, Hole { start: 7, len: 5 }]);
    }

    #[test]
    fn holes_beyond_the_cap_are_one() {
        let cap = super::super::limits::HOLES as u64;
        let mut holes = Vec::new();
        for n in 0..cap + 10 {
            Hole { start: 2 * n, len: 1 }.append_to(&mut holes);
        }
        assert_eq!((holes.len() as u64, holes[1]), (cap, Hole { start: 2, len: 1 }));
        assert_eq!(holes.last(), Some(&Hole { start: 2 * (cap - 1), len: 21 }));
    }
}
