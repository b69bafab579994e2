//! How long work makes itself heard: the core reports, whoever runs it draws.

/// Hears of long work.
pub trait Progress: Send + Sync {
    /// Something began; the number names it until it ends.
    fn began(&self, task: u64, what: &str);

    /// It ended, well or not.
    fn ended(&self, task: u64);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn began(&self, _task: u64, _what: &str) {}

    fn ended(&self, _task: u64) {}
}
