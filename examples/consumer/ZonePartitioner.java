import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.utils.Utils;

/**
 * A partitioner for Java producers before 4.4 (`partitioner.class=ZonePartitioner`, and `client.rack` with this
 * machine's zone) by which events without a key go to partitions that are led in this zone, as zonePartitioner.ts has
 * them go. Where none is led there, as while its brokers are away, all partitions with a leader are as good. It stays
 * with a partition for `batch.size` bytes of events. Events with a key go where they always go.
 */
public final class ZonePartitioner implements Partitioner {
  /** Where a topic's events go. */
  private static final class Place {
    private Cluster seen;
    private int[] usable;
    private int at = -1;
    private long left;
  }

  private final ConcurrentMap<String, Place> places = new ConcurrentHashMap<>();
  private String zone;
  private long stickyBytes;

  @Override
  public void configure(Map<String, ?> settings) {
    zone = (String) settings.get("client.rack");
    Object batchSize = settings.get("batch.size");
    stickyBytes = batchSize == null ? 16_384 : Long.parseLong(batchSize.toString());
  }

  @Override
  public int partition(
      String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, Cluster cluster) {
    if (keyBytes != null) {
      return Utils.toPositive(Utils.murmur2(keyBytes)) % cluster.partitionsForTopic(topic).size();
    }
    Place place = places.computeIfAbsent(topic, name -> new Place());
    synchronized (place) {
      boolean isKnown = place.seen == cluster;
      if (!isKnown) {
        place.seen = cluster;
        place.usable = usable(cluster, topic);
      }
      if (place.left <= 0 || (!isKnown && !contains(place.usable, place.at))) {
        place.at = other(place.usable, place.at);
        place.left = stickyBytes;
      }
      place.left -= valueBytes == null ? 0 : valueBytes.length;
      return place.at;
    }
  }

  /** The partitions with a leader in this zone; if there are none those with any, and if none has one all. */
  private int[] usable(Cluster cluster, String topic) {
    List<PartitionInfo> led = cluster.availablePartitionsForTopic(topic);
    int[] near = led.stream().filter(one -> isNear(one.leader())).mapToInt(PartitionInfo::partition).toArray();
    if (near.length > 0) {
      return near;
    }
    List<PartitionInfo> any = led.isEmpty() ? cluster.partitionsForTopic(topic) : led;
    return any.stream().mapToInt(PartitionInfo::partition).toArray();
  }

  private boolean isNear(Node leader) {
    return zone != null && zone.equals(leader.rack());
  }

  /** One of them by chance, which is not the last one unless there is no other. */
  private static int other(int[] usable, int last) {
    int chosen = usable[ThreadLocalRandom.current().nextInt(usable.length)];
    while (chosen == last && usable.length > 1) {
      chosen = usable[ThreadLocalRandom.current().nextInt(usable.length)];
    }
    return chosen;
  }

  private static boolean contains(int[] partitions, int wanted) {
    for (int partition : partitions) {
      if (partition == wanted) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {}
}
