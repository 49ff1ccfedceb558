/** Bytes of a GiB. */
export const gibibyte = 1024 ** 3;
/** The share of a data volume that may be used, with one broker away for good and its copies on the others. */
export const usableShare = 0.85;
/** Kafka deletes whole segments, a tenth of a partition each (segments.ts): so much more is kept than asked for. */
export const segmentSlack = 1.1;
