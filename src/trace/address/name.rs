//! What the fields of an item are called in its addresses.
//!
//! In: a [`FieldId`], or a name that was typed. Out: the one for the other. A frame has the fields of its tree that are its
//! own, without `ws.` before them (`mask`, `close.code`), those of its packets (`ip.ttl`), and its notes. Fields of its message
//! and of its connection are theirs: `#m3.inflated`, `#c0.uri`. Other names of the same field are understood too.

use std::fmt;

use super::Item;
use crate::fields::{self, ConnectionField, FieldId, FrameField, MessageField, NoteField, PacketField, Scope};

/// The name that is printed.
pub(super) fn of(id: FieldId) -> &'static str {
    match id {
        FieldId::Frame(field) => own(field.field().tree_name(), "ws."),
        FieldId::Message(field) => own(field.field().tree_name(), "message."),
        // Their names in trees stand for the protocol they come from.
        FieldId::Connection(_) | FieldId::Packet(_) | FieldId::Note(_) => id.field().name(),
    }
}

fn own(name: &'static str, scope: &str) -> &'static str {
    name.strip_prefix(scope).unwrap_or(name)
}

/// The field of an item that is called so, any case.
pub(super) fn find(item: Item, name: &str) -> Option<FieldId> {
    let mut found = all(item);
    let exact = found.find(|id| of(*id).eq_ignore_ascii_case(name));
    exact.or_else(|| all(item).find(|id| is_called(*id, name)))
}

fn is_called(id: FieldId, name: &str) -> bool {
    let field = id.field();
    field.tree_name().eq_ignore_ascii_case(name) || field.is_called(name)
}

/// The name that was probably meant.
pub(super) fn nearest(item: Item, name: &str) -> Option<&'static str> {
    fields::nearest(all(item).map(of), name)
}

/// The fields that an item has in its tree.
pub(super) fn all(item: Item) -> Box<dyn Iterator<Item = FieldId>> {
    match item {
        Item::Frame(_) => {
            let own = shown::<FrameField>().filter(|id| *id != FrameField::Whole.into());
            let below = shown::<PacketField>();
            Box::new(own.chain(below).chain([FieldId::from(NoteField::Whole)]))
        }
        Item::Message(_) => Box::new(shown::<MessageField>().filter(|id| *id != MessageField::Whole.into())),
        Item::Socket(_) => Box::new(shown::<ConnectionField>().filter(|id| {
            let other = [ConnectionField::Whole, ConnectionField::RequestField, ConnectionField::ResponseField];
            !other.map(FieldId::from).contains(id)
        })),
    }
}

fn shown<S: Scope>() -> impl Iterator<Item = FieldId> {
    S::ALL.iter().filter(|field| !field.field().label.is_empty()).map(|field| (*field).into())
}

/// The name of a field of a head, in an address: what could be taken for something else is written as `%` and two digits
/// (RFC 3986 section 2.1). The colon before the names of HTTP/2 stands as it is.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.bytes().enumerate() {
            match byte {
                b':' if i == 0 => f.write_str(":")?,
                b'-' | b'_' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "%{byte:02x}")?,
            }
        }
        Ok(())
    }
}

/// The name that is written so; `None` where what follows a `%` is no two digits, or no UTF-8 comes of them.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut decoded = [0];
                hex::decode_to_slice(digits, &mut decoded).ok()?;
                decoded[0]
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
