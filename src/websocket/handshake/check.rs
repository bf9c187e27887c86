//! What breaks the rules of the opening handshake (RFC 6455 sections 4.1, 4.2 and 9.1; RFC 7692 section 7.1;
//! RFC 8441 section 5).
//!
//! In: the heads that the capture has. Out: a [`Note`] for each rule broken, saying what was found. A rule is checked
//! only against what was seen: a missing half breaks nothing. Drafts before RFC 6455 are held to what they share with it.

use super::deflate::{PERMESSAGE_DEFLATE, offer_problems, response_problems};
use super::{Draft, Handshake, Request, Response, field, holds, values};
use crate::base::{At, Code, Note};
use crate::websocket::extension::{self, Extension};

/// All findings, in the order of the table of notes.
pub(super) fn check(handshake: &Handshake) -> Vec<Note> {
    let draft = handshake.draft();
    let mut notes = Vec::new();
    if let Some(request) = &handshake.request {
        if !request.http2 {
            request_line(request, &mut notes);
        }
        request_fields(request, draft, &mut notes);
        subprotocols_offered(handshake, request, draft, &mut notes);
        placed(&mut notes, 0, request.at);
    }
    let first = notes.len();
    match &handshake.response {
        Some(response) if response.accepts() => {
            // In HTTP/2 nothing is upgraded, and the key is not used (RFC 8441 section 5).
            if !response.http2 {
                response_fields(response, &mut notes);
                accept(handshake, response, draft, &mut notes);
            }
            subprotocol(handshake, response, draft, &mut notes);
            placed(&mut notes, first, response.at);
        }
        _ => {}
    }
    extensions(handshake, &mut notes);
    whole(handshake, draft, &mut notes);
    notes
}

fn note(notes: &mut Vec<Note>, code: Code, detail: impl Into<String>) {
    notes.push(Note::new(code).with_detail(detail.into()));
}

/// The notes from `first` on are of a head that lies there.
fn placed(notes: &mut [Note], first: usize, at: At) {
    notes.iter_mut().skip(first).for_each(|note| note.at = Some(at));
}

fn request_line(request: &Request, notes: &mut Vec<Note>) {
    if request.method != "GET" || request.minor_version < 1 {
        note(notes, Code::HandshakeMethod, format!("{} of HTTP/1.{}", request.method, request.minor_version));
    }
    if request.target.contains('#') {
        note(notes, Code::HandshakeTarget, format!("{:?}", request.target));
    }
    match values(&request.fields, "Host").count() {
        0 if !request.cut => notes.push(Note::new(Code::HandshakeHost)),
        0 | 1 => {}
        many => note(notes, Code::HandshakeHost, format!("the request has {many} of them")),
    }
}

fn request_fields(request: &Request, draft: Option<Draft>, notes: &mut Vec<Note>) {
    let fields = &request.fields;
    // What a head lacks of which the capture lacks bytes is no fault of its sender.
    let judged = |name| !request.cut || field(fields, name).is_some();
    if !request.http2 && !holds(fields, "Upgrade", "websocket") && judged("Upgrade") {
        note(notes, Code::HandshakeUpgrade, format!("the request has {}", found(fields, "Upgrade")));
    }
    if !request.http2 && !holds(fields, "Connection", "Upgrade") && judged("Connection") {
        note(notes, Code::HandshakeConnection, format!("the request has {}", found(fields, "Connection")));
    }
    if draft.is_some_and(Draft::is_hixie) {
        return;
    }
    let versions = values(fields, "Sec-WebSocket-Version").count();
    if (draft.is_none() || versions > 1) && judged("Sec-WebSocket-Version") {
        note(notes, Code::HandshakeVersion, format!("the request has {}", found(fields, "Sec-WebSocket-Version")));
    }
    if request.http2 {
        return;
    }
    let keys = values(fields, "Sec-WebSocket-Key").count();
    let detail = match field(fields, "Sec-WebSocket-Key").map(super::key_bytes) {
        None if request.cut => return,
        None => "the request has none".to_string(),
        Some(_) if keys > 1 => format!("the request has {keys} of them"),
        Some(Some(16)) => return,
        Some(Some(len)) => format!("{} is {len} bytes", found(fields, "Sec-WebSocket-Key")),
        Some(None) => format!("{} is not base64", found(fields, "Sec-WebSocket-Key")),
    };
    note(notes, Code::HandshakeKey, detail);
}

/// Item 10 of section 4.1: a list of unique tokens. Before draft-hybi-04 spaces parted them.
fn subprotocols_offered(handshake: &Handshake, request: &Request, draft: Option<Draft>, notes: &mut Vec<Note>) {
    if draft.is_some_and(Draft::is_hixie) {
        return;
    }
    let lines = values(&request.fields, "Sec-WebSocket-Protocol");
    let offered = handshake.subprotocols_offered();
    for item in lines.flat_map(|line| line.split(',')).map(str::trim) {
        // An empty element of a list is allowed (RFC 2616 section 2.1), an empty list is not.
        let between_commas = item.is_empty() && !offered.is_empty();
        if !extension::is_token(item) && !between_commas {
            note(notes, Code::HandshakeSubprotocolSyntax, format!("{item:?} is not a token"));
        }
    }
    for (index, name) in offered.iter().enumerate() {
        if offered.iter().take(index).filter(|earlier| *earlier == name).count() == 1 {
            note(notes, Code::HandshakeSubprotocolSyntax, format!("{name} is offered twice"));
        }
    }
}

fn response_fields(response: &Response, notes: &mut Vec<Note>) {
    let fields = &response.fields;
    if response.minor_version == Some(0) {
        note(notes, Code::HandshakeResponseVersion, "it is of HTTP/1.0");
    }
    for (name, code) in [("Content-Length", Code::HttpContentLength), ("Transfer-Encoding", Code::HttpTransferEncoding)]
    {
        if let Some(value) = field(fields, name) {
            note(notes, code, format!("{value:?}"));
        }
    }
    // A request may list several protocols; the response names the one that was chosen.
    let judged = |name| !response.cut || field(fields, name).is_some();
    if !field(fields, "Upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) && judged("Upgrade") {
        note(notes, Code::HandshakeUpgrade, format!("the response has {}", found(fields, "Upgrade")));
    }
    if !holds(fields, "Connection", "Upgrade") && judged("Connection") {
        note(notes, Code::HandshakeConnection, format!("the response has {}", found(fields, "Connection")));
    }
}

fn accept(handshake: &Handshake, response: &Response, draft: Option<Draft>, notes: &mut Vec<Note>) {
    if draft.is_some_and(Draft::is_hixie) {
        if let (Some(answer), Some(expected)) = (response.answer, handshake.expected_answer())
            && answer != expected
        {
            let detail = format!("{}, not {}", hex::encode(answer), hex::encode(expected));
            note(notes, Code::DraftChallenge, detail);
        }
        return;
    }
    let accepts = values(&response.fields, "Sec-WebSocket-Accept").count();
    match (handshake.accept(), handshake.expected_accept()) {
        (None, _) if response.cut => {}
        (None, _) => notes.push(Note::new(Code::HandshakeAcceptMissing)),
        (Some(_), _) if accepts > 1 => {
            note(notes, Code::HandshakeAcceptWrong, format!("the response has {accepts} of them"));
        }
        (Some(accept), Some(expected)) if accept != expected => {
            note(notes, Code::HandshakeAcceptWrong, format!("{accept}, not {expected}"));
        }
        _ => {}
    }
}

fn subprotocol(handshake: &Handshake, response: &Response, draft: Option<Draft>, notes: &mut Vec<Note>) {
    let sent = values(&response.fields, "Sec-WebSocket-Protocol").count();
    let Some(chosen) = handshake.subprotocol() else {
        let offered = handshake.subprotocols_offered();
        // RFC 6455 lets a server choose none; the standard of the browsers has the client fail the connection then.
        if !offered.is_empty() && !response.cut && !draft.is_some_and(Draft::is_hixie) {
            note(notes, Code::HandshakeSubprotocolUnanswered, format!("offered: {}", offered.join(", ")));
        }
        return;
    };
    if sent > 1 {
        note(notes, Code::HandshakeSubprotocol, format!("the response has {sent} of the field"));
    } else if handshake.request.as_ref().is_some_and(|request| !request.cut)
        && !handshake.subprotocols_offered().contains(&chosen)
    {
        let offered = handshake.subprotocols_offered().join(", ");
        let offered = if offered.is_empty() { "nothing".to_string() } else { offered };
        note(notes, Code::HandshakeSubprotocol, format!("{chosen}; offered: {offered}"));
    }
}

fn extensions(handshake: &Handshake, notes: &mut Vec<Note>) {
    let request = handshake.request.as_ref().map(|request| request.fields.as_slice());
    let offered = extension::parse(values(request.unwrap_or_default(), "Sec-WebSocket-Extensions"));
    // What was offered is known only where the whole list could be read.
    let known = handshake.request.as_ref().is_some_and(|request| !request.cut) && offered.problems.is_empty();
    let first = notes.len();
    for problem in offered.problems {
        note(notes, Code::HandshakeExtensionSyntax, format!("request: {problem}"));
    }
    for offer in offered.list.iter().filter(|offer| offer.is(PERMESSAGE_DEFLATE)) {
        for problem in offer_problems(offer) {
            note(notes, Code::HandshakeDeflateParameter, format!("request: {problem}"));
        }
    }
    if let Some(request) = &handshake.request {
        placed(notes, first, request.at);
    }
    let Some(response) = handshake.response.as_ref().filter(|response| response.accepts()) else { return };
    let first = notes.len();
    let lines = values(&response.fields, "Sec-WebSocket-Extensions").count();
    if lines > 1 {
        // RFC 6455 section 11.3.2.
        note(notes, Code::HandshakeExtensionSyntax, format!("the response has {lines} of the field"));
    }
    let chosen = extension::parse(values(&response.fields, "Sec-WebSocket-Extensions"));
    for problem in chosen.problems {
        note(notes, Code::HandshakeExtensionSyntax, format!("response: {problem}"));
    }
    for (index, extension) in chosen.list.iter().enumerate() {
        let offers: Vec<&Extension> = offered.list.iter().filter(|offer| offer.is(&extension.name)).collect();
        if known && offers.is_empty() {
            note(notes, Code::HandshakeExtension, extension.to_string());
            continue;
        }
        if super::deflate::unit(extension).is_none() {
            note(notes, Code::HandshakeExtensionUnknown, extension.to_string());
        }
        if chosen.list.iter().take(index).any(|earlier| earlier.is(&extension.name)) {
            note(notes, Code::HandshakeExtension, format!("{} is chosen twice", extension.name));
        }
        if extension.is(PERMESSAGE_DEFLATE) {
            for problem in response_problems(extension, known.then_some(offers.as_slice())) {
                note(notes, Code::HandshakeDeflateParameter, format!("response: {problem}"));
            }
        }
    }
    placed(notes, first, response.at);
}

/// What concerns the handshake as a whole: it is where the last head is that the capture has.
fn whole(handshake: &Handshake, draft: Option<Draft>, notes: &mut Vec<Note>) {
    let first = notes.len();
    match (&handshake.request, &handshake.response) {
        (_, Some(response)) if !response.accepts() => {
            note(notes, Code::HandshakeRefused, format!("{} {}", response.status, response.reason).trim_end());
        }
        (None, Some(_)) => note(notes, Code::HandshakeOneSided, "the request is missing"),
        (Some(_), None) => note(notes, Code::HandshakeOneSided, "the response is missing"),
        _ => {}
    }
    let refused = handshake.response.as_ref().is_some_and(|response| !response.accepts());
    if let Some(draft) = draft.filter(|draft| *draft != Draft::Rfc6455 && !refused) {
        note(notes, Code::DraftVersion, draft.to_string());
    }
    let heads = [handshake.response.as_ref().map(|head| head.at), handshake.request.as_ref().map(|head| head.at)];
    if let Some(at) = heads.into_iter().flatten().next() {
        placed(notes, first, at);
    }
}

/// The values of a field as a note shows them.
fn found(fields: &[(String, String)], name: &str) -> String {
    let found = values(fields, name).collect::<Vec<_>>().join(", ");
    if field(fields, name).is_none() { "none".to_string() } else { format!("{found:?}") }
}
