import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
import io.a2a.client.transport.jsonrpc.JSONRPCTransport;
import io.a2a.client.transport.jsonrpc.JSONRPCTransportConfig;
import io.a2a.client.transport.rest.RestTransport;
import io.a2a.client.transport.rest.RestTransportConfig;
import io.a2a.client.transport.spi.interceptors.ClientCallContext;
import io.a2a.spec.AgentCard;
import io.a2a.spec.ListTasksParams;
import io.a2a.spec.Message;
import io.a2a.spec.Part;
import io.a2a.spec.Task;
import io.a2a.spec.TaskArtifactUpdateEvent;
import io.a2a.spec.TaskIdParams;
import io.a2a.spec.TaskQueryParams;
import io.a2a.spec.TaskState;
import io.a2a.spec.TaskStatusUpdateEvent;
import io.a2a.spec.TextPart;

/** The official client of A2A 1.0, with its own names for things taken off. */
final class Remote {
    /** Every request must say it, and the client doesn't by itself. */
    private static final ClientCallContext VERSION = new ClientCallContext(Map.of(), Map.of("A2A-Version", "1.0"));

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
        if (binding.equals("JSONRPC")) builder.withTransport(JSONRPCTransport.class, new JSONRPCTransportConfig());
        else builder.withTransport(RestTransport.class, new RestTransportConfig());
        return builder.build();
    }

    Sight send(String text, Sight to) throws Exception {
        List<Sight> seen = new ArrayList<>();
        blocking.sendMessage(message(text, to), List.of((event, card) -> seen.add(see(event))), null, VERSION);
        return seen.get(0);
    }

    /** Until the task has ended. @param each is told of every event as it comes */
    List<Sight> stream(String text, Consumer<Sight> each) throws Exception {
        return collect(each, (events, errors) -> streaming.sendMessage(message(text, Sight.NOTHING), List.of(events), errors, VERSION));
    }

    List<Sight> subscribe(String id) throws Exception {
        return collect(sight -> {}, (events, errors) -> streaming.subscribeToTask(new TaskIdParams(id), List.of(events), errors, VERSION));
    }

    Sight get(String id) throws Exception {
        return see(blocking.getTask(new TaskQueryParams(id), VERSION));
    }

    Sight cancel(String id) throws Exception {
        return see(blocking.cancelTask(new TaskIdParams(id), VERSION));
    }

    /** The task of a context. The client refuses a page that has less tasks than room, though A2A 1.0 allows it. */
    Optional<List<Sight>> list(String contextId) throws Exception {
        var query = ListTasksParams.builder().contextId(contextId).pageSize(1).tenant("").build();
        return Optional.of(blocking.listTasks(query, VERSION).tasks().stream().map(Remote::see).toList());
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
        return Message.builder().role(Message.Role.ROLE_USER).parts(new TextPart(text)).messageId(UUID.randomUUID().toString())
            .taskId(to.taskId()).contextId(to.contextId()).build();
    }

    private static Sight see(ClientEvent event) {
        if (event instanceof MessageEvent message) return new Sight(null, null, null, textOf(message.getMessage().parts()));
        if (event instanceof TaskEvent task) return see(task.getTask());
        var update = ((TaskUpdateEvent) event).getUpdateEvent();
        if (update instanceof TaskStatusUpdateEvent status) return new Sight(status.taskId(), status.contextId(), nameOf(status.status().state()), null);
        var artifact = (TaskArtifactUpdateEvent) update;
        return new Sight(artifact.taskId(), artifact.contextId(), null, textOf(artifact.artifact().parts()));
    }

    private static Sight see(Task task) {
        String text = task.artifacts().stream().map(artifact -> textOf(artifact.parts())).collect(Collectors.joining());
        return new Sight(task.id(), task.contextId(), nameOf(task.status().state()), text);
    }

    /** As A2A 0.3 calls it. */
    private static String nameOf(TaskState state) {
        return state.name().replace("TASK_STATE_", "").replace('_', '-').toLowerCase(Locale.ROOT);
    }

    private static String textOf(List<Part<?>> parts) {
        return parts.stream().map(part -> part instanceof TextPart text ? text.text() : "").collect(Collectors.joining());
    }
}
