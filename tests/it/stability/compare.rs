//! What of one schema a client could rely on and another takes away.

use std::collections::BTreeMap;
use std::fmt::Display;

use async_graphql::Positioned;
use async_graphql::parser::{
    parse_schema,
    types::{
        BaseType, ConstDirective, DirectiveDefinition, FieldDefinition, InputValueDefinition, SchemaDefinition, Type,
        TypeDefinition, TypeKind, TypeSystemDefinition,
    },
};

#[derive(Default)]
struct Schema {
    types: BTreeMap<String, TypeDefinition>,
    directives: BTreeMap<String, DirectiveDefinition>,
    roots: Option<SchemaDefinition>,
}

fn read(sdl: &str) -> Schema {
    let mut schema = Schema::default();
    for definition in parse_schema(sdl).unwrap().definitions {
        match definition {
            TypeSystemDefinition::Type(definition) => {
                schema.types.insert(definition.node.name.node.to_string(), definition.node);
            }
            TypeSystemDefinition::Directive(definition) => {
                schema.directives.insert(definition.node.name.node.to_string(), definition.node);
            }
            TypeSystemDefinition::Schema(definition) => schema.roots = Some(definition.node),
        }
    }
    schema
}

/// Everything in `now` that breaks a client of `released`, each in a line.
pub fn breaks(released: &str, now: &str) -> Vec<String> {
    let (released, now) = (read(released), read(now));
    let mut broken = Vec::new();
    for (name, was) in &released.types {
        match now.types.get(name) {
            Some(is) => of_type(name, was, is, &mut broken),
            None if may_go(name, &released, &now) => {}
            None => broken.push(format!("{name} is gone")),
        }
    }
    for (name, was) in &released.directives {
        let Some(is) = now.directives.get(name) else {
            broken.push(format!("@{name} is gone"));
            continue;
        };
        of_arguments(&format!("@{name}"), &was.arguments, &is.arguments, &mut broken);
        let is: Vec<_> = is.locations.iter().map(|place| place.node).collect();
        let gone = was.locations.iter().filter(|place| !is.contains(&place.node));
        broken.extend(gone.map(|place| format!("@{name} on {} is gone", format!("{:?}", place.node).to_uppercase())));
    }
    of_roots(released.roots.as_ref(), now.roots.as_ref(), &mut broken);
    broken
}

fn of_roots(was: Option<&SchemaDefinition>, is: Option<&SchemaDefinition>, broken: &mut Vec<String>) {
    let Some(was) = was else { return };
    let (query, mutation, subscription) =
        is.map_or((None, None, None), |is| (is.query.as_ref(), is.mutation.as_ref(), is.subscription.as_ref()));
    for (what, was, is) in [
        ("queries", &was.query, query),
        ("mutations", &was.mutation, mutation),
        ("subscriptions", &was.subscription, subscription),
    ] {
        if let Some(was) = was
            && is.is_none_or(|is| is.node != was.node)
        {
            broken.push(format!("{what} are no longer of {}", was.node));
        }
    }
}

fn is_deprecated(directives: &[Positioned<ConstDirective>]) -> bool {
    directives.iter().any(|directive| directive.node.name.node == "deprecated")
}

/// A type has no mark of its own: it may go if all that was of it was deprecated, or goes with a type that may.
fn may_go(name: &str, released: &Schema, now: &Schema) -> bool {
    let mut mentioned = false;
    let mut all = true;
    let mut mention = |ty: &Type, inside: &str, deprecated: bool| {
        if inside != name && base(&ty.base) == name {
            mentioned = true;
            all &= deprecated || !now.types.contains_key(inside);
        }
    };
    for (inside, definition) in &released.types {
        match &definition.kind {
            TypeKind::Object(_) | TypeKind::Interface(_) => {
                for field in fields(&definition.kind) {
                    let deprecated = is_deprecated(&field.node.directives);
                    mention(&field.node.ty.node, inside, deprecated);
                    for argument in &field.node.arguments {
                        let deprecated = deprecated || is_deprecated(&argument.node.directives);
                        mention(&argument.node.ty.node, inside, deprecated);
                    }
                }
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    mention(&field.node.ty.node, inside, is_deprecated(&field.node.directives));
                }
            }
            // That a union has lost a member is a breach already.
            TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::Union(_) => {}
        }
    }
    mentioned && all
}

fn base(ty: &BaseType) -> &str {
    match ty {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(&inner.base),
    }
}

fn kind(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Scalar => "a scalar",
        TypeKind::Object(_) => "an object",
        TypeKind::Interface(_) => "an interface",
        TypeKind::Union(_) => "a union",
        TypeKind::Enum(_) => "an enum",
        TypeKind::InputObject(_) => "an input object",
    }
}

fn fields(kind: &TypeKind) -> &[Positioned<FieldDefinition>] {
    match kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
        TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => &[],
    }
}

fn of_type(name: &str, was: &TypeDefinition, is: &TypeDefinition, broken: &mut Vec<String>) {
    match (&was.kind, &is.kind) {
        (TypeKind::Scalar, TypeKind::Scalar) => {}
        (TypeKind::Object(was), TypeKind::Object(is)) => {
            lost(&was.implements, &is.implements, |gone| format!("{name} is no longer a {gone}"), broken);
            of_fields(name, &was.fields, &is.fields, broken);
        }
        (TypeKind::Interface(was), TypeKind::Interface(is)) => {
            lost(&was.implements, &is.implements, |gone| format!("{name} is no longer a {gone}"), broken);
            of_fields(name, &was.fields, &is.fields, broken);
        }
        (TypeKind::Union(was), TypeKind::Union(is)) => {
            lost(&was.members, &is.members, |gone| format!("{name} may no longer be {gone}"), broken);
        }
        (TypeKind::Enum(was), TypeKind::Enum(is)) => {
            for value in &was.values {
                let there = is.values.iter().any(|other| other.node.value.node == value.node.value.node);
                if !there && !is_deprecated(&value.node.directives) {
                    broken.push(format!("{name}.{} is gone", value.node.value.node));
                }
            }
        }
        (TypeKind::InputObject(was), TypeKind::InputObject(is)) => {
            of_inputs(&was.fields, &is.fields, |field| format!("{name}.{field}"), broken);
        }
        (was, is) => broken.push(format!("{name} is {}, was {}", kind(is), kind(was))),
    }
}

/// What of a list of names is there no more.
fn lost<T: PartialEq + Display>(
    was: &[Positioned<T>],
    is: &[Positioned<T>],
    say: impl Fn(&T) -> String,
    broken: &mut Vec<String>,
) {
    let gone = was.iter().filter(|was| is.iter().all(|is| is.node != was.node));
    broken.extend(gone.map(|gone| say(&gone.node)));
}

fn of_fields(
    name: &str,
    was: &[Positioned<FieldDefinition>],
    is: &[Positioned<FieldDefinition>],
    broken: &mut Vec<String>,
) {
    for was in was.iter().map(|was| &was.node) {
        let place = format!("{name}.{}", was.name.node);
        let Some(is) = is.iter().map(|is| &is.node).find(|is| is.name.node == was.name.node) else {
            if !is_deprecated(&was.directives) {
                broken.push(format!("{place} is gone"));
            }
            continue;
        };
        // Whoever reads may be given more than was said.
        changed(&place, &was.ty.node, &is.ty.node, at_least_as_strict(&is.ty.node, &was.ty.node), broken);
        of_arguments(&place, &was.arguments, &is.arguments, broken);
    }
}

type Inputs = [Positioned<InputValueDefinition>];

fn of_arguments(place: &str, was: &Inputs, is: &Inputs, broken: &mut Vec<String>) {
    of_inputs(was, is, |argument| format!("{place}({argument}:)"), broken);
}

fn of_inputs(was: &Inputs, is: &Inputs, place: impl Fn(&str) -> String, broken: &mut Vec<String>) {
    let required = |input: &InputValueDefinition| !input.ty.node.nullable && input.default_value.is_none();
    let find = |inputs: &Inputs, name: &str| inputs.iter().find(|input| input.node.name.node == name).cloned();
    for was in was.iter().map(|was| &was.node) {
        let place = place(&was.name.node);
        let Some(is) = find(is, &was.name.node).map(|is| is.node) else {
            if !is_deprecated(&was.directives) {
                broken.push(format!("{place} is gone"));
            }
            continue;
        };
        let fits = at_least_as_strict(&was.ty.node, &is.ty.node);
        // Whoever sends must be let through with what was enough.
        changed(&place, &was.ty.node, &is.ty.node, fits, broken);
        if fits && required(&is) && !required(was) {
            broken.push(format!("{place} is required, had a default"));
        }
    }
    for is in is.iter().map(|is| &is.node) {
        if required(is) && find(was, &is.name.node).is_none() {
            broken.push(format!("{} is new and required", place(&is.name.node)));
        }
    }
}

fn changed(place: &str, was: &Type, is: &Type, fits: bool, broken: &mut Vec<String>) {
    if !fits {
        broken.push(format!("{place} is {is}, was {was}"));
    }
}

/// Whether every value of `one` is a value of `other`: the same but for more `!`.
fn at_least_as_strict(one: &Type, other: &Type) -> bool {
    let inner = match (&one.base, &other.base) {
        (BaseType::Named(one), BaseType::Named(other)) => one == other,
        (BaseType::List(one), BaseType::List(other)) => at_least_as_strict(one, other),
        (BaseType::Named(_), BaseType::List(_)) | (BaseType::List(_), BaseType::Named(_)) => false,
    };
    inner && (!one.nullable || other.nullable)
}
