//! Messages that are wrapped as zlib (RFC 1950) or gzip (RFC 1952) has it, where permessage-deflate wants bare DEFLATE.
//!
//! In: the first compressed bytes of a message, cut anywhere. Out: whether they are the header of a wrapper, and where what it
//! wraps begins. No DEFLATE that means anything begins so: a gzip header has a block type that there is not, a zlib header
//! is that of a stored block, and here its two lengths do not fit each other.

/// Bytes of a gzip header without optional fields.
const GZIP: usize = 10;

/// Bytes after which a zlib header is told from a stored block: its header, and what would be two lengths.
const ZLIB: usize = 5;

/// The first bytes of a message, held until it is known what they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lead {
    bytes: [u8; GZIP],
    held: u8,
}

/// What the first bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// DEFLATE, as far as can be seen.
    Bare,
    /// A wrapper's header of so many bytes, and what it wraps.
    Wrapped(usize),
    /// A wrapper's header, if more bytes follow.
    Open,
}

/// The first byte of a message may be that of a wrapper's header. All that costs other messages.
pub fn may_begin(first: u8) -> bool {
    first & 0x0f == 8 || first == 0x1f
}

impl Lead {
    /// Some are held.
    pub fn is_open(&self) -> bool {
        self.held > 0
    }

    /// Those that are held.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.held)).unwrap_or(&[])
    }

    /// Adds as many bytes as it takes to tell; gives how many it took.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let places = self.bytes.iter_mut().skip(usize::from(self.held));
        let taken = places.zip(bytes).map(|(place, byte)| *place = *byte).count();
        self.held = self.held.saturating_add(u8::try_from(taken).unwrap_or(u8::MAX));
        taken
    }

    /// What they are.
    pub fn begins(&self) -> Begins {
        let bytes = self.bytes();
        match bytes {
            // RFC 1952 section 2.3.1: method 8; with flags come fields of any length, which are not looked for.
            [0x1f, rest @ ..] => match rest {
                [0x8b, 8, 0, ..] if bytes.len() == GZIP => Begins::Wrapped(GZIP),
                [0x8b, 8, 0, ..] | [0x8b, 8] | [0x8b] | [] => Begins::Open,
                _ => Begins::Bare,
            },
            // RFC 1950 section 2.2: method 8, a window of at most 32 KiB, no dictionary, a multiple of 31.
            [method, flags, rest @ ..] => {
                let header = u16::from_be_bytes([*method, *flags]);
                match rest {
                    _ if method >> 4 > 7 || flags & 0x20 != 0 || header % 31 != 0 => Begins::Bare,
                    [a, b, c, ..] => {
                        let lengths = u16::from_le_bytes([*flags, *a]) ^ u16::from_le_bytes([*b, *c]);
                        if lengths == 0xffff { Begins::Bare } else { Begins::Wrapped(2) }
                    }
                    _ => Begins::Open,
                }
            }
            _ => Begins::Open,
        }
    }

    /// Bytes beyond which all is known.
    pub fn is_full(&self) -> bool {
        let enough = if self.bytes().first() == Some(&0x1f) { GZIP } else { ZLIB };
        self.bytes().len() >= enough
    }
}

crate::base::pack::pack_struct!(Lead { bytes, held });

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(bytes: &[u8]) -> Begins {
        let mut lead = Lead::default();
        assert_eq!(lead.push(bytes), bytes.len().min(GZIP));
        lead.begins()
    }

    #[test]
    fn headers_of_wrappers() {
        // What zlib and gzip write at levels 1, 5, 6 and 9.
        for second in [0x01, 0x5e, 0x9c, 0xda] {
            assert_eq!(begins(&[0x78, second, 0xab, 0x56, 0xca]), Begins::Wrapped(2));
            assert_eq!(begins(&[0x78, second, 0xab, 0x56]), Begins::Open);
        }
        assert_eq!(begins(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab]), Begins::Wrapped(10));
        assert_eq!(begins(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0]), Begins::Open);
        // With a file name; no gzip; no multiple of 31.
        assert_eq!(begins(&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Begins::Bare);
        assert_eq!(begins(&[0x1f, 0x8c]), Begins::Bare);
        assert_eq!(begins(&[0x78, 0x9d, 0xab]), Begins::Bare);
        // A stored block of one byte, its padding as odd as may be.
        assert_eq!(begins(&[0x78, 0x01, 0x00, 0xfe, 0xff]), Begins::Bare);
    }
}
