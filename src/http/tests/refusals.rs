//! Upgrades that were answered otherwise than by 101, or not at all.

use super::*;
use crate::base::limits::REFUSAL_BODY_BYTES;

/// What was refused, with what it says and how long that is.
fn refused<'a>(steps: impl IntoIterator<Item = Step<'a>>) -> Vec<(u16, Vec<u8>, u64)> {
    let mut connection = Connection::default();
    let mut told = Outcomes::default();
    for (packet, step) in (1..).zip(steps) {
        match step {
            Bytes(side, bytes) | Having(side, bytes, _) => connection.push(side, chunk(bytes, packet), &mut told),
            Gap(side, len) => connection.gap(side, lost(len, packet), &mut told),
        };
    }
    connection.finish(&mut told);
    let all = told.refused.into_iter();
    all.map(|refusal| (refusal.response.status, refusal.body.bytes, refusal.body.length)).collect()
}

#[test]
fn a_refusal_has_the_beginning_of_its_body() {
    let said = |bytes: &[u8], length: u64| vec![(401, bytes.to_vec(), length)];
    for cut in 1..DENIED.len() {
        let (one, two) = DENIED.split_at(cut);
        assert_eq!(refused([Bytes(A, UPGRADE), Bytes(B, one), Bytes(B, two), Bytes(A, UPGRADE)]), said(b"no", 2));
    }
    let chunked =
        b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nno\r\n5\r\n, no!\r\n0\r\nA: b\r\n\r\n";
    for cut in 1..chunked.len() {
        let (one, two) = chunked.split_at(cut);
        assert_eq!(refused([Bytes(A, UPGRADE), Bytes(B, one), Bytes(B, two)]), said(b"no, no!", 7));
    }
    // Up to the end of the connection, and none at all.
    assert_eq!(refused([Bytes(A, UPGRADE), Bytes(B, b"HTTP/1.1 401 No\r\n\r\nnever")]), said(b"never", 5));
    let empty = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(refused([Bytes(A, UPGRADE), Bytes(B, empty)]), said(b"", 0));
    // What lies behind a gap is counted, and not shown as if nothing were missing.
    let head = b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n";
    let gap = [Bytes(A, UPGRADE), Bytes(B, head), Bytes(B, b"abc"), Gap(B, 3), Bytes(B, b"ghi")];
    assert_eq!(refused(gap), said(b"abc", 9));
    let long = [&b"HTTP/1.1 401 No\r\nContent-Length: 9000000\r\n\r\n"[..], &vec![b'x'; 9_000_000]].concat();
    let told = refused([Bytes(A, UPGRADE), Bytes(B, &long)]);
    assert_eq!((told[0].1.len(), told[0].2), (REFUSAL_BODY_BYTES, 9_000_000));
}

/// Each refusal before the upgrade that follows it, with its own body.
#[test]
fn several_refusals_on_one_connection() {
    let other = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nyou";
    let steps = [Bytes(A, UPGRADE), Bytes(B, DENIED), Bytes(A, UPGRADE), Bytes(B, other)];
    assert_eq!(refused(steps), [(401, b"no".to_vec(), 2), (403, b"you".to_vec(), 3)]);
    let pipelined = [Bytes(A, UPGRADE), Bytes(A, UPGRADE), Bytes(B, DENIED), Bytes(B, other)];
    assert_eq!(refused(pipelined), [(401, b"no".to_vec(), 2), (403, b"you".to_vec(), 3)]);
}

const MEANT: &[u8] = b"HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[test]
fn a_success_that_names_websocket_is_an_upgrade_where_frames_follow() {
    for first in [Bytes(A, C_FRAME), Bytes(B, S_FRAME)] {
        let second = if matches!(first, Bytes(A, _)) { Bytes(B, S_FRAME) } else { Bytes(A, C_FRAME) };
        let told = run([Bytes(A, UPGRADE), Bytes(B, MEANT), first, second]);
        assert_eq!((told.request.unwrap().target.as_str(), told.response.unwrap().status), ("/chat", 200));
        assert_eq!(told.starts, Sides { a: after(&[UPGRADE]), b: after(&[MEANT]) });
        assert_eq!((told.bytes.a, told.bytes.b, told.early), (C_FRAME.to_vec(), S_FRAME.to_vec(), 0));
        assert!(told.refused.is_empty());
    }
    let together = [MEANT, S_FRAME].concat();
    let told = run([Bytes(A, UPGRADE), Bytes(B, &together), Bytes(A, C_FRAME)]);
    assert_eq!((told.bytes.a, told.bytes.b), (C_FRAME.to_vec(), S_FRAME.to_vec()));
    for cut in 1..C_FRAME.len() {
        let (one, two) = C_FRAME.split_at(cut);
        let told = run([Bytes(A, UPGRADE), Bytes(B, MEANT), Bytes(A, one), Bytes(A, two)]);
        assert_eq!((told.starts.a, told.bytes.a), (after(&[UPGRADE]), C_FRAME.to_vec()), "{cut}");
    }
}

#[test]
fn it_is_a_refusal_where_no_frame_does() {
    assert_eq!(refused([Bytes(A, UPGRADE), Bytes(B, MEANT)]), [(200, vec![], 0)]);
    assert_eq!(refused([Bytes(A, UPGRADE), Bytes(B, MEANT), Bytes(B, b"<html>")]), [(200, b"<html>".to_vec(), 6)]);
    let again = [Bytes(A, UPGRADE), Bytes(B, MEANT), Bytes(A, GET)];
    assert_eq!(refused(again), [(200, vec![], 0)]);
    let sized = [&MEANT[..MEANT.len() - 2], b"Content-Length: 2\r\n\r\n\x81\0"].concat();
    let told = run([Bytes(A, UPGRADE), Bytes(B, &sized), Bytes(A, GET), Bytes(B, OK)]);
    assert_eq!((told.refused.len(), told.response), (1, None), "its length makes it a body");
    // Bytes that the capture lacks tell nothing.
    assert_eq!(refused([Bytes(A, UPGRADE), Bytes(B, MEANT), Gap(B, 7), Bytes(B, S_FRAME)])[0].0, 200);
}

#[test]
fn what_was_asked_and_never_answered_is_told_at_the_end() {
    let unanswered = |steps: &[Step<'_>]| {
        let mut connection = Connection::default();
        let mut told = Outcomes::default();
        for (packet, step) in (1..).zip(steps) {
            match *step {
                Bytes(side, bytes) | Having(side, bytes, _) => connection.push(side, chunk(bytes, packet), &mut told),
                Gap(side, len) => connection.gap(side, lost(len, packet), &mut told),
            };
        }
        assert!(told.unanswered.is_empty(), "it may still come");
        connection.finish(&mut told);
        let all = told.unanswered.into_iter();
        all.map(|one| (one.client, one.request.at.packet, one.doubtful)).collect::<Vec<_>>()
    };
    assert_eq!(unanswered(&[Bytes(A, UPGRADE)]), [(A, 1, false)]);
    assert_eq!(unanswered(&[Bytes(A, GET), Bytes(B, OK), Bytes(A, UPGRADE)]), [(A, 3, false)]);
    // A head that was begun is no answer; one that may be among lost bytes may be.
    assert_eq!(unanswered(&[Bytes(A, UPGRADE), Bytes(B, &SWITCH[..60])]), [(A, 1, false)]);
    assert_eq!(unanswered(&[Bytes(A, UPGRADE), Gap(B, 60)]), [(A, 1, true)]);
    assert_eq!(unanswered(&[Bytes(A, GET)]), []);
    assert_eq!(unanswered(&[Bytes(A, UPGRADE), Bytes(B, DENIED)]), []);
    assert_eq!(unanswered(&[Bytes(A, UPGRADE), Bytes(B, SWITCH)]), []);
}
