//! Names of TLS connections, as they lie in packets.
//!
//! In: the bytes of a packet, whatever is around them. Out: what key logs name secrets by, where a hello or a key exchange
//! begins in it: cheaper than taking the packet apart, and the same in tunnels, behind CONNECT and next to lost packets. A
//! name may be none; whoever asks has a key log to compare it with.

use super::keylog::Name;
use super::message::kind;

/// Bytes of a record's and a handshake message's headers, and of the version behind them.
const HEADERS: usize = 5 + 4 + 2;

/// Bytes of a premaster secret's beginning that name it.
const ENCRYPTED: usize = 8;

/// Tells every name that stands in `packet`.
pub fn names_in(packet: &[u8], mut tell: impl FnMut(Name)) {
    for at in memchr::memchr_iter(0x16, packet) {
        if let Some(name) = packet.get(at..).and_then(hello) {
            tell(name);
        }
    }
    for at in memchr::memchr_iter(kind::CLIENT_KEY_EXCHANGE, packet) {
        if let Some(name) = packet.get(at..).and_then(key_exchange) {
            tell(name);
        }
    }
}

/// A record that begins with a hello (RFC 8446 sections 5.1 and 4.1): of a client its random, of a server the session.
fn hello(bytes: &[u8]) -> Option<Name> {
    let (&[_, 3, 0..=4, _, _, message, 0, _, _, 3, 0..=3], rest) = bytes.split_first_chunk::<HEADERS>()? else {
        return None;
    };
    let (random, rest) = rest.split_first_chunk::<32>()?;
    match message {
        kind::CLIENT_HELLO => Some(Name::Random(*random)),
        kind::SERVER_HELLO => {
            let (len @ 1..=32, rest) = rest.split_first()? else { return None };
            Some(Name::Session(rest.get(..usize::from(*len))?.to_vec()))
        }
        _ => None,
    }
}

/// A ClientKeyExchange of RSA (RFC 5246 section 7.4.7.1): its length, that of what is encrypted, and that.
fn key_exchange(bytes: &[u8]) -> Option<Name> {
    let (&[_, 0, high, low, inner_high, inner_low], rest) = bytes.split_first_chunk::<6>()? else { return None };
    let agrees = u16::from_be_bytes([high, low]).checked_sub(2) == Some(u16::from_be_bytes([inner_high, inner_low]));
    Some(Name::Encrypted(*rest.first_chunk::<ENCRYPTED>().filter(|_| agrees)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(packet: &[u8]) -> Vec<Name> {
        let mut names = Vec::new();
        names_in(packet, |name| names.push(name));
        names
    }

    fn hello(message: u8) -> Vec<u8> {
        [&[0x16, 3, 1, 0, 90, message, 0, 0, 86, 3, 3][..], &[7; 32], &[4, 1, 2, 3, 4], &[0; 20]].concat()
    }

    #[test]
    fn hellos_and_key_exchanges_are_seen_wherever_they_stand() {
        let exchange = [&[16, 0, 1, 2, 1, 0][..], &[9; 8], &[1; 30]].concat();
        let packet = [b"headers \x16\x03 of whatever".as_slice(), &hello(1), &hello(2), &exchange].concat();
        let seen = names(&packet);
        assert_eq!(seen, [Name::Random([7; 32]), Name::Session(vec![1, 2, 3, 4]), Name::Encrypted([9; 8])]);
        for len in 0..packet.len() {
            assert!(names(&packet[..len]).iter().all(|name| seen.contains(name)), "a name is whole or not there");
        }
    }

    #[test]
    fn a_resumed_session_is_seen_and_an_empty_one_is_none() {
        let mut hello = hello(2);
        assert_eq!(names(&hello).len(), 1);
        hello[43] = 0;
        assert!(names(&hello).is_empty());
    }
}
