package batchlimit;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.HashMap;
import java.util.Map;
import javassist.CannotCompileException;
import javassist.ClassPool;
import javassist.CtClass;
import javassist.CtMethod;
import javassist.expr.ExprEditor;
import javassist.expr.MethodCall;
import javassist.expr.NewExpr;

/**
 * Has Kafka ask {@link BatchLimit} before it unpacks what a client wrote. A Kafka that is built otherwise starts as it
 * is, without the limit, and says so.
 */
public final class Agent {
    private static final String VALIDATOR = "org.apache.kafka.storage.internals.log.LogValidator";
    private static final String RECORD = "org.apache.kafka.common.record.DefaultRecord";
    private static final String PARTIAL = "org.apache.kafka.common.record.PartialDefaultRecord";

    private Agent() {}

    /** @param limit bytes that a batch may take once it is unpacked */
    public static void premain(String limit, Instrumentation jvm) {
        try {
            Map<String, byte[]> changed = changed();
            BatchLimit.bytes = Long.parseLong(limit);
            jvm.addTransformer(new ClassFileTransformer() {
                @Override
                public byte[] transform(
                        ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                    return changed.get(name);
                }
            });
            System.out.println("INFO Batches of more than " + limit + " bytes unpacked are refused (batchlimit)");
        } catch (Throwable fault) {
            System.out.println("ERROR ANY CLIENT CAN FILL THE HEAP: this version of Kafka is not the one that the limit"
                    + " on unpacked batches is made for: " + fault + " (batchlimit)");
        }
    }

    /** The classes as they are to be, by the names that the JVM has for them. */
    private static Map<String, byte[]> changed() throws Exception {
        ClassPool pool = ClassPool.getDefault();
        Map<String, byte[]> changed = new HashMap<>();

        CtClass validator = pool.get(VALIDATOR);
        int[] calls = {0};
        validator.getDeclaredMethod("validateMessagesAndAssignOffsetsCompressed").instrument(new ExprEditor() {
            @Override
            public void edit(MethodCall call) throws CannotCompileException {
                String name = call.getMethodName();
                if (!name.equals("skipKeyValueIterator") && !name.equals("streamingIterator")) return;
                calls[0]++;
                call.replace("$_ = batchlimit.BatchLimit." + name + "($0, $1, this.records.buffer());");
            }
        });
        require(calls[0] == 2, VALIDATOR, calls[0] + " iterators, not 2");
        changed.put(VALIDATOR.replace('.', '/'), validator.toBytecode());

        CtClass record = pool.get(RECORD);
        record.getDeclaredMethod("readHeaders").insertBefore("batchlimit.BatchLimit.headers($2);");
        // These two serve the validator alone.
        record.getDeclaredMethod("skipBytes").insertBefore("batchlimit.BatchLimit.skip($2);");
        int[] records = {0};
        for (CtMethod reader : record.getDeclaredMethods("readPartiallyFrom")) {
            reader.instrument(new ExprEditor() {
                @Override
                public void edit(NewExpr made) throws CannotCompileException {
                    if (!made.getClassName().equals(PARTIAL)) return;
                    records[0]++;
                    made.replace("$1 = batchlimit.BatchLimit.withHeaders($1, numHeaders); $_ = $proceed($$);");
                }
            });
        }
        require(records[0] == 1, RECORD, records[0] + " places where one is made, not 1");
        changed.put(RECORD.replace('.', '/'), record.toBytecode());
        return changed;
    }

    private static void require(boolean holds, String name, String found) {
        if (!holds) throw new IllegalStateException(name + " has " + found);
    }
}
