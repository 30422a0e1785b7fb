package main

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/a2aproject/a2a-go/v2/a2a"
	"github.com/a2aproject/a2a-go/v2/a2aclient"
	"github.com/a2aproject/a2a-go/v2/a2aclient/agentcard"
	grpctransport "github.com/a2aproject/a2a-go/v2/a2agrpc/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// What the client shows of a task, of one of its events or of a message.
type sight struct{ taskID, contextID, state, text string }

func (s sight) String() string {
	if s.state == "" {
		return s.text
	}
	if s.text == "" {
		return s.state
	}
	return s.state + ": " + s.text
}

// The official client, with its own names for things taken off.
type client struct {
	name   string
	remote *a2aclient.Client
}

func connect(ctx context.Context, url string, binding string) (*client, error) {
	card, err := agentcard.DefaultResolver.Resolve(ctx, url)
	if err != nil {
		return nil, err
	}
	remote, err := a2aclient.NewFromCard(ctx, card,
		a2aclient.WithConfig(a2aclient.Config{PreferredTransports: []a2a.TransportProtocol{a2a.TransportProtocol(binding)}}),
		grpctransport.WithGRPCTransport(grpc.WithTransportCredentials(insecure.NewCredentials())),
	)
	if err != nil {
		return nil, err
	}
	return &client{name: card.Name, remote: remote}, nil
}

func (c *client) send(ctx context.Context, text string, to sight) (sight, error) {
	result, err := c.remote.SendMessage(ctx, request(text, to))
	if err != nil {
		return sight{}, err
	}
	return see(result)
}

func (c *client) stream(ctx context.Context, text string) iter.Seq2[sight, error] {
	return seeAll(c.remote.SendStreamingMessage(ctx, request(text, sight{})))
}

func (c *client) subscribe(ctx context.Context, id string) iter.Seq2[sight, error] {
	return seeAll(c.remote.SubscribeToTask(ctx, &a2a.SubscribeToTaskRequest{ID: a2a.TaskID(id)}))
}

func (c *client) get(ctx context.Context, id string) (sight, error) {
	task, err := c.remote.GetTask(ctx, &a2a.GetTaskRequest{ID: a2a.TaskID(id)})
	if err != nil {
		return sight{}, err
	}
	return see(task)
}

func (c *client) cancel(ctx context.Context, id string) (sight, error) {
	task, err := c.remote.CancelTask(ctx, &a2a.CancelTaskRequest{ID: a2a.TaskID(id)})
	if err != nil {
		return sight{}, err
	}
	return see(task)
}

func (c *client) list(ctx context.Context, contextID string) ([]sight, error) {
	response, err := c.remote.ListTasks(ctx, &a2a.ListTasksRequest{ContextID: contextID})
	if err != nil {
		return nil, err
	}
	var sights []sight
	for _, task := range response.Tasks {
		seen, err := see(task)
		if err != nil {
			return nil, err
		}
		sights = append(sights, seen)
	}
	return sights, nil
}

func request(text string, to sight) *a2a.SendMessageRequest {
	message := a2a.NewMessage(a2a.MessageRoleUser, a2a.NewTextPart(text))
	message.TaskID = a2a.TaskID(to.taskID)
	message.ContextID = to.contextID
	return &a2a.SendMessageRequest{Message: message}
}

func see(event a2a.Event) (sight, error) {
	switch event := event.(type) {
	case *a2a.Message:
		return sight{text: textOfParts(event.Parts)}, nil
	case *a2a.Task:
		var text strings.Builder
		for _, artifact := range event.Artifacts {
			text.WriteString(textOfParts(artifact.Parts))
		}
		return sight{string(event.ID), event.ContextID, stateName(event.Status.State), text.String()}, nil
	case *a2a.TaskStatusUpdateEvent:
		return sight{taskID: string(event.TaskID), state: stateName(event.Status.State)}, nil
	case *a2a.TaskArtifactUpdateEvent:
		return sight{taskID: string(event.TaskID), text: textOfParts(event.Artifact.Parts)}, nil
	default:
		return sight{}, fmt.Errorf("an event of an unknown kind: %T", event)
	}
}

func seeAll(events iter.Seq2[a2a.Event, error]) iter.Seq2[sight, error] {
	return func(yield func(sight, error) bool) {
		for event, err := range events {
			if err != nil {
				yield(sight{}, err)
				return
			}
			if !yield(see(event)) {
				return
			}
		}
	}
}

// As in A2A 0.3.
func stateName(state a2a.TaskState) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(string(state), "TASK_STATE_")), "_", "-")
}

func textOfParts(parts a2a.ContentParts) string {
	var text strings.Builder
	for _, part := range parts {
		text.WriteString(part.Text())
	}
	return text.String()
}
