//! Statements sent without waiting for each: what costs time is the way to the server and back.

use std::future::{Future, poll_fn};
use std::task::Poll;

use tokio_postgres::{Error, GenericClient};

/// How many statements are under way at once.
const UNDER_WAY: usize = 100;

/// Runs statements in their order until one fails; which one, and why. In a transaction the server runs none after that.
pub(crate) async fn run<C: GenericClient + Sync>(client: &C, statements: &[&str]) -> Result<(), (usize, Error)> {
    for (batch, chunk) in statements.chunks(UNDER_WAY).enumerate() {
        for (index, answer) in answers(client, chunk).await.into_iter().enumerate() {
            answer.map_err(|error| (batch * UNDER_WAY + index, error))?;
        }
    }
    Ok(())
}

/// Runs statements in their order whatever becomes of each; the answers, in the same order.
pub(crate) async fn answers<C: GenericClient + Sync>(client: &C, statements: &[&str]) -> Vec<Result<(), Error>> {
    let mut answers = Vec::with_capacity(statements.len());
    for chunk in statements.chunks(UNDER_WAY) {
        answers.extend(in_order(chunk.iter().map(|sql| client.batch_execute(sql))).await);
    }
    answers
}

/// Polls futures one after the other, so that each is sent before the next, and waits for all.
async fn in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut all = Poll::Ready(());
        for (future, answer) in waiting.iter_mut().filter(|(_, answer)| answer.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(output) => *answer = Some(output),
                Poll::Pending => all = Poll::Pending,
            }
        }
        all
    })
    .await;
    waiting.into_iter().filter_map(|(_, answer)| answer).collect()
}
