package metrics;

import io.prometheus.jmx.JmxCollector;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.FileInputStream;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.net.InetAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves this process's metrics by the JMX exporter, and never at the cost of what the process is for. The exporter's
 * own agent ends a process whose port is taken, and has it wait for the agent before it starts.
 */
public final class Agent {
    /** Until then what has started has the processor to itself. */
    private static final int DELAY_SECONDS = 10;
    private static final int AGAIN_SECONDS = 10;
    /** A reader that asks or takes the answer more slowly is sent away. */
    private static final int MOST_SECONDS = 10;
    private static final int WAITING_REQUESTS = 4;

    private Agent() {}

    /** @param argument ADDRESS:PORT:FILE, where to serve, and the exporter's configuration */
    public static void premain(String argument, Instrumentation jvm) {
        inBackground(() -> serve(argument.split(":", 3))).start();
    }

    private static void serve(String[] argument) {
        String said = "";
        for (int seconds = DELAY_SECONDS;; seconds = AGAIN_SECONDS) {
            try {
                TimeUnit.SECONDS.sleep(seconds);
                start(argument[0], Integer.parseInt(argument[1]), argument[2]);
                System.out.println("INFO Metrics are served on " + argument[0] + ":" + argument[1] + " (metrics)");
                return;
            } catch (Throwable fault) {
                if (!said.equals(fault.toString())) {
                    said = fault.toString();
                    System.out.println("WARN Metrics are not served, and all else goes on: " + said + " (metrics)");
                }
            }
        }
    }

    private static void start(String address, int port, String file) throws Exception {
        System.setProperty("sun.net.httpserver.maxReqTime", String.valueOf(MOST_SECONDS));
        System.setProperty("sun.net.httpserver.maxRspTime", String.valueOf(MOST_SECONDS));
        PrometheusRegistry registry = new PrometheusRegistry();
        try (InputStream configuration = new FileInputStream(file)) {
            new JmxCollector(configuration).register(registry);
        }
        // One at a time, so that however many ask, no more than one processor is taken.
        ThreadPoolExecutor one = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_REQUESTS), Agent::inBackground);
        HTTPServer.builder()
                .inetAddress(InetAddress.getByName(address))
                .port(port)
                .executorService(one)
                .registry(registry)
                .buildAndStart();
    }

    private static Thread inBackground(Runnable work) {
        Thread thread = new Thread(work, "metrics");
        thread.setDaemon(true);
        return thread;
    }
}
