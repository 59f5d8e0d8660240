//! Characters that nobody sees, and that act on what stands around them.

/// Whether a character does something other than to stand there. Line feeds and tabs do not count.
pub fn acts(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // What draws nothing, or turns or joins what stands beside it.
        '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}
