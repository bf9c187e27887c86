//! The user's home folder, where what belongs to the user lies.
//!
//! In: the environment, or what the program knows better: whoever begins as root and goes on as a user still has root's
//! environment. Out: a folder, where there is one.

use std::path::PathBuf;
use std::sync::OnceLock;

/// What the environment does not say.
static HOME: OnceLock<Option<PathBuf>> = OnceLock::new();

/// The home folder of the user that this process is.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    match HOME.get() {
        Some(known) => known.clone(),
        None => std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute()),
    }
}

/// From now on it is this one, or none. The first call counts.
pub fn set(home: Option<PathBuf>) {
    // Nobody becomes another user twice.
    let _ = HOME.set(home);
}
