//! The calendar of what somebody has starred, by an address that is its key: calendar applications have no login.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use entity::enums::{Audience, Visibility};

use super::{Exports, plain, too_often};
use crate::auth::calendar::Claimed;
use crate::db::{CalendarAddress, Stamp};
use crate::error::AppError;
use crate::format::calendar::Calendar;
use crate::http::cache::{Keeping, Version};
use crate::program::Program;

/// Where a calendar with this secret is, below the server's own address.
#[must_use]
pub fn path(token: &str) -> String {
    format!("/calendar/{token}.ics")
}

/// A calendar that may be had.
struct Found {
    claimed: Claimed,
    address: CalendarAddress,
    program: Arc<Program>,
    audience: Audience,
}

pub(super) async fn personal(
    State(exports): State<Arc<Exports>>,
    Path(file): Path<String>,
    request: Request,
) -> Response<Body> {
    let request = request.into_parts().0;
    if let Some(refused) = too_often(&exports.rates, &request) {
        return refused;
    }
    let answered = async {
        let Some(found) = exports.own(&file).await? else {
            // The same whatever is wrong with it: nobody learns which part of an address is right.
            return Ok(plain(StatusCode::NOT_FOUND, "There is no calendar at this address, or no longer.\n"));
        };
        let mut response = Response::new(Body::empty());
        let keeping = Keeping::of_everyone(&request.headers);
        if keeping.is_current(
            &exports.state(&found, found.address.stamp),
            exports.desk.source.now(),
            response.headers_mut(),
        ) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            exports.fill(&found, &mut response).await?;
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        Ok(response)
    };
    answered.await.unwrap_or_else(|error: AppError| {
        tracing::warn!(?error, "a personal calendar can't be read");
        plain(StatusCode::SERVICE_UNAVAILABLE, "The calendar can't be read now; try again in a minute.\n")
    })
}

impl Exports {
    /// The calendar at this address, if there is one at this moment.
    async fn own(&self, file: &str) -> Result<Option<Found>, AppError> {
        let claimed = file.strip_suffix(".ics").and_then(Claimed::read).filter(|_| self.personal);
        let Some(claimed) = claimed else { return Ok(None) };
        let desk = &self.desk;
        let key = desk.post.key(&desk.database, &*desk.source).await.map_err(AppError::unavailable_because)?;
        let address = desk.database.calendar_address(claimed.user, claimed.conference).await;
        let address = address.map_err(AppError::unavailable_because)?;
        let Some(address) = address.filter(|address| address.active && claimed.holds(key, address.generation)) else {
            return Ok(None);
        };
        let directory = desk.programs.directory().await?;
        if !directory.conferences.iter().any(|row| row.id == claimed.conference) {
            return Ok(None);
        }
        let Some(program) = desk.programs.program(claimed.conference).await? else { return Ok(None) };
        let Some(account) = desk.accounts.account(claimed.user).await? else { return Ok(None) };
        let audience = account.audience(&program);
        let there = match program.conference().visibility {
            Visibility::Published => true,
            Visibility::Draft => audience == Audience::Organizer,
        };
        Ok(there.then_some(Found { claimed, address, program, audience }))
    }

    /// What it depends on: the program (and with it whether links are open), the stars, and who the owner is to the
    /// conference.
    fn state(&self, found: &Found, user: Stamp) -> Version {
        let tag = format!(
            "{}-{:x}-{:x}-{}",
            self.version(&found.program).tag,
            user.revision,
            user.tag,
            found.audience.as_str().to_lowercase()
        );
        // When stars or rights changed is not known, so no time is said.
        Version { tag, changed: None }
    }

    async fn fill(&self, found: &Found, response: &mut Response<Body>) -> Result<(), AppError> {
        let Found { claimed, address: _, program, audience } = found;
        let stars = self.desk.database.stars(claimed.user, claimed.conference).await;
        let stars = stars.map_err(AppError::unavailable_because)?;
        // The stars may be newer than what was compared: the tag is theirs.
        let nothing = Keeping::of_everyone(&axum::http::HeaderMap::new());
        nothing.is_current(&self.state(found, stars.stamp), self.desk.source.now(), response.headers_mut());
        let links = program.conference().links_in_calendars.then_some(*audience);
        let (program, refresh) = (Arc::clone(program), self.refresh);
        let write = move || {
            let calendar = Calendar::personal(&program, program.schedule(&stars.targets), refresh, links);
            let mut bytes = Vec::new();
            calendar.write(&mut bytes);
            Ok(bytes)
        };
        let bytes = self.shelf.write(write).await.map_err(AppError::internal)?;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
        *response.body_mut() = Body::from(bytes);
        Ok(())
    }
}
