//! What every official client is put through, here that of Rust: see exercise.ts. Prints the report as JSON.

mod client;

use std::error::Error;

use a2a::A2AError;
use client::{Client, Sight};
use futures::{Stream, StreamExt, TryStreamExt};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// usage: fastify-a2a-interop URL BINDING
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, url, binding] = arguments.as_slice() else {
        return Err("usage: fastify-a2a-interop URL BINDING".into());
    };
    println!("{}", exercise(&Client::connect(url, binding).await?).await?);
    Ok(())
}

async fn exercise(client: &Client) -> Result<Value> {
    let nobody = Sight::default();
    let task = client.send("tck-artifact-text", &nobody).await?;
    let message = client.send("tck-message-response", &nobody).await?;
    let stream = collect(client.stream("tck-stream-artifact-text").await).await?;

    let first = client.send("tck-multi-turn", &nobody).await?;
    let second = client.send("tck-multi-turn", &first).await?;
    let listed = client.list(&first.context_id).await?;

    let (first_reader, second_reader) = readers(client).await?;
    Ok(json!({
        "discovery": [client.name],
        "task": [task.show()],
        "message": [message.show()],
        "stream": show(&stream),
        "followUp": [first.show(), second.show()],
        "list": show(&listed),
        "cancel": show(&canceled(client).await?),
        "firstReader": [text_of(&first_reader), state_at_end(&first_reader)],
        "secondReader": [second_reader[0].state.clone(), text_of(&second_reader), state_at_end(&second_reader)],
        "errors": [
            failure(client.get("no-such-task").await),
            failure(collect(client.subscribe("no-such-task").await).await),
        ],
    }))
}

/// What the stream shows, then the answer to the cancellation.
async fn canceled(client: &Client) -> Result<Vec<Sight>> {
    let mut seen = Vec::new();
    let mut answer = Sight::default();
    let mut events = Box::pin(client.stream("tck-cancel").await?);
    while let Some(event) = events.try_next().await? {
        if event.state == "working" {
            answer = client.cancel(&event.task_id).await?;
        }
        seen.push(event);
    }
    seen.push(answer);
    Ok(seen)
}

/// Joins a stream in its middle: snapshot and tail together must be what the first reader sees.
async fn readers(client: &Client) -> Result<(Vec<Sight>, Vec<Sight>)> {
    let mut events = Box::pin(client.stream("sut-stream 6 100").await?);
    let mut first = Vec::new();
    while let Some(event) = events.try_next().await? {
        let id = event.task_id.clone();
        let is_text = !event.text.is_empty();
        first.push(event);
        if is_text {
            let (rest, second) = futures::join!(events.try_collect::<Vec<_>>(), async {
                collect(client.subscribe(&id).await).await
            });
            first.extend(rest?);
            return Ok((first, second?));
        }
    }
    Err("the stream has shown no text".into())
}

async fn collect(
    events: std::result::Result<impl Stream<Item = std::result::Result<Sight, A2AError>>, A2AError>,
) -> std::result::Result<Vec<Sight>, A2AError> {
    events?.boxed_local().try_collect().await
}

fn show(sights: &[Sight]) -> Vec<String> {
    sights.iter().map(Sight::show).collect()
}

fn text_of(sights: &[Sight]) -> String {
    sights.iter().map(|sight| sight.text.as_str()).collect()
}

fn state_at_end(sights: &[Sight]) -> String {
    sights
        .last()
        .map(|sight| sight.state.clone())
        .unwrap_or_default()
}

fn failure<T>(result: std::result::Result<T, A2AError>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "no error".to_string())
}
