import java.io.FileInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Counts the events of `user-activity` by type, as consumer.ts does, with the outputs' settings for Java. */
public final class EventCounter {
  private static final long REPORT_EVERY_MS = 5_000;
  private static final Pattern TYPE = Pattern.compile("\"type\"\\s*:\\s*\"([^\"]+)\"");

  public static void main(String[] args) throws Exception {
    String topic = variable("TOPIC", "user-activity");
    Properties settings = new Properties();
    // `clientProperties.java.consumer`, as it is.
    try (FileInputStream file = new FileInputStream(variable("CONSUMER_PROPERTIES", "consumer.properties"))) {
      settings.load(file);
    }
    settings.setProperty("group.id", variable("GROUP", "event-counter"));
    // The copy in the same zone is read where there is one, which costs no traffic between zones.
    String zone = Zone.ofThisMachine();
    if (zone != null) {
      settings.setProperty("client.rack", zone);
    }
    StringDeserializer texts = new StringDeserializer();
    KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, texts, texts);
    requireTopic(consumer, topic);
    Thread reader = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      consumer.wakeup();
      try {
        reader.join(20_000);
      } catch (InterruptedException ignored) {
        Thread.currentThread().interrupt();
      }
    }));
    Map<String, Long> counts = new TreeMap<>();
    consumer.subscribe(List.of(topic));
    try {
      for (long reported = System.currentTimeMillis(); ; ) {
        ConsumerRecords<String, String> events = consumer.poll(Duration.ofMillis(500));
        for (ConsumerRecord<String, String> event : events) {
          counts.merge(typeOf(event.value()), 1L, Long::sum);
        }
        // After the work, so an event is counted at least once: make the real work repeatable.
        if (!events.isEmpty()) {
          consumer.commitSync();
        }
        if (System.currentTimeMillis() - reported >= REPORT_EVERY_MS) {
          report(counts);
          reported = System.currentTimeMillis();
        }
      }
    } catch (WakeupException ending) {
      // Leaving in good order hands the partitions to the others at once.
      consumer.close();
      report(counts);
    }
  }

  /** Ends at once when the topic does not exist, and names those that do; `poll` would wait for it without a word. */
  private static void requireTopic(KafkaConsumer<?, ?> consumer, String topic) {
    List<String> there =
        consumer.listTopics().keySet().stream().filter(name -> !name.startsWith("__")).sorted().toList();
    if (there.contains(topic)) {
      return;
    }
    String names = there.isEmpty() ? "none" : String.join(", ", there);
    System.err.println("no topic " + topic + " in the cluster, which has: " + names);
    consumer.close();
    System.exit(1);
  }

  private static void report(Map<String, Long> counts) {
    long total = counts.values().stream().mapToLong(Long::longValue).sum();
    String byType =
        counts.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).collect(Collectors.joining(", "));
    System.out.println(total + " events: " + (byType.isEmpty() ? "none yet" : byType));
  }

  /** One event that can't be read must not stop all that come after it. */
  private static String typeOf(String value) {
    Matcher matcher = TYPE.matcher(value == null ? "" : value);
    return matcher.find() ? matcher.group(1) : "unreadable";
  }

  private static String variable(String name, String preset) {
    String value = System.getenv(name);
    return value == null ? preset : value;
  }
}
