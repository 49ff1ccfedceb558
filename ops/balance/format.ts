/** Bytes with a unit: `4.8 GB`, `512 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 99.95e9) return `${Math.round(bytes / 1e9)} GB`;
  if (bytes >= 0.95e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 9.95e6 || bytes === 0 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A rate with a unit: `43 MB/s`. */
export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`;

/** A time with a unit: `45 s`, `12 min`, `3.4 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
