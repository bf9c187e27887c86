//! Heads of HTTP/2 as those of HTTP/1.
//!
//! In: fields of a request or a response. Out: the same in the words that handshakes are told in, as far as the connection has
//! room for them: one byte of a block may stand for an entry of a whole table.

use crate::base::{At, Code, Note, limits};
use crate::http::h2;
use crate::http::{RequestHead, ResponseHead};

pub(super) fn request_of(head: &h2::Head, at: At, share: usize) -> RequestHead {
    let (fields, notes) = fields(head, at, share);
    let value =
        |name: &str| fields.iter().find(|field| field.0 == name).map(|field| field.1.clone()).unwrap_or_default();
    let (method, target) = (value(":method"), value(":path"));
    RequestHead {
        method,
        target,
        cut: !head.is_whole() || !notes.is_empty(),
        fields,
        at,
        notes,
        ..RequestHead::default()
    }
}

pub(super) fn response_of(head: &h2::Head, at: At, share: usize) -> ResponseHead {
    let status = head.status().unwrap_or_default();
    let (fields, notes) = fields(head, at, share);
    let cut = !head.is_whole() || !notes.is_empty();
    ResponseHead { status, fields, cut, at, notes, ..ResponseHead::default() }
}

/// All fields in order, those of the pseudo-header too, as far as `share` bytes go. What stands in an entry that the capture
/// lacks has no text.
fn fields(head: &h2::Head, at: At, share: usize) -> (Vec<(String, String)>, Vec<Note>) {
    let most = share.min(limits::HTTP_HEAD_BYTES);
    let (mut room, mut is_short) = (most, false);
    let mut text = |bytes: Option<&[u8]>| {
        let bytes = bytes.unwrap_or_default();
        let kept = bytes.get(..room).unwrap_or(bytes);
        is_short |= kept.len() < bytes.len();
        room -= kept.len();
        String::from_utf8_lossy(kept).into_owned()
    };
    let one = |field: &h2::hpack::Field| (text(field.name.as_deref()), text(field.value.as_deref()));
    // A field takes memory beside its bytes (RFC 9113 section 6.5.2 counts 32).
    let number = most / 32;
    let fields: Vec<_> = head.fields.iter().take(number).map(one).collect();
    let detail = || format!("{most} bytes of it are kept, for so many streams are open");
    let is_short = is_short || head.fields.len() > number;
    let note = is_short.then(|| Note::new(Code::HttpHeadCap).with_detail(detail()).with_at(at));
    (fields, note.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::h2::hpack::{Field, Form};

    #[test]
    fn a_head_is_kept_as_far_as_there_is_room_and_says_so() {
        let field = |name: &str, value: &[u8]| Field {
            name: Some(name.as_bytes().into()),
            value: Some(value.into()),
            span: 0..0,
            form: Form::Indexed,
        };
        let fields = vec![field(":method", b"CONNECT"), field(":path", b"/c"), field("x", &[b'A'; 200_000])];
        let head = h2::Head { fields, is_cut: false };
        let whole = request_of(&head, At::default(), usize::MAX);
        assert!(!whole.cut && whole.notes.is_empty() && whole.fields[2].1.len() == 200_000);
        let short = request_of(&head, At::default(), 1024);
        assert_eq!((short.method.as_str(), short.target.as_str()), ("CONNECT", "/c"));
        assert_eq!(short.fields[2].1.len(), 1024 - 7 - 7 - 5 - 2 - 1);
        assert!(short.cut && short.notes.len() == 1 && short.notes[0].code == Code::HttpHeadCap);
    }
}
