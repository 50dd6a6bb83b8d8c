//! What a task waits for beside what it is mostly woken for.
//!
//! A task that waits for several things polls all of them whenever it is woken, which for ten thousand sockets is most of
//! what a message costs: timers and watches lie scattered in memory, and each registers anew. What is kept apart has a
//! waker of its own and is polled only when that was called.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// Something that is polled only when it has woken.
pub(crate) struct Apart<T> {
    signal: Arc<Signal>,
    it: T,
}

struct Signal {
    woken: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake();
    }
}

impl<T> Apart<T> {
    pub(crate) fn new(it: T) -> Self {
        // Polled once, so that it can register.
        Self { signal: Arc::new(Signal { woken: AtomicBool::new(true), task: AtomicWaker::new() }), it }
    }

    /// Polls it with `poll` if it has woken since it was last pending.
    pub(crate) fn poll<R>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut T, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        // Before the flag is looked at: whoever sets it after that finds whom to wake.
        self.signal.task.register(context.waker());
        if !self.signal.woken.swap(false, Ordering::AcqRel) {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(&self.signal));
        let polled = poll(&mut self.it, &mut Context::from_waker(&waker));
        if polled.is_ready() {
            // There may be more.
            self.signal.woken.store(true, Ordering::Release);
        }
        polled
    }

    /// To change it: it is then polled the next time.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.signal.woken.store(true, Ordering::Release);
        &mut self.it
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::time::Duration;

    use tokio::sync::watch;

    use super::*;

    type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn waiting(mut receiver: watch::Receiver<u32>) -> Apart<Waiting> {
        Apart::new(Box::pin(async move {
            let _ = receiver.wait_for(|n| *n >= 1_000).await;
        }))
    }

    /// Woken from another thread at any moment, it is never left waiting; and not polled without being woken.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_waking_is_lost() {
        for _ in 0..200 {
            let sender = watch::Sender::new(0);
            let mut apart = waiting(sender.subscribe());
            let task = tokio::spawn(async move {
                std::future::poll_fn(|context| apart.poll(context, |it, context| it.as_mut().poll(context))).await;
            });
            tokio::task::spawn_blocking(move || (1..=1_000).for_each(|n| sender.send_modify(|held| *held = n)));
            tokio::time::timeout(Duration::from_secs(20), task).await.expect("left waiting").unwrap();
        }
        let mut polls = 0;
        let mut apart = Apart::new(());
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            let polled: Poll<()> = apart.poll(&mut context, |(), _| {
                polls += 1;
                Poll::Pending
            });
            assert!(polled.is_pending());
        }
        assert_eq!(polls, 1);
        apart.get_mut();
        let _: Poll<()> = apart.poll(&mut context, |(), _| Poll::Ready(()));
        let polled = apart.poll(&mut context, |(), _| Poll::Ready(()));
        assert!(polled.is_ready(), "what was ready is asked again");
    }
}
