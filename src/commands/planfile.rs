//! Saved plans. A plan file holds what was asked and what was planned; apply plans again and goes on
//! only where the outcome is the same.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::{Global, Selection};
use crate::error::Error;
use crate::model::{Plan, ResourceId};

const FORMAT_VERSION: &str = "1";

/// A saved plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    format_version: String,
    /// Variables that were set on the command line.
    pub sets: Vec<(String, String)>,
    /// See [`Selection`].
    pub target: Vec<ResourceId>,
    /// See [`Selection`].
    pub adopt: bool,
    /// See [`Selection`].
    pub no_prune: bool,
    /// Whether all is to be deleted.
    pub destroy: bool,
    /// A plan a stack.
    pub plans: Vec<Plan>,
}

impl PlanFile {
    /// What `plan --out` saves.
    pub fn new(global: &Global, selection: &Selection, destroy: bool, plans: Vec<Plan>) -> Self {
        Self {
            format_version: FORMAT_VERSION.into(),
            sets: global.set.clone(),
            target: selection.target.clone(),
            adopt: selection.adopt,
            no_prune: selection.no_prune,
            destroy,
            plans,
        }
    }

    /// The command line that the plan was made with, less what says where AWS is.
    ///
    /// # Errors
    /// The command line asks for another environment, stack or variable than the plan's.
    pub fn global(&self, global: &Global) -> Result<Global, Error> {
        let refuse = |message: String| Error::Usage { message, hint: "leave the option out: the plan file says it".into() };
        let mut envs: Vec<&str> = self.plans.iter().map(|plan| plan.scope.env.as_str()).collect();
        envs.dedup();
        if let Some(asked) = &global.env
            && envs.iter().any(|env| env != asked)
        {
            return Err(refuse(format!("the plan is for environment {}, and --env says {asked}", envs.join(", "))));
        }
        if !global.set.is_empty() && global.set != self.sets {
            return Err(refuse("the plan was made with other --set values".into()));
        }
        let stacks: Vec<String> = self.plans.iter().map(|plan| plan.scope.stack.clone()).collect();
        if let Some(asked) = global.stack.iter().find(|asked| !stacks.contains(asked)) {
            return Err(refuse(format!("the plan does not hold stack {asked}")));
        }
        let region = self
            .plans
            .first()
            .map(|plan| plan.scope.region.clone())
            .filter(|region| self.plans.iter().all(|plan| plan.scope.region == *region));
        Ok(Global {
            env: envs.first().map(|env| (*env).to_owned()),
            stack: stacks,
            set: self.sets.clone(),
            region: global.region.clone().or(region),
            ..global.clone()
        })
    }

    /// The selection that the plan was made with.
    pub fn selection(&self) -> Selection {
        Selection { target: self.target.clone(), adopt: self.adopt, no_prune: self.no_prune }
    }
}

/// Saves a plan, readable by its owner only: variables that were set stand in it.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, plan: &PlanFile) -> Result<(), Error> {
    let failed = |message: String| Error::File { path: path.display().to_string(), message };
    let text = serde_json::to_string_pretty(plan).map_err(|error| failed(error.to_string()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Written beside its place and renamed, so that there is never half a plan. Temporary files are
    // made for their owner only.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(error.to_string()))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(error.to_string()))?;
    file.persist(path).map_err(|error| failed(error.to_string()))?;
    Ok(())
}

/// Reads a saved plan.
///
/// # Errors
/// It cannot be read, or is no plan of this version.
pub fn read(path: &Path) -> Result<PlanFile, Error> {
    let failed = |message: String| Error::File { path: path.display().to_string(), message };
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let plan: PlanFile = serde_json::from_str(&text).map_err(|error| failed(format!("this is no plan file: {error}")))?;
    if plan.format_version != FORMAT_VERSION {
        return Err(failed(format!("a plan file of version {}; this etlctl reads {FORMAT_VERSION}", plan.format_version)));
    }
    Ok(plan)
}
