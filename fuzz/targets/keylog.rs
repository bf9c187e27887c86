//! Key logs, in pieces.
//!
//! Input: the size of the pieces in the first byte, then the text. Whatever the text is, what is known of it does not depend on
//! the pieces, lines are counted once, and no secret is known that does not stand in it.

use sockeye::tls::KeyLog;
use sockeye::tls::keylog::{Label, Random};

const LABELS: [Label; 9] = [
    Label::Master,
    Label::Premaster,
    Label::ClientEarly,
    Label::ClientHandshake,
    Label::ServerHandshake,
    Label::ClientTraffic,
    Label::ServerTraffic,
    Label::EchSecret,
    Label::EchConfig,
];

/// Runs it.
pub fn run(input: &[u8]) {
    let Some((size, text)) = input.split_first() else { return };
    let whole = read(text, text.len().max(1));
    let pieces = read(text, usize::from(*size).max(1));
    assert_eq!(whole.read(), pieces.read());
    let randoms = |log: &KeyLog| {
        let mut all: Vec<Random> = log.randoms().copied().collect();
        all.sort_unstable();
        all
    };
    assert_eq!(randoms(&whole), randoms(&pieces));
    let lower = String::from_utf8_lossy(text).to_ascii_lowercase();
    let mut secrets = 0;
    for random in whole.randoms() {
        assert!(whole.knows(random) && lower.contains(&hex(random)));
        for label in LABELS {
            let secret = whole.secret(random, label);
            assert!(secret == pieces.secret(random, label));
            if let Some(secret) = secret {
                assert!(lower.contains(&hex(secret.bytes())));
                secrets += 1;
            }
        }
    }
    let mut others = 0;
    for word in lower.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len().is_multiple_of(2)) {
        let bytes = unhex(word);
        assert!(whole.session(&bytes) == pieces.session(&bytes));
        assert!(whole.encrypted(&bytes) == pieces.encrypted(&bytes));
        others += u64::from(whole.session(&bytes).is_some()) + u64::from(whole.encrypted(&bytes).is_some());
    }
    let read = whole.read();
    let lines = u64::try_from(text.split(|byte| *byte == b'\n' || *byte == b'\r').count()).unwrap();
    assert!(read.secrets >= secrets && read.secrets + read.bad + read.dropped <= lines, "{read:?} of {lines} lines");
    assert!(others > 0 || read.secrets == secrets, "{read:?}, but {secrets} are known");
    assert_eq!(read.first_bad == 0, read.bad == 0);
    assert!(read.first_bad <= lines);
}

fn read(text: &[u8], size: usize) -> KeyLog {
    let mut log = KeyLog::default();
    text.chunks(size).for_each(|piece| log.push(piece));
    log.finish();
    log
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}
