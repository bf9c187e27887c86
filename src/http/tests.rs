//! Connections as scripts: what each side sends, cut and interleaved.

mod scripts;

use super::*;
use crate::base::limits::{HTTP_HEAD_BYTES, HTTP_PATIENCE_PACKETS, UPGRADE_PENDING_BYTES};
use crate::base::{At, Side, Sides, Timestamp};

fn at(packet: u64) -> At {
    At { packet, time: Timestamp(i64::try_from(packet).unwrap()) }
}

fn piece(bytes: &[u8], packet: u64) -> Piece<'_> {
    Piece { bytes, at: at(packet), position: Some(packet * 10_000) }
}

/// What a whole connection came to: each side's WebSocket bytes with where they begin, and the heads.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    client: Option<Side>,
    request: Option<RequestHead>,
    response: Option<ResponseHead>,
    starts: Sides<Option<Start>>,
    bytes: Sides<Vec<u8>>,
    refused: Vec<(String, u16)>,
    other: Option<Reason>,
    other_starts: Sides<u64>,
    early: u64,
    tunnel: bool,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Bytes(Side, &'a [u8]),
    /// Bytes, and what their sender had received.
    Having(Side, &'a [u8], u64),
    Gap(Side, u64),
}

fn run<'a>(steps: impl IntoIterator<Item = Step<'a>>) -> Told {
    let mut connection = Connection::default();
    let mut told = Told::default();
    let mut refused = Vec::new();
    let mut packet = 0;
    for step in steps {
        packet += 1;
        let (side, bytes) = match step {
            Bytes(side, bytes) => (side, bytes),
            Having(side, bytes, received) => {
                connection.acknowledged(side, received);
                (side, bytes)
            }
            Gap(side, len) => {
                let verdict = connection.gap(side, len, at(packet), &mut refused);
                told.take(verdict, side, b"");
                continue;
            }
        };
        let verdict = connection.push(side, piece(bytes, packet), &mut refused);
        told.take(verdict, side, bytes);
        assert!(connection.oldest_pending().is_none_or(|oldest| oldest <= packet));
    }
    let verdict = connection.finish(&mut refused);
    told.take(verdict, A, b"");
    assert!(refused.iter().all(|refusal| refusal.client == A), "A asks in every script");
    told.refused = refused.into_iter().map(|refusal| (refusal.request.target, refusal.response.status)).collect();
    told
}

impl Told {
    fn take(&mut self, verdict: Verdict, side: Side, pushed: &[u8]) {
        match verdict {
            Verdict::Undecided => {}
            Verdict::Passed => self.bytes.get_mut(side).extend_from_slice(pushed),
            Verdict::WebSocket(upgrade) => {
                self.client = Some(upgrade.client);
                self.request = self.request.take().or(upgrade.request);
                self.response = self.response.take().or(upgrade.response);
                for each in [Side::A, Side::B] {
                    let start = self.starts.get_mut(each);
                    assert!(start.is_none() || upgrade.starts.get(each).is_none(), "told once");
                    *start = start.or(*upgrade.starts.get(each));
                    self.bytes.get_mut(each).extend_from_slice(upgrade.held.get(each).bytes());
                }
                self.early += upgrade.early.map_or(0, |early| early.bytes);
                self.bytes.get_mut(side).extend_from_slice(&pushed[upgrade.rest..]);
            }
            Verdict::Other(other) => {
                self.other = Some(other.reason);
                self.other_starts = other.starts;
                self.tunnel = other.tunnel;
                for each in [Side::A, Side::B] {
                    self.bytes.get_mut(each).extend_from_slice(other.held.get(each).bytes());
                }
                self.bytes.get_mut(side).extend_from_slice(&pushed[other.rest..]);
            }
        }
    }
}

const UPGRADE: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n\
Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
const C_FRAME: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
const S_FRAME: &[u8] = b"\x81\x05Hello";

use Side::{A, B};
use Step::{Bytes, Gap, Having};

#[test]
fn the_handshake_of_the_rfc() {
    let told = run([Bytes(A, UPGRADE), Bytes(B, SWITCH), Bytes(A, C_FRAME), Bytes(B, S_FRAME)]);
    assert_eq!(told.client, Some(A));
    assert_eq!(told.request.as_ref().unwrap().target, "/chat");
    assert_eq!(told.request.as_ref().unwrap().at, at(1));
    assert_eq!(told.response.as_ref().unwrap().status, 101);
    assert_eq!(told.response.as_ref().unwrap().reason, "Switching Protocols");
    let start = |head: &[u8]| Some(Start { offset: head.len() as u64, certain: true });
    assert_eq!(told.starts, Sides { a: start(UPGRADE), b: start(SWITCH) });
    assert_eq!(told.bytes, Sides { a: C_FRAME.to_vec(), b: S_FRAME.to_vec() });
}

#[test]
fn every_cut_of_both_heads_and_frames_gives_the_same() {
    let (client, server) = ([UPGRADE, C_FRAME].concat(), [SWITCH, S_FRAME].concat());
    let whole = run([Bytes(A, UPGRADE), Bytes(B, &server), Bytes(A, C_FRAME)]);
    for cut in 1..UPGRADE.len() {
        let told = run([Bytes(A, &client[..cut]), Bytes(A, &UPGRADE[cut..]), Bytes(B, &server), Bytes(A, C_FRAME)]);
        assert_eq!((told.starts, &told.bytes), (whole.starts, &whole.bytes), "request cut at {cut}");
    }
    for cut in 1..server.len() {
        let told = run([Bytes(A, UPGRADE), Bytes(B, &server[..cut]), Bytes(B, &server[cut..]), Bytes(A, C_FRAME)]);
        assert_eq!((told.starts, &told.bytes), (whole.starts, &whole.bytes), "response cut at {cut}");
    }
}

#[test]
fn a_truncated_head_is_handed_back_and_nothing_is_made_up() {
    for cut in 1..UPGRADE.len() {
        let told = run([Bytes(A, &UPGRADE[..cut])]);
        assert_eq!(told.other, Some(Reason::Unfinished), "{cut}");
        assert_eq!(told.bytes.a, &UPGRADE[..cut]);
    }
    for cut in 1..SWITCH.len() {
        let told = run([Bytes(A, UPGRADE), Bytes(B, &SWITCH[..cut])]);
        assert_eq!((told.client, told.other), (None, Some(Reason::Unfinished)), "{cut}");
        assert_eq!(told.bytes, Sides { a: Vec::new(), b: SWITCH[..cut].to_vec() });
    }
}

#[test]
fn what_is_not_http_is_told_at_its_first_byte_that_shows_it() {
    for stream in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"220 mail.example ESMTP\r\n",
        b"OPTIONS rtsp://host RTSP/1.0\r\n",
        b"\x81\x05Hello",
        b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
        b"{\"a\": 1}",
    ] {
        let mut connection = Connection::default();
        let verdict = connection.push(A, piece(stream, 1), &mut Vec::new());
        assert!(matches!(verdict, Verdict::Other(other) if other.rest == 0 && other.held.a.is_empty()), "{stream:?}");
        // Byte by byte: nothing is lost.
        let told = run(stream.iter().map(|byte| Bytes(B, std::slice::from_ref(byte))));
        assert_eq!((told.other, &told.bytes.b[..]), (Some(Reason::Foreign), stream));
    }
}

/// Where WebSocket begins when it begins right after these bytes.
fn after(heads: &[&[u8]]) -> Option<Start> {
    Some(Start { offset: heads.iter().map(|head| head.len() as u64).sum(), certain: true })
}

fn doubtful(offset: u64) -> Option<Start> {
    Some(Start { offset, certain: false })
}

const GET: &[u8] = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CONNECT: &[u8] = b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
const ESTABLISHED: &[u8] = b"HTTP/1.0 200 Connection established\r\nProxy-agent: x\r\n\r\n";
const DENIED: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno";

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

#[test]
fn one_side_only() {
    let told = run([Bytes(B, OK), Bytes(B, SWITCH), Bytes(B, S_FRAME)]);
    assert_eq!((told.client, told.request), (Some(A), None));
    assert_eq!(told.starts, Sides { a: None, b: after(&[OK, SWITCH]) });

    let told = run([Bytes(A, GET), Bytes(A, UPGRADE), Bytes(A, C_FRAME), Bytes(A, C_FRAME)]);
    assert_eq!((told.client, told.response), (Some(A), None));
    assert_eq!(told.starts, Sides { a: after(&[GET, UPGRADE]), b: None });
    assert_eq!(told.bytes.a, [C_FRAME, C_FRAME].concat());
    // Nobody has answered, and nothing shows that somebody did.
    let told = run([Bytes(A, UPGRADE), Bytes(A, UPGRADE)]);
    assert_eq!((told.client, told.other), (None, None));
}

#[test]
fn a_client_alone_is_believed_after_a_while() {
    let mut connection = Connection::default();
    let mut refused = Vec::new();
    connection.push(A, piece(UPGRADE, 1), &mut refused);
    assert_eq!(connection.oldest_pending(), None);
    assert_eq!(connection.push(A, piece(C_FRAME, 2), &mut refused), Verdict::Undecided);
    assert_eq!(connection.oldest_pending(), Some(2));
    assert_eq!(connection.tick(at(2 + HTTP_PATIENCE_PACKETS), &mut refused), Verdict::Undecided);
    let Verdict::WebSocket(upgrade) = connection.tick(at(3 + HTTP_PATIENCE_PACKETS), &mut refused) else { panic!() };
    assert_eq!((upgrade.held.a.bytes(), connection.oldest_pending()), (C_FRAME, None));
    assert!(!connection.wants(A) && connection.wants(B));
    assert_eq!(connection.push(A, piece(C_FRAME, 9000), &mut refused), Verdict::Passed);
    // The response comes late and completes the handshake.
    let Verdict::WebSocket(upgrade) = connection.push(B, piece(SWITCH, 9001), &mut refused) else { panic!() };
    assert_eq!((upgrade.response.unwrap().status, upgrade.starts), (101, Sides { a: None, b: after(&[SWITCH]) }));
    assert!(!connection.wants(B));
}

/// Where packets are few, time decides.
#[test]
fn a_client_alone_is_believed_after_two_seconds() {
    let mut connection = Connection::default();
    let mut refused = Vec::new();
    connection.push(A, piece(UPGRADE, 1), &mut refused);
    connection.push(A, piece(C_FRAME, 2), &mut refused);
    let later = |seconds: i64, more: i64| At { packet: 2, time: Timestamp(2 + seconds * 1_000_000_000 + more) };
    assert_eq!(connection.tick(later(2, 0), &mut refused), Verdict::Undecided);
    let Verdict::WebSocket(upgrade) = connection.tick(later(2, 1), &mut refused) else { panic!() };
    assert_eq!((upgrade.held.a.bytes(), connection.oldest_pending()), (C_FRAME, None));
    let Verdict::WebSocket(upgrade) = connection.push(B, piece(SWITCH, 3), &mut refused) else { panic!() };
    assert_eq!((upgrade.response.unwrap().status, upgrade.starts.b), (101, after(&[SWITCH])));
}

#[test]
fn held_bytes_come_back_with_their_places() {
    let mut connection = Connection::default();
    let mut refused = Vec::new();
    connection.push(A, piece(&[UPGRADE, &C_FRAME[..1]].concat(), 1), &mut refused);
    connection.push(A, piece(&C_FRAME[1..3], 2), &mut refused);
    connection.gap(A, 2, at(3), &mut refused);
    connection.push(A, piece(&C_FRAME[5..], 4), &mut refused);
    let Verdict::WebSocket(upgrade) = connection.push(B, piece(SWITCH, 5), &mut refused) else { panic!() };
    let place = |bytes, packet, skipped: usize| {
        HeldPiece::Bytes(Piece { bytes, at: at(packet), position: Some(packet * 10_000 + skipped as u64) })
    };
    let expected = [
        place(&C_FRAME[..1], 1, UPGRADE.len()),
        place(&C_FRAME[1..3], 2, 0),
        HeldPiece::Gap { len: 2, at: at(3) },
        place(&C_FRAME[5..], 4, 0),
    ];
    assert_eq!(upgrade.held.a.pieces().collect::<Vec<_>>(), expected);
    assert_eq!((upgrade.early, upgrade.rest), (None, SWITCH.len()));
}

#[test]
fn too_early_only_where_it_is_sure() {
    let early = |received| run([Having(A, UPGRADE, 0), Having(A, C_FRAME, received), Bytes(B, SWITCH)]).early;
    assert_eq!(early(0), C_FRAME.len() as u64);
    assert_eq!(early(SWITCH.len() as u64 - 1), C_FRAME.len() as u64);
    // The client had the response: the capture shows the two in the wrong order.
    assert_eq!(early(SWITCH.len() as u64), 0);
    assert_eq!(run([Bytes(A, UPGRADE), Bytes(A, C_FRAME), Bytes(B, SWITCH)]).early, 0);
    let together = [UPGRADE, C_FRAME].concat();
    assert_eq!(run([Having(A, &together, 0), Bytes(B, SWITCH)]).early, C_FRAME.len() as u64);
}

#[test]
fn a_capture_that_begins_between_a_request_and_its_response() {
    let told = run([
        Bytes(B, OK),
        Bytes(A, UPGRADE),
        Bytes(B, DENIED),
        Bytes(A, UPGRADE),
        Bytes(B, SWITCH),
        Bytes(A, C_FRAME),
    ]);
    assert_eq!(told.refused, [("/chat".to_string(), 401)]);
    assert_eq!(told.starts, Sides { a: after(&[UPGRADE, UPGRADE]), b: after(&[OK, DENIED, SWITCH]) });
    assert_eq!(told.bytes.a, C_FRAME);
}

#[test]
fn a_gap_inside_a_body_is_part_of_it() {
    let head = &OK[..OK.len() - 5];
    let told = run([Bytes(A, GET), Bytes(B, head), Gap(B, 3), Bytes(B, b"lo"), Bytes(A, UPGRADE), Bytes(B, SWITCH)]);
    assert_eq!(told.starts.b, after(&[OK, SWITCH]));
    let told = run([Bytes(A, GET), Bytes(B, head), Gap(B, 5), Bytes(A, UPGRADE), Bytes(B, SWITCH)]);
    assert_eq!(told.starts.b, after(&[OK, SWITCH]));
    // A whole response and the end of the body before it.
    let told = run([Bytes(A, GET), Bytes(B, head), Bytes(A, GET), Gap(B, 50), Bytes(A, UPGRADE), Bytes(B, SWITCH)]);
    assert_eq!(told.starts.b.unwrap().offset, (head.len() + 50 + SWITCH.len()) as u64);
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let told = run([
        Bytes(A, GET),
        Bytes(B, chunked),
        Bytes(B, b"a\r\n01"),
        Gap(B, 8),
        Bytes(B, b"\r\n0\r\n\r\n"),
        Bytes(A, UPGRADE),
        Bytes(B, SWITCH),
    ]);
    assert_eq!(told.starts.b.unwrap().offset, (chunked.len() + 20 + SWITCH.len()) as u64);
}

#[test]
fn a_gap_where_nobody_knows_what_follows() {
    for (steps, reason) in [
        (&[Bytes(A, GET), Bytes(B, OK), Gap(A, 9), Bytes(A, b"\x81\x80")][..], Reason::Gap),
        (&[Bytes(A, GET), Bytes(B, &OK[..30]), Gap(B, 9), Bytes(B, b"llo\n")], Reason::Gap),
        (
            &[Bytes(A, GET), Bytes(B, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld")],
            Reason::Framing,
        ),
    ] {
        let told = run(steps.iter().copied());
        assert_eq!((told.client, told.other), (None, Some(reason)), "{steps:?}");
    }
}

#[test]
fn heads_cut_by_a_short_snap_length() {
    // 30 bytes of each packet; frames are shorter.
    let cut = |side, head: &'static [u8]| [Bytes(side, &head[..30]), Gap(side, head.len() as u64 - 30)];
    let steps = [cut(A, UPGRADE), cut(B, SWITCH), [Bytes(A, C_FRAME), Bytes(B, S_FRAME)]].concat();
    let told = run(steps);
    assert_eq!(told.request.unwrap().target, "/chat");
    assert_eq!(told.response.unwrap().status, 101);
    assert_eq!(told.starts, Sides { a: doubtful(UPGRADE.len() as u64), b: doubtful(SWITCH.len() as u64) });
    assert_eq!(told.bytes, Sides { a: C_FRAME.to_vec(), b: S_FRAME.to_vec() });
    // After an exchange that was cut too.
    let steps =
        [cut(A, GET), cut(B, OK), cut(A, UPGRADE), cut(B, SWITCH), [Bytes(A, C_FRAME), Bytes(B, S_FRAME)]].concat();
    let told = run(steps);
    assert_eq!(told.request.unwrap().target, "/chat");
    assert_eq!(told.starts.a, doubtful((GET.len() + UPGRADE.len()) as u64));
}

#[test]
fn one_half_lost_in_a_gap() {
    let told = run([Gap(A, 50), Bytes(B, SWITCH), Bytes(A, C_FRAME)]);
    assert_eq!((told.request, told.starts), (None, Sides { a: doubtful(50), b: after(&[SWITCH]) }));
    assert_eq!(told.bytes.a, C_FRAME);
    let told = run([Bytes(A, UPGRADE), Gap(B, 50), Bytes(B, S_FRAME), Bytes(A, C_FRAME)]);
    assert_eq!((told.response, told.starts), (None, Sides { a: after(&[UPGRADE]), b: doubtful(50) }));
    assert_eq!(told.bytes, Sides { a: C_FRAME.to_vec(), b: S_FRAME.to_vec() });
}

#[test]
fn caps() {
    // A head without end.
    let line = [b"GET / HTTP/1.1\r\n".to_vec(), b"x: y\r\n".repeat(HTTP_HEAD_BYTES / 6)].concat();
    let told = run(line.chunks(1460).map(|bytes| Bytes(A, bytes)));
    assert_eq!((told.other, told.bytes.a.len()), (Some(Reason::TooLong), line.len()));
    // Byte by byte it costs more: given back earlier.
    let told = run(line.chunks(1).map(|bytes| Bytes(A, bytes)));
    assert_eq!((told.other, told.bytes.a == line), (Some(Reason::TooLong), true));
    // A client that goes on without a response.
    let much = C_FRAME.repeat(UPGRADE_PENDING_BYTES / C_FRAME.len() + 1);
    let told = run([Bytes(A, UPGRADE)].into_iter().chain(much.chunks(1100).map(|bytes| Bytes(A, bytes))));
    assert_eq!((told.starts.a, told.bytes.a == much), (after(&[UPGRADE]), true));
    // Nothing but empty lines.
    let told = run([Bytes(A, &b"\r\n".repeat(40))]);
    assert_eq!(told.other, Some(Reason::Foreign));
    // Thousands of requests, one side only, cost little.
    let mut connection = Connection::default();
    for packet in 1..5000 {
        connection.push(A, piece(GET, packet), &mut Vec::new());
    }
    assert_eq!(connection.held_bytes(), 0);
}

#[test]
fn a_connection_is_small_until_it_is_http() {
    assert!(std::mem::size_of::<Connection>() <= 16);
}

#[test]
fn folded_fields_are_joined_by_one_space_and_have_none_around_them() {
    let head =
        b"GET / HTTP/1.1\r\nUpgrade:\r\n\twebsocket\r\nConnection: keep-alive,\r\n   Upgrade  \r\n \r\nHost: h\r\n\r\n";
    let head = RequestHead::parse(head, at(1)).unwrap();
    assert_eq!(head.field("Upgrade"), Some("websocket"));
    assert_eq!(head.field("Connection"), Some("keep-alive, Upgrade"));
    assert_eq!(head.field("Host"), Some("h"));
}

/// Headers of the PROXY protocol, by its specification: versions 1 and 2, the latter with an address, with a TLV, and of a
/// load balancer that looks after itself.
const PROXIES: [&[u8]; 5] = [
    b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
    b"PROXY UNKNOWN\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x1f\x90\0\x50",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10\x01\x02\x03\x04\x05\x06\x07\x08\x1f\x90\0\x50\x04\0\x01\n",
    b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0",
];

#[test]
fn a_load_balancer_may_say_first_for_whom_it_connects() {
    for proxy in PROXIES {
        let client = [proxy, UPGRADE, C_FRAME].concat();
        let head = proxy.len() + UPGRADE.len();
        for cut in 1..head {
            let (one, two) = client.split_at(cut);
            let told = run([Bytes(A, one), Bytes(A, &two[..head - cut]), Bytes(B, SWITCH), Bytes(A, &client[head..])]);
            assert_eq!(told.request.as_ref().map(|request| request.target.as_str()), Some("/chat"), "{cut}");
            assert_eq!(told.starts.a, Some(Start { offset: head as u64, certain: true }));
            assert_eq!(told.bytes.a, C_FRAME);
        }
    }
    // What only begins like one.
    for other in [&b"PROXY /chat HTTP/1.1\r\n"[..], b"PROXY UNKNOWN HTTP/1.1\r\n"] {
        assert_ne!(sniff(other), Sniff::Foreign);
    }
    assert_eq!(sniff(b"PROXY SCTP 1 2 3 4\r\n"), Sniff::Foreign);
    assert_eq!(sniff(b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c"), Sniff::Foreign);
}
