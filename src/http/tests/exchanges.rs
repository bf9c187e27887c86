//! What is asked and answered before, and instead of, the upgrade.

use super::*;

#[test]
fn lenient_heads() {
    let request = b"\r\n\nGET   /a b  HTTP/1.1\nhost : x\nUPGRADE:\r\n\t h2c,\r\n  WebSocket/13 \nno colon\n: none\n\n";
    let response = b"HTTP/1.1 101\nUpgrade:websocket\r\n\n";
    let told = run([Bytes(A, request), Bytes(B, response), Bytes(A, C_FRAME)]);
    let head = told.request.unwrap();
    assert_eq!((&head.method[..], &head.target[..]), ("GET", "/a b"));
    let fields: Vec<_> = head.fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
    assert_eq!(fields, [("host", "x"), ("UPGRADE", "h2c, WebSocket/13"), ("", "none")]);
    assert_eq!((told.response.unwrap().reason, told.bytes.a), (String::new(), C_FRAME.to_vec()));
}

#[test]
fn a_client_that_pipelines_a_request_behind_a_refused_upgrade() {
    let behind = [UPGRADE, GET, UPGRADE].concat();
    let server = [DENIED, OK, SWITCH, S_FRAME].concat();
    let told = run([Bytes(A, &behind), Bytes(B, &server), Bytes(A, C_FRAME)]);
    assert_eq!(told.refused, [("/chat".to_string(), 401)]);
    assert_eq!(told.starts, Sides { a: after(&[&behind]), b: after(&[DENIED, OK, SWITCH]) });
    assert_eq!(told.bytes, Sides { a: C_FRAME.to_vec(), b: S_FRAME.to_vec() });
}

#[test]
fn refusals_of_every_kind_then_accepted() {
    for status in ["302 Found", "400 Bad Request", "403 Forbidden", "426 Upgrade Required", "200 OK"] {
        let refusal = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        let told = run([
            Bytes(A, UPGRADE),
            Bytes(B, refusal.as_bytes()),
            Bytes(A, UPGRADE),
            Bytes(B, SWITCH),
            Bytes(B, S_FRAME),
        ]);
        assert_eq!(told.refused, [("/chat".to_string(), status[..3].parse().unwrap())]);
        assert_eq!(told.starts.b, after(&[refusal.as_bytes(), SWITCH]));
    }
}

#[test]
fn interim_responses_answer_nothing() {
    let post = b"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    let told = run([
        Bytes(A, post),
        Bytes(B, b"HTTP/1.1 100 Continue\r\n\r\n"),
        Bytes(A, b"abc"),
        Bytes(B, b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
        Bytes(A, UPGRADE),
        Bytes(B, SWITCH),
    ]);
    assert_eq!((told.refused.len(), told.starts.a), (0, after(&[post, b"abc", UPGRADE])));
}

#[test]
fn a_switch_to_something_else_is_handed_over() {
    let h2c = b"GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n";
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n";
    let told = run([Bytes(A, h2c), Bytes(B, &[&switch[..], b"\0\0\x12"].concat()), Bytes(A, b"PRI * HTTP/2.0")]);
    assert_eq!((told.client, told.other), (None, Some(Reason::Switched)));
    assert_eq!(told.other_starts, Sides { a: h2c.len() as u64, b: switch.len() as u64 });
    assert_eq!(told.bytes, Sides { a: b"PRI * HTTP/2.0".to_vec(), b: b"\0\0\x12".to_vec() });
    let told = run([Bytes(A, UPGRADE), Bytes(B, switch)]);
    assert_eq!((told.client, told.other), (None, Some(Reason::Switched)));
}

#[test]
fn inside_a_tunnel() {
    let told = run([Bytes(A, CONNECT), Bytes(B, ESTABLISHED), Bytes(A, UPGRADE), Bytes(B, SWITCH), Bytes(A, C_FRAME)]);
    assert_eq!(told.starts, Sides { a: after(&[CONNECT, UPGRADE]), b: after(&[ESTABLISHED, SWITCH]) });
    // TLS in it, sent before the proxy has answered.
    let hello = b"\x16\x03\x01\x00\x05";
    let told = run([Bytes(A, &[CONNECT, hello].concat()), Bytes(B, ESTABLISHED), Bytes(B, hello)]);
    assert_eq!((told.other, told.tunnel), (Some(Reason::Foreign), true));
    assert_eq!(told.other_starts, Sides { a: CONNECT.len() as u64, b: ESTABLISHED.len() as u64 });
    assert_eq!(told.bytes, Sides { a: hello.to_vec(), b: hello.to_vec() });
    // The proxy refuses; what follows is for the proxy.
    let told = run([Bytes(A, CONNECT), Bytes(B, DENIED), Bytes(A, UPGRADE), Bytes(B, SWITCH)]);
    assert_eq!((told.starts.a, told.tunnel), (after(&[CONNECT, UPGRADE]), false));
    // Only the client's side: what it sends shows that the tunnel was opened.
    let told = run([Bytes(A, CONNECT), Bytes(A, hello)]);
    assert_eq!((told.other, told.tunnel, &told.bytes.a[..]), (Some(Reason::Foreign), true, &hello[..]));
}

#[test]
fn the_drafts_with_bytes_after_their_heads() {
    let request =
        b"GET /demo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\
Sec-WebSocket-Protocol: sample\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n\
Origin: http://example.com\r\n\r\n^n:ds[4U";
    let response = b"HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
Sec-WebSocket-Origin: http://example.com\r\nSec-WebSocket-Location: ws://example.com/demo\r\n\
Sec-WebSocket-Protocol: sample\r\n\r\n8jKS'y:G*Co,Wxa-";
    let frame = b"\x00Hello\xff";
    let server = [&response[..], frame].concat();
    for cut in (response.len() - 20..server.len()).chain([1]) {
        let told = run([Bytes(A, request), Bytes(B, &server[..cut]), Bytes(B, &server[cut..]), Bytes(A, frame)]);
        assert_eq!(told.request.unwrap().challenge, Some(*b"^n:ds[4U"));
        assert_eq!(told.response.unwrap().answer, Some(*b"8jKS'y:G*Co,Wxa-"));
        assert_eq!(told.starts, Sides { a: after(&[request]), b: after(&[response]) });
        assert_eq!(told.bytes, Sides { a: frame.to_vec(), b: frame.to_vec() });
    }
    for cut in request.len() - 12..request.len() {
        let told = run([Bytes(A, &request[..cut]), Bytes(A, &request[cut..]), Bytes(B, response)]);
        assert_eq!(told.starts, Sides { a: after(&[request]), b: after(&[response]) });
        // The response first.
        let told = run([Bytes(A, &request[..cut]), Bytes(B, response), Bytes(A, &request[cut..])]);
        assert_eq!(told.starts, Sides { a: after(&[request]), b: after(&[response]) });
    }
    // Only the server's side; and an answer that never comes.
    assert_eq!(run([Bytes(B, response)]).response.unwrap().answer, Some(*b"8jKS'y:G*Co,Wxa-"));
    let told = run([Bytes(A, request), Bytes(B, &response[..response.len() - 1])]);
    assert_eq!(told.response.unwrap().answer, None);
    let told = run([Bytes(A, request), Bytes(B, &response[..response.len() - 3]), Gap(B, 3), Bytes(B, frame)]);
    assert_eq!((told.response.unwrap().answer, told.starts.b), (None, doubtful(response.len() as u64)));

    let hixie_75 = b"HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
WebSocket-Origin: http://example.com\r\nWebSocket-Location: ws://example.com/demo\r\n\r\n";
    let told = run([
        Bytes(A, b"GET /demo HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n"),
        Bytes(B, &[&hixie_75[..], frame].concat()),
    ]);
    assert_eq!((told.starts.b, &told.bytes.b[..]), (after(&[hixie_75]), &frame[..]));
}
