//! Characters that nobody sees: they come along when text is copied from web pages, and can disguise text in a
//! terminal.

/// Whether a character is a control character, has no width, or sets the direction of what follows.
pub fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
