//! The table of pages. A page is a file beside this one, and a line in [`ALL`].
//!
//! Out: the pages by name and digit, and where the keys are.

mod along;
mod connections;
mod frames;
mod handshake;
mod ladder;
mod notes;
mod talk;

pub(in crate::tui) use frames::{column_like, columns_said};

use super::keys::{Place, places};
use super::page::{About, Copies, Page};
use super::page_name::PageName;
use super::pane::Pane;
use super::state::State;

/// Every page, in the order of the digits.
pub(crate) static ALL: [&About; 6] =
    [&frames::ABOUT, &connections::ABOUT, &talk::ABOUT, &ladder::ABOUT, &notes::ABOUT, &handshake::ABOUT];

/// What there is to say of a page.
pub(crate) fn about(name: PageName) -> Option<&'static About> {
    ALL.into_iter().find(|page| page.name == name)
}

/// The page that is typed like this.
pub(crate) fn named(name: &str) -> Option<PageName> {
    ALL.into_iter().map(|page| page.name).find(|page| page.0 == name)
}

/// The page of a digit: 1 is the first.
pub(crate) fn of_digit(digit: u8) -> Option<PageName> {
    ALL.get(usize::from(digit).checked_sub(1)?).map(|page| page.name)
}

/// The selected frame is seen on the page that is shown.
pub(crate) fn shows_selected(state: &State) -> bool {
    about(state.page).is_some_and(|page| page.shows_selected)
}

/// What is copied from the page that is shown.
pub(crate) fn copies(state: &State) -> Copies {
    about(state.page).map_or(Copies::Selected, |page| page.copies)
}

/// Every place where keys mean something of their own, in the order of the documentation.
pub(crate) fn places() -> impl Iterator<Item = &'static Place> {
    let mut pages = ALL.into_iter().map(|page| &page.place);
    let details = [&places::FIELDS, &places::BITS, &places::BYTES, &places::TEXT];
    pages.next().into_iter().chain(details).chain(pages)
}

/// Where the keys are.
pub(crate) fn place(state: &State) -> &'static Place {
    match state.pane {
        Pane::Fields => &places::FIELDS,
        Pane::Bits => &places::BITS,
        Pane::Bytes if state.bytes.text => &places::TEXT,
        Pane::Bytes => &places::BYTES,
        Pane::Page => about(state.page).map_or(&frames::ABOUT.place, |page| &page.place),
    }
}

/// The pages of one inspector, each with its state.
pub(crate) struct Pages(Vec<(PageName, Box<dyn Page>)>);

impl Default for Pages {
    fn default() -> Pages {
        Pages(ALL.into_iter().map(|page| (page.name, (page.page)())).collect())
    }
}

impl Pages {
    /// The page of a name; `None` where it is in no line of the table.
    pub fn get(&self, name: PageName) -> Option<&dyn Page> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, page)| &**page)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, name: PageName) -> Option<&mut (dyn Page + 'static)> {
        self.0.iter_mut().find(|(own, _)| *own == name).map(|(_, page)| &mut **page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::binding;

    #[test]
    fn every_page_has_a_name_and_a_digit_of_its_own() {
        for (digit, page) in (1..).zip(ALL) {
            assert_eq!(of_digit(digit), Some(page.name));
            assert_eq!(named(page.name.0), Some(page.name));
            assert!(Pages::default().get(page.name).is_some());
        }
        assert!(ALL.len() < 10, "a digit is one key");
        for name in [PageName::FRAMES, PageName::HANDSHAKE] {
            assert!(about(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn every_place_says_something_of_its_own() {
        for place in places() {
            assert!(!place.keys.is_empty(), "{}", place.title);
            assert!(place.keys.iter().all(|here| binding(here.action).is_some()));
        }
    }
}
