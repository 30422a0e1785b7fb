import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.a2a.client.Client;
import io.a2a.client.ClientEvent;
import io.a2a.client.MessageEvent;
import io.a2a.client.TaskEvent;
import io.a2a.client.TaskUpdateEvent;
import io.a2a.client.config.ClientConfig;
import io.a2a.client.http.A2ACardResolver;
import io.a2a.client.transport.grpc.GrpcTransport;
import io.a2a.client.transport.grpc.GrpcTransportConfigBuilder;
import io.a2a.client.transport.jsonrpc.JSONRPCTransport;
import io.a2a.client.transport.jsonrpc.JSONRPCTransportConfig;
import io.a2a.client.transport.rest.RestTransport;
import io.a2a.client.transport.rest.RestTransportConfig;
import io.a2a.spec.AgentCard;
import io.a2a.spec.Message;
import io.a2a.spec.Part;
import io.a2a.spec.Task;
import io.a2a.spec.TaskArtifactUpdateEvent;
import io.a2a.spec.TaskIdParams;
import io.a2a.spec.TaskQueryParams;
import io.a2a.spec.TaskStatusUpdateEvent;
import io.a2a.spec.TextPart;
import io.grpc.ManagedChannelBuilder;

/** The official client of A2A 0.3, with its own names for things taken off. */
final class Remote {
    final String name;
    private final Client streaming;
    private final Client blocking;

    Remote(String url, String binding) throws Exception {
        AgentCard card = new A2ACardResolver(url).getAgentCard();
        name = card.name();
        streaming = connect(card, binding, true);
        blocking = connect(card, binding, false);
    }

    private static Client connect(AgentCard card, String binding, boolean streams) throws Exception {
        var builder = Client.builder(card).clientConfig(ClientConfig.builder().setStreaming(streams).build());
        switch (binding) {
            case "JSONRPC" -> builder.withTransport(JSONRPCTransport.class, new JSONRPCTransportConfig());
            case "HTTP+JSON" -> builder.withTransport(RestTransport.class, new RestTransportConfig());
            default -> builder.withTransport(GrpcTransport.class,
                new GrpcTransportConfigBuilder().channelFactory(target -> ManagedChannelBuilder.forTarget(target).usePlaintext().build()).build());
        }
        return builder.build();
    }

    Sight send(String text, Sight to) throws Exception {
        List<Sight> seen = new ArrayList<>();
        blocking.sendMessage(message(text, to), List.of((event, card) -> seen.add(see(event))), null, null);
        return seen.get(0);
    }

    /** Until the task has ended. @param each is told of every event as it comes */
    List<Sight> stream(String text, Consumer<Sight> each) throws Exception {
        return collect(each, (events, errors) -> streaming.sendMessage(message(text, Sight.NOTHING), List.of(events), errors, null));
    }

    List<Sight> subscribe(String id) throws Exception {
        return collect(sight -> {}, (events, errors) -> streaming.resubscribe(new TaskIdParams(id), List.of(events), errors, null));
    }

    Sight get(String id) throws Exception {
        return see(blocking.getTask(new TaskQueryParams(id)));
    }

    Sight cancel(String id) throws Exception {
        return see(blocking.cancelTask(new TaskIdParams(id)));
    }

    /** The tasks of a context, which this client can't list. */
    Optional<List<Sight>> list(String contextId) {
        return Optional.empty();
    }

    private interface Call {
        void begin(BiConsumer<ClientEvent, AgentCard> events, Consumer<Throwable> errors) throws Exception;
    }

    private static List<Sight> collect(Consumer<Sight> each, Call call) throws Exception {
        Reading reading = new Reading(each);
        call.begin((event, card) -> reading.add(see(event)), reading::stop);
        return reading.await();
    }

    private static Message message(String text, Sight to) {
        var message = new Message.Builder().role(Message.Role.USER).parts(new TextPart(text)).messageId(UUID.randomUUID().toString());
        return (to.taskId() == null ? message : message.taskId(to.taskId()).contextId(to.contextId())).build();
    }

    private static Sight see(ClientEvent event) {
        if (event instanceof MessageEvent message) return new Sight(null, null, null, textOf(message.getMessage().getParts()));
        if (event instanceof TaskEvent task) return see(task.getTask());
        var update = ((TaskUpdateEvent) event).getUpdateEvent();
        if (update instanceof TaskStatusUpdateEvent status) return new Sight(status.getTaskId(), status.getContextId(), status.getStatus().state().asString(), null);
        var artifact = (TaskArtifactUpdateEvent) update;
        return new Sight(artifact.getTaskId(), artifact.getContextId(), null, textOf(artifact.getArtifact().parts()));
    }

    private static Sight see(Task task) {
        String text = task.getArtifacts() == null ? "" : task.getArtifacts().stream().map(artifact -> textOf(artifact.parts())).collect(Collectors.joining());
        return new Sight(task.getId(), task.getContextId(), task.getStatus().state().asString(), text);
    }

    private static String textOf(List<Part<?>> parts) {
        return parts.stream().map(part -> part instanceof TextPart text ? text.getText() : "").collect(Collectors.joining());
    }
}
