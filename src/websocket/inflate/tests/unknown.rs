//! Messages that refer to bytes which the capture lacks.

use super::*;

/// Known bytes, or how many unknown ones.
type Run = Result<Vec<u8>, u64>;

/// The pieces of one message.
fn pieces(inflater: &mut Inflater, message: &[u8]) -> (Vec<Run>, Result<(), InflateFault>) {
    let mut pieces = Vec::new();
    let mut out = |piece: Piece<'_>| {
        pieces.push(match piece {
            Piece::Known(bytes) => Ok(bytes.to_vec()),
            Piece::Unknown(n) => Err(n),
        });
    };
    let pushed = inflater.push_pieces(message, &mut out);
    let finished = inflater.finish_pieces(&mut out);
    (pieces, pushed.and(finished))
}

#[test]
fn a_late_start_inflates_what_it_can() {
    let mut inflater = Inflater::new(15, true);
    inflater.lose_history();
    // RFC 7692 section 7.2.3.2: a literal "H", then four bytes of an earlier message.
    let again: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];
    assert_eq!(pieces(&mut inflater, again), (vec![Ok(b"H".to_vec()), Err(4)], Ok(())));
    let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(pieces(&mut inflater, hello), (vec![Ok(b"Hello".to_vec())], Ok(())));
    // This one refers to what is known by now; parking keeps that.
    inflater.park();
    assert_eq!(pieces(&mut inflater, again), (vec![Ok(b"Hello".to_vec())], Ok(())));
}

#[test]
fn a_hole_ends_the_message_and_leaves_the_next_without_history() {
    for takeover in [true, false] {
        let texts = [noise(2, 500), noise(3, 500)];
        let mut deflater = Deflater::new(6, 15, takeover);
        let first = deflater.message(&texts[0]);
        let second = deflater.message(&[&texts[1][..], &texts[0][..]].concat());
        let mut inflater = Inflater::new(15, takeover);
        let mut text = Vec::new();
        inflater.push(&first[..100], &mut |piece| text.extend_from_slice(piece)).unwrap();
        inflater.hole();
        let fault = inflater.push(&first[110..], &mut |_| panic!("nothing comes after a hole")).unwrap_err();
        assert!(matches!(fault, InflateFault::Hole { consumed: 100, .. }), "{fault}");
        assert_eq!(inflater.finish(&mut |_| panic!("nothing comes after a hole")), Err(fault));
        assert!(!text.is_empty() && texts[0].starts_with(&text));
        let (got, result) = pieces(&mut inflater, &second);
        assert_eq!(result, Ok(()));
        if takeover {
            let bytes: Vec<Option<u8>> = got
                .into_iter()
                .flat_map(|run| {
                    run.map_or_else(|n| vec![None; usize::try_from(n).unwrap()], |b| b.into_iter().map(Some).collect())
                })
                .collect();
            let want = [&texts[1][..], &texts[0][..]].concat();
            assert!(bytes.iter().zip(&want).all(|(got, want)| got.is_none_or(|got| got == *want)));
            assert_eq!(bytes.len(), want.len());
            assert!(bytes[..500].iter().all(Option::is_some));
            // The deflater may have sent a few bytes of the old text as literals.
            assert!(bytes[500..].iter().filter(|byte| byte.is_none()).count() > 400);
        } else {
            assert_eq!(got, [Ok([&texts[1][..], &texts[0][..]].concat())]);
        }
    }
}

#[test]
fn enough_known_bytes_bring_back_the_fast_path() {
    let mut deflater = Deflater::new(6, 15, true);
    let mut inflater = Inflater::new(15, true);
    deflater.message(b"a message that the capture lacks");
    inflater.lose_history();
    for i in 0..12 {
        let text = noise(i + 1, 4000);
        assert_eq!(inflate(&mut inflater, &deflater.message(&text), &[]), (text, Ok(())));
        let fast =
            inflater.pool.pool().lock().engine(&inflater.owner, inflater.slot).is_some_and(|engine| engine.is_fast());
        assert_eq!(fast, (i + 1) * 4000 >= 32 * 1024, "after message {i}");
    }
    let (pieces, result) = pieces(&mut inflater, &deflater.message(&noise(9, 4000)));
    assert_eq!((pieces, result), (vec![Ok(noise(9, 4000))], Ok(())));
}
