//! What can be wrong with a compressed message.

use crate::base::{Code, Note};

/// Why a compressed message could not be inflated as it should. Counts are of this message: compressed bytes read,
/// inflated bytes handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InflateFault {
    /// The bytes are not DEFLATE (RFC 1951). Nothing more comes of this message.
    #[error("{reason}, {consumed} compressed bytes into the message, after {produced} inflated bytes")]
    Invalid {
        /// What is wrong with them.
        reason: &'static str,
        /// Compressed bytes read, up to a few after the mistake.
        consumed: u64,
        /// Inflated bytes before it.
        produced: u64,
    },
    /// As `Invalid`, in what follows a block marked as the last one (RFC 7692 section 7.2.3.5 allows more blocks there,
    /// and nothing else).
    #[error("{reason} after the final block, {consumed} compressed bytes into the message")]
    AfterFinal {
        /// What is wrong with the bytes after the final block.
        reason: &'static str,
        /// Compressed bytes read, up to a few after the mistake.
        consumed: u64,
        /// Inflated bytes before it.
        produced: u64,
    },
    /// The message does not end as RFC 7692 section 7.2.1 wants it: with the header of an empty stored block. All that
    /// it holds was handed on.
    #[error("the message ends inside a block, after {consumed} compressed and {produced} inflated bytes")]
    Unfinished {
        /// Compressed bytes read.
        consumed: u64,
        /// Inflated bytes handed on.
        produced: u64,
    },
    /// The message ends behind a complete block, and the header of the empty block is missing after which RFC 7692
    /// section 7.2.1 has its end cut off; behind a final block it is the byte 0x00 of section 7.2.3.4. All was handed on, and
    /// the next message goes on from it.
    #[error("the message ends behind a complete block, after {consumed} compressed and {produced} inflated bytes")]
    NoTail {
        /// Compressed bytes read.
        consumed: u64,
        /// Inflated bytes handed on.
        produced: u64,
    },
    /// The message keeps the four bytes that RFC 7692 section 7.2.1 has its sender remove. All was handed on, and the next
    /// message goes on from it.
    #[error("its {consumed} compressed bytes end with 00 00 ff ff")]
    TailKept {
        /// Compressed bytes read.
        consumed: u64,
    },
    /// The message refers to one before it, although it was agreed that none does (RFC 7692 section 7.1.1). It was
    /// inflated all the same, and so are later ones.
    #[error("the message refers to one before it; later ones may, from here on")]
    ReachedBack,
    /// The message is no bare DEFLATE, but wrapped. What is inside was handed on, as far as it is DEFLATE.
    #[error("it starts with a {} header ({:02x} {:02x})", if *.first == 0x1f { "gzip" } else { "zlib" }, .first, .second)]
    Wrapped {
        /// Its first byte.
        first: u8,
        /// Its second byte.
        second: u8,
    },
    /// A back-reference reached further than the negotiated window (RFC 7692 section 7.1.2). Not the end: the whole
    /// message was handed on, and the next one goes on from it. Of several the furthest is given.
    #[error("a back-reference of {distance} bytes, {at} bytes into the message, where the window is {window}")]
    Window {
        /// How far back it reached, bytes.
        distance: u64,
        /// Bytes of the window that was negotiated.
        window: u64,
        /// Where it stands: inflated bytes of this message before it.
        at: u64,
    },
    /// The message inflates to more than [`crate::base::limits::INFLATED_BYTES`]; the rest was left out.
    #[error("stopped after {produced} inflated bytes")]
    Cap {
        /// Inflated bytes handed on.
        produced: u64,
    },
    /// Compressed bytes are missing in the capture; the rest of the message is unknown.
    #[error("compressed bytes are missing after {consumed} compressed and {produced} inflated bytes")]
    Hole {
        /// Compressed bytes read before the hole.
        consumed: u64,
        /// Inflated bytes before it.
        produced: u64,
    },
    /// More compressed messages are under way at once than can be kept apart; this one was given up.
    #[error("given up: too many compressed messages are under way at once")]
    Crowded,
}

impl InflateFault {
    /// The Note it makes.
    #[must_use]
    pub fn note(&self) -> Note {
        Note::new(self.code()).with_detail(self.to_string())
    }

    /// The kind of that Note.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            InflateFault::Invalid { .. } | InflateFault::Unfinished { .. } => Code::InflateError,
            InflateFault::NoTail { .. } => Code::InflateNoTail,
            InflateFault::TailKept { .. } => Code::InflateTail,
            InflateFault::Wrapped { .. } => Code::InflateWrapped,
            InflateFault::ReachedBack => Code::InflateTakeover,
            InflateFault::AfterFinal { .. } => Code::InflateTrailing,
            InflateFault::Window { .. } => Code::InflateWindow,
            InflateFault::Cap { .. } | InflateFault::Crowded => Code::InflateCap,
            InflateFault::Hole { .. } => Code::InflateHistory,
        }
    }

    /// Whether inflated bytes of the message are missing because of it.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        !self.is_harmless()
    }

    /// The whole message was inflated, and the next one may refer to it.
    pub(super) fn is_harmless(&self) -> bool {
        use InflateFault::{NoTail, ReachedBack, TailKept, Window, Wrapped};
        matches!(self, ReachedBack | Window { .. } | NoTail { .. } | TailKept { .. } | Wrapped { .. })
    }
}

crate::base::pack::pack_enum!(InflateFault {
    0 Invalid { reason, consumed, produced },
    1 AfterFinal { reason, consumed, produced },
    2 Unfinished { consumed, produced },
    3 Window { distance, window, at },
    4 Cap { produced },
    5 Hole { consumed, produced },
    6 Crowded,
    7 NoTail { consumed, produced },
    8 TailKept { consumed },
    9 Wrapped { first, second },
    10 ReachedBack,
});

/// What is said of a reference to what there never was.
pub(super) const TOO_FAR: &str = "invalid distance too far back";

/// What is said where it is not known what is wrong.
pub(super) const UNSAID: &str = "invalid DEFLATE data";

/// What is wrong with bytes that are not DEFLATE, in the words of zlib: those of an error live as long as it only.
pub(super) const REASONS: [&str; 12] = [
    UNSAID,
    "invalid block type",
    "invalid stored block lengths",
    "too many length or distance symbols",
    "invalid code lengths set",
    "invalid bit length repeat",
    "invalid code -- missing end-of-block",
    "invalid literal/lengths set",
    "invalid distances set",
    "invalid literal/length code",
    "invalid distance code",
    TOO_FAR,
];

/// A reason is one of [`REASONS`].
impl crate::base::pack::Pack for &'static str {
    fn pack(&self, out: &mut Vec<u8>) {
        let index = REASONS.iter().position(|reason| reason == self).unwrap_or(0);
        index.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<&'static str> {
        REASONS.get(usize::unpack(from)?).copied()
    }
}
