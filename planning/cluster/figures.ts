/** Figures as people read them. */

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function megabytes(bytesPerSecond: number): string {
  return `${tenths(bytesPerSecond / 1e6)} MB/s`;
}

export function tenths(value: number): string {
  return String(Math.round(value * 10) / 10);
}
