//! A place to listen, and its addresses.

use std::fmt;
use std::net::IpAddr;

use crate::base::LinkType;

/// The name that stands for every interface at once (Linux).
pub const ANY: &str = "any";

/// A place to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// What to call it on the command line.
    pub name: String,
    /// The number the system gives it; 0 where it gives none, and for [`ANY`].
    pub index: u32,
    /// Brought up.
    pub up: bool,
    /// Up, and with a carrier.
    pub running: bool,
    /// Leads back to this machine.
    pub loopback: bool,
    /// What its packets start with when captured; `None` where only opening it would tell.
    pub link: Option<LinkType>,
    /// Its network addresses.
    pub addresses: Vec<Address>,
    /// What it is, in a few words; may be empty.
    pub description: String,
}

impl Interface {
    /// `up`, `down` or `no carrier`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match (self.up, self.running) {
            (false, _) => "down",
            (true, false) => "no carrier",
            (true, true) => "up",
        }
    }
}

/// A network address, with the length of its network part where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// Bits of the network part.
    pub prefix: Option<u8>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            Some(prefix) => write!(f, "{}/{prefix}", self.ip),
            None => write!(f, "{}", self.ip),
        }
    }
}
