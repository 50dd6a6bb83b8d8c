//! Plenary: the live program graph of academic conferences.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`cli`], [`config`], [`log`] | the command line and its settings |
//! | [`app`] | what serving needs, put together |
//! | [`auth`], [`policy`] | who asks, and who may do what |
//! | [`http`] | the routes and the door: nothing reaches the schema unmeasured |
//! | [`graphql`] | the schema: resolves against a pinned program |
//! | [`program`] | the read side: one conference's program in memory |
//! | [`command`] | the write side: plans and commits |
//! | [`live`] | keeping what is in memory as new as the database |
//! | [`db`] | the database: pools, loading, writing, migrations |
//! | [`mail`] | messages as mail, and sending them |
//! | [`webhook`] | telling organizers' servers what changes |
//! | [`notice`] | what people are told when a program changes |
//! | [`mod@bench`] | measuring a running server |
//! | [`mod@format`] | between bytes and a program |

mod apart;
pub mod app;
pub mod auth;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod cursor;
pub mod db;
pub mod demo;
pub mod error;
pub mod format;
pub mod generate;
pub mod graphql;
pub mod http;
pub mod live;
pub mod log;
pub mod mail;
pub mod metrics;
pub mod notice;
pub mod policy;
pub mod program;
pub mod webhook;
