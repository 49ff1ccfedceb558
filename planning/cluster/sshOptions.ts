/** Settings of ssh_config(5) as words of ssh's command line. */
export function sshOptions(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}
