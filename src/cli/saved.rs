//! What the configuration has saved under a name, for `$name` in filters and expressions on the command line.
//!
//! In: an expression. Out: the same with what it names put in. The configuration is read where there is a `$`, once; what is
//! wrong with something saved is said then, with its file and line, and costs only itself.

use std::sync::OnceLock;

use super::failure::{Failure, complain};
use super::rights;
use crate::filter::Saved;
use crate::filter::saved;
use crate::tui;

/// It is not known yet what is saved: the configuration is its user's, and this process is not that user yet.
pub fn is_out_of_reach(text: &str) -> bool {
    text.contains('$') && !rights::reads_as_its_user()
}

/// An expression of an option with what it names put in.
pub fn expanded(option: &str, text: &str) -> Result<String, Failure> {
    if !text.contains('$') {
        return Ok(text.to_owned());
    }
    if is_out_of_reach(text) {
        let why = "what is saved under a name is the user's who called sudo, and is not read as root";
        return Err(Failure::argument(anyhow::anyhow!("{option}: {why}; write the filter itself")));
    }
    saved::expanded(text, saved()).map_err(|error| Failure::filter(option, &error))
}

/// What an expression may name, where it names anything.
pub fn named_in(text: &str) -> &'static [(String, String)] {
    if text.contains('$') && !is_out_of_reach(text) { saved().macros() } else { &[] }
}

fn saved() -> &'static Saved {
    static SAVED: OnceLock<Saved> = OnceLock::new();
    SAVED.get_or_init(|| {
        let (saved, complaints) = tui::saved();
        complaints.iter().for_each(|complaint| complain(complaint));
        saved
    })
}
