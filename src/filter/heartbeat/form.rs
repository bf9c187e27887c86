//! Messages whose form says that they are heartbeats, whatever came before.
//!
//! In: a short message and its connection. Out: whether it is one. A form that may mean something else (`2` is Engine.IO's ping,
//! and a number) counts only where the opening handshake says which protocol is spoken. Bytes that are no text or no JSON
//! have no form.

use super::super::json;
use super::super::tree::Step;
use super::super::value::Value;
use crate::dissect::Socket;
use crate::trace::values::message_text;
use crate::websocket::{Message, Opcode};

/// Words that mean it, in any case.
const WORDS: [&str; 9] =
    ["ping", "pong", "heartbeat", "heart_beat", "heart-beat", "keepalive", "keep_alive", "keep-alive", "heartbeat_ack"];

/// Members that say what a JSON message is.
const KINDS: [&str; 10] = ["type", "op", "event", "action", "cmd", "command", "method", "kind", "e", "t"];

/// Members that may stand beside, whatever text they hold: they number a message, or say when it was sent.
const BESIDE: [&str; 14] = [
    "id",
    "ref",
    "join_ref",
    "topic",
    "ts",
    "time",
    "timestamp",
    "jsonrpc",
    "nonce",
    "seq",
    "reqid",
    "req_id",
    "request_id",
    "channel",
];

/// Most members of a JSON heartbeat.
const MEMBERS: usize = 8;

pub(super) fn is_heartbeat(message: &Message<'_>, socket: Option<&Socket>) -> bool {
    match message.opcode {
        Opcode::Text => message_text(message).is_some_and(|text| is_text(text, socket)),
        Opcode::Binary => is_binary(message.payload, socket),
        _ => false,
    }
}

/// PINGREQ and PINGRESP of MQTT (version 5.0, sections 3.12 and 3.13); the ping of SignalR's MessagePack.
fn is_binary(payload: &[u8], socket: Option<&Socket>) -> bool {
    match payload {
        [0xc0 | 0xd0, 0] => subprotocol(socket).is_some_and(|name| name.starts_with("mqtt")),
        [2, 0x91, 6] => true,
        _ => false,
    }
}

fn is_text(text: &str, socket: Option<&Socket>) -> bool {
    let inner = text.strip_suffix('\u{1e}').unwrap_or(text).trim_matches([' ', '\t', '\r', '\n']);
    match inner {
        // Line ends: STOMP 1.2 ("Heart-beating"), SIP (RFC 7118 section 6), and white space of XMPP.
        "" => !text.is_empty(),
        "2" | "3" => speaks_engine_io(socket),
        "2::" => true,
        "h" => speaks_sockjs(socket),
        _ => match inner.as_bytes().first() {
            Some(b'{') => is_object(inner),
            Some(b'[') => is_array(inner),
            Some(b'<') => is_xmpp_ping(inner),
            // An event of Socket.IO without arguments, and a frame of SockJS.
            Some(b'4' | b'a') => inner.find('[').is_some_and(|at| {
                let (before, array) = inner.split_at_checked(at).unwrap_or_default();
                matches!(before, "42" | "a") && array.starts_with('[') && is_array(array)
            }),
            _ => is_word(inner),
        },
    }
}

fn is_word(text: &str) -> bool {
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// `{"type":"ping"}`: a member says so, and the others say nothing of their own.
fn is_object(text: &str) -> bool {
    // Nearly all messages end here: nothing in them says so.
    let lower = text.to_ascii_lowercase();
    let says = WORDS.iter().any(|word| lower.contains(word));
    if !says && !["\"ka\"", "\"hb\"", "\"phoenix\"", ":6}"].iter().any(|word| lower.contains(word)) {
        return false;
    }
    let keys = json::keys(text);
    if let [key] = keys.as_slice() {
        let text = string(text, key);
        // `{"ping":1700000000}`, `{"msg":"pong"}`, SignalR's `{"type":6}`.
        return is_word(key)
            || text.is_some_and(|word| is_word(&word) || is_short(key, &word))
            || inner_is(key, &lower);
    }
    if keys.len() > MEMBERS {
        return false;
    }
    // Phoenix: its topic is for heartbeats and their answers alone.
    if string(text, "topic").is_some_and(|topic| topic == "phoenix") {
        return string(text, "event").is_some_and(|event| event == "heartbeat" || event == "phx_reply");
    }
    let mut says = false;
    for key in &keys {
        match string(text, key) {
            Some(word) if KINDS.contains(&key.as_ref()) && (is_word(&word) || is_short(key, &word)) => says = true,
            Some(_) if BESIDE.contains(&key.to_ascii_lowercase().as_str()) => {}
            Some(_) => return false,
            None => {}
        }
    }
    says
}

/// Words that are too short to mean it but as the kind of a message: `ka` is of graphql-ws.
fn is_short(key: &str, word: &str) -> bool {
    KINDS.contains(&key) && matches!(word, "ka" | "hb")
}

/// The ping of SignalR's JSON.
fn inner_is(key: &str, lower: &str) -> bool {
    key == "type" && lower.bytes().filter(|byte| !byte.is_ascii_whitespace()).eq(*b"{\"type\":6}")
}

/// `["ping"]`, and Phoenix's `[null,"12","phoenix","heartbeat",{}]`.
fn is_array(text: &str) -> bool {
    if let [first] = json::values(text, &[Step::Every]).as_slice() {
        return matches!(first, Value::Text(word) if is_word(word));
    }
    let at = |index| match json::values(text, &[Step::Index(index)]).as_slice() {
        [Value::Text(word)] => Some(word.clone().into_owned()),
        _ => None,
    };
    at(2).is_some_and(|topic| topic == "phoenix")
        && at(3).is_some_and(|event| event == "heartbeat" || event == "phx_reply")
}

/// XEP-0199; its answer is one only of many results.
fn is_xmpp_ping(text: &str) -> bool {
    text.starts_with("<iq") && text.contains("urn:xmpp:ping") && text.contains("<ping")
}

/// The text of a member: of a nested value its bytes.
fn string(text: &str, key: &str) -> Option<String> {
    match json::values(text, &[Step::Key(key.as_bytes().to_vec())]).as_slice() {
        [Value::Text(word)] if !matches!(word.as_ref(), "{}" | "[]") => Some(word.clone().into_owned()),
        _ => None,
    }
}

fn subprotocol(socket: Option<&Socket>) -> Option<&str> {
    socket?.handshake.as_deref()?.subprotocol()
}

fn uri(socket: Option<&Socket>) -> Option<&str> {
    socket?.handshake.as_deref()?.uri()
}

/// Engine.IO says its version in the query of the upgrade (protocol 4, "Transports").
fn speaks_engine_io(socket: Option<&Socket>) -> bool {
    uri(socket).is_some_and(|uri| uri.contains("EIO="))
}

/// SockJS (protocol 0.3.3): `/prefix/server/session/websocket`.
fn speaks_sockjs(socket: Option<&Socket>) -> bool {
    uri(socket).is_some_and(|uri| {
        let path = uri.split_once('?').map_or(uri, |(path, _)| path);
        path.ends_with("/websocket") && path.split('/').filter(|part| !part.is_empty()).count() >= 3
    })
}
