//! Who is asking: what each may see and do, and how soon that ends.

mod account;
mod binary;
mod links;
mod members;
mod origin;
mod rights;
mod stars;
