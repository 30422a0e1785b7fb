import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** What is read from a stream until its task has ended, or the stream has. */
final class Reading {
    private static final long SECONDS = 20;
    private static final List<String> ENDS = List.of("completed", "canceled", "failed", "rejected");

    private final List<Sight> seen = new ArrayList<>();
    private final CompletableFuture<List<Sight>> ended = new CompletableFuture<>();
    private final Consumer<Sight> each;

    /** @param each is told of every event as it comes */
    Reading(Consumer<Sight> each) {
        this.each = each;
    }

    void add(Sight sight) {
        seen.add(sight);
        each.accept(sight);
        if (sight.state() != null && ENDS.contains(sight.state())) ended.complete(seen);
    }

    /** @param error null where the server just closes the stream */
    void stop(Throwable error) {
        if (error == null) ended.complete(seen);
        else ended.completeExceptionally(error);
    }

    List<Sight> await() throws Exception {
        try {
            return ended.get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException error) {
            throw new IllegalStateException("the stream shows neither an end nor an error");
        } catch (ExecutionException error) {
            throw error.getCause() instanceof Exception cause ? cause : error;
        }
    }
}
