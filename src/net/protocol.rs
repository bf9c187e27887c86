//! Numbers of IP protocols (IANA "Assigned Internet Protocol Numbers").

pub(super) const HOP_BY_HOP: u8 = 0;
pub(super) const ICMP: u8 = 1;
pub(super) const IGMP: u8 = 2;
pub(super) const IPV4: u8 = 4;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const IPV6: u8 = 41;
pub(super) const ROUTING: u8 = 43;
pub(super) const FRAGMENT: u8 = 44;
pub(super) const GRE: u8 = 47;
pub(super) const AUTHENTICATION: u8 = 51;
pub(super) const ICMP6: u8 = 58;
pub(super) const DESTINATION: u8 = 60;
pub(super) const ETHER_IP: u8 = 97;
pub(super) const SCTP: u8 = 132;
pub(super) const MOBILITY: u8 = 135;
