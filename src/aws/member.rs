//! What carries each member of AWS's create and update requests: a row each, compared with AWS's
//! service models, so that a member which AWS adds fails a test until somebody decides.

/// A member of a request. Nested ones are dotted (`VpcConfig.SubnetIds`), in lists `[]`
/// (`Metrics[].Period`).
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// AWS's name.
    pub name: &'static str,
    /// What carries it.
    pub carried: Carried<'static>,
    /// What AWS takes in it.
    pub limits: [Option<Limit>; 3],
    /// What its number counts, such as `MB`; empty where it is a bare number.
    pub unit: &'static str,
}

/// What carries a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried<'a> {
    /// The physical name.
    Name,
    /// A path of the spec; `*` stands for the keys of a map and the items of a list.
    Field(&'a str),
    /// etlctl sends it by itself: what it holds.
    Made(&'a str),
    /// Nothing: why.
    Left(&'a str),
}

/// What AWS takes, and the rule that refuses the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The bound.
    pub bound: Bound,
    /// Code of the rule, where there is one.
    pub refused: Option<&'static str>,
}

/// A bound of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// A number from the first to the second.
    Range(i64, i64),
    /// A text of so many characters.
    Length(i64, i64),
    /// A list or map of so many items.
    Count(i64, i64),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A text of this form: the regular expression of AWS's model, which is for the whole text.
    Form(&'static str),
}

impl Member {
    const fn new(name: &'static str, carried: Carried<'static>) -> Self {
        Self { name, carried, limits: [None, None, None], unit: "" }
    }

    /// A member that holds the physical name.
    pub const fn name(name: &'static str) -> Self {
        Self::new(name, Carried::Name)
    }

    /// A member that a path of the spec carries.
    pub const fn field(name: &'static str, path: &'static str) -> Self {
        Self::new(name, Carried::Field(path))
    }

    /// A member that etlctl sends by itself.
    pub const fn made(name: &'static str, what: &'static str) -> Self {
        Self::new(name, Carried::Made(what))
    }

    /// A member that the format leaves out.
    pub const fn left(name: &'static str, why: &'static str) -> Self {
        Self::new(name, Carried::Left(why))
    }

    const fn bound(self, bound: Bound) -> Self {
        let limit = Some(Limit { bound, refused: None });
        let limits = match self.limits {
            [None, ..] => [limit, None, None],
            [first, None, _] => [first, limit, None],
            [first, second, _] => [first, second, limit],
        };
        Self { limits, ..self }
    }

    /// The same with a number in a range.
    pub const fn range(self, min: i64, max: i64) -> Self {
        self.bound(Bound::Range(min, max))
    }

    /// The same with a text of so many characters.
    pub const fn length(self, min: i64, max: i64) -> Self {
        self.bound(Bound::Length(min, max))
    }

    /// The same with so many items.
    pub const fn count(self, min: i64, max: i64) -> Self {
        self.bound(Bound::Count(min, max))
    }

    /// The same with one of these words.
    pub const fn words(self, words: &'static [&'static str]) -> Self {
        self.bound(Bound::Words(words))
    }

    /// The same with a text of this form.
    pub const fn form(self, form: &'static str) -> Self {
        self.bound(Bound::Form(form))
    }

    /// The same, whose last limit a rule refuses to pass.
    pub const fn refused(self, code: &'static str) -> Self {
        let refused = Some(code);
        let limits = match self.limits {
            [first, second, Some(Limit { bound, .. })] => [first, second, Some(Limit { bound, refused })],
            [first, Some(Limit { bound, .. }), None] => [first, Some(Limit { bound, refused }), None],
            [Some(Limit { bound, .. }), None, None] => [Some(Limit { bound, refused }), None, None],
            none => none,
        };
        Self { limits, ..self }
    }

    /// The same, whose number counts this.
    pub const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }
}
