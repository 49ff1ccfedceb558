package brokeragent;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.record.AbstractLegacyRecordBatch;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.LegacyRecord;
import org.apache.kafka.common.record.MutableRecordBatch;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

/**
 * Refuses a batch that a client wrote, before memory is set aside for what it says it has within it. The answer is
 * MESSAGE_TOO_LARGE, at which Java's producer cuts the batch up and sends the parts. It is asked only where a leader
 * takes a batch: followers and the log cleaner read whatever a log has.
 */
public final class BatchLimit {
    /** Bytes that a batch may take once it is unpacked. */
    static volatile long bytes = Long.MAX_VALUE;

    /** Bytes of objects for each event, of the present format and of the one of before 2017. */
    private static final int OBJECTS = 64;
    private static final int OLD_OBJECTS = 192;
    /**
     * Bytes for a header, which may be two as it comes, and takes 92 as objects. In a packed batch it counts as fewer:
     * usual batches have some for each event, and they are made only when somebody asks for a place by its time. An
     * event that has all of them counts as more, as each collection meanwhile copies them: with 96, sixteen connections
     * caused whole ones.
     */
    private static final int HEADER = 24;
    private static final int HEADER_OF_ONE_EVENT = 512;
    /** Bytes before the first event. */
    private static final int BATCH_HEAD = 61;

    private static final long SNAPPY_MAGIC = 0x82534e4150505900L;
    private static final int SNAPPY_HEAD = 16;

    private BatchLimit() {}

    /** The events of a batch without their content, up to the limit. */
    public static CloseableIterator<Record> skipKeyValueIterator(
            MutableRecordBatch batch, BufferSupplier buffers, ByteBuffer whole) {
        if (!batch.isCompressed()) return batch.skipKeyValueIterator(buffers);
        requireSmallChunks(batch.compressionType(), whole.position(whole.position() + BATCH_HEAD).slice());
        return limited(batch.skipKeyValueIterator(buffers));
    }

    /** The events of a batch, which are looked through first: Kafka sets aside for each what it says it has. */
    public static CloseableIterator<Record> streamingIterator(
            MutableRecordBatch batch, BufferSupplier buffers, ByteBuffer whole) throws IOException {
        if (!batch.isCompressed()) return batch.streamingIterator(buffers);
        if (batch.magic() < RecordBatch.MAGIC_VALUE_V2) {
            requireSmall(((AbstractLegacyRecordBatch) batch).outerRecord(), buffers);
        } else {
            try (CloseableIterator<Record> events = skipKeyValueIterator(batch, buffers, whole)) {
                while (events.hasNext()) events.next();
            }
        }
        return batch.streamingIterator(buffers);
    }

    /** Called before the headers of an event are read: so many make many times as much of what a client asks for. */
    public static void headers(int count) {
        if ((long) count * HEADER_OF_ONE_EVENT > bytes
                && Thread.currentThread().getName().startsWith("data-plane-kafka-request-handler")) throw tooLarge();
    }

    /** Called before a key, a value or a header is unpacked and passed over. */
    public static void skip(int size) {
        if (size > bytes) throw tooLarge();
    }

    /** The size of an event with what its headers take when somebody asks for it; 2 GiB and more are negative. */
    public static int withHeaders(int size, int headers) {
        long all = size + (long) headers * HEADER;
        return size < 0 || all > Integer.MAX_VALUE ? -1 : (int) all;
    }

    private static CloseableIterator<Record> limited(CloseableIterator<Record> events) {
        return new CloseableIterator<>() {
            private long left = bytes;

            @Override
            public boolean hasNext() {
                return events.hasNext();
            }

            @Override
            public Record next() {
                Record event = events.next();
                // As it says, which is what is set aside for whoever reads it; 2 GiB and more are negative.
                left = rest(left, event.sizeInBytes(), OBJECTS);
                return event;
            }

            @Override
            public void close() {
                events.close();
            }
        };
    }

    private static void requireSmall(LegacyRecord outer, BufferSupplier buffers) throws IOException {
        ByteBuffer packed = outer.value();
        // What is no batch is left to Kafka, which refuses it.
        if (packed == null || outer.compressionType() == CompressionType.ZSTD) return;
        requireSmallChunks(outer.compressionType(), packed.slice());
        Compression compression = Compression.of(outer.compressionType()).build();
        try (DataInputStream in = new DataInputStream(compression.wrapForInput(packed, outer.magic(), buffers))) {
            long left = bytes;
            byte[] head = new byte[12];
            while (in.readNBytes(head, 0, head.length) == head.length) {
                int size = ByteBuffer.wrap(head).getInt(8);
                left = rest(left, size, OLD_OBJECTS);
                if (in.skipBytes(size) < size) return;
            }
        }
    }

    /** Snappy says of each chunk how large it is, and how large it will be. */
    private static void requireSmallChunks(CompressionType compression, ByteBuffer packed) {
        if (compression != CompressionType.SNAPPY) return;
        if (packed.remaining() < SNAPPY_HEAD || packed.getLong(0) != SNAPPY_MAGIC) {
            rest(bytes, unpackedSize(packed, 0), 0);
            return;
        }
        int at = SNAPPY_HEAD;
        while (packed.remaining() - at >= 4) {
            int size = packed.getInt(at);
            if (size == (int) (SNAPPY_MAGIC >> 32)) {
                at += SNAPPY_HEAD;
            } else {
                at += 4;
                if (size < 0 || size > packed.remaining() - at) throw tooLarge();
                rest(bytes, unpackedSize(packed, at), 0);
                at += size;
            }
        }
    }

    /** The number at a place, 7 bits in each byte: a negative one is 2 GiB or more. */
    private static int unpackedSize(ByteBuffer packed, int at) {
        int size = 0;
        for (int shift = 0, next = at; shift < 35 && next < packed.limit(); shift += 7) {
            byte part = packed.get(next++);
            size |= (part & 127) << shift;
            if (part >= 0) break;
        }
        return size;
    }

    private static long rest(long left, int size, int objects) {
        if (size < 0 || size + (long) objects > left) throw tooLarge();
        return left - size - objects;
    }

    private static RecordTooLargeException tooLarge() {
        return new RecordTooLargeException("The batch has, or says that it has, more than " + bytes
                + " bytes once it is unpacked");
    }
}
