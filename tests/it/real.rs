//! Real programs, where `PLENARY_REAL_DATA` names a folder with some. They name real people, so they are not here.

use serde_json::json;

use crate::support::files::bytes;
use crate::support::{World, both};

/// The real program of this name; `None`, with a note, where there is none.
fn real(name: &str) -> Option<plenary::format::program_file::ProgramFile> {
    let Some(folder) = std::env::var_os("PLENARY_REAL_DATA") else {
        eprintln!("PLENARY_REAL_DATA is not set: {name} is not looked at");
        return None;
    };
    let bytes = std::fs::read(std::path::Path::new(&folder).join(name)).unwrap();
    Some(plenary::format::read::read(&bytes).unwrap_or_else(|faults| panic!("{faults}")))
}

both! {
    /// 778 papers, each in two sessions; and the file survives the round trip.
    async fn acl2020(world) {
        let Some(file) = real("acl2020.json") else { return };
        world.import(&file).await;
        let (mut papers, mut after) = (Vec::new(), json!(null));
        loop {
            let query = "query ($after: String) { conference(slug: \"acl2020\") { papers(first: 500, after: $after) {
                nodes { title authors { person { name } } slots { session { number date startTime rooms { room { name } link { access } } } } }
                pageInfo { hasNextPage endCursor } } } }";
            let page = world.data(query, json!({"after": after})).await["conference"]["papers"].take();
            papers.extend(page["nodes"].as_array().unwrap().clone());
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(papers.len(), 778);
        for paper in &papers {
            assert_eq!(paper["slots"].as_array().unwrap().len(), 2, "{paper}");
        }
        let exported = world.export("acl2020").await;
        let sorted = |mut file: plenary::format::program_file::ProgramFile| {
            file.people.sort_by(|a, b| a.key.cmp(&b.key));
            file.panels.sort_by(|a, b| a.key.cmp(&b.key));
            for panel in &mut file.panels {
                panel.sessions.sort_by_key(|session| (session.number, session.key.clone()));
            }
            // What the file leaves to its default is written out.
            file.conference.settings = Default::default();
            file
        };
        assert_eq!(sorted(exported.clone()), sorted(file));
        let other = World::new(world.backend).await;
        other.import(&exported).await;
        assert_eq!(bytes(&other.export("acl2020").await), bytes(&exported));
    }
}
