use std::sync::Arc;

use a2a::{
    A2AError, Artifact, CancelTaskRequest, GetTaskRequest, ListTasksRequest, Message, Part, Role,
    SendMessageRequest, SendMessageResponse, StreamResponse, SubscribeToTaskRequest, Task,
    TaskState,
};
use a2a_client::{A2AClient, A2AClientFactory, Transport, agent_card::AgentCardResolver};
use a2a_grpc::GrpcTransportFactory;
use futures::{Stream, StreamExt};

/// What the client shows of a task, of one of its events or of a message.
#[derive(Clone, Default)]
pub struct Sight {
    pub task_id: String,
    pub context_id: String,
    pub state: String,
    pub text: String,
}

impl Sight {
    pub fn show(&self) -> String {
        [&self.state, &self.text]
            .into_iter()
            .filter(|item| !item.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(": ")
    }
}

/// The official client, with its own names for things taken off.
pub struct Client {
    pub name: String,
    remote: A2AClient<Box<dyn Transport>>,
}

impl Client {
    pub async fn connect(url: &str, binding: &str) -> Result<Client, A2AError> {
        let card = AgentCardResolver::new(None).resolve(url).await?;
        let factory = A2AClientFactory::builder()
            .register(Arc::new(GrpcTransportFactory::new()))
            .preferred_bindings(vec![binding.to_string()])
            .build();
        Ok(Client {
            name: card.name.clone(),
            remote: factory.create_from_card(&card).await?,
        })
    }

    pub async fn send(&self, text: &str, to: &Sight) -> Result<Sight, A2AError> {
        Ok(match self.remote.send_message(&request(text, to)).await? {
            SendMessageResponse::Task(task) => see_task(&task),
            SendMessageResponse::Message(message) => see_message(&message),
        })
    }

    pub async fn stream(
        &self,
        text: &str,
    ) -> Result<impl Stream<Item = Result<Sight, A2AError>> + use<>, A2AError> {
        let events = self
            .remote
            .send_streaming_message(&request(text, &Sight::default()))
            .await?;
        Ok(events.map(|event| event.map(see)))
    }

    pub async fn subscribe(
        &self,
        id: &str,
    ) -> Result<impl Stream<Item = Result<Sight, A2AError>> + use<>, A2AError> {
        let events = self
            .remote
            .subscribe_to_task(&SubscribeToTaskRequest {
                id: id.to_string(),
                tenant: None,
            })
            .await?;
        Ok(events.map(|event| event.map(see)))
    }

    pub async fn get(&self, id: &str) -> Result<Sight, A2AError> {
        let request = GetTaskRequest {
            id: id.to_string(),
            history_length: None,
            tenant: None,
        };
        Ok(see_task(&self.remote.get_task(&request).await?))
    }

    pub async fn cancel(&self, id: &str) -> Result<Sight, A2AError> {
        let request = CancelTaskRequest {
            id: id.to_string(),
            metadata: None,
            tenant: None,
        };
        Ok(see_task(&self.remote.cancel_task(&request).await?))
    }

    pub async fn list(&self, context_id: &str) -> Result<Vec<Sight>, A2AError> {
        let request = ListTasksRequest {
            context_id: Some(context_id.to_string()),
            status: None,
            page_size: None,
            page_token: None,
            history_length: None,
            status_timestamp_after: None,
            include_artifacts: None,
            tenant: None,
        };
        Ok(self
            .remote
            .list_tasks(&request)
            .await?
            .tasks
            .iter()
            .map(see_task)
            .collect())
    }
}

fn request(text: &str, to: &Sight) -> SendMessageRequest {
    let given = |id: &String| Some(id.clone()).filter(|id| !id.is_empty());
    let mut message = Message::new(Role::User, vec![Part::text(text)]);
    message.task_id = given(&to.task_id);
    message.context_id = given(&to.context_id);
    SendMessageRequest {
        message,
        configuration: None,
        metadata: None,
        tenant: None,
    }
}

fn see(event: StreamResponse) -> Sight {
    match event {
        StreamResponse::Task(task) => see_task(&task),
        StreamResponse::Message(message) => see_message(&message),
        StreamResponse::StatusUpdate(update) => Sight {
            task_id: update.task_id,
            state: state_name(&update.status.state),
            ..Sight::default()
        },
        StreamResponse::ArtifactUpdate(update) => Sight {
            task_id: update.task_id,
            text: text_of(&update.artifact.parts),
            ..Sight::default()
        },
    }
}

fn see_task(task: &Task) -> Sight {
    let artifacts: &[Artifact] = task.artifacts.as_deref().unwrap_or_default();
    Sight {
        task_id: task.id.clone(),
        context_id: task.context_id.clone(),
        state: state_name(&task.status.state),
        text: artifacts
            .iter()
            .map(|artifact| text_of(&artifact.parts))
            .collect(),
    }
}

fn see_message(message: &Message) -> Sight {
    Sight {
        text: text_of(&message.parts),
        ..Sight::default()
    }
}

/// As in A2A 0.3.
fn state_name(state: &TaskState) -> String {
    let name = serde_json::to_value(state).unwrap_or_default();
    name.as_str()
        .unwrap_or_default()
        .trim_start_matches("TASK_STATE_")
        .replace('_', "-")
        .to_lowercase()
}

fn text_of(parts: &[Part]) -> String {
    parts.iter().filter_map(Part::as_text).collect()
}
