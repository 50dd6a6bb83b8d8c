//! Other formats: in, out, and what is said of what does not fit.

mod tables;
