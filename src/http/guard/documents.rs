//! Documents that were admitted before: clients send the same few again and again, and reading one takes longer than
//! answering many of them.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::{Admitted, examine, pick, require_variables};
use crate::{config::Limits, error::AppError};

/// How many bytes of documents are kept, each with its name of an operation. What is made of them takes at most some
/// hundred times as much, for documents that are nothing but short names.
const MOST_BYTES: usize = 128 * 1024;

/// A document and the operation that is to be run, as sent.
type Key = (Box<str>, Option<Box<str>>);

/// Documents that were admitted, under one set of limits. Those that were used lately are kept.
#[derive(Debug, Default)]
pub struct Documents(Mutex<Generations>);

/// What is used moves into the young ones; when those are too many they become the old, and what was old goes.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, Arc<Admitted>>,
    old: HashMap<Key, Arc<Admitted>>,
    young_bytes: usize,
}

impl Generations {
    fn find(&mut self, key: &Key) -> Option<Arc<Admitted>> {
        if let Some(found) = self.young.get(key) {
            return Some(Arc::clone(found));
        }
        let (key, found) = self.old.remove_entry(key)?;
        self.keep(key, Arc::clone(&found));
        Some(found)
    }

    fn keep(&mut self, key: Key, admitted: Arc<Admitted>) {
        let bytes = key.0.len() + key.1.as_ref().map_or(0, |name| name.len());
        if self.young_bytes + bytes > MOST_BYTES / 2 {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(key, admitted).is_none() {
            self.young_bytes += bytes;
        }
    }
}

impl Documents {
    /// As [`super::admit`], but a document that was admitted before is not read again. `limits` must be the same each
    /// time.
    ///
    /// # Errors
    /// As [`super::admit`].
    pub fn admit(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: &Map<String, Value>,
        limits: &Limits,
    ) -> Result<Arc<Admitted>, AppError> {
        // It will be refused, without a copy.
        if query.len() > limits.document_bytes {
            return super::admit(query, operation_name, variables, limits).map(Arc::new);
        }
        let key = (query.into(), operation_name.map(Into::into));
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).find(&key);
        let admitted = match known {
            Some(known) => known,
            None => {
                let admitted = Arc::new(examine(query, operation_name, limits)?);
                self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(key, Arc::clone(&admitted));
                admitted
            }
        };
        require_variables(pick(&admitted.document.operations, operation_name)?.1, variables)?;
        Ok(admitted)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    #[test]
    fn what_was_admitted_is_not_read_again() {
        let limits = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap().limits;
        let documents = Documents::default();
        let admit = |query: &str, name: Option<&str>, variables: Value| {
            documents.admit(query, name, variables.as_object().unwrap(), &limits)
        };
        let query = "query A($a: Int!) { b(a: $a) } query B { b }";
        let first = admit(query, Some("A"), json!({ "a": 1 })).unwrap();
        assert!(Arc::ptr_eq(&first, &admit(query, Some("A"), json!({ "a": 2 })).unwrap()));
        assert!(admit(query, Some("A"), json!({})).unwrap_err().message().contains("$a"), "asked each time");
        let other = admit(query, Some("B"), json!({})).unwrap();
        assert!(!Arc::ptr_eq(&first, &other) && other.name.as_deref() == Some("B"), "of the other operation");
        assert!(admit(query, None, json!({})).is_err() && admit("{", None, json!({})).is_err());
        assert!(admit(&" ".repeat(limits.document_bytes + 1), None, json!({})).is_err());
        assert_eq!(documents.0.lock().unwrap().young.len(), 2, "what is refused is not kept");
        // Used now and then it stays, whatever else comes; what is kept is bounded.
        for n in 0..10_000 {
            admit(&format!("query N{n} {{ a{n} }}"), None, json!({})).unwrap();
            if n % 500 == 0 {
                assert!(Arc::ptr_eq(&first, &admit(query, Some("A"), json!({ "a": n })).unwrap()));
            }
            let held = documents.0.lock().unwrap();
            let bytes = |held: &HashMap<Key, Arc<Admitted>>| held.keys().map(|key| key.0.len()).sum::<usize>();
            assert!(bytes(&held.young) <= MOST_BYTES / 2 && bytes(&held.old) <= MOST_BYTES / 2);
        }
        assert!(!Arc::ptr_eq(&other, &admit(query, Some("B"), json!({})).unwrap()));
    }
}
