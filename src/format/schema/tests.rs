//! The schema knows what the reader knows, and no other.

use std::collections::BTreeSet;

use super::*;

/// The schema's object of this name; the document itself has none.
fn at(name: &str) -> Value {
    let schema = schema();
    if name.is_empty() { schema } else { schema["$defs"][name].clone() }
}

#[test]
fn it_has_the_readers_properties() {
    let shapes = [
        ("", limits::DOCUMENT),
        ("conference", limits::CONFERENCE),
        ("settings", limits::SETTINGS),
        ("track", limits::TRACK),
        ("room", limits::ROOM),
        ("person", limits::PERSON),
        ("role", limits::ROLE),
        ("panel", limits::PANEL),
        ("paper", limits::PAPER),
        ("author", limits::AUTHOR),
        ("session", limits::SESSION),
        ("sessionRoom", limits::SESSION_ROOM),
        ("slot", limits::SLOT),
    ];
    for (name, shape) in shapes {
        let object = at(name);
        let known: BTreeSet<&str> = shape.required.iter().chain(shape.optional).copied().collect();
        let said: BTreeSet<&str> = object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(said, known, "{name}");
        let required: Vec<&str> =
            object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(required, shape.required, "{name}");
        assert_eq!(object["additionalProperties"], false, "{name}");
        for (property, value) in object["properties"].as_object().unwrap() {
            assert!(value["description"].as_str().is_some_and(|text| text.ends_with(['.', '…'])), "{name} {property}");
        }
    }
    let defs = schema()["$defs"].as_object().unwrap().len();
    assert_eq!(defs, shapes.len(), "with the keys, without the document");
}

/// Whatever is referred to is there.
#[test]
fn its_references_lead_somewhere() {
    fn look(root: &Value, value: &Value) {
        match value {
            Value::Object(object) => {
                if let Some(pointer) = object.get("$ref").and_then(Value::as_str) {
                    assert!(root.pointer(pointer.trim_start_matches('#')).is_some(), "{pointer}");
                }
                object.values().for_each(|value| look(root, value));
            }
            Value::Array(list) => list.iter().for_each(|value| look(root, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    look(&schema(), &schema());
}
