//! Keys of a direction while its connection is put aside.
//!
//! In: the keys, and a [`Vault`]. Out: what they are made of, sealed there, which can be packed; and the keys again.

use super::{Generation, Material, Phase, Protection};
use crate::base::pack::{pack_enum, pack_struct};
use crate::tls::cipher::Vector;
use crate::tls::keylog::Secret;
use crate::tls::schedule::Keys;
use crate::tls::suite::{Suite, SuiteId};
use crate::tls::vault::{Shut, Vault};

/// The keys of a phase.
#[derive(Debug)]
pub(super) struct Parked {
    suite: SuiteId,
    generation: Generation,
    kind: Kind,
    shut: Shut,
    sequence: u64,
    vector: Option<Vector>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Secret,
    Keys { version: u16, encrypt_then_mac: bool },
}

impl Protection {
    /// Seals the keys, so that they can be packed; they stay in use until they are. Whether that can be.
    #[must_use]
    pub fn park(&mut self, vault: &mut Vault) -> bool {
        // Those that were sealed and never packed are let go.
        self.parked.drain(..).for_each(|parked| drop(vault.shared(&parked.shut)));
        for phase in &self.phases {
            match Parked::of(phase, vault) {
                Some(parked) => self.parked.push(parked),
                None => return false,
            }
        }
        true
    }

    /// It was unpacked: its keys are opened.
    pub fn unpark(&mut self, vault: &mut Vault) {
        let parked = std::mem::take(&mut self.parked);
        self.phases.extend(parked.into_iter().filter_map(|parked| parked.phase(vault)));
        self.has_traffic_keys = self.phases.iter().any(|phase| phase.is_of_data);
    }
}

impl Parked {
    fn of(phase: &Phase, vault: &mut Vault) -> Option<Parked> {
        let (kind, shut) = match &phase.material {
            Material::Secret(secret) => (Kind::Secret, vault.shut(secret.bytes())?),
            Material::Keys { version, encrypt_then_mac, keys } => {
                let kind = Kind::Keys { version: *version, encrypt_then_mac: *encrypt_then_mac };
                (kind, vault.shut(&keys.joined())?)
            }
        };
        vault.share(&shut, &phase.key);
        let (suite, generation) = (phase.key.suite.id, phase.key.generation);
        Some(Parked { suite, generation, kind, shut, sequence: phase.sequence, vector: phase.vector })
    }

    fn phase(self, vault: &mut Vault) -> Option<Phase> {
        let Parked { suite, generation, kind, shut, sequence, vector } = self;
        let suite: Suite = suite.suite()?;
        let shared = vault.shared(&shut);
        let bytes = vault.open(shut)?;
        let material = match kind {
            Kind::Secret => Material::Secret(Secret::from(bytes.to_vec())),
            Kind::Keys { version, encrypt_then_mac } => {
                Material::Keys { version, encrypt_then_mac, keys: Keys::of_joined(suite.cipher, &bytes)? }
            }
        };
        let phase = match shared {
            Some(key) => Phase::with(key, material),
            None => Phase::new(suite, generation, material)?,
        };
        Some(Phase { sequence, vector, ..phase })
    }
}

pack_struct!(Parked { suite, generation, kind, shut, sequence, vector });
pack_enum!(Kind { 0 Secret, 1 Keys { version, encrypt_then_mac } });
