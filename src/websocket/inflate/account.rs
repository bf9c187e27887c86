//! The account of one compressed message under way.

use super::InflateFault;
use super::careful::TooFar;
use super::wrapper::Lead;

/// What is known of a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Account {
    /// Compressed bytes read.
    pub consumed: u64,
    /// Inflated bytes handed on.
    pub produced: u64,
    /// Its last compressed byte.
    pub last: Option<u8>,
    /// Its last four, the first of them highest.
    pub ending: u32,
    /// Its first bytes, as long as they may be the header of a wrapper.
    pub lead: Lead,
    /// What it is wrapped in: the first two bytes of its header.
    pub wrapper: Option<[u8; 2]>,
    /// It refers to messages before it, and may not.
    pub reached_back: bool,
    /// A block marked final has been passed.
    pub after_final: bool,
    /// The decoder has read something since it was last put at the start of a block.
    pub in_block: bool,
    /// The first thing that stopped it.
    pub fault: Option<InflateFault>,
    /// The furthest reference beyond the window, which does not stop it.
    pub too_far: Option<InflateFault>,
}

impl Account {
    /// Nothing of a message has come.
    pub fn is_blank(&self) -> bool {
        self.last.is_none() && self.fault.is_none()
    }

    /// All that a wrapper holds has been passed.
    pub fn is_unwrapped(&self) -> bool {
        self.wrapper.is_some() && self.after_final
    }

    /// The bytes are no DEFLATE from here on.
    pub fn invalid(&mut self, reason: &'static str) -> InflateFault {
        let (consumed, produced) = (self.consumed, self.produced);
        self.stop(if self.after_final {
            InflateFault::AfterFinal { reason, consumed, produced }
        } else {
            InflateFault::Invalid { reason, consumed, produced }
        })
    }

    /// Nothing more comes of this message.
    pub fn stop(&mut self, fault: InflateFault) -> InflateFault {
        *self.fault.get_or_insert(fault)
    }

    /// Keeps the furthest reference beyond the window.
    pub fn too_far(&mut self, found: TooFar, window: usize) {
        let distance = found.distance as u64;
        if self.too_far.is_none_or(|known| matches!(known, InflateFault::Window { distance: d, .. } if d < distance)) {
            let at = self.produced.saturating_add(found.after as u64);
            self.too_far = Some(InflateFault::Window { distance, window: window as u64, at });
        }
    }
}

crate::base::pack::pack_struct!(Account {
    consumed,
    produced,
    last,
    ending,
    lead,
    wrapper,
    reached_back,
    after_final,
    in_block,
    fault,
    too_far
});
