import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the client shows of a task, of one of its events or of a message. */
record Sight(String taskId, String contextId, String state, String text) {
    static final Sight NOTHING = new Sight(null, null, null, null);

    String show() {
        return Stream.of(state == null ? "" : state, textOrNone()).filter(item -> !item.isEmpty()).collect(Collectors.joining(": "));
    }

    String textOrNone() {
        return text == null ? "" : text;
    }
}
