//! What one packet was found to hold.

use super::aggregate::Aggregate;
use super::fragment::Fragment;
use super::kind::Kind;
use super::segment::Segment;
use super::udp::UdpDatagram;

/// What one packet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// What it holds.
    pub content: Content<'a>,
    /// An IP header claimed more bytes than the packet has, although the snap length did not cut it.
    pub overlong: bool,
}

/// What one packet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// A TCP segment.
    Segment(Segment<'a>),
    /// A UDP datagram that is no tunnel known here.
    Udp(UdpDatagram<'a>),
    /// A piece of an IP datagram.
    Fragment(Fragment<'a>),
    /// Several frames in one.
    Aggregate(Aggregate<'a>),
    /// Something to count.
    Other(Kind),
}

impl From<Kind> for Content<'_> {
    #[inline]
    fn from(kind: Kind) -> Self {
        Content::Other(kind)
    }
}

/// What a packet gives to the stage that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport<'p, 'a> {
    /// A TCP segment.
    Tcp(&'p Segment<'a>),
    /// A UDP datagram.
    Udp(&'p UdpDatagram<'a>),
}
