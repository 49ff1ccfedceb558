import { BlockList } from "node:net";

/** Whether an IPv4 address is in a block. */
export function cidrContains(cidr: string, address: string): boolean {
  const [base = "", prefix = "32"] = cidr.split("/");
  const block = new BlockList();
  block.addSubnet(base, Number(prefix));
  return block.check(address);
}
