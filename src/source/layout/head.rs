//! What stands before the one document of a file.

/// The line `---` that a file may begin with, below comments alone, with them; and the document.
pub(super) fn parted(text: &str) -> (String, &str) {
    let mut head = String::new();
    for line in text.split_inclusive('\n') {
        let of = line.trim();
        head.push_str(line);
        let is_begin =
            of.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.trim_start() != rest && rest.trim_start().starts_with('#'));
        if is_begin {
            let lines: String = head.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
            return (lines, &text[head.len()..]);
        }
        if !of.is_empty() && !of.starts_with('#') {
            return (String::new(), text);
        }
    }
    (String::new(), text)
}
