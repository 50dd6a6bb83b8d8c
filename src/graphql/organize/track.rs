//! Tracks.

use super::noun;
use crate::command::program::Command;
use crate::command::track::TrackFields;
use crate::graphql::desk::nobody;
use crate::graphql::track::Track;

noun! {
    TrackMutation: Track track, TrackFields;
    /// Makes a track, last unless a place is given.
    "createTrack" create_track(|id, _, fields| Command::CreateTrack(id, fields)) CreateTrackInput CreateTrackPayload
        in /** The conference. */ conference_id = "conferenceId" Conference;
    /// Changes a track.
    "updateTrack" update_track(Command::UpdateTrack) UpdateTrackInput UpdateTrackPayload
        by nobody;
    /// Deletes a track. One that panels are in is IN_USE.
    "deleteTrack" delete_track(Command::DeleteTrack) DeleteTrackInput DeleteTrackPayload;
    required {
        /// Its printed code, 1 to 200 characters; no other track of the conference has it, else TAKEN.
        code: String,
        /// Its printed name.
        name: String,
    }
    optional {
        /// Its place among the tracks, from 1; beyond the last: the last.
        position: i32,
    }
}
