//! `-Y`: the display filter of a command.

use super::args::Options;
use super::failure::{Failure, complain};
use super::saved;
use crate::filter::{Filter, Fold, Selection, Shows};

/// What `-Y` selects, where it is given: of a command that shows so.
pub fn of(options: &Options, shows: Shows) -> Result<Option<Selection>, Failure> {
    let Some(text) = &options.filter else { return Ok(None) };
    let selection = Filter::compile(&saved::expanded("-Y", text)?).and_then(|filter| Selection::new(filter, shows));
    selection.map(Some).map_err(|error| Failure::filter("-Y", &error))
}

/// The same, with heartbeats counted where they stand in such a list.
pub fn folding(selection: Option<Selection>, fold: Option<Fold>) -> Option<Selection> {
    let Some(fold) = fold else { return selection };
    let selection = selection.or_else(|| Selection::new(Filter::everything(), Shows::Items).ok());
    selection.map(|selection| selection.folding(fold))
}

/// Says what is wrong with `-Y` before anything is opened.
pub fn check(options: &Options) -> Result<(), Failure> {
    let Some(text) = options.filter.as_ref().filter(|text| !saved::is_out_of_reach(text)) else { return Ok(()) };
    Filter::compile(&saved::expanded("-Y", text)?).map(drop).map_err(|error| Failure::filter("-Y", &error))
}

/// Says what the filter could not look at.
pub fn say(selection: &Selection, quiet: bool) {
    let given_up = selection.given_up();
    if given_up > 0 && !quiet {
        complain(&format!("-Y: a pattern took too many steps on {given_up} values, which do not match"));
    }
    let forgotten = selection.forgotten();
    if forgotten > 0 && !quiet {
        complain(&format!(
            "{forgotten} kinds of short messages were too many to be watched for heartbeats until they came again"
        ));
    }
    let unseen = selection.counts().without_packet;
    if unseen > 0 && !quiet {
        complain(&format!("-Y, -e: of {unseen} frames the packet was too far back for its headers to be looked at"));
    }
    let forgotten = selection.counts().forgotten;
    if forgotten > 0 && !quiet {
        complain(&format!(
            "-Y, -e: {forgotten} connections were over too long before their last frame to be looked at"
        ));
    }
}
