//! Fields by the names that people type.

use super::table::Scope;

/// The field of this name, any case.
///
/// ```
/// use sockeye::fields::{FrameField, find};
/// assert_eq!(find("payload.length"), Some(FrameField::Length));
/// assert_eq!(find("websocket.fin"), Some(FrameField::Fin));
/// assert_eq!(find::<FrameField>("no.such"), None);
/// ```
#[must_use]
pub fn find<S: Scope>(name: &str) -> Option<S> {
    listed().find(|field: &S| field.field().is_called(name))
}

/// The fields that can be asked for by name.
pub fn listed<S: Scope>() -> impl Iterator<Item = S> {
    S::ALL.iter().copied().filter(|field| field.field().listed)
}

/// The name nearest to a mistyped one, where one is near.
#[must_use]
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, typed: &str) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let scored = names.into_iter().map(|name| (edits(name, &typed), name));
    let (edits, name) = scored.min_by_key(|&(edits, _)| edits)?;
    (edits <= typed.len().max(name.len()) / 2).then_some(name)
}

/// The fewest bytes inserted, deleted, changed or swapped with their neighbour (optimal string alignment).
fn edits(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // The row before the last, the last, and the one at hand.
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for (i, x) in a.iter().enumerate() {
        let [older, last, row] = &mut rows;
        let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
        let swapped = |j: usize| i > 0 && j > 0 && a.get(i - 1) == b.get(j) && b.get(j - 1) == Some(x);
        row.clear();
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = (at(last, j) + usize::from(x != y)).min(at(last, j + 1) + 1).min(at(row, j) + 1);
            let swap = if swapped(j) { at(older, j - 1) + 1 } else { changed };
            row.push(changed.min(swap));
        }
        rows.rotate_left(1);
    }
    rows[1].last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::FrameField;

    #[test]
    fn distance_counts_changes_and_swaps() {
        for (a, b, distance) in
            [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("opcode", "opcdoe", 1), ("ca", "abc", 3)]
        {
            assert_eq!(edits(a, b), distance);
            assert_eq!(edits(b, a), distance);
        }
    }

    #[test]
    fn a_mistyped_name_finds_its_neighbour_and_nonsense_finds_none() {
        let names = || listed::<FrameField>().map(|field| field.field().name());
        assert_eq!(nearest(names(), "maskng_key"), Some("masking_key"));
        assert_eq!(nearest(names(), "PAYLOD.HEX"), Some("payload.hex"));
        assert_eq!(nearest(names(), "zzzzzzzzzzzzz"), None);
    }
}
