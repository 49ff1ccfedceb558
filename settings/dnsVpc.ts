/** A VPC that `dnsVpcIds` names: an id, or `eu-west-1/vpc-…` in another region than the cluster's. */
export function dnsVpcOf(entry: string, ownRegion: string): { readonly id: string; readonly region: string } {
  const [id = "", region = ownRegion] = entry.split("/").reverse();
  return { id, region };
}
