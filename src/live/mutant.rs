//! The rules by which streams hold, each with a variant that breaks it: a test that does not catch a broken one shows
//! nothing. Only this crate's own tests can choose one.

/// A rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "what only a test's own part of the rule asks for"))]
pub(crate) enum Mutant {
    /// The database is never looked at without being told to.
    NoSweep,
    /// The program is read first and the watch attached then, and only a change that comes after it wakes.
    ReadBeforeAttach,
    /// Whoever missed a step is handed the latest one.
    LatestStep,
    /// Rights are looked up when a stream begins, and never again.
    RightsOnce,
    /// A step is shared by all audiences.
    OneAudience,
    /// Another audience than the cursor's makes no reset.
    NoReset,
    /// Only a link's own row counts.
    RowRevision,
    /// What is gone is not told.
    GoneUntold,
    /// A cursor is no floor.
    NoFloor,
    /// A state is another only if its revision is greater.
    UpwardsOnly,
    /// A revision's tag does not count in a cursor.
    TagIgnored,
}
