/** Whether an IPv4 address is in a block. */
export function cidrContains(cidr: string, address: string): boolean {
  const [base = "", prefix = "32"] = cidr.split("/");
  const shift = 32 - Number(prefix);
  return Math.floor(numberOf(base) / 2 ** shift) === Math.floor(numberOf(address) / 2 ** shift);
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
