use async_graphql::PathSegment;

use super::*;

fn settled(mut error: ServerError) -> (String, String, Option<Value>) {
    let mut errors = vec![error.clone()];
    settle(&mut errors, "{ a(x: 1) }", "id-1");
    error = errors.remove(0);
    let code = own_code(&error).unwrap().as_str().to_owned();
    (code, error.message, error.extensions.unwrap().get("requestId").cloned())
}

#[test]
fn a_fault_of_the_server_tells_the_client_only_its_id() {
    let (code, message, id) = settled(AppError::internal("password=hunter2").into_server_error());
    assert_eq!(code, "INTERNAL");
    assert_eq!(message, INTERNAL);
    assert_eq!(id, Some(Value::from("id-1")));
}

#[test]
fn an_error_that_was_merely_printed_is_internal() {
    let printed: async_graphql::Error = std::io::Error::other("/var/lib/secret").into();
    let mut error = printed.into_server_error(Pos { line: 1, column: 1 });
    error.path = vec![PathSegment::Field("a".into())];
    let (code, message, _) = settled(error);
    assert_eq!((code.as_str(), message.as_str()), ("INTERNAL", INTERNAL));
    let mut bare = ServerError::new("row 7 of table x", None);
    bare.path = vec![PathSegment::Field("a".into())];
    assert_eq!(settled(bare).0, "INTERNAL");
}

#[test]
fn codes_of_the_application_stay() {
    for code in ErrorCode::ALL {
        assert_eq!(settled(AppError::new(code, "x").into_server_error()).0, code.as_str());
    }
}

#[test]
fn what_the_library_says_gets_a_code() {
    let mut scalar = ServerError::new("Failed to parse \"Cursor\": cut short", None);
    scalar.path = vec![PathSegment::Field("a".into())];
    assert_eq!(settled(scalar).0, "BAD_USER_INPUT");
    assert_eq!(settled(ServerError::new("Unknown field \"x\"", None)).0, "VALIDATION_FAILED");
    assert_eq!(settled(ServerError::new("Unknown operation named \"x\"", None)).0, "BAD_USER_INPUT");
    let made_up = ErrorExtensionValues::default();
    let mut odd = ServerError::new("x", None);
    odd.extensions = Some(made_up);
    odd.extensions.as_mut().unwrap().set("code", "MADE_UP");
    assert_eq!(settled(odd).0, "VALIDATION_FAILED", "only codes of the list");
}

#[test]
fn nothing_is_said_twice() {
    let error = || ServerError::new("Schema is not configured for mutations.", Some(Pos { line: 1, column: 1 }));
    let mut errors = vec![error(), error()];
    settle(&mut errors, "mutation { x }", "id");
    assert_eq!(errors.len(), 1);
}

#[test]
fn a_refused_document_gets_no_flood_of_errors() {
    let at = |line| ServerError::new("Fields conflict", Some(Pos { line, column: 1 }));
    let mut errors: Vec<_> = (1..=1000).rev().map(at).collect();
    settle(&mut errors, "{a}", "id");
    let lines: Vec<_> = errors.iter().map(|error| error.locations[0].line).collect();
    assert_eq!(lines, (1..=MOST_ERRORS).collect::<Vec<_>>());
}
