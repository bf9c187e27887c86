//! Huffman-coded strings (RFC 7541 section 5.2 and appendix B).
//!
//! In: the coded bytes. Out: the string, or nothing where it holds the code for its end or is padded wrongly. The code is
//! canonical: the lengths of its words say all of it. It is walked four bits at a time through a table that is made once.

use std::sync::LazyLock;

/// Bits of the code word of each byte, and of the end (RFC 7541 appendix B).
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12,
    10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6,
    5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22,
    22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20,
    22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
    27, 27, 27, 27, 27, 26, 30,
];

/// The symbol that ends, and must not stand in a string.
const END: u16 = 256;

/// What four bits lead to from a node of the tree.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    next: u16,
    /// The byte that they complete, as no word is shorter than five bits: one at most.
    byte: Option<u8>,
    /// They complete the end, or no word.
    is_bad: bool,
}

#[derive(Debug)]
struct Tree {
    /// By node and four bits.
    steps: Vec<[Step; 16]>,
    /// A string may end here: what is left over is the beginning of the end, shorter than a byte.
    may_end: Vec<bool>,
}

static TREE: LazyLock<Tree> = LazyLock::new(Tree::new);

impl Tree {
    fn new() -> Tree {
        let nodes = nodes();
        let mut may_end = vec![false; nodes.len()];
        let mut node = 0;
        for _ in 0..8 {
            if let Some(may) = may_end.get_mut(node) {
                *may = true;
            }
            // Padding is ones (RFC 7541 section 5.2).
            node = match nodes.get(node).and_then(|children| children.get(1)) {
                Some(Child::Node(next)) => usize::from(*next),
                _ => break,
            };
        }
        let step = |from: usize, bits: u8| {
            let mut step = Step::default();
            let mut at = from;
            for bit in [bits >> 3 & 1, bits >> 2 & 1, bits >> 1 & 1, bits & 1] {
                at = match nodes.get(at).and_then(|children| children.get(usize::from(bit))) {
                    Some(Child::Node(next)) => usize::from(*next),
                    Some(Child::Symbol(symbol)) => {
                        step.byte = u8::try_from(*symbol).ok();
                        step.is_bad |= *symbol == END;
                        0
                    }
                    Some(Child::None) | None => {
                        step.is_bad = true;
                        0
                    }
                };
            }
            step.next = u16::try_from(at).unwrap_or_default();
            step
        };
        let steps =
            (0..nodes.len()).map(|node| std::array::from_fn(|bits| step(node, bits.to_le_bytes()[0]))).collect();
        Tree { steps, may_end }
    }
}

#[derive(Debug, Clone, Copy, Default)]
enum Child {
    #[default]
    None,
    Node(u16),
    Symbol(u16),
}

/// The tree: words of one length are numbers in a row, in the order of their symbols.
fn nodes() -> Vec<[Child; 2]> {
    let mut nodes = vec![[Child::None; 2]];
    let mut word = 0u32;
    for length in 1..=30u8 {
        word <<= 1;
        for (symbol, _) in (0u16..).zip(LENGTHS).filter(|(_, len)| *len == length) {
            insert(&mut nodes, word, length, symbol);
            word += 1;
        }
    }
    nodes
}

fn insert(nodes: &mut Vec<[Child; 2]>, word: u32, length: u8, symbol: u16) {
    let mut at = 0;
    for bit in (0..length).rev() {
        let way = usize::from(word >> bit & 1 == 1);
        let fresh = u16::try_from(nodes.len()).unwrap_or_default();
        let Some(child) = nodes.get_mut(at).and_then(|children| children.get_mut(way)) else { return };
        if bit == 0 {
            *child = Child::Symbol(symbol);
            return;
        }
        at = match *child {
            Child::Node(next) => usize::from(next),
            _ => {
                *child = Child::Node(fresh);
                nodes.push([Child::None; 2]);
                usize::from(fresh)
            }
        };
    }
}

/// Decodes a string onto the end of `out`; `false` where it is none.
pub(super) fn decode(coded: &[u8], out: &mut Vec<u8>) -> bool {
    let mut node = 0u16;
    for bits in coded.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        let steps = TREE.steps.get(usize::from(node));
        let Some(step) = steps.and_then(|steps| steps.get(usize::from(bits))).filter(|step| !step.is_bad) else {
            return false;
        };
        out.extend(step.byte);
        node = step.next;
    }
    TREE.may_end.get(usize::from(node)).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(hex: &str) -> Option<String> {
        let mut out = Vec::new();
        decode(&hex::decode(hex).unwrap(), &mut out).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_code_is_full() {
        let sum: u64 = LENGTHS.iter().map(|len| 1u64 << (30 - len)).sum();
        assert_eq!(sum, 1 << 30, "no word is missing, and none is too many");
    }

    /// RFC 7541 appendix C.4 and C.6.
    #[test]
    fn the_strings_of_the_rfc_are_decoded() {
        assert_eq!(decoded("f1e3c2e5f23a6ba0ab90f4ff").as_deref(), Some("www.example.com"));
        assert_eq!(decoded("a8eb10649cbf").as_deref(), Some("no-cache"));
        assert_eq!(decoded("25a849e95ba97d7f").as_deref(), Some("custom-key"));
        assert_eq!(decoded("25a849e95bb8e8b4bf").as_deref(), Some("custom-value"));
        assert_eq!(
            decoded("d07abe941054d444a8200595040b8166e082a62d1bff").as_deref(),
            Some("Mon, 21 Oct 2013 20:13:21 GMT")
        );
        assert_eq!(decoded("9d29ad171863c78f0b97c8e9ae82ae43d3").as_deref(), Some("https://www.example.com"));
        assert_eq!(
            decoded("94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")
                .as_deref(),
            Some("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")
        );
    }

    #[test]
    fn padding_is_ones_and_shorter_than_a_byte() {
        // '0' is 00000.
        assert_eq!(decoded("07").as_deref(), Some("0"));
        assert_eq!(decoded("00"), None, "padded with zeros");
        assert_eq!(decoded("07ff"), None, "a whole byte of padding");
        assert_eq!(decoded("ff"), None, "nothing but padding, a byte of it");
        assert_eq!(decoded("").as_deref(), Some(""));
        assert_eq!(decoded("fffffffc"), None, "the end");
    }
}
