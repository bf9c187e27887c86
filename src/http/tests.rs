//! Connections as scripts: what each side sends, cut and interleaved.

mod exchanges;
mod gaps;
mod heads;
mod held;
mod refusals;
mod scripts;
mod told;

use super::*;
use crate::base::limits::{HTTP_HEAD_BYTES, HTTP_LONG_HEAD_BYTES, HTTP_PATIENCE_PACKETS, UPGRADE_PENDING_BYTES};
use crate::base::{self, At, Chunk, Origin, Side, Sides, Timestamp};

fn at(packet: u64) -> At {
    At { packet, time: Timestamp(i64::try_from(packet).unwrap()) }
}

fn chunk(bytes: &[u8], packet: u64) -> Chunk<'_> {
    Chunk { bytes, at: at(packet), origin: Origin::Capture(packet * 10_000) }
}

fn lost(len: u64, packet: u64) -> base::Gap {
    base::Gap { len, at: at(packet), cut: false }
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
    let mut refused = Outcomes::default();
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
                let verdict = connection.gap(side, lost(len, packet), &mut refused);
                told.take(verdict, side, b"");
                continue;
            }
        };
        let verdict = connection.push(side, chunk(bytes, packet), &mut refused);
        told.take(verdict, side, bytes);
        assert!(connection.oldest_pending().is_none_or(|oldest| oldest <= packet));
    }
    let verdict = connection.finish(&mut refused);
    told.take(verdict, A, b"");
    assert!(refused.refused.iter().all(|refusal| refusal.client == A), "A asks in every script");
    told.refused =
        refused.refused.into_iter().map(|refusal| (refusal.request.target, refusal.response.status)).collect();
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
        let verdict = connection.push(A, chunk(stream, 1), &mut Outcomes::default());
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
fn caps() {
    // A first line without end.
    let line = [b"GET /".to_vec(), b"x".repeat(HTTP_HEAD_BYTES)].concat();
    let told = run(line.chunks(1460).map(|bytes| Bytes(A, bytes)));
    assert_eq!((told.other, told.bytes.a.len()), (Some(Reason::TooLong), line.len()));
    // Byte by byte it costs more: given back earlier.
    let told = run(line.chunks(1).map(|bytes| Bytes(A, bytes)));
    assert_eq!((told.other, told.bytes.a == line), (Some(Reason::TooLong), true));
    // A head without end: followed further, and bounded all the same.
    let mut connection = Connection::default();
    let line = b"x: y\r\n".repeat(10_000);
    connection.push(A, chunk(b"GET / HTTP/1.1\r\n", 1), &mut Outcomes::default());
    let mut verdicts = (0..).map(|_| {
        assert!(connection.held_bytes() < 3 * HTTP_HEAD_BYTES, "marks of what is held count too");
        connection.push(A, chunk(&line, 1), &mut Outcomes::default())
    });
    let pushes = 1 + verdicts.position(|verdict| verdict != Verdict::Undecided).unwrap();
    assert_eq!((pushes * line.len()) as u64 / HTTP_LONG_HEAD_BYTES, 1);
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
        connection.push(A, chunk(GET, packet), &mut Outcomes::default());
    }
    assert_eq!(connection.held_bytes(), 0);
}

#[test]
fn a_connection_is_small_until_it_is_http() {
    assert!(std::mem::size_of::<Connection>() <= 16);
}
