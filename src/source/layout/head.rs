//! What stands before the one document of a file.

/// The line `---` that a file may begin with, below comments alone, with them; and the document.
pub(super) fn parted(text: &str) -> (String, &str) {
    let mut head = String::new();
    for line in text.split_inclusive('\n') {
        let of = line.trim();
        head.push_str(line);
        if of == "---" {
            let lines: String = head.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
            return (lines, &text[head.len()..]);
        }
        if !of.is_empty() && !of.starts_with('#') {
            return (String::new(), text);
        }
    }
    (String::new(), text)
}
