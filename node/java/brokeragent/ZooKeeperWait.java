package brokeragent;

import static scala.jdk.javaapi.CollectionConverters.asJava;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import kafka.network.RequestChannel;
import kafka.server.KafkaRequestHandler$;
import kafka.zookeeper.AsyncRequest;
import kafka.zookeeper.ExistsRequest;
import kafka.zookeeper.GetChildrenRequest;
import kafka.zookeeper.GetDataRequest;
import kafka.zookeeper.ZooKeeperClient;
import org.apache.kafka.common.errors.TimeoutException;
import scala.collection.Seq;

/**
 * Lets a client's request wait for ZooKeeper for a second, where Kafka keeps its thread until ZooKeeper answers: eight
 * such requests, and a broker whose ZooKeeper has no quorum serves nobody. The answer is REQUEST_TIMED_OUT, after
 * which clients try again. Once one has waited in vain the next are refused at once, until ZooKeeper is there again.
 *
 * Kafka's own threads wait as ever, and so do requests that only brokers send: a LeaderAndIsr, which reads a new
 * topic's settings, is not sent a second time. So does a request that has begun to change something.
 */
public final class ZooKeeperWait {
    /** A broker that changes to another ZooKeeper node pauses for up to a second, as ZooKeeper's client has it. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);
    /**
     * How long nobody asks where ZooKeeper is silent on an open connection. Its client closes that within 4 s
     * (two thirds of the session timeout).
     */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(5);
    private static final long LOOK_MS = 10;

    /** The connections on which a request has waited in vain, and the time before which none is to try again. */
    private static final Map<ZooKeeperClient, Long> silent = new ConcurrentHashMap<>();
    /** What a thread asks ZooKeeper for a client; null for all others. */
    private static final ThreadLocal<Question> asked = new ThreadLocal<>();

    private ZooKeeperWait() {}

    private static final class Question {
        private final WeakReference<RequestChannel.Request> request;
        private final ZooKeeperClient connection;
        private final long start = System.nanoTime();
        /** Whether it changes something that is better not left half done, and whether one before it did so. */
        boolean isChange;
        boolean isAfterChange;

        Question(RequestChannel.Request request, ZooKeeperClient connection) {
            this.request = new WeakReference<>(request);
            this.connection = connection;
        }

        boolean isOf(RequestChannel.Request other) {
            return request.refersTo(other);
        }

        long nanosLeft() {
            return start + PATIENCE - System.nanoTime();
        }

        TimeoutException giveUp() {
            silent.put(connection, System.nanoTime() + (isConnected(connection) ? PAUSE : 0));
            return refusal();
        }
    }

    /** Called before ZooKeeper is asked. */
    public static void begin(ZooKeeperClient connection, Seq<AsyncRequest> questions) throws InterruptedException {
        RequestChannel.Request request = KafkaRequestHandler$.MODULE$
                .kafka$server$KafkaRequestHandler$$threadCurrentRequest().get();
        if (request == null || request.header().apiKey().clusterAction) {
            asked.remove();
            return;
        }
        Question before = asked.get();
        Question question = new Question(request, connection);
        question.isChange = request.header().apiKey().forwardable
                && !asJava(questions).stream().allMatch(ZooKeeperWait::isRead);
        question.isAfterChange = before != null && before.isOf(request) && before.isAfterChange;
        asked.set(question);
        if (question.isAfterChange) return;
        Long again = silent.get(connection);
        if (again != null && (!isConnected(connection) || System.nanoTime() - again < 0)) throw refusal();
        untilConnected(connection);
    }

    /** Called when ZooKeeper has answered, on whatever thread. */
    public static void answered(ZooKeeperClient connection) {
        silent.remove(connection);
        Question question = asked.get();
        if (question != null) question.isAfterChange |= question.isChange;
    }

    /** Instead of a wait without end for a connection. */
    public static void untilConnected(ZooKeeperClient connection) throws InterruptedException {
        Question question = asked.get();
        if (question == null || question.isAfterChange) {
            connection.waitUntilConnected();
            return;
        }
        while (!isConnected(connection)) {
            if (question.nanosLeft() <= 0) throw question.giveUp();
            Thread.sleep(LOOK_MS);
        }
    }

    /** Instead of a wait without end for a place among the questions that are under way. */
    public static void acquire(Semaphore places) throws InterruptedException {
        Question question = asked.get();
        if (question == null || question.isAfterChange) places.acquire();
        else if (!places.tryAcquire(question.nanosLeft(), TimeUnit.NANOSECONDS)) throw question.giveUp();
    }

    /** Instead of a wait without end for the answer. A change is waited for: nobody knows whether it will be made. */
    public static void await(CountDownLatch answer) throws InterruptedException {
        Question question = asked.get();
        if (question == null || question.isChange || question.isAfterChange) answer.await();
        else if (!answer.await(question.nanosLeft(), TimeUnit.NANOSECONDS)) throw question.giveUp();
    }

    private static boolean isRead(AsyncRequest question) {
        return question instanceof GetDataRequest
                || question instanceof GetChildrenRequest
                || question instanceof ExistsRequest;
    }

    private static boolean isConnected(ZooKeeperClient connection) {
        return connection.connectionState().isConnected();
    }

    private static TimeoutException refusal() {
        return new TimeoutException("This broker has no answer from ZooKeeper at present: ask again later");
    }
}
