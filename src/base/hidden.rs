//! Which characters do not show themselves, or change how others are shown.
//!
//! In: one character. Out: whether it may be shown as it is. Source: the Unicode properties General_Category (Cc),
//! Bidi_Control and Default_Ignorable_Code_Point, plus line and paragraph separators, interlinear annotations,
//! hieroglyph format controls and noncharacters. Space and the wider spaces show as what they are.

/// Whether a character is invisible, or moves, hides or controls what is around it: it must not be shown as it is.
///
/// ```
/// use sockeye::base::hidden::is_hidden;
/// assert!(is_hidden('\x1b') && is_hidden('\u{202e}') && is_hidden('\u{200b}') && is_hidden('\u{e0041}'));
/// assert!(!is_hidden(' ') && !is_hidden('é') && !is_hidden('☃') && !is_hidden('😀'));
/// ```
#[must_use]
pub fn is_hidden(c: char) -> bool {
    match u32::from(c) {
        0x20..=0x7e | 0xa0..=0xac | 0xae..=0x34e => false,
        0x00..=0x1f | 0x7f..=0x9f | 0xad => true,
        0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 => true,
        0x180b..=0x180f => true,
        0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f => true,
        0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb => true,
        0xfdd0..=0xfdef => true,
        0x1_3430..=0x1_3455 | 0x1_bca0..=0x1_bca3 | 0x1_d173..=0x1_d17a => true,
        0xe_0000..=0xe_0fff => true,
        other => other & 0xfffe == 0xfffe,
    }
}

/// The name engineers use for a hidden character, where there is one.
#[must_use]
pub fn short_name(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{ad}' => "SHY",
        '\u{34f}' => "CGJ",
        '\u{61c}' => "ALM",
        '\u{200b}' => "ZWSP",
        '\u{200c}' => "ZWNJ",
        '\u{200d}' => "ZWJ",
        '\u{200e}' => "LRM",
        '\u{200f}' => "RLM",
        '\u{2028}' => "LSEP",
        '\u{2029}' => "PSEP",
        '\u{202a}' => "LRE",
        '\u{202b}' => "RLE",
        '\u{202c}' => "PDF",
        '\u{202d}' => "LRO",
        '\u{202e}' => "RLO",
        '\u{2060}' => "WJ",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{fe0e}' => "VS15",
        '\u{fe0f}' => "VS16",
        '\u{feff}' => "BOM",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_hidden() {
        let named: Vec<char> = (0..0x11_0000).filter_map(char::from_u32).filter(|&c| short_name(c).is_some()).collect();
        assert_eq!(named.len(), 23);
        assert!(named.iter().all(|&c| is_hidden(c)));
    }

    #[test]
    fn hidden_holds_every_control_and_every_bidirectional_control() {
        let bidi = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        assert!(bidi.chars().all(is_hidden));
        assert!((0..0x11_0000).filter_map(char::from_u32).filter(|c| c.is_control()).all(is_hidden));
        assert!(('\u{e0000}'..='\u{e007f}').all(is_hidden), "tag characters");
        assert!(('\u{e0100}'..='\u{e01ef}').all(is_hidden), "variation selectors of the supplement");
        assert!(is_hidden('\u{10ffff}') && is_hidden('\u{fffe}'), "noncharacters");
    }

    #[test]
    fn letters_of_the_world_are_shown() {
        assert!("Ωжאبกक한漢字かáß€’“”—\u{fffd}\u{a0}\u{3000}👍🏽".chars().all(|c| !is_hidden(c)));
    }
}
