//! What is wrong with filters that make no sense, and where.

mod twin;
mod walk;

use super::*;

/// The place that is marked, and the sentence.
fn wrong(text: &str) -> (String, String) {
    let error = Filter::compile(text).unwrap_err();
    (error.text[error.at.clone()].to_owned(), error.to_string())
}

#[test]
fn every_mistake_has_its_place_and_a_way_on() {
    for (text, at, message) in [
        (
            "websocket.opcod == 1",
            "websocket.opcod",
            "'websocket.opcod' is no name of a field or a protocol; did you mean 'websocket.opcode'?",
        ),
        ("foo", "foo", "'foo' is no name of a field or a protocol"),
        ("websocket.opcode == ", "", "the filter ends too early; a name or a value stands here"),
        ("websocket.opcode == 1 &&", "", "the filter ends too early; a name or a value stands here"),
        ("websocket.opcode = 1", "=", "a single = compares nothing; == is the same, != is not"),
        (
            "websocket.opcode == 1 websocket.fin",
            "websocket.fin",
            "this was unexpected; an operator, or the end of the filter, stands here",
        ),
        ("websocket.opcode == 300", "300", "'300' is not a whole number of 8 bits; it is at most 255"),
        (
            "websocket.fin == maybe",
            "maybe",
            "'maybe' is not true or false; a number or one of \"True\", \"False\" stands here",
        ),
        (
            "ip.src == localhost",
            "localhost",
            "'localhost' is not an IPv4 address; an IPv4 address stands here: 10.0.0.1, 10.0.0.0/8",
        ),
        (
            "ip.src == 10.0.0.0/33",
            "10.0.0.0/33",
            "'10.0.0.0/33' is not an IPv4 address; an IPv4 address stands here: 10.0.0.1, 10.0.0.0/8",
        ),
        ("eth.src == aa:bb", "aa:bb", "'aa:bb' is not a MAC address; a MAC address stands here: 00:1b:44:11:3a:b7"),
        ("(websocket.fin", "", "the filter ends too early; a parenthesis is open: ) closes it"),
        ("websocket.fin)", ")", "no parenthesis is open here"),
        ("websocket.opcode in 1", "1", "this was unexpected; a set follows: {1, 2, 8..10}"),
        ("websocket.opcode in {1", "", "the filter ends too early; a set goes on with , and ends with }"),
        ("websocket.payload.text matches foo", "foo", "this is no pattern; a pattern stands between double quotes"),
        ("websocket.payload.text contains \"open", "\"open", "the closing quote is missing; a text ends with \""),
        ("websocket.payload.text[", "[", "the closing bracket is missing; a slice ends with ]"),
        ("websocket.payload.text[x]", "x", "this is no piece of a slice"),
        ("lenn(websocket.payload.text) > 1", "lenn", "there is no function 'lenn'; did you mean 'len'?"),
        ("len() > 1", "len()", "len() takes one argument"),
        ("upper(tcp.port) == \"A\"", "tcp.port", "upper() cannot take a whole number of 16 bits; it takes text"),
        ("1 == 1", "1", "this is a constant, and always the same"),
        ("\"a\"", "\"a\"", "this is a constant, and always the same"),
        ("tcp.port[0] == 1", "tcp.port", "a whole number of 16 bits cannot be sliced; text, bytes and addresses can"),
        ("tcp.port contains 80", "tcp.port", "a whole number of 16 bits cannot contain anything"),
        ("ip.src == tcp.port", "tcp.port", "an IPv4 address cannot be compared with a whole number of 16 bits"),
        ("ip.src + tcp.port == 2", "ip.src + tcp.port", "cannot be computed with so"),
        ("tcp.port == ip.scr", "ip.scr", "'ip.scr' is neither a name nor such a value; did you mean 'ip.src'?"),
        ("frame.number == ${frame.number}", "${frame.number}", "no row is selected here whose value this could be"),
        ("any websocket.fin", "websocket.fin", "a comparison follows 'any'; all tcp.port > 1024"),
        ("(tcp.port == 1) == 2", "tcp.port == 1", "a comparison cannot be compared again"),
        ("ip.addr#0 == 1.1.1.1", "0", "this is no number of a layer; layers count from 1, the outermost"),
        ("ws.json[x] == 1", "x", "this is no step into a document"),
        (
            "websocket.opcode == \"Tex\"",
            "\"Tex\"",
            "this is not a whole number of 8 bits; a number or one of \"Continuation\", \"Text\"",
        ),
    ] {
        let (place, sentence) = wrong(text);
        assert!(place == at && sentence.contains(message), "{text}: at {place}: {sentence}");
    }
}

#[test]
fn what_goes_down_without_end_is_refused() {
    for text in [
        "(".repeat(100_000),
        "!".repeat(9_000),
        format!("tcp.port{}", " + 1".repeat(1_000)),
        format!("tcp.port == {}1", "-".repeat(9_000)),
        "len(".repeat(3_000),
        "1<".repeat(4_000),
        format!("ws.json{}", "[0]".repeat(3_000)),
        format!("tcp.payload{}", "[0]".repeat(3_000)),
        "websocket.fin || ".repeat(20_000),
    ] {
        assert!(Filter::compile(&text).is_err());
    }
    // As long as anybody makes them by program.
    let long = vec!["tcp.port == 1"; 2_000].join(" || ");
    assert!(Filter::compile(&long).is_ok());
}

#[test]
fn what_a_filter_does_not_ask_for_is_not_wanted() {
    let wants = |text: &str| Filter::compile(text).unwrap().wants();
    assert_eq!(wants(""), Wants::NOTHING);
    assert_eq!(wants("websocket.opcode == 1 && ip.src == 10.0.0.1 && frame.number > 3"), Wants::NOTHING);
    assert_eq!(wants("ip.ttl > 3"), Wants { packets: true, ..Wants::NOTHING });
    assert_eq!(wants("ws.json.op == \"x\""), Wants { message_payload: true, ..Wants::NOTHING });
    assert_eq!(wants("websocket.payload contains aa"), Wants { frame_payload: true, ..Wants::NOTHING });
}

#[test]
fn names_that_are_settled_late_select_connections() {
    let selection = |text: &str, shows: Shows| Selection::new(Filter::compile(text).unwrap(), shows);
    assert!(selection("ws.connection.frames > 3 && ip.src == 10.0.0.1", Shows::Connections).is_ok());
    let error = selection("ws.connection.frames > 3", Shows::Items).err().unwrap();
    assert_eq!(error.caret(), "  ws.connection.frames > 3\n  ^~~~~~~~~~~~~~~~~~~~");
    assert!(selection("ws.connection.frames > 3 && websocket.fin", Shows::Connections).is_err());
}
