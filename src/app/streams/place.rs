//! Where a reader stands, and what it waits for.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::watch;
use uuid::Uuid;

use super::hub::Answer;
use crate::apart::Apart;
use crate::db::Stamp;

pub(super) type Waiting = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// Where a reader stands, and what it waits for.
pub(super) struct At {
    /// What it was told last, which others share.
    pub(super) answer: Arc<Answer>,
    /// Of a conference, and of a user where it depends on that. In place: it is looked at for each message.
    pub(super) watching: [Option<(Uuid, watch::Receiver<Stamp>)>; 2],
    /// Whether the viewer was of the answer's audience when it came.
    pub(super) fits: bool,
}

/// Waits until something may be past, or anybody's rights may be other ones: then true.
pub(super) async fn moved(at: &mut At, rights: &mut Apart<Waiting>) -> bool {
    let mut moved = pin!(at.changed());
    poll_fn(|context| {
        if rights.poll(context, |it, context| it.as_mut().poll(context)).is_ready() {
            return Poll::Ready(true);
        }
        moved.as_mut().poll(context).map(|()| false)
    })
    .await
}

/// Ends at the next change from now on.
pub(super) fn changed(mut watched: watch::Receiver<()>) -> Waiting {
    Box::pin(async move {
        // An error is the end of the application.
        let _ = watched.changed().await;
    })
}

impl At {
    /// After this answer. What was watched already still is: it was attached to before this was read, too.
    pub(super) fn after(answer: Arc<Answer>, fits: bool, before: Option<Self>) -> Self {
        let mut before = before.map(|before| before.watching).unwrap_or_default();
        let mut told = answer.told.watching.iter();
        let watching = std::array::from_fn(|n| {
            let (scope, told) = told.next()?;
            let own = before.get_mut(n).and_then(Option::take).filter(|(_, own)| own.same_channel(told));
            Some(own.unwrap_or_else(|| (*scope, told.clone())))
        });
        Self { answer, watching, fits }
    }

    /// Whether something is no longer as it is there.
    pub(super) fn is_past(&mut self) -> bool {
        let cursor = &self.answer.told.cursor;
        let mut watching = self.watching.iter_mut().flatten();
        watching.any(|(scope, watching)| cursor.stamp(*scope) != Some(*watching.borrow_and_update()))
    }

    /// Waits until it may be.
    async fn changed(&mut self) {
        // An error is the end of the application.
        match &mut self.watching {
            [Some((_, one)), None] => drop(one.changed().await),
            [Some((_, one)), Some((_, two))] => tokio::select! {
                _ = one.changed() => {}
                _ = two.changed() => {}
            },
            [None, _] => std::future::pending().await,
        }
    }
}
