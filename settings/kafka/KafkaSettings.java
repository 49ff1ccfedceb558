import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.storage.internals.log.LogConfig;

/** Prints every setting of a broker and of a topic that Kafka documents: kind, name, type, what it takes, default. */
class KafkaSettings {
  public static void main(String[] arguments) {
    print("broker", kafka.server.KafkaConfig.configDef().configKeys());
    print("topic", LogConfig.configKeys());
  }

  static void print(String kind, Map<String, ConfigKey> keys) {
    for (ConfigKey key : new TreeMap<>(keys).values()) {
      if (key.internalConfig) continue;
      // A list has commas, a range is [from,...,to], and versions are many: they are decided by the program.
      String takes = key.validator == null ? "" : key.validator.toString().replace(", ", "|");
      if (!takes.matches("\\[[^ ]*\\].*") || takes.startsWith("[0.8.0|") || takes.contains(":")) takes = "";
      String value = key.defaultValue == null ? "" : key.defaultValue.toString();
      if (!value.matches("[A-Za-z0-9.-]*")) value = "";
      System.out.println(String.join(" ", kind, key.name, key.type.toString(), takes.replace(" ", "_"), value).trim()
          .replaceAll("  +", " - "));
    }
  }
}
