//! Rows, and which of them are seen: what a key of movement leads to, and how far a pane moves to show it.

use super::keys::Action;

/// The first line shown: moved only as far as it takes to show `line`, and never past what leaves the pane full.
pub(super) fn scrolled(top: u64, line: u64, height: u64, rows: u64) -> u64 {
    top.min(line).max((line + 1).saturating_sub(height)).min(rows.saturating_sub(height))
}

/// The row that a step from `here` leads to.
pub(super) fn stepped(action: Action, here: u64, rows: u64, page: u64, times: u64) -> u64 {
    let by = |step: u64| step.saturating_mul(times);
    match action {
        Action::Up => here.saturating_sub(by(1)),
        Action::Down => here.saturating_add(by(1)),
        Action::HalfUp => here.saturating_sub(by((page / 2).max(1))),
        Action::HalfDown => here.saturating_add(by((page / 2).max(1))),
        Action::PageUp => here.saturating_sub(by(page)),
        Action::PageDown => here.saturating_add(by(page)),
        Action::Top => 0,
        Action::Bottom => rows,
        _ => here,
    }
    .min(rows.saturating_sub(1))
}
