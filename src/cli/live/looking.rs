//! Whose connections are, while a capture goes on: begun before rights are given up, and asked afterwards.
//!
//! In: who goes on. Out: [`Owners`], which the capture's reader asks. Where nobody can look, nothing is known of any.

use super::Ready;
use crate::base::Owners;
use crate::capture::live::Watch;
#[cfg(target_os = "linux")]
use crate::cli::{
    failure::complain,
    owners::{Whom, asking, helper::Helper},
};

/// Somebody who looks.
#[derive(Default)]
pub(super) struct Looking {
    owners: Owners,
    #[cfg(target_os = "linux")]
    helper: Option<Helper>,
}

impl Looking {
    /// Starts the process that looks.
    #[cfg(target_os = "linux")]
    pub fn start(ready: &Ready<'_>) -> Looking {
        match Helper::start(ready.heir(), Whom::Anybody) {
            Ok(helper) => Looking { owners: Owners::asked(), helper: Some(helper) },
            Err(error) => {
                complain(&format!("whose connections are cannot be looked up: {error}"));
                Looking::default()
            }
        }
    }

    /// Nobody looks here.
    #[cfg(not(target_os = "linux"))]
    pub fn start(_: &Ready<'_>) -> Looking {
        Looking::default()
    }

    /// What is found.
    pub fn owners(&self) -> Owners {
        self.owners.clone()
    }

    /// Begins to look, until the capture is over.
    #[cfg(target_os = "linux")]
    pub fn begin(self, watch: Watch) {
        let Some(helper) = self.helper else { return };
        if let Err(error) = asking::begin(helper, self.owners, move || watch.is_over()) {
            complain(&format!("whose connections are cannot be looked up: {error}"));
        }
    }

    /// Nothing begins.
    #[cfg(not(target_os = "linux"))]
    pub fn begin(self, _: Watch) {}
}
