//! The glyphs of the inspector and what they mean, said once: help and the documentation are made of this table.

/// Some glyphs, and what they mean.
#[derive(Debug, Clone, Copy)]
pub struct Sign {
    /// The glyphs, apart by spaces.
    pub glyphs: &'static str,
    /// What they mean, in the same order.
    pub meaning: &'static str,
}

const fn sign(glyphs: &'static str, meaning: &'static str) -> Sign {
    Sign { glyphs, meaning }
}

/// Every glyph that is not read as what it is.
pub const LEGEND: &[Sign] = &[
    sign("●", "the pane that has the keys"),
    sign("▶", "the selected row; a letter before it is its mark"),
    sign("→ ←", "a data frame of the client, of the server"),
    sign("⇢ ⇠", "a control frame of the client, of the server"),
    sign("✖ ▲ •", "an error, a warning, a note"),
    sign("F 1 2 3 M", "FIN, RSV1 to RSV3, MASK; a dot where one is not set"),
    sign("┐ │ ┘", "the first fragment of a message, the next, the last"),
    sign("∅", "an empty payload"),
    sign("⇲", "a payload that was compressed, inflated"),
    sign("▾ ▸", "unfolded, folded"),
    sign("· ??", "a byte that is no letter; one that the capture lacks"),
    sign("✓", "read to its end; elsewhere: checked, and right"),
];
