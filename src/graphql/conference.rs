//! Conferences.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::conference;

use super::announcement::Announcement;
use super::budget::{Text, spend};
use super::clash::Clash;
use super::connection::{ListKind, PageArgs, Paged, connection, encode};
use super::day::Day;
use super::draft::{Draft, Release, draft};
use super::enums::{Audience, ConferenceVisibility, ExportFormat};
use super::filter::{PanelFilter, PaperFilter, PersonFilter, SessionFilter};
use super::history::{RevisionConnection, history};
use super::id::{GlobalId, NodeKind};
use super::import::{ImportPreview, import_previews};
use super::member::{MemberConnection, members};
use super::panel::{Panel, PanelConnection};
use super::paper::PaperConnection;
use super::person::PersonConnection;
use super::pins::Pins;
use super::room::Room;
use super::scalars::{Cursor, Date, DateTime, TimeZone, Url};
use super::schedule::ViewerSchedule;
use super::search::{SearchHitConnection, SearchKind, search};
use super::session::SessionConnection;
use super::sync::{ChangeConnection, changes};
use super::track::Track;
use super::webhook::{Webhook, webhooks};
use crate::error::AppError;
use crate::http::exports::{calendar_path, file_path};
use crate::http::feed::releases_path;
use crate::policy::Action;
use crate::program::Program;

/// The fields that a conference's own row answers.
pub(super) const OWN_FIELDS: [&str; 15] = [
    "__typename",
    "id",
    "slug",
    "name",
    "url",
    "timeZone",
    "startsOn",
    "endsOn",
    "visibility",
    "linkAudience",
    "linksOpenAt",
    "convenorsEditPapers",
    "chairsSetLinks",
    "authorsEditAbstracts",
    "linksInCalendars",
];

/// A conference. Its own fields come from the directory and load no program; whatever else is asked for pins it.
#[derive(Clone)]
pub struct Conference {
    pub(super) row: Arc<conference::Model>,
}

impl Conference {
    async fn program(&self, ctx: &Context<'_>) -> Result<Arc<Program>, AppError> {
        // It was there a moment ago; if it is gone now, asking again gives null.
        Pins::of(ctx)?.program(self.row.id).await?.ok_or_else(AppError::unavailable)
    }

    fn cursor(&self) -> String {
        encode(ListKind::Conferences, (&self.row.slug, self.row.id))
    }
}

/// A conference with its whole program.
#[Object]
impl Conference {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Conference, conference: self.row.id, row: self.row.id }.encode()
    }

    /// Its name in addresses and files: lower-case letters, digits and hyphens; unique.
    fn slug(&self) -> Text<&str> {
        Text(&self.row.slug)
    }

    /// Its name as printed.
    fn name(&self) -> Text<&str> {
        Text(&self.row.name)
    }

    /// Its site; null if there is none.
    fn url(&self) -> Option<Text<Url>> {
        Url::of(self.row.url.as_ref()).map(Text)
    }

    /// The time zone of all its dates and times of day.
    fn time_zone(&self) -> TimeZone {
        TimeZone(self.row.time_zone.clone())
    }

    /// Its first day.
    fn starts_on(&self) -> Date {
        Date(self.row.starts_on)
    }

    /// Its last day.
    fn ends_on(&self) -> Date {
        Date(self.row.ends_on)
    }

    /// Who it is shown to.
    fn visibility(&self) -> ConferenceVisibility {
        self.row.visibility.into()
    }

    /// Whether convenors may change the papers of their panel, and their order. Organizers set it (`updateConference`).
    fn convenors_edit_papers(&self) -> bool {
        self.row.convenors_edit_papers
    }

    /// Whether chairs may replace the links of their session. Organizers set it (`updateConference`).
    fn chairs_set_links(&self) -> bool {
        self.row.chairs_set_links
    }

    /// Whether authors may change the abstract of their paper. Organizers set it (`updateConference`).
    fn authors_edit_abstracts(&self) -> bool {
        self.row.authors_edit_abstracts
    }

    /// Whether personal calendars have the links that their owners may have. Organizers set it (`updateConference`).
    fn links_in_calendars(&self) -> bool {
        self.row.links_in_calendars
    }

    /// Who gets the links to its rooms.
    fn link_audience(&self) -> Audience {
        self.row.link_audience.into()
    }

    /// When they get them; null: from the start.
    fn links_open_at(&self) -> Option<DateTime> {
        self.row.links_open_at.map(DateTime)
    }

    /// How many times its program, settings or announcements have been changed: every change adds one.
    async fn revision(&self, ctx: &Context<'_>) -> Result<i64, AppError> {
        Ok(self.program(ctx).await?.stamp.revision)
    }

    /// Where this answer stands: send it as `atLeast`, or in the header `Plenary-At-Least`, and no later answer is
    /// older, whichever server gives it.
    #[graphql(name = "cursor")]
    async fn sync_cursor(&self, ctx: &Context<'_>) -> Result<Cursor, AppError> {
        let program = self.program(ctx).await?;
        Ok(Cursor(crate::cursor::Cursor::of(program.id(), program.stamp, Pins::of(ctx)?.audience(&program))))
    }

    /// Its tracks, in the order that its organizers chose.
    async fn tracks(&self, ctx: &Context<'_>) -> Result<Vec<Track>, AppError> {
        let program = self.program(ctx).await?;
        spend(ctx, program.index.track_order.len()).await?;
        Ok(program.index.track_order.iter().map(|ix| Track::new(&program, *ix)).collect())
    }

    /// Its rooms, in the order that its organizers chose.
    async fn rooms(&self, ctx: &Context<'_>) -> Result<Vec<Room>, AppError> {
        let program = self.program(ctx).await?;
        spend(ctx, program.index.room_order.len()).await?;
        Ok(program.index.room_order.iter().map(|ix| Room::new(&program, *ix)).collect())
    }

    /// Its days from the first to the last, and whatever other dates its sessions have.
    async fn days(&self, ctx: &Context<'_>) -> Result<Vec<Day>, AppError> {
        let program = self.program(ctx).await?;
        spend(ctx, program.index.days.len()).await?;
        Ok((0..program.index.days.len()).map(|ix| Day { program: Arc::clone(&program), ix }).collect())
    }

    /// The panel with this code; null if there is none.
    async fn panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As printed, such as CULT03; case matters.")] code: String,
    ) -> Option<Result<Panel, AppError>> {
        match self.program(ctx).await {
            Ok(program) => {
                let ix = *program.index.panel_by_code.get(code.as_str())?;
                Some(Ok(Panel::new(&program, ix)))
            }
            Err(error) => Some(Err(error)),
        }
    }

    /// Its panels by code, numbers in codes as numbers: P2 before P10.
    async fn panels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; null: all.")] filter: Option<PanelFilter>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many: 0 to 500. Not together with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this page cursor.")] before: Option<String>,
    ) -> Result<PanelConnection, AppError> {
        let program = self.program(ctx).await?;
        let (list, args) = (&program.index.panel_order, PageArgs { first, after, last, before });
        Ok(PanelConnection(match filter {
            None => Paged::of(ctx, &program, list, args).await?,
            Some(filter) => Paged::filtered(ctx, &program, list, &filter.test(&program)?, args).await?,
        }))
    }

    /// Its papers by title, accents and case ignored.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; null: all.")] filter: Option<PaperFilter>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many: 0 to 500. Not together with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this page cursor.")] before: Option<String>,
    ) -> Result<PaperConnection, AppError> {
        let program = self.program(ctx).await?;
        let (list, args) = (&program.index.paper_order, PageArgs { first, after, last, before });
        Ok(PaperConnection(match filter {
            None => Paged::of(ctx, &program, list, args).await?,
            Some(filter) => Paged::filtered(ctx, &program, list, &filter.test(&program)?, args).await?,
        }))
    }

    /// Everyone on its program by name, accents and case ignored.
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who; null: everyone.")] filter: Option<PersonFilter>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many: 0 to 500. Not together with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this page cursor.")] before: Option<String>,
    ) -> Result<PersonConnection, AppError> {
        let program = self.program(ctx).await?;
        let (list, args) = (&program.index.person_order, PageArgs { first, after, last, before });
        Ok(PersonConnection(match filter {
            None => Paged::of(ctx, &program, list, args).await?,
            Some(filter) => Paged::filtered(ctx, &program, list, &filter.test(&program)?, args).await?,
        }))
    }

    /// Its sessions by start; those whose time is to be announced come last on their date, those without a date last
    /// of all.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; null: all.")] filter: Option<SessionFilter>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many: 0 to 500. Not together with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this page cursor.")] before: Option<String>,
    ) -> Result<SessionConnection, AppError> {
        let program = self.program(ctx).await?;
        let (list, args) = (&program.index.session_order, PageArgs { first, after, last, before });
        Ok(SessionConnection(match filter {
            None => Paged::of(ctx, &program, list, args).await?,
            Some(filter) => Paged::filtered(ctx, &program, list, &filter.test(&program)?, args).await?,
        }))
    }

    /// Searches titles, abstracts, names, affiliations, codes, tracks and keywords, the best hit first. Every word must
    /// be found, as it is, as the beginning of a word, or with a letter or two mistyped; words in double quotes stand
    /// together as they are. Accents and case do not count. Nothing else in the query has a meaning.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What a person typed: at most 200 characters; the first 16 words count.")] query: String,
        #[graphql(desc = "Only these; null: everything; an empty list: nothing.")] kinds: Option<Vec<SearchKind>>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor, which is of the same search.")] after: Option<String>,
    ) -> Result<SearchHitConnection, AppError> {
        let program = self.program(ctx).await?;
        search(ctx, program, &query, kinds, first, after).await
    }

    /// Rooms and people that are in two places at once, the worst first; null unless you organize the conference.
    async fn clashes(&self, ctx: &Context<'_>) -> Option<Result<Vec<Clash>, AppError>> {
        let found = async {
            let program = self.program(ctx).await?;
            if Pins::of(ctx)?.permits(&program, Action::SeeClashes).is_err() {
                return Ok(None);
            }
            let clashes = Clash::all(&program);
            spend(ctx, clashes.len()).await?;
            Ok(Some(clashes))
        };
        found.await.transpose()
    }

    /// How far you are let into it: what you are to the conference, or less if the login allows less.
    async fn viewer_audience(&self, ctx: &Context<'_>) -> Result<Audience, AppError> {
        let program = self.program(ctx).await?;
        Ok(Pins::of(ctx)?.audience(&program).into())
    }

    /// What you have starred, and where that leads you; null without a login, and with a token that may not read.
    async fn viewer_schedule(&self, ctx: &Context<'_>) -> Option<Result<ViewerSchedule, AppError>> {
        let found = async {
            let program = self.program(ctx).await?;
            let stars = Box::pin(Pins::of(ctx)?.stars(&program)).await?;
            Ok(stars.map(|stars| ViewerSchedule::new(&program, &stars)))
        };
        found.await.transpose()
    }

    /// Who is registered and who organizes, by when they were added; null unless you organize the conference.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
    ) -> Option<Result<MemberConnection, AppError>> {
        let found = async {
            let program = self.program(ctx).await?;
            if Pins::of(ctx)?.permits(&program, Action::SeeMembers).is_err() {
                return Ok(None);
            }
            Box::pin(members(ctx, program.id(), first, after)).await.map(Some)
        };
        found.await.transpose()
    }

    /// What is prepared for it, as it would be on the program as it is now; null unless you organize the conference.
    async fn draft(&self, ctx: &Context<'_>) -> Option<Result<Draft, AppError>> {
        let found = async {
            let program = self.program(ctx).await?;
            if Pins::of(ctx)?.permits(&program, Action::ChangeProgram).is_err() {
                return Ok(None);
            }
            Box::pin(draft(ctx, &program)).await.map(Some)
        };
        found.await.transpose()
    }

    /// The files that were uploaded to be imported into it and are not applied yet, the newest first; null unless you
    /// organize the conference. One is uploaded with `POST /c/SLUG/import`: the file itself is the body, and the answer
    /// says what importing it would do.
    async fn import_previews(&self, ctx: &Context<'_>) -> Option<Result<Vec<ImportPreview>, AppError>> {
        let found = async {
            let program = self.program(ctx).await?;
            if Pins::of(ctx)?.permits(&program, Action::Import).is_err() {
                return Ok(None);
            }
            Box::pin(import_previews(ctx, &program)).await.map(Some)
        };
        found.await.transpose()
    }

    /// The states of the program that its organizers gave names, the newest first: its changelog. Empty for a conference
    /// that never releases: its program is always live.
    async fn releases(&self, ctx: &Context<'_>) -> Result<Vec<Release>, AppError> {
        let program = self.program(ctx).await?;
        spend(ctx, program.rows.releases.len()).await?;
        let mut rows = program.rows.releases.to_vec();
        rows.sort_by_key(|row| std::cmp::Reverse(row.revision));
        Ok(rows.into_iter().map(|row| Release { row }).collect())
    }

    /// Where `releases` are as a feed for feed readers: Atom (RFC 4287). It answers as long as the conference is
    /// published, whoever asks.
    async fn release_feed_url(&self, ctx: &Context<'_>) -> Result<Text<Url>, AppError> {
        let public = Pins::of(ctx)?.desk().post.public();
        Ok(Text(Url(format!("{public}{}", releases_path(&self.row.slug)))))
    }

    /// Where its sessions are as a calendar that applications can subscribe to: iCalendar (RFC 5545), with what is
    /// cancelled and without what is to be announced, without links. It answers as long as the conference is published,
    /// whoever asks.
    fn calendar_url(&self, ctx: &Context<'_>) -> Result<Text<Url>, AppError> {
        let public = Pins::of(ctx)?.desk().post.public();
        Ok(Text(Url(format!("{public}{}", calendar_path(&self.row.slug)))))
    }

    /// Where all of it is as a file in another format, without links and addresses. It answers as long as the conference is
    /// published, whoever asks; whoever sends its `ETag` back gets it again only when something has changed.
    fn export_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which format.")] format: ExportFormat,
    ) -> Result<Text<Url>, AppError> {
        let public = Pins::of(ctx)?.desk().post.public();
        Ok(Text(Url(format!("{public}{}", file_path(&self.row.slug, format.into())))))
    }

    /// Who changed what when, the newest first: the whole program's, or one object's with its parts. Null unless you
    /// organize the conference. How long it is kept is the server's setting.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what was done to this object and its parts; null: everything.")] node_id: Option<ID>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
    ) -> Option<Result<RevisionConnection, AppError>> {
        let found = async {
            let program = self.program(ctx).await?;
            if Pins::of(ctx)?.permits(&program, Action::SeeHistory).is_err() {
                return Ok(None);
            }
            Box::pin(history(ctx, program.id(), node_id, first, after)).await.map(Some)
        };
        found.await.transpose()
    }

    /// What has changed since you were here last, for apps that keep a copy: objects as they are now, and the ids of those
    /// that are gone, in the order in which they came to be so; what changes while you page is told again. Without `after`
    /// it is everything. However long you were away, it is what has changed that is sent.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Where you stand: the `cursor` of the last page, of a conference or of a subscription; null: \
                          nowhere, so that everything is sent."
        )]
        after: Option<Cursor>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
    ) -> Result<ChangeConnection, AppError> {
        changes(ctx, self, after, first).await
    }

    /// The servers that are told what changes, the oldest first; null unless you organize the conference.
    async fn webhooks(&self, ctx: &Context<'_>) -> Option<Result<Vec<Webhook>, AppError>> {
        let found = async {
            let program = self.program(ctx).await?;
            if Pins::of(ctx)?.permits(&program, Action::ManageWebhooks).is_err() {
                return Ok(None);
            }
            Box::pin(webhooks(ctx, program.id())).await.map(Some)
        };
        found.await.transpose()
    }

    /// Notices to everyone, the newest first.
    async fn announcements(&self, ctx: &Context<'_>) -> Result<Vec<Announcement>, AppError> {
        let program = self.program(ctx).await?;
        spend(ctx, program.index.announcement_order.len()).await?;
        Ok(program.index.announcement_order.iter().map(|ix| Announcement::new(&program, *ix)).collect())
    }
}

connection! {
    /// A page of conferences, by slug.
    ConferenceConnection,
    /// A conference on a page.
    ConferenceEdge, Conference
}
