//! Heads and bodies that the capture lacks some of.

use super::*;

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
fn every_gap_inside_a_request_leaves_its_end() {
    let whole = run([Bytes(A, UPGRADE), Bytes(B, SWITCH), Bytes(A, C_FRAME)]).request.unwrap();
    for from in 1..UPGRADE.len() {
        for to in from + 1..=UPGRADE.len() {
            let (before, lost, after) = (&UPGRADE[..from], (to - from) as u64, &UPGRADE[to..]);
            let steps = [Bytes(A, before), Gap(A, lost), Bytes(A, after), Bytes(B, SWITCH), Bytes(A, C_FRAME)];
            let told = run(steps);
            let certain = to < UPGRADE.len();
            let start = Start { offset: UPGRADE.len() as u64, certain };
            assert_eq!((told.starts.a, &told.bytes.a[..]), (Some(start), C_FRAME), "{from}..{to}");
            assert_eq!(told.starts.b, after_switch(), "{from}..{to}");
            let Some(request) = told.request else { continue };
            assert!(request.cut, "{from}..{to}");
            // No field is made up of what stands before and behind the gap.
            assert!(request.fields.iter().all(|field| whole.fields.contains(field)), "{from}..{to}: {request:?}");
        }
    }
}

#[test]
fn every_gap_inside_a_response_leaves_its_end() {
    for from in 0..SWITCH.len() {
        for to in from + 1..SWITCH.len() {
            let gap = (to - from) as u64;
            let mut steps = vec![Bytes(A, UPGRADE), Bytes(B, &SWITCH[..from]), Gap(B, gap), Bytes(B, &SWITCH[to..])];
            steps.extend([Bytes(B, S_FRAME), Bytes(A, C_FRAME)]);
            let told = run(steps);
            assert_eq!((told.starts.b, &told.bytes.b[..]), (after_switch(), S_FRAME), "{from}..{to}");
            assert_eq!((told.starts.a, &told.bytes.a[..]), (after(&[UPGRADE]), C_FRAME), "{from}..{to}");
            assert!(told.response.is_some_and(|head| head.status == 101 && head.cut), "{from}..{to}");
        }
    }
}

fn after_switch() -> Option<Start> {
    after(&[SWITCH])
}
