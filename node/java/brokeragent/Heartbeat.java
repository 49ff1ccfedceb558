package brokeragent;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Counts in a file in memory, ten times a second, for `self-fence`. Whatever stops the JVM stops this too: a long
 * collection, a thread that waits for a hung disk where the JVM waits for it, SIGSTOP.
 */
final class Heartbeat {
    private static final long EVERY_MS = 100;

    private Heartbeat() {}

    /** @param folder one of the kernel's memory, as each write to a disk could hang */
    static void begin(Path folder) throws IOException {
        MappedByteBuffer file;
        try (FileChannel channel = FileChannel.open(folder.resolve("heartbeat"), StandardOpenOption.CREATE,
                StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            file = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
        }
        Thread thread = new Thread(() -> {
            for (long beat = 1; ; beat++) {
                file.putLong(0, beat);
                try {
                    Thread.sleep(EVERY_MS);
                } catch (InterruptedException fault) {
                    return;
                }
            }
        }, "heartbeat");
        thread.setDaemon(true);
        thread.setPriority(Thread.MAX_PRIORITY);
        thread.start();
    }
}
