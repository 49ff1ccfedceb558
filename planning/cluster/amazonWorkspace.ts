/**
 * The workspace of Amazon Managed Service for Prometheus that a remote-write URL is of; undefined for any other
 * receiver. Pure.
 */
export function amazonWorkspace(url: string): { readonly region: string; readonly id?: string } | undefined {
  const [, region, id] =
    /^https:\/\/aps-workspaces\.([a-z0-9-]+)\.(?:[^/]+\/workspaces\/([A-Za-z0-9-]+)\/)?/.exec(url) ?? [];
  return region === undefined ? undefined : { region, id };
}
