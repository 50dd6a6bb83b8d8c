//! The releases as a feed: what everybody may know, once per release, in XML that every reader takes.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::json;
use tower::ServiceExt;

use super::nouns::session_of;
use super::small;
use crate::desk::{done, organizer};
use crate::support::{World, both};

const FEED: &str = "/c/small/releases.atom";

async fn get(world: &World, path: &str, known: Option<&str>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path);
    if let Some(tag) = known {
        request = request.header("if-none-match", tag);
    }
    let response = world.app.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (parts.status, parts.headers, text)
}

/// The texts of all elements of this name, as a reader of feeds gets them.
fn texts(feed: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(feed);
    let (mut texts, mut open) = (Vec::new(), None::<String>);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.name().as_ref() == name => open = Some(String::new()),
            Event::End(end) if end.name().as_ref() == name => texts.extend(open.take()),
            Event::Text(text) => {
                if let Some(open) = &mut open {
                    open.push_str(&text);
                }
            }
            Event::GeneralRef(entity) => {
                if let Some(open) = &mut open {
                    open.push_str(&quick_xml::escape::unescape(&format!("&{};", &*entity)).unwrap());
                }
            }
            Event::Eof => return texts,
            _ => {}
        }
    }
}

both! {
    /// Every release, the newest first, with what is new in it; and not sent again while there is no other.
    async fn of_releases(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let (status, headers, empty) = get(world, FEED, None).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "application/atom+xml; charset=utf-8"));
        assert_eq!(texts(&empty, "entry"), Vec::<String>::new());
        assert_eq!(texts(&empty, "updated").len(), 1);
        let data = world.data("{ conference(slug: \"small\") { releaseFeedUrl } }", json!({})).await;
        let url = data["conference"]["releaseFeedUrl"].as_str().unwrap().to_owned();
        assert!(url.starts_with("http") && url.ends_with(FEED) && empty.contains(&format!("rel=\"self\" href=\"{url}\"")), "{empty}");

        done(world, &olga, "releaseDraft", json!({"conferenceId": id, "name": "Version 1"}), "__typename").await;
        let session = session_of(world, "P2", 1).await;
        let panel = world.id_of("panels", "code", "P2").await;
        let net = world.id_of("rooms", "name", "Online").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "<b>Cats</b> & \"dogs\" ]]>"}), "__typename").await;
        done(world, &olga, "cancelSession", json!({ "id": session }), "__typename").await;
        done(world, &olga, "setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-new"}), "__typename").await;
        let input = json!({"conferenceId": id, "name": "Version <2>", "notes": "Rooms & times.\n\nSorry <script>."});
        done(world, &olga, "releaseDraft", input, "__typename").await;
        let (status, headers, feed) = get(world, FEED, None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(texts(&feed, "title")[1..], ["Version <2>", "Version 1"]);
        let content = texts(&feed, "content");
        assert_eq!(content[0], "<p>Rooms &amp; times.</p><p>Sorry &lt;script&gt;.</p>\
            <h3>Cancelled</h3><ul><li>P2.1: status SCHEDULED → CANCELLED</li></ul>\
            <h3>Changed</h3><ul><li>P2 &lt;b&gt;Cats&lt;/b&gt; &amp; &quot;dogs&quot; ]]&gt;: title Early things → &lt;b&gt;Cats&lt;/b&gt; &amp; &quot;dogs&quot; ]]&gt;</li></ul>");
        assert_eq!(content[1], "<p>What is new is not listed.</p>");
        let ids = texts(&feed, "id");
        assert!(ids.len() == 3 && ids.iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
        assert!(!feed.to_lowercase().contains("canary") && !feed.contains('@'), "{feed}");

        let tag = headers["etag"].to_str().unwrap().to_owned();
        let (status, _, body) = get(world, FEED, Some(&tag)).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        done(world, &olga, "releaseDraft", json!({"conferenceId": id, "name": "Version 3"}), "__typename").await;
        let (status, _, feed) = get(world, FEED, Some(&tag)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(texts(&feed, "content")[0], "<p>Nothing differs from the release before.</p>");
    }

    /// What is not published, or not there, has no feed, also for those who organize it.
    async fn only_of_what_is_public(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        assert_eq!(get(world, "/c/other/releases.atom", None).await.0, StatusCode::NOT_FOUND);
        done(world, &olga, "unpublishConference", json!({ "id": id }), "__typename").await;
        world.sweep().await;
        let (status, headers, text) = get(world, FEED, None).await;
        assert_eq!((status, headers["cache-control"].to_str().unwrap()), (StatusCode::NOT_FOUND, "no-store"));
        assert!(!text.contains("Small"), "{text}");
    }
}
