//! Parameters of permessage-deflate (RFC 7692 section 7.1), and of the per-frame drafts before it.
//!
//! In: extensions offered and chosen. Out: the parameters agreed on, and what breaks the rules. A parameter that
//! cannot be believed counts as absent: a decoder with the largest window and kept context reads every stream that a
//! smaller one reads.

use crate::base::{Direction, PerDirection};
use crate::websocket::extension::{Extension, Parameter};

/// The extension of RFC 7692.
pub const PERMESSAGE_DEFLATE: &str = "permessage-deflate";

/// The names of draft-tyoshino-hybi-websocket-perframe-deflate; Safari used the second up to version 14.
pub const DEFLATE_FRAME: [&str; 2] = ["deflate-frame", "x-webkit-deflate-frame"];

const SERVER_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";

/// What is compressed as a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A message, with RSV1 on its first frame: permessage-deflate.
    Message,
    /// A frame, with RSV1 on each compressed one: deflate-frame, x-webkit-deflate-frame.
    Frame,
}

/// What two sides agreed on about DEFLATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    /// What is compressed as a unit.
    pub unit: Unit,
    window_bits: PerDirection<u8>,
    takeover: PerDirection<bool>,
}

impl Deflate {
    /// The widest agreement there is: windows of 32 KiB and context takeover on both sides.
    #[must_use]
    pub fn widest(unit: Unit) -> Deflate {
        Deflate {
            unit,
            window_bits: PerDirection { client: 15, server: 15 },
            takeover: PerDirection { client: true, server: true },
        }
    }

    /// Base-2 logarithm of the largest window that this sender compresses with, 8 to 15.
    #[must_use]
    pub fn window_bits(&self, sender: Direction) -> u8 {
        *self.window_bits.get(sender)
    }

    /// This sender's messages refer back to its earlier ones.
    #[must_use]
    pub fn takeover(&self, sender: Direction) -> bool {
        *self.takeover.get(sender)
    }

    /// What the first DEFLATE extension that the server chose says, with the offers that a draft's parameters stand in.
    pub(super) fn agreed(offered: &[Extension], chosen: &[Extension]) -> Option<Deflate> {
        let response = chosen.iter().find(|extension| unit(extension).is_some())?;
        let unit = unit(response)?;
        let mut agreed = Deflate::widest(unit);
        match unit {
            Unit::Message => {
                agreed.limit(Direction::Server, response, SERVER_BITS, SERVER_TAKEOVER);
                agreed.limit(Direction::Client, response, CLIENT_BITS, CLIENT_TAKEOVER);
            }
            Unit::Frame => {
                // Each side's parameters bind the other side's compressor.
                agreed.limit(Direction::Client, response, "max_window_bits", "no_context_takeover");
                if let Some(offer) = offered.iter().find(|offer| offer.is(&response.name)) {
                    agreed.limit(Direction::Server, offer, "max_window_bits", "no_context_takeover");
                }
            }
        }
        Some(agreed)
    }

    fn limit(&mut self, sender: Direction, extension: &Extension, bits: &str, no_takeover: &str) {
        if let Some(bits) = extension.parameter(bits).and_then(window_bits) {
            *self.window_bits.get_mut(sender) = bits;
        }
        if extension.parameter(no_takeover).is_some() {
            *self.takeover.get_mut(sender) = false;
        }
    }
}

/// What the extension compresses, if it is one of DEFLATE.
pub(super) fn unit(extension: &Extension) -> Option<Unit> {
    if extension.is(PERMESSAGE_DEFLATE) {
        Some(Unit::Message)
    } else {
        DEFLATE_FRAME.iter().any(|name| extension.is(name)).then_some(Unit::Frame)
    }
}

/// 8 to 15, decimal, without leading zeros (RFC 7692 section 7.1.2).
fn window_bits(parameter: &Parameter) -> Option<u8> {
    let value = parameter.value.as_deref()?;
    let bits = value.parse().ok().filter(|bits| (8..=15).contains(bits))?;
    value.starts_with(['8', '9', '1']).then_some(bits)
}

/// What breaks the rules of an offer of permessage-deflate.
pub(super) fn offer_problems(offer: &Extension) -> Vec<String> {
    // Only here may client_max_window_bits stand without a value (section 7.1.2.2).
    problems(offer, true)
}

/// What breaks the rules of a response of permessage-deflate, against the best fitting of the offers; without offers
/// (the request is not in the capture) only what no offer allows.
pub(super) fn response_problems(response: &Extension, offers: Option<&[&Extension]>) -> Vec<String> {
    let mut found = problems(response, false);
    let against = offers.and_then(|offers| offers.iter().map(|offer| unanswered(response, offer)).min_by_key(Vec::len));
    found.extend(against.into_iter().flatten());
    found
}

fn problems(extension: &Extension, offer: bool) -> Vec<String> {
    let mut found = Vec::new();
    for (index, parameter) in extension.parameters.iter().enumerate() {
        if extension.parameters.iter().take(index).any(|earlier| earlier.name == parameter.name) {
            found.push(format!("{} is repeated", parameter.name));
            continue;
        }
        match parameter.name.as_str() {
            SERVER_TAKEOVER | CLIENT_TAKEOVER => {
                if parameter.value.is_some() {
                    found.push(format!("{parameter}: no value belongs here"));
                }
            }
            CLIENT_BITS if offer && parameter.value.is_none() => {}
            SERVER_BITS | CLIENT_BITS => match parameter.value {
                None => found.push(format!("{parameter} has no value")),
                Some(_) if window_bits(parameter).is_none() => found.push(format!("{parameter}: not 8 to 15")),
                Some(_) => {}
            },
            _ => found.push(format!("{parameter} is unknown")),
        }
    }
    found
}

/// Where a response does not fit an offer (sections 7.1.1.1, 7.1.2.1 and 7.1.2.2).
fn unanswered(response: &Extension, offer: &Extension) -> Vec<String> {
    let mut found = Vec::new();
    if offer.parameter(SERVER_TAKEOVER).is_some() && response.parameter(SERVER_TAKEOVER).is_none() {
        found.push(format!("{SERVER_TAKEOVER} was asked for, and the response lacks it"));
    }
    if let Some(asked) = offer.parameter(SERVER_BITS)
        && let Some(limit) = window_bits(asked)
    {
        match response.parameter(SERVER_BITS) {
            None => found.push(format!("{asked} was asked for, and the response lacks it")),
            Some(given) if window_bits(given).is_some_and(|bits| bits > limit) => {
                found.push(format!("{given} is more than the {limit} asked for"));
            }
            Some(_) => {}
        }
    }
    if let Some(given) = response.parameter(CLIENT_BITS)
        && offer.parameter(CLIENT_BITS).is_none()
    {
        found.push(format!("{given} in the response, and the offer lacks {CLIENT_BITS}"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::extension::parse;

    fn one(value: &str) -> Extension {
        parse([value]).list.remove(0)
    }

    #[test]
    fn what_was_agreed_for_each_sender() {
        let agreed = |offer: &str, response: &str| Deflate::agreed(&parse([offer]).list, &parse([response]).list);
        let bits = |deflate: Deflate| Direction::BOTH.map(|sender| deflate.window_bits(sender));
        let takeover = |deflate: Deflate| Direction::BOTH.map(|sender| deflate.takeover(sender));

        let plain = agreed("permessage-deflate", "permessage-deflate").unwrap();
        assert_eq!((plain, plain.unit), (Deflate::widest(Unit::Message), Unit::Message));

        let all = "permessage-deflate; server_no_context_takeover; client_max_window_bits=9; server_max_window_bits=12";
        let deflate = agreed("permessage-deflate; client_max_window_bits", all).unwrap();
        assert_eq!((bits(deflate), takeover(deflate)), ([9, 12], [true, false]));

        // A hint in the offer binds nobody (sections 7.1.1.2 and 7.1.2.2); nor does a value out of range.
        let hint = "permessage-deflate; client_no_context_takeover; client_max_window_bits=8";
        let deflate = agreed(hint, "PerMessage-Deflate; server_max_window_bits=7").unwrap();
        assert_eq!((bits(deflate), takeover(deflate)), ([15, 15], [true, true]));

        let offer = "x-webkit-deflate-frame; max_window_bits=10";
        let deflate = agreed(offer, "x-webkit-deflate-frame; no_context_takeover").unwrap();
        assert_eq!((deflate.unit, bits(deflate), takeover(deflate)), (Unit::Frame, [15, 10], [false, true]));

        assert_eq!(agreed("permessage-deflate", "permessage-bzip2"), None);
        assert_eq!(agreed("permessage-deflate", ""), None);
    }

    #[test]
    fn offers() {
        for offer in [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=8; server_max_window_bits=15",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; client_max_window_bits=\"10\"",
        ] {
            assert_eq!(offer_problems(&one(offer)), Vec::<String>::new(), "{offer}");
        }
        for (offer, problem) in [
            ("permessage-deflate; server_max_window_bits", "server_max_window_bits has no value"),
            ("permessage-deflate; server_max_window_bits=7", "server_max_window_bits=7: not 8 to 15"),
            ("permessage-deflate; client_max_window_bits=16", "client_max_window_bits=16: not 8 to 15"),
            ("permessage-deflate; client_max_window_bits=010", "client_max_window_bits=010: not 8 to 15"),
            ("permessage-deflate; client_max_window_bits=+10", "client_max_window_bits=+10: not 8 to 15"),
            (
                "permessage-deflate; client_max_window_bits=1000000000000",
                "client_max_window_bits=1000000000000: not 8 to 15",
            ),
            ("permessage-deflate; server_no_context_takeover=1", "server_no_context_takeover=1: no value belongs here"),
            (
                "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
                "client_no_context_takeover is repeated",
            ),
            ("permessage-deflate; level=9", "level=9 is unknown"),
        ] {
            assert_eq!(offer_problems(&one(offer)), [problem], "{offer}");
        }
    }

    #[test]
    fn responses_to_the_best_fitting_offer() {
        let check = |offers: &str, response: &str| {
            let offers = parse([offers]).list;
            response_problems(&one(response), Some(&offers.iter().collect::<Vec<_>>()))
        };
        // RFC 7692 section 7.1.3: the server takes the second offer.
        let offers = "permessage-deflate; client_max_window_bits; server_max_window_bits=10, \
                      permessage-deflate; client_max_window_bits";
        for response in [
            "permessage-deflate",
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=15",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        ] {
            assert_eq!(check(offers, response), Vec::<String>::new(), "{response}");
        }
        for (offers, response, problem) in [
            (
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits=15",
                "client_max_window_bits=15 in the response, and the offer lacks client_max_window_bits",
            ),
            (
                "permessage-deflate; server_max_window_bits=10",
                "permessage-deflate; server_max_window_bits=11",
                "server_max_window_bits=11 is more than the 10 asked for",
            ),
            (
                "permessage-deflate; server_max_window_bits=10",
                "permessage-deflate",
                "server_max_window_bits=10 was asked for, and the response lacks it",
            ),
            (
                "permessage-deflate; server_no_context_takeover",
                "permessage-deflate",
                "server_no_context_takeover was asked for, and the response lacks it",
            ),
            (
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; client_max_window_bits",
                "client_max_window_bits has no value",
            ),
        ] {
            assert_eq!(check(offers, response), [problem], "{response}");
        }
        let alone = one("permessage-deflate; client_max_window_bits=15");
        assert_eq!(response_problems(&alone, None), Vec::<String>::new());
    }
}
