//! What an annotation or a step is about: an anchor, which stays where it is, or an address as people type it.
//!
//! What this program writes is an anchor. Whoever writes a lesson by hand may count frames instead; then it fits every capture
//! whose frames are in that order.

use std::fmt;
use std::str::FromStr;

use crate::trace::{Address, AddressError, Anchor, Trace};

/// A thing in a capture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// By where it stands in its stream.
    Anchor(Anchor),
    /// By its number.
    Address(Address),
}

impl Place {
    /// Its address in this trace; `None` where that does not have it, or not yet.
    #[must_use]
    pub fn address(&self, trace: &Trace) -> Option<Address> {
        match self {
            Place::Anchor(anchor) => anchor.address(trace),
            Place::Address(address) => Anchor::of(address, trace).ok().map(|_| address.clone()),
        }
    }

    /// Where it stands; `None` as above.
    #[must_use]
    pub fn anchor(&self, trace: &Trace) -> Option<Anchor> {
        match self {
            Place::Anchor(anchor) => anchor.address(trace).map(|_| anchor.clone()),
            Place::Address(address) => Anchor::of(address, trace).ok(),
        }
    }
}

/// As the file has it: `c0 client 17.mask`, `#12.mask`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Anchor(anchor) => anchor.fmt(f),
            Place::Address(address) => address.fmt(f),
        }
    }
}

/// What [`Place`] prints.
impl FromStr for Place {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Place, AddressError> {
        if text.starts_with('#') { text.parse().map(Place::Address) } else { text.parse().map(Place::Anchor) }
    }
}
