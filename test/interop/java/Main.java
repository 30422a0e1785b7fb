import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import com.google.gson.Gson;

/** What every official client is put through, here those of Java, each with its own Remote: see exercise.ts. Prints the report as JSON. */
final class Main {
    /** usage: Main URL BINDING */
    public static void main(String[] arguments) throws Exception {
        System.out.println(new Gson().toJson(exercise(new Remote(arguments[0], arguments[1]))));
        System.exit(0); // the client's threads go on
    }

    private static Map<String, List<String>> exercise(Remote client) throws Exception {
        Map<String, List<String>> report = new LinkedHashMap<>();
        report.put("discovery", List.of(client.name));
        report.put("task", List.of(client.send("tck-artifact-text", Sight.NOTHING).show()));
        report.put("message", List.of(client.send("tck-message-response", Sight.NOTHING).show()));
        report.put("stream", show(client.stream("tck-stream-artifact-text", sight -> {})));
        followUp(client, report);
        cancel(client, report);
        subscribe(client, report);
        report.put("errors", List.of(failure(() -> client.get("no-such-task")), failure(() -> client.subscribe("no-such-task"))));
        return report;
    }

    private static void followUp(Remote client, Map<String, List<String>> report) throws Exception {
        Sight first = client.send("tck-multi-turn", Sight.NOTHING);
        Sight second = client.send("tck-multi-turn", first);
        report.put("followUp", show(List.of(first, second)));
        client.list(first.contextId()).ifPresent(listed -> report.put("list", show(listed)));
    }

    private static void cancel(Remote client, Map<String, List<String>> report) throws Exception {
        AtomicReference<CompletableFuture<Sight>> answer = new AtomicReference<>();
        List<Sight> seen = new ArrayList<>(client.stream("tck-cancel", sight -> {
            if ("working".equals(sight.state())) answer.set(later(() -> client.cancel(sight.taskId())));
        }));
        seen.add(answer.get().get());
        report.put("cancel", show(seen));
    }

    /** Joins a stream in its middle: snapshot and tail together must be what the first reader sees. */
    private static void subscribe(Remote client, Map<String, List<String>> report) throws Exception {
        AtomicReference<CompletableFuture<List<Sight>>> second = new AtomicReference<>();
        List<Sight> first = client.stream("sut-stream 6 100", sight -> {
            if (sight.text() != null && !sight.text().isEmpty() && second.get() == null) second.set(later(() -> client.subscribe(sight.taskId())));
        });
        List<Sight> joined = second.get().get();
        report.put("firstReader", List.of(textOf(first), first.get(first.size() - 1).state()));
        report.put("secondReader", List.of(joined.get(0).state(), textOf(joined), joined.get(joined.size() - 1).state()));
    }

    private static <T> CompletableFuture<T> later(Callable<T> work) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return work.call();
            } catch (Exception error) {
                throw new CompletionException(error);
            }
        });
    }

    private static String failure(Callable<?> work) {
        try {
            work.call();
            return "no error";
        } catch (Exception error) {
            return error.toString();
        }
    }

    private static List<String> show(List<Sight> sights) {
        return sights.stream().map(Sight::show).toList();
    }

    private static String textOf(List<Sight> sights) {
        return sights.stream().map(Sight::textOrNone).collect(Collectors.joining());
    }
}
