const endpoint = "http://169.254.169.254";

/**
 * The availability zone of this EC2 instance, which is the brokers' `broker.rack`: the variable ZONE, or what the
 * instance metadata say; undefined elsewhere. From another account compare zone ids (`placement/availability-zone-id`):
 * `us-east-1a` may be another zone there.
 */
export async function zoneOfThisMachine(): Promise<string | undefined> {
  const { ZONE, AWS_EC2_METADATA_SERVICE_ENDPOINT: service = endpoint } = process.env;
  if (ZONE !== undefined) return ZONE;
  const ask = async (path: string, method: string, headers: Record<string, string>): Promise<string> => {
    const response = await fetch(`${service}/latest/${path}`, { method, headers, signal: AbortSignal.timeout(1000) });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.text();
  };
  try {
    const token = await ask("api/token", "PUT", { "x-aws-ec2-metadata-token-ttl-seconds": "60" });
    return await ask("meta-data/placement/availability-zone", "GET", { "x-aws-ec2-metadata-token": token });
  } catch {
    return undefined;
  }
}
