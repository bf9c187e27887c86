//! What flate2 deflates, in any blocks and cut anywhere.

use super::*;

proptest! {
    #[test]
    fn what_flate2_deflates_comes_back(
        messages in prop::collection::vec(compressible(), 1..5),
        level in 0u32..10,
        window_bits in 9u8..=15,
        takeover: bool,
        park: bool,
        mut cuts in prop::collection::vec(0usize..20_000, 0..8),
    ) {
        cuts.sort_unstable();
        let mut deflater = Deflater::new(level, window_bits, takeover);
        let mut inflater = Inflater::new(window_bits, takeover);
        for message in messages {
            let compressed = deflater.message(&message);
            let (text, result) = inflate(&mut inflater, &compressed, &cuts);
            prop_assert_eq!(result, Ok(()));
            prop_assert!(text == message);
            if park {
                inflater.park();
            }
        }
    }

    #[test]
    fn final_and_other_blocks_anywhere_come_back(
        messages in prop::collection::vec(prop::collection::vec((compressible(), 0usize..5), 0..4), 1..5),
        window_bits in prop::sample::select(vec![9u8, 15]),
        park: bool,
        mut cuts in prop::collection::vec(0usize..20_000, 0..8),
    ) {
        use FlushCompress::{Finish, Full, None, Partial, Sync};
        cuts.sort_unstable();
        let mut deflater = Deflater::new(6, window_bits, true);
        let mut inflater = Inflater::new(window_bits, true);
        let mut plain = Vec::new();
        for message in messages {
            let parts: Vec<_> =
                message.into_iter().map(|(part, flush)| (part, [None, Partial, Sync, Full, Finish][flush])).collect();
            let text: Vec<u8> = parts.iter().flat_map(|(part, _)| part.clone()).collect();
            let compressed = deflater.message_of_parts(&parts, &plain);
            plain.extend(&text);
            let (got, result) = inflate(&mut inflater, &compressed, &cuts);
            prop_assert_eq!(result, Ok(()));
            prop_assert!(got == text);
            if park {
                inflater.park();
            }
        }
    }
}
