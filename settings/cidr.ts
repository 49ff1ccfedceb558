/** An IPv4 block; `base` is the network address as an unsigned 32-bit number. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

/** Reads `10.20.0.0/16`. Gives a sentence about what is wrong instead when it is not an IPv4 block. */
export function parseCidr(text: string): Cidr | string {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const numbers = match?.slice(1).map(Number) ?? [];
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = numbers;
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) {
    return `"${text}" is not an IPv4 block; write address/prefix, e.g. 10.20.0.0/16`;
  }
  // Where such a number is octal, as for many programs, 010 is 8.
  if (/(^|[./])0\d/.test(text)) {
    return (
      `"${text}" has numbers that begin with 0, which may be read as octal; write ` +
      `${[a, b, c, d].join(".")}/${prefix}`
    );
  }
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const base = networkAddress(address, prefix);
  if (base !== address) return `"${text}" has host bits set; write ${formatCidr({ base, prefix })}`;
  return { base, prefix };
}

/** Like `parseCidr` for text that was checked before; throws otherwise. */
export function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (typeof cidr === "string") throw new Error(cidr);
  return cidr;
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** The block as text, `10.20.0.0/16`. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.base)}/${cidr.prefix}`;
}

/** The number of addresses in the block. */
export function cidrSize(cidr: Cidr): number {
  return 2 ** (32 - cidr.prefix);
}

/** The address at position `host` of the block. */
export function hostAddress(cidr: Cidr, host: number): string {
  if (host < 0 || host >= cidrSize(cidr)) throw new Error(`host number ${host} is outside ${formatCidr(cidr)}`);
  return formatAddress(cidr.base + host);
}

/** The fewest blocks that hold the positions `first` to `last` of the block, and no other. */
export function blocksCovering(cidr: Cidr, first: number, last: number): Cidr[] {
  const blocks: Cidr[] = [];
  for (let host = first; host <= last;) {
    const position = cidr.base + host;
    let size = 1;
    while (position % (2 * size) === 0 && host + 2 * size - 1 <= last) size *= 2;
    blocks.push({ base: position, prefix: 32 - Math.log2(size) });
    host += size;
  }
  return blocks;
}

/** Whether every address of `inner` is in `outer`. */
export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix >= outer.prefix && networkAddress(inner.base, outer.prefix) === outer.base;
}

/** Whether the blocks share an address. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return containsCidr(a, b) || containsCidr(b, a);
}

/** Block number `index` when `cidr` is cut into blocks of `prefix`. */
export function blockOf(cidr: Cidr, prefix: number, index: number): Cidr {
  const block = { base: cidr.base + index * 2 ** (32 - prefix), prefix };
  if (prefix < cidr.prefix || !containsCidr(cidr, block))
    throw new Error(`${formatCidr(cidr)} has no block ${index} of /${prefix}`);
  return block;
}

function networkAddress(address: number, prefix: number): number {
  return prefix === 0 ? 0 : (address & (0xffffffff << (32 - prefix))) >>> 0;
}
