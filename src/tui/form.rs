//! The forms in which something is copied or written.

/// A form to copy in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The bytes as they are.
    Payload,
    /// The message that a compressed frame is part of, inflated.
    Inflated,
    /// Hex digits.
    Hex,
    /// The frame as it is on the wire, header and masking included.
    Raw,
    /// The line of JSON that `sockeye frames --format jsonl` prints.
    Json,
    /// An array for C.
    C,
    /// For a bug report.
    Markdown,
    /// A display filter of Wireshark that shows the packets of this frame.
    Filter,
    /// The address of what is selected.
    Address,
}
