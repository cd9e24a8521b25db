//! What makes the pictures, as far as a process knows that asks for them.

use imcaxy_shared::jobs::{Failure, JobKind};
use imcaxy_shared::request::Render;

use crate::lookup::Asked;

/// What makes the pictures.
#[derive(Clone, Copy, Debug)]
pub struct Processor {
    /// `imaginary` or `builtin/N`: enters every key.
    pub name: &'static str,
    /// What workers ask before they fetch anything: refuses what it lacks whatever the source.
    pub check: fn(&Render) -> Result<(), Failure>,
}

impl Processor {
    /// Why a worker would refuse what is asked for, whatever its source.
    pub(crate) fn lacks(&self, asked: &Asked) -> Option<Failure> {
        match &asked.job.kind {
            JobKind::Render(job) => (self.check)(&job.render).err(),
            _ => None,
        }
    }
}
