//! One annotated field: what a tree, a bit diagram and a row of bytes have in common.
//!
//! Fields stand in a list, parents before children, each with its depth; the field under the cursor is found by its
//! bytes or bits, and its bytes or bits by the field.

use std::borrow::Cow;

use crate::base::{Severity, Source, Span};

/// Bits of a frame's header, counted from the first bit of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bits {
    /// First bit, 0-based, the most significant of byte 0 being 0 (as RFC 6455 section 5.2 draws them).
    pub first: u16,
    /// Number of bits.
    pub len: u16,
}

/// One field and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the field registry: `ws.mask`. Groups have one too.
    pub id: &'static str,
    /// 0 for a layer, 1 for its fields, and so on.
    pub depth: u8,
    /// Its name for people: `MASK`.
    pub label: Cow<'static, str>,
    /// Its value, not yet made safe for a terminal.
    pub value: String,
    /// What it means, in plain words.
    pub meaning: Cow<'static, str>,
    /// The clause that says so.
    pub clause: &'static str,
    /// Its bytes.
    pub span: Option<Span>,
    /// Its bits, for fields of the frame header.
    pub bits: Option<Bits>,
    /// It is a note, this grave.
    pub severity: Option<Severity>,
}

impl Field {
    /// A field without bytes.
    #[must_use]
    pub fn new(id: &'static str, depth: u8, label: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Field {
        Field {
            id,
            depth,
            label: label.into(),
            value: value.into(),
            meaning: Cow::Borrowed(""),
            clause: "",
            span: None,
            bits: None,
            severity: None,
        }
    }

    /// The same with its explanation.
    #[must_use]
    pub fn means(mut self, meaning: impl Into<Cow<'static, str>>, clause: &'static str) -> Field {
        self.meaning = meaning.into();
        self.clause = clause;
        self
    }

    /// The same with its bytes.
    #[must_use]
    pub fn at(mut self, source: Source, start: u64, len: u64) -> Field {
        self.span = Some(Span { source, start, len });
        self
    }

    /// The same with its bits in the frame header, and the bytes that hold them.
    #[must_use]
    pub fn bits(mut self, first: u16, len: u16) -> Field {
        self.bits = Some(Bits { first, len });
        let (start, end) = (u64::from(first / 8), u64::from((first + len).div_ceil(8)));
        self.span = Some(Span { source: Source::Frame, start, len: end - start });
        self
    }
}

/// The index of the deepest field that holds a byte of a source; of two as deep, the later with the fewer bytes.
#[must_use]
pub fn field_at(fields: &[Field], source: Source, at: u64) -> Option<usize> {
    fields
        .iter()
        .enumerate()
        .filter_map(|(index, field)| {
            let span = field.span.filter(|span| span.source == source && at >= span.start)?;
            (at - span.start < span.len && field.severity.is_none()).then_some((span.len, index))
        })
        .min_by_key(|(len, index)| (*len, usize::MAX - index))
        .map(|(_, index)| index)
}

/// The index of the field that holds a bit of the frame header, the one with the fewest bits.
#[must_use]
pub fn field_at_bit(fields: &[Field], bit: u16) -> Option<usize> {
    fields
        .iter()
        .enumerate()
        .filter_map(|(index, field)| {
            let bits = field.bits.filter(|bits| bit >= bits.first && bit - bits.first < bits.len)?;
            Some((bits.len, index))
        })
        .min_by_key(|(len, _)| *len)
        .map(|(_, index)| index)
}
