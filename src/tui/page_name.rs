//! The names of pages: what may be shown is said by name, so that a page can lead to another without knowing it.

/// What fills the screen, by the name that is typed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageName(pub &'static str);

impl PageName {
    /// The list of frames, to which everything comes back.
    pub const FRAMES: PageName = PageName("frames");

    /// Who talks to whom: a row a connection.
    pub const CONNECTIONS: PageName = PageName("connections");

    /// The handshake of one connection, which is there where no frame is.
    pub const HANDSHAKE: PageName = PageName("handshake");
}
