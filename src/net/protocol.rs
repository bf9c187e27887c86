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
/// IP in IP, as KA9Q has it.
pub(super) const KA9Q: u8 = 94;
pub(super) const ETHER_IP: u8 = 97;
/// L2TP version 3.
pub(super) const L2TP: u8 = 115;
pub(super) const SCTP: u8 = 132;
pub(super) const MOBILITY: u8 = 135;
pub(super) const MPLS: u8 = 137;
pub(super) const HOST_IDENTITY: u8 = 139;
pub(super) const SHIM6: u8 = 140;
pub(super) const ETHERNET: u8 = 143;

/// Headers between IPv6 and what it carries that all have the same form (RFC 8200 section 4.8).
pub(super) fn is_extension(number: u8) -> bool {
    matches!(number, HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6)
}
