import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;

/**
 * What ZonePartitioner chooses. Reads lines: `zone NAME [STICKY-BYTES]` makes a partitioner, `leaders 1,2,-1` says
 * which brokers lead the partitions (broker 1 is in zone a, 2 in b …), `send N BYTES` and `key TEXT` write them.
 */
public final class PartitionChoices {
  public static void main(String[] args) throws Exception {
    ZonePartitioner partitioner = new ZonePartitioner();
    Cluster cluster = Cluster.empty();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "zone" -> {
          partitioner = new ZonePartitioner();
          Map<String, Object> settings = new TreeMap<>();
          if (!words[1].equals("-")) {
            settings.put("client.rack", words[1]);
          }
          if (words.length > 2) {
            settings.put("batch.size", words[2]);
          }
          partitioner.configure(settings);
        }
        case "leaders" -> cluster = clusterLedBy(words[1].split(","));
        case "send" -> {
          List<String> chosen = new ArrayList<>();
          byte[] value = new byte[Integer.parseInt(words[2])];
          for (int i = 0; i < Integer.parseInt(words[1]); i++) {
            chosen.add(String.valueOf(partitioner.partition("t", null, null, null, value, cluster)));
          }
          System.out.println(String.join(",", chosen));
        }
        default -> {
          byte[] key = line.substring("key ".length()).getBytes(StandardCharsets.UTF_8);
          System.out.println(partitioner.partition("t", null, key, null, new byte[0], cluster));
        }
      }
    }
  }

  private static Cluster clusterLedBy(String[] leaders) {
    Map<Integer, Node> nodes = new TreeMap<>();
    List<PartitionInfo> partitions = new ArrayList<>();
    for (String leader : leaders) {
      int id = Integer.parseInt(leader);
      Node node = id < 0 ? null : nodes.computeIfAbsent(id, PartitionChoices::node);
      partitions.add(new PartitionInfo("t", partitions.size(), node, new Node[0], new Node[0]));
    }
    return new Cluster("cluster", nodes.values(), partitions, Set.of(), Set.of());
  }

  /** Brokers 1 to 5 are in the zones a, b, c, a and b. */
  private static Node node(int id) {
    return new Node(id, "kafka-" + id, 9092, String.valueOf((char) ('a' + (id - 1) % 3)));
  }
}
