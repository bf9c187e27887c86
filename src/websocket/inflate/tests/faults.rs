//! Messages that cannot be inflated as they should be.

use super::*;
use crate::base::{Code, limits};

#[test]
fn invalid_data_is_told_with_what_came_before() {
    // A stored block whose lengths do not fit each other, after "Hello".
    let bad = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00, 0x01, 0x00, 0x00, 0x00];
    let (text, result) = inflate(&mut Inflater::new(15, true), &bad, &[]);
    assert_eq!(text, b"Hello");
    let fault = result.unwrap_err();
    assert!(
        matches!(fault, InflateFault::Invalid { produced: 5, reason: "invalid stored block lengths", .. }),
        "{fault}"
    );
    assert_eq!(fault.note().code, Code::InflateError);
    // The same after a final block.
    let (text, result) = inflate(&mut Inflater::new(15, true), &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x07], &[]);
    assert_eq!(text, b"Hello");
    assert_eq!(result.unwrap_err().code(), Code::InflateTrailing);
}

#[test]
fn a_message_that_ends_early_is_told_and_the_next_one_is_none_the_worse() {
    let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    // Nothing at all; a final block without the empty one after it; cut inside a block.
    for (message, text) in [(&[][..], &b""[..]), (&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], b"Hello")] {
        let mut inflater = Inflater::new(15, true);
        inflate(&mut inflater, hello, &[]).1.unwrap();
        let (got, result) = inflate(&mut inflater, message, &[]);
        assert_eq!(got, text);
        assert!(matches!(result, Err(InflateFault::NoTail { .. })), "{result:?}");
        assert_eq!(inflate(&mut inflater, &[0xf2, 0x00, 0x11, 0x00, 0x00], &[]), (b"Hello".to_vec(), Ok(())));
    }
    for end in 1..hello.len() {
        let mut inflater = Inflater::new(15, true);
        let (text, result) = inflate(&mut inflater, &hello[..end], &[]);
        assert!(matches!(result, Err(InflateFault::Unfinished { .. })), "{end}: {result:?}");
        assert!(b"Hello".starts_with(&text));
        assert_eq!(inflate(&mut inflater, hello, &[]), (b"Hello".to_vec(), Ok(())), "after a cut at {end}");
    }
}

/// `message` after another, for both decoders, in every two pieces: "Hello" and this fault, and then the next message, which
/// refers to it.
fn is_hello(message: &[u8], fault: InflateFault) {
    for window_bits in [9, 15] {
        for cut in 0..message.len() {
            let mut inflater = Inflater::new(window_bits, true);
            let (text, result) = inflate(&mut inflater, message, &[cut]);
            assert_eq!((&text[..], result), (&b"Hello"[..], Err(fault)), "{cut}");
            assert!(!fault.is_loss());
            let (text, result) = inflate(&mut inflater, &[0xf2, 0x00, 0x11, 0x00, 0x00], &[]);
            assert_eq!((&text[..], result), (&b"Hello"[..], Ok(())), "{cut}");
        }
    }
}

#[test]
fn a_tail_that_was_left_on_costs_nothing() {
    // RFC 7692 section 7.2.3.1 before its last step.
    let kept = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff];
    is_hello(&kept, InflateFault::TailKept { consumed: 11 });
    // The same bytes inside a stored block are its data, and the message is cut.
    let inside = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x00, 0x00, 0xff, 0xff];
    let (_, result) = inflate(&mut Inflater::new(15, true), &inside, &[]);
    assert!(matches!(result, Err(InflateFault::Unfinished { .. })), "{result:?}");
}

#[test]
fn a_block_that_is_complete_is_no_cut() {
    // RFC 7692 section 7.2.3.4, and a stored block that is not the last.
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    is_hello(&last, InflateFault::NoTail { consumed: 7, produced: 5 });
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    is_hello(&stored, InflateFault::NoTail { consumed: 10, produced: 5 });
}

#[test]
fn who_agreed_not_to_refer_back_and_does_is_read_all_the_same() {
    let texts: Vec<Vec<u8>> =
        (0..40).map(|n| format!("{{\"type\":\"tick\",\"price\":{n}}}").repeat(n + 1).into_bytes()).collect();
    let mut deflater = Deflater::new(9, 15, true);
    let messages: Vec<Vec<u8>> = texts.iter().map(|text| deflater.message(text)).collect();
    for step in [1, 7, usize::MAX] {
        let mut inflater = Inflater::new(15, false);
        for (number, (message, text)) in messages.iter().zip(&texts).enumerate() {
            let cuts: Vec<usize> = (1..message.len()).step_by(step.min(message.len())).collect();
            let (got, result) = inflate(&mut inflater, message, &cuts);
            assert!(got == *text, "{number}");
            assert_eq!(result, if number == 1 { Err(InflateFault::ReachedBack) } else { Ok(()) }, "{number}");
        }
    }
    // One that keeps to it may have blocks after a final one that refer to its own bytes, and no further.
    let mut inflater = Inflater::new(15, false);
    assert_eq!(inflate(&mut inflater, &messages[0], &[]).1, Ok(()));
    let own = Deflater::new(9, 15, true).message_of_parts(
        &[(b"said twice".to_vec(), FlushCompress::Finish), (b"said twice".to_vec(), FlushCompress::Sync)],
        b"",
    );
    assert_eq!(inflate(&mut inflater, &own, &[]), (b"said twicesaid twice".to_vec(), Ok(())));
    // The first message has nothing to refer to.
    let (_, result) = inflate(&mut Inflater::new(15, false), &messages[1], &[]);
    assert!(matches!(result, Err(InflateFault::Invalid { reason: "invalid distance too far back", .. })), "{result:?}");
}

#[test]
fn who_refers_back_against_what_was_agreed_on_is_judged_by_bytes_and_not_by_cuts() {
    // A reference at once, and bytes that cannot be made smaller: more of them in a piece than are kept, too.
    let first = noise(1, 700);
    for more in [10, 500, 40_000] {
        let second = [&first[..], &noise(2, more)].concat();
        let mut deflater = Deflater::new(9, 15, true);
        let messages = [deflater.message(&first), deflater.message(&second), deflater.message(&first)];
        for step in [1, 3, 100, 9000, usize::MAX] {
            let mut inflater = Inflater::new(15, false);
            // What stands before decides where in the buffer they lie.
            for filler in [0, 61_000, 3_000] {
                let alone = Deflater::new(9, 15, true).message(&noise(3, filler));
                assert_eq!(inflate(&mut inflater, &alone, &[]).1, Ok(()));
            }
            for (number, (message, text)) in messages.iter().zip([&first, &second, &first]).enumerate() {
                let cuts: Vec<usize> = (1..message.len()).step_by(step.min(message.len())).skip(1).collect();
                let (got, result) = inflate(&mut inflater, message, &cuts);
                assert!(got == *text, "{more} {step} {number}");
                assert_eq!(result, if number == 1 { Err(InflateFault::ReachedBack) } else { Ok(()) }, "{more} {step}");
            }
        }
    }
}

#[test]
fn what_a_wrapper_holds_is_inflated() {
    // Python: zlib.compress(b"Hello"), and the same flushed; gzip.compress(b"Hello", mtime=0).
    let zlib = [0x78, 0x9c, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x05, 0x8c, 0x01, 0xf5];
    is_hello(&zlib, InflateFault::Wrapped { first: 0x78, second: 0x9c });
    let flushed = [0x78, 0x9c, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    is_hello(&flushed, InflateFault::Wrapped { first: 0x78, second: 0x9c });
    let gzip = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x82,
        0x89, 0xd1, 0xf7, 0x05, 0x00, 0x00, 0x00,
    ];
    is_hello(&gzip, InflateFault::Wrapped { first: 0x1f, second: 0x8b });
    let fault = InflateFault::Wrapped { first: 0x78, second: 0x9c };
    assert_eq!(fault.to_string(), "it starts with a zlib header (78 9c)");
}

#[test]
fn a_reference_beyond_the_window_is_told_and_followed() {
    let lead = noise(1, 600);
    let message = Deflater::new(9, 15, true).message(&[&lead[..], &lead[..]].concat());
    let mut inflater = Inflater::new(9, true);
    let (text, result) = inflate(&mut inflater, &message, &[]);
    assert_eq!(text, [&lead[..], &lead[..]].concat());
    let fault = result.unwrap_err();
    // The deflater may take the first byte as a literal.
    assert!(matches!(fault, InflateFault::Window { distance: 600, window: 512, at: 600 | 601 }), "{fault}");
    assert_eq!((fault.code(), fault.is_loss()), (Code::InflateWindow, false));
    // The next message may go on from it.
    let (text, result) = inflate(&mut inflater, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &[]);
    assert_eq!((&text[..], result), (&b"Hello"[..], Ok(())));
}

#[test]
fn a_bomb_stops_at_the_cap() {
    // One megabyte of zeros, over and over in one message: a final block each, so that the same bytes can be repeated.
    let megabyte = vec![0; 1 << 20];
    let bomb = Deflater::new(9, 15, true).flushed(&megabyte, FlushCompress::Finish);
    let mut inflater = Inflater::new(15, true);
    let mut produced = 0_u64;
    let fault = loop {
        if let Err(fault) = inflater.push(&bomb, &mut |piece| produced += piece.len() as u64) {
            break fault;
        }
    };
    assert_eq!(fault, InflateFault::Cap { produced });
    assert!(produced > limits::INFLATED_BYTES && produced < limits::INFLATED_BYTES + (1 << 17), "{produced}");
    assert_eq!(inflater.finish(&mut |_| {}), Err(fault));
    assert_eq!(inflate(&mut inflater, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &[]), (b"Hello".to_vec(), Ok(())));
}

proptest! {
    #[test]
    fn a_repetition_is_within_the_window_or_told(distance in 300usize..32_000, window_bits in 8u8..=15, seed: u64) {
        let lead = noise(seed, distance);
        let text = [&lead[..], &lead[..258.min(distance)]].concat();
        let message = Deflater::new(9, 15, true).message(&text);
        let (got, result) = inflate(&mut Inflater::new(window_bits, true), &message, &[]);
        prop_assert!(got == text);
        let window = 1_u64 << window_bits;
        let distance = distance as u64;
        if distance > window {
            let Err(InflateFault::Window { distance: d, window: w, at }) = result else { panic!("{result:?}") };
            prop_assert_eq!((d, w), (distance, window));
            // The deflater may take a few bytes as literals first.
            prop_assert!((distance..distance + 20).contains(&at), "{} {}", at, distance);
        } else {
            prop_assert_eq!(result, Ok(()));
        }
    }
}
