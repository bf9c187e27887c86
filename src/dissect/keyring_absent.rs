//! Where TLS is not compiled in, there are no keys.

/// Nothing.
#[derive(Debug, Default)]
pub(super) struct Keyring;
