//! Connections that share decoders.

use super::*;

#[test]
fn parking_keeps_the_history_and_only_with_takeover() {
    let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let again: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];
    let pool = Pool::with_caps(1, 1000);
    let mut inflater = Inflater::pooled(15, true, &pool);
    inflate(&mut inflater, hello, &[]).1.unwrap();
    let before = pool.bytes();
    inflater.park();
    assert!(pool.bytes() > before + 5 && pool.bytes() < before + 1000);
    assert_eq!(inflate(&mut inflater, again, &[]), (b"Hello".to_vec(), Ok(())));
    drop(inflater);
    let pool = Pool::with_caps(1, 1000);
    let mut inflater = Inflater::pooled(15, false, &pool);
    inflate(&mut inflater, hello, &[]).1.unwrap();
    inflater.park();
    assert_eq!(pool.bytes(), before);
    // A message under way stays.
    inflater.push(&hello[..3], &mut |_| {}).unwrap();
    inflater.park();
    let mut text = Vec::new();
    inflater.push(&hello[3..], &mut |piece| text.extend_from_slice(piece)).unwrap();
    inflater.finish(&mut |_| {}).unwrap();
    assert!(b"Hello".ends_with(&text));
}

/// Connections, and what happens on them in turn: which one gets how many bytes of its next message.
#[derive(Debug)]
struct Crowd {
    connections: Vec<(bool, u8, Vec<Vec<u8>>)>,
    turns: Vec<(prop::sample::Index, usize)>,
}

fn crowd() -> impl Strategy<Value = Crowd> {
    let connection = (any::<bool>(), 9u8..=15, prop::collection::vec(compressible(), 1..4));
    let turns = prop::collection::vec((any::<prop::sample::Index>(), 1usize..3000), 1..150);
    (prop::collection::vec(connection, 1..12), turns).prop_map(|(connections, turns)| Crowd { connections, turns })
}

/// What came of a message, with unknown bytes as `None`; what it should be; and whether a history was forgotten.
type Outcome<'a> = (Vec<Option<u8>>, Result<(), InflateFault>, &'a [u8], bool);

impl Crowd {
    /// Runs it on `pool`, and tells of each message that ended.
    fn run(&self, pool: &Pool) -> Vec<Outcome<'_>> {
        let mut ends: Vec<_> = self
            .connections
            .iter()
            .map(|(takeover, window_bits, messages)| {
                let mut deflater = Deflater::new(6, *window_bits, *takeover);
                let sent: Vec<_> = messages.iter().map(|text| (deflater.message(text), &text[..])).collect();
                (Inflater::pooled(*window_bits, *takeover, pool), sent.into_iter(), None::<(Vec<u8>, &[u8], Vec<_>)>)
            })
            .collect();
        let mut results = Vec::new();
        for (who, bytes) in &self.turns {
            let at = who.index(ends.len());
            let (inflater, sent, open) = &mut ends[at];
            let Some((mut rest, text, mut got)) =
                open.take().or_else(|| sent.next().map(|(message, text)| (message, text, Vec::new())))
            else {
                continue;
            };
            let later = rest.split_off(rest.len().min(*bytes));
            let mut out = |piece: Piece<'_>| match piece {
                Piece::Known(bytes) => got.extend(bytes.iter().copied().map(Some)),
                Piece::Unknown(n) => got.extend((0..n).map(|_| None)),
            };
            let pushed = inflater.push_pieces(&rest, &mut out);
            if later.is_empty() || pushed.is_err() {
                let result = inflater.finish_pieces(&mut out);
                results.push((got, result, text, inflater.has_forgotten()));
            } else {
                *open = Some((later, text, got));
            }
        }
        results
    }
}

#[test]
fn an_evicted_decoder_is_none_the_worse() {
    // Two decoders, three connections by turns, in messages and between them, with histories.
    let text = noise(5, 3000);
    let pool = Pool::with_caps(2, 1 << 20);
    let mut ends: Vec<_> =
        (0..3).map(|_| (Deflater::new(6, 15, true), Inflater::pooled(15, true, &pool), Vec::new())).collect();
    for _ in 0..3 {
        let messages: Vec<_> = ends.iter_mut().map(|(deflater, ..)| deflater.message(&text)).collect();
        for at in 0..messages.iter().map(Vec::len).max().unwrap() {
            for ((_, inflater, got), message) in ends.iter_mut().zip(&messages) {
                if let Some(byte) = message.get(at) {
                    inflater.push(&[*byte], &mut |piece| got.extend_from_slice(piece)).unwrap();
                }
            }
        }
        for (_, inflater, got) in &mut ends {
            assert_eq!(inflater.finish(&mut |_| {}), Ok(()));
            assert!(!inflater.has_forgotten());
            assert_eq!(std::mem::take(got), text);
        }
    }
    assert!(pool.bytes() < 2 * Engine::BYTES + 3 * 4000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_small_pool_changes_nothing(crowd in crowd(), decoders in 1usize..6) {
        for (got, result, text, forgotten) in crowd.run(&Pool::with_caps(decoders, 1 << 30)) {
            prop_assert_eq!(result, Ok(()));
            prop_assert!(!forgotten);
            prop_assert!(got.len() == text.len() && got.iter().zip(text).all(|(got, want)| *got == Some(*want)));
        }
    }

    /// Nor does a small cap on histories make anything up: what is not known any more is unknown or given up.
    #[test]
    fn what_is_forgotten_is_not_made_up(crowd in crowd(), cap in 0usize..20_000) {
        let pool = Pool::with_caps(2, cap);
        for (got, result, text, forgotten) in crowd.run(&pool) {
            prop_assert!(got.iter().zip(text).all(|(got, want)| got.is_none_or(|got| got == *want)));
            if result.is_ok() {
                prop_assert_eq!(got.len(), text.len());
            } else {
                prop_assert_eq!(result, Err(InflateFault::Crowded));
            }
            prop_assert!(forgotten || got.iter().all(Option::is_some));
        }
        prop_assert!(pool.bytes() <= 2 * Engine::BYTES + cap);
    }
}
