//! Other formats: what is exported satisfies the validators that others publish, and what is imported stays what it was.

mod made_up;
mod schedule;
