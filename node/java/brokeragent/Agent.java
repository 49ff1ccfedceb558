package brokeragent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.HashMap;
import java.util.Map;
import javassist.CannotCompileException;
import javassist.ClassPool;
import javassist.CtClass;
import javassist.CtMethod;
import javassist.NotFoundException;
import javassist.expr.ExprEditor;
import javassist.expr.MethodCall;
import javassist.expr.NewExpr;

/**
 * Has Kafka ask {@link BatchLimit} before it unpacks what a client wrote, and {@link ZooKeeperWait} before a client's
 * request waits for ZooKeeper, and begins the {@link Heartbeat}. A Kafka that is built otherwise starts as it is,
 * without the one or the other, and says so.
 */
public final class Agent {
    private static final String VALIDATOR = "org.apache.kafka.storage.internals.log.LogValidator";
    private static final String RECORD = "org.apache.kafka.common.record.DefaultRecord";
    private static final String PARTIAL = "org.apache.kafka.common.record.PartialDefaultRecord";
    private static final String ZK_CLIENT = "kafka.zk.KafkaZkClient";
    private static final String CONNECTION = "kafka.zookeeper.ZooKeeperClient";
    private static final String HANDLER = "kafka.server.KafkaRequestHandler$";

    private Agent() {}

    /** @param limit bytes that a batch may take once it is unpacked */
    public static void premain(String limit, Instrumentation jvm) {
        BatchLimit.bytes = Long.parseLong(limit);
        change(jvm, Agent::limitBatches, "Batches of more than " + limit + " bytes unpacked are refused",
                "ANY CLIENT CAN FILL THE HEAP");
        change(jvm, Agent::limitWaits, "Clients' requests wait for ZooKeeper for a second",
                "ANY CLIENT CAN STOP A BROKER THAT HAS LOST ZOOKEEPER");
        beat(System.getenv("RUNTIME_DIRECTORY"));
    }

    /** @param folder the one that systemd makes for the service; absent where Kafka is started by hand */
    private static void beat(String folder) {
        if (folder == null) return;
        try {
            Heartbeat.begin(Path.of(folder));
        } catch (Throwable fault) {
            System.out.println("ERROR Nobody notices when this JVM stands still: " + fault + " (brokeragent)");
        }
    }

    private interface Changes {
        void add(ClassPool pool, Map<String, byte[]> changed) throws Exception;
    }

    /** Changes all classes that belong together, or none. */
    private static void change(Instrumentation jvm, Changes changes, String done, String failed) {
        try {
            Map<String, byte[]> changed = new HashMap<>();
            changes.add(ClassPool.getDefault(), changed);
            jvm.addTransformer(new ClassFileTransformer() {
                @Override
                public byte[] transform(
                        ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                    return changed.get(name);
                }
            });
            System.out.println("INFO " + done + " (brokeragent)");
        } catch (Throwable fault) {
            System.out.println("ERROR " + failed + ": this version of Kafka is not the one that the brokers' agent is"
                    + " made for: " + fault + " (brokeragent)");
        }
    }

    private static void limitBatches(ClassPool pool, Map<String, byte[]> changed) throws Exception {
        CtClass validator = pool.get(VALIDATOR);
        int[] calls = {0};
        validator.getDeclaredMethod("validateMessagesAndAssignOffsetsCompressed").instrument(new ExprEditor() {
            @Override
            public void edit(MethodCall call) throws CannotCompileException {
                String name = call.getMethodName();
                if (!name.equals("skipKeyValueIterator") && !name.equals("streamingIterator")) return;
                calls[0]++;
                call.replace("$_ = brokeragent.BatchLimit." + name + "($0, $1, this.records.buffer());");
            }
        });
        require(calls[0] == 2, VALIDATOR, calls[0] + " iterators, not 2");
        put(changed, validator);

        CtClass record = pool.get(RECORD);
        record.getDeclaredMethod("readHeaders").insertBefore("brokeragent.BatchLimit.headers($2);");
        // These two serve the validator alone.
        record.getDeclaredMethod("skipBytes").insertBefore("brokeragent.BatchLimit.skip($2);");
        int[] records = {0};
        for (CtMethod reader : record.getDeclaredMethods("readPartiallyFrom")) {
            reader.instrument(new ExprEditor() {
                @Override
                public void edit(NewExpr made) throws CannotCompileException {
                    if (!made.getClassName().equals(PARTIAL)) return;
                    records[0]++;
                    made.replace("$1 = brokeragent.BatchLimit.withHeaders($1, numHeaders); $_ = $proceed($$);");
                }
            });
        }
        require(records[0] == 1, RECORD, records[0] + " places where one is made, not 1");
        put(changed, record);
    }

    private static void limitWaits(ClassPool pool, Map<String, byte[]> changed) throws Exception {
        // ZooKeeperWait asks it which request a thread has.
        pool.get(HANDLER).getDeclaredMethod("kafka$server$KafkaRequestHandler$$threadCurrentRequest");

        CtClass client = pool.get(ZK_CLIENT);
        CtMethod ask = client.getMethod(
                "retryRequestsUntilConnected", "(Lscala/collection/Seq;)Lscala/collection/Seq;");
        replaceCall(ask, CONNECTION, "waitUntilConnected", "brokeragent.ZooKeeperWait.untilConnected($0);");
        String connection = "this.kafka$zk$KafkaZkClient$$zooKeeperClient";
        ask.insertBefore("brokeragent.ZooKeeperWait.begin(" + connection + ", $1);");
        ask.insertAfter("brokeragent.ZooKeeperWait.answered(" + connection + ");");
        put(changed, client);

        CtClass waiting = pool.get(CONNECTION);
        replaceCall(waiting.getDeclaredMethod("handleRequests"), "java.util.concurrent.CountDownLatch", "await",
                "brokeragent.ZooKeeperWait.await($0);");
        replaceCall(waiting.getDeclaredMethod("$anonfun$handleRequests$1"), "java.util.concurrent.Semaphore", "acquire",
                "brokeragent.ZooKeeperWait.acquire($0);");
        put(changed, waiting);
    }

    /** Replaces the one call of another class's method without parameters that there has to be. */
    private static void replaceCall(CtMethod within, String type, String method, String code)
            throws CannotCompileException, NotFoundException {
        int[] calls = {0};
        within.instrument(new ExprEditor() {
            @Override
            public void edit(MethodCall call) throws CannotCompileException {
                if (!call.getClassName().equals(type) || !call.getMethodName().equals(method)) return;
                calls[0]++;
                call.replace(code);
            }
        });
        require(calls[0] == 1, within.getLongName(), calls[0] + " calls of " + method + ", not 1");
    }

    /** Keeps a class as it is to be, by the name that the JVM has for it. */
    private static void put(Map<String, byte[]> changed, CtClass type) throws Exception {
        changed.put(type.getName().replace('.', '/'), type.toBytecode());
    }

    private static void require(boolean holds, String name, String found) {
        if (!holds) throw new IllegalStateException(name + " has " + found);
    }
}
