//! What AWS takes as names and tags of a kind.

/// Names of a kind.
#[derive(Debug, Clone, Copy)]
pub struct NameForm {
    /// Whether two names that differ in their case alone are one.
    pub folds_case: bool,
    /// Whether several stacks may hold one name, each with parts of its own.
    pub is_shared: bool,
    /// What a name may end in that the characters of names do not count.
    pub suffix: Option<&'static str>,
}

impl NameForm {
    /// Names as most kinds have them.
    pub const PLAIN: Self = Self { folds_case: false, is_shared: false, suffix: None };

    /// The form in which two names of this kind are compared.
    pub fn folded(&self, name: &str) -> String {
        if self.folds_case { name.to_lowercase() } else { name.to_owned() }
    }
}

/// Tags of a kind.
#[derive(Debug, Clone, Copy)]
pub struct TagForm {
    /// Whether other characters than letters, digits, white space and `_.:/=+-@` are refused.
    pub is_strict: bool,
    /// Whether two keys that differ in their case alone are one.
    pub folds_case: bool,
}

impl TagForm {
    /// Tags as most kinds take them.
    pub const PLAIN: Self = Self { is_strict: false, folds_case: false };
}
