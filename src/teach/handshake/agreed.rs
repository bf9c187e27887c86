//! What was offered and what was chosen, in sentences: subprotocols, and extensions with their parameters.
//!
//! In: a handshake, as far as it is known. Out: a [`Said`] for each thing, with its clause. What breaks the rules is a note and is
//! not said here.

use crate::websocket::Handshake;
use crate::websocket::handshake::PERMESSAGE_DEFLATE;

/// A sentence and its clause; what it is about before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What it is about: `subprotocol`, an extension, a parameter.
    pub about: String,
    /// The sentence, not yet made safe for a terminal.
    pub sentence: String,
    /// The clause.
    pub clause: &'static str,
}

impl Said {
    fn new(about: impl Into<String>, sentence: impl Into<String>, clause: &'static str) -> Said {
        Said { about: about.into(), sentence: sentence.into(), clause }
    }
}

/// What was offered and chosen; nothing where neither was, and the response says so.
#[must_use]
pub fn agreed(handshake: &Handshake) -> Vec<Said> {
    let mut said = Vec::new();
    subprotocol(handshake, &mut said);
    extensions(handshake, &mut said);
    said
}

fn subprotocol(handshake: &Handshake, said: &mut Vec<Said>) {
    let offered = handshake.subprotocols_offered();
    let clause = "RFC 6455 1.9";
    let sentence = match (offered.is_empty(), handshake.subprotocol(), &handshake.response) {
        (true, None, _) => return,
        (false, Some(chosen), _) => format!("offered {}; the server chose {chosen}", offered.join(", ")),
        (true, Some(chosen), _) => format!("the server names {chosen}, and none is seen to be offered"),
        (false, None, Some(response)) if response.accepts() => {
            format!(
                "offered {}; the server chose none: messages have the meaning that both sides take for granted",
                offered.join(", ")
            )
        }
        (false, None, _) => format!("offered {}", offered.join(", ")),
    };
    said.push(Said::new("subprotocol", sentence, clause));
}

fn extensions(handshake: &Handshake, said: &mut Vec<Said>) {
    let (offered, chosen) = (handshake.extensions_offered(), handshake.extensions_chosen());
    let accepts = handshake.response.as_ref().is_some_and(|response| response.accepts());
    let mut names: Vec<&str> = Vec::new();
    for extension in offered.iter().chain(&chosen) {
        if !names.iter().any(|name| extension.is(name)) {
            names.push(&extension.name);
        }
    }
    for name in names {
        let is = |list: &[crate::websocket::extension::Extension]| {
            let written = list.iter().filter(|extension| extension.is(name)).map(ToString::to_string);
            written.collect::<Vec<String>>().join(", or ")
        };
        let (offer, choice) = (is(&offered), is(&chosen));
        let sentence = match (offer.is_empty(), choice.is_empty()) {
            (false, false) => format!("offered as {offer}; chosen as {choice}"),
            (false, true) if accepts => format!("offered as {offer}; not chosen, so it is not used"),
            (false, true) => format!("offered as {offer}"),
            _ => format!("chosen as {choice}, and not seen to be offered"),
        };
        said.push(Said::new(name, sentence, "RFC 6455 9.1"));
        if name.eq_ignore_ascii_case(PERMESSAGE_DEFLATE) {
            said.push(Said::new(
                "",
                "messages may be compressed with DEFLATE: RSV1 on the first frame says which are",
                "RFC 7692 6",
            ));
            let list = if choice.is_empty() { &offered } else { &chosen };
            let parameters =
                list.iter().filter(|extension| extension.is(name)).flat_map(|extension| &extension.parameters);
            let mut known: Vec<&str> = Vec::new();
            for parameter in parameters {
                if known.contains(&parameter.name.as_str()) {
                    continue;
                }
                known.push(&parameter.name);
                if let Some((sentence, clause)) = self::parameter(&parameter.name, parameter.value.as_deref()) {
                    said.push(Said::new(parameter.to_string(), sentence, clause));
                }
            }
            if !choice.is_empty() && !known.iter().any(|name| name.ends_with("no_context_takeover")) {
                let words = "neither side gives up its window: a message may refer to those before it, up to 32,768 bytes back or as the window bits say";
                said.push(Said::new("", words, "RFC 7692 7.1.1"));
            }
        }
    }
}

/// A parameter of permessage-deflate in a sentence.
fn parameter(name: &str, value: Option<&str>) -> Option<(String, &'static str)> {
    let bytes = || {
        value.and_then(|bits| bits.parse().ok()).filter(|bits| (8..=15_u32).contains(bits)).map(|bits| 1_u32 << bits)
    };
    let window = |who: &str| match bytes() {
        Some(bytes) => format!("{who} refers back {bytes} bytes at most"),
        None => format!("{who} may be told how far back to refer"),
    };
    Some(match name {
        "server_no_context_takeover" => (
            "the server starts each message with an empty window: none refers to one before it".to_owned(),
            "RFC 7692 7.1.1.1",
        ),
        "client_no_context_takeover" => (
            "the client starts each message with an empty window: none refers to one before it".to_owned(),
            "RFC 7692 7.1.1.2",
        ),
        "server_max_window_bits" => (window("the server"), "RFC 7692 7.1.2.1"),
        "client_max_window_bits" => (window("the client"), "RFC 7692 7.1.2.2"),
        _ => return None,
    })
}
