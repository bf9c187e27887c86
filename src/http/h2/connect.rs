//! What a request that asks for a WebSocket has to be like (RFC 8441 section 4).

use super::connection::Head;
use crate::base::{Code, Note};

/// Notes on an extended CONNECT. Of a head that was not read to its end, or not in full, nothing is said.
#[must_use]
pub fn check(head: &Head) -> Vec<Note> {
    if !head.is_whole() {
        return Vec::new();
    }
    let lacks = [":scheme", ":path"].into_iter().filter(|name| head.get(name).is_none());
    let lacks = lacks.map(|name| format!("no {name}"));
    // Fields of a connection are none of a stream's (RFC 9113 section 8.2.2).
    let has = ["connection", "upgrade"].into_iter().filter(|name| head.get(name).is_some());
    let has = has.map(|name| format!("a field {name}"));
    lacks.chain(has).map(|detail| Note::new(Code::Http2ConnectFields).with_detail(detail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::h2::hpack::Decoder;

    fn notes(fields: &[(&str, &str)]) -> Vec<String> {
        let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let block: Vec<u8> =
            fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect();
        let mut head = Head::default();
        Decoder::new(false).decode(&block, |field| head.fields.push(field)).unwrap();
        check(&head).into_iter().map(|note| note.detail.unwrap().into_owned()).collect()
    }

    #[test]
    fn what_the_rfc_wants_is_looked_for() {
        let right = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/")];
        assert!(notes(&right).is_empty());
        assert_eq!(notes(&right[..2]), ["no :scheme", "no :path"]);
        let more = [&right[..], &[("upgrade", "websocket"), ("connection", "Upgrade")]].concat();
        assert_eq!(notes(&more), ["a field connection", "a field upgrade"]);
    }
}
