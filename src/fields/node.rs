//! A field in a tree: what a tree, a bit diagram and a row of bytes have in common.
//!
//! Nodes stand in a list, parents before children, each with its depth; the node under the cursor is found by its
//! bytes or bits, and its bytes or bits by the node.

use std::borrow::Cow;

use super::table::FieldId;
use super::value::Value;
use crate::base::{Severity, Source, Span};

/// Bits of a frame's header, counted from the first bit of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bits {
    /// First bit, 0-based, the most significant of byte 0 being 0 (as RFC 6455 section 5.2 draws them).
    pub first: u16,
    /// Number of bits.
    pub len: u16,
}

/// One field of one item, and what is to be said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub field: FieldId,
    /// 0 for a layer, 1 for its fields, and so on.
    pub depth: u8,
    /// Its name for people: `MASK`.
    pub label: Cow<'static, str>,
    /// Its value; absent where it is a heading, or known only as words.
    pub value: Value<'static>,
    /// Its value in words, not yet made safe for a terminal.
    pub text: String,
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

impl Node {
    /// A field with its value in words, under the label that the table gives it, without bytes.
    #[must_use]
    pub fn new(field: impl Into<FieldId>, depth: u8, text: impl Into<String>) -> Node {
        let field = field.into();
        Node {
            field,
            depth,
            label: Cow::Borrowed(field.field().label),
            value: Value::Absent,
            text: text.into(),
            meaning: Cow::Borrowed(""),
            clause: "",
            span: None,
            bits: None,
            severity: None,
        }
    }

    /// The same with its value.
    #[must_use]
    pub fn holds(mut self, value: Value<'static>) -> Node {
        debug_assert!(self.field.field().admits(&value), "{:?} {value:?}", self.field);
        self.value = value;
        self
    }

    /// The same under another label.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<Cow<'static, str>>) -> Node {
        self.label = label.into();
        self
    }

    /// The same with its explanation.
    #[must_use]
    pub fn means(mut self, meaning: impl Into<Cow<'static, str>>, clause: &'static str) -> Node {
        self.meaning = meaning.into();
        self.clause = clause;
        self
    }

    /// The same with its bytes.
    #[must_use]
    pub fn at(mut self, source: Source, start: u64, len: u64) -> Node {
        self.span = Some(Span { source, start, len });
        self
    }

    /// The same with its bits in the frame header, and the bytes that hold them.
    #[must_use]
    pub fn bits(mut self, first: u16, len: u16) -> Node {
        self.bits = Some(Bits { first, len });
        let (start, end) = (u64::from(first / 8), u64::from((first + len).div_ceil(8)));
        self.span = Some(Span { source: Source::Frame, start, len: end - start });
        self
    }

    /// Whether it is this field.
    #[must_use]
    pub fn is(&self, field: impl Into<FieldId>) -> bool {
        self.field == field.into()
    }
}

/// The index of the deepest node that holds a byte of a source; of two as deep, the later with the fewer bytes.
#[must_use]
pub fn node_at(nodes: &[Node], source: Source, at: u64) -> Option<usize> {
    nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let span = node.span.filter(|span| span.source == source && at >= span.start)?;
            (at - span.start < span.len && node.severity.is_none()).then_some((span.len, index))
        })
        .min_by_key(|(len, index)| (*len, usize::MAX - index))
        .map(|(_, index)| index)
}

/// The index of the node that holds a bit of the frame header, the one with the fewest bits.
#[must_use]
pub fn node_at_bit(nodes: &[Node], bit: u16) -> Option<usize> {
    nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let bits = node.bits.filter(|bits| bit >= bits.first && bit - bits.first < bits.len)?;
            Some((bits.len, index))
        })
        .min_by_key(|(len, _)| *len)
        .map(|(_, index)| index)
}
