//! Where TLS is not compiled in, nothing is opened: a connection that is TLS is counted as that.

use super::{Context, Layer, Stack};
use crate::base::{PacketNumber, Part, Side};
use crate::dissect::keyring::Keyring;
use crate::dissect::sink::Sink;
use crate::tcp::Info;

/// There is none.
#[derive(Debug)]
pub(super) enum Sealed {}

impl Sealed {
    pub(super) fn park(&mut self, _: &mut Keyring) -> bool {
        true
    }

    pub(super) fn parked(&mut self, _: &mut Keyring) {}

    pub(super) fn unpark(&mut self, _: &mut Keyring) {}

    pub(super) fn tick(&mut self) {}
}

impl Stack {
    pub(super) fn seal(&mut self) {}

    pub(super) fn unseal<S: Sink>(&mut self, _: &mut Context<'_, S>, _: &Info, _: Side, _: Option<Part<'_>>) {}

    pub(super) fn awaits_keys<S: Sink>(&self, _: &Context<'_, S>) -> bool {
        false
    }

    pub(super) fn finish_sealed<S: Sink>(&mut self, context: &mut Context<'_, S>, _: &Info) {
        // Nobody asks for keys, nor whether more of them may come.
        context.keyring = None;
        let _ = context.at_end;
    }

    pub(super) fn tell_tls<S: Sink>(&self, _: &mut Context<'_, S>, _: &Info) {}
}

impl Layer for Sealed {
    fn pending(&self) -> Option<PacketNumber> {
        None
    }

    fn memory(&self) -> usize {
        0
    }

    fn may_park(&self) -> bool {
        true
    }
}

impl crate::base::pack::Pack for Sealed {
    fn pack(&self, _: &mut Vec<u8>) {}

    fn unpack(_: &mut &[u8]) -> Option<Sealed> {
        None
    }
}
