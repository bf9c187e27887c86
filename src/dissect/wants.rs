//! What a sink looks at.

/// What a sink looks at. What nobody wants is not unmasked, joined, kept or told.
///
/// ```
/// use sockeye::dissect::Wants;
/// let payloads = Wants { frame_payload: true, ..Wants::NOTHING };
/// assert!(payloads.or(Wants { bytes: true, ..Wants::NOTHING }).bytes);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wants {
    /// [`crate::websocket::Frame::payload`].
    pub frame_payload: bool,
    /// [`crate::websocket::Message::payload`].
    pub message_payload: bool,
    /// [`super::Told::Bytes`] and [`super::Told::Window`].
    pub bytes: bool,
    /// [`super::Told::Packet`].
    pub packets: bool,
    /// [`super::Told::Exchange`].
    pub exchanges: bool,
}

impl Wants {
    /// Nothing that costs.
    pub const NOTHING: Wants =
        Wants { frame_payload: false, message_payload: false, bytes: false, packets: false, exchanges: false };

    /// What either looks at.
    #[must_use]
    pub fn or(self, other: Wants) -> Wants {
        Wants {
            frame_payload: self.frame_payload || other.frame_payload,
            message_payload: self.message_payload || other.message_payload,
            bytes: self.bytes || other.bytes,
            packets: self.packets || other.packets,
            exchanges: self.exchanges || other.exchanges,
        }
    }
}
