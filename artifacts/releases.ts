/** The releases of Prometheus' project that are in use. */
import type { Architecture } from "../settings/instanceTypes";

/** A release of Prometheus' project. */
interface Release {
  readonly version: string;
  /** The programs that it has. */
  readonly files: readonly string[];
  /** The SHA-256 of its archive for Linux, as `sha256sums.txt` of the release has it. */
  readonly sha256: Readonly<Record<Architecture, string>>;
}

/** The releases. A new version is a change here and in artifacts/go. */
export const releases = {
  // Supported until July 2027.
  prometheus: {
    version: "3.13.4",
    files: ["prometheus", "promtool"],
    sha256: {
      x86_64: "87f21a66f96c597a189cef8d640e8921b621fc17a9feff707c332c4f3b3ddd56",
      arm64: "ffa86c7d6e7f7e7dc8a79c81c5c2a6c9164464b79335f25613f4327c863b8489",
    },
  },
  alertmanager: {
    version: "0.34.1",
    files: ["alertmanager", "amtool"],
    sha256: {
      x86_64: "265b9d1e55ef0d5306a436018af6d2b686c2ce051f03d968f7464ecb1372a7e8",
      arm64: "d98d6cbaf52151c7e76e24355fec88b11cebcb9875d4cdd8b76ddce7a7e5535c",
    },
  },
  node_exporter: {
    version: "1.12.1",
    files: ["node_exporter"],
    sha256: {
      x86_64: "b51d8a76aa2a9156a55d501aca6276fae09e262259a5e4e831d2c2222f084e63",
      arm64: "ad35b605f9954b9f1ffddf5ba054bdc5a98d790b9eae5291e1eeb83f1ecbd0e7",
    },
  },
} as const satisfies Record<string, Release>;

/** The name of a release. */
export type ReleaseName = keyof typeof releases;
/** A program of one of the releases. */
export type ProgramName = (typeof releases)[ReleaseName]["files"][number];

/** The release that has a program, and its name. */
export function releaseOf(program: ProgramName): { readonly name: ReleaseName } & Release {
  const name = (Object.keys(releases) as ReleaseName[]).find((release) =>
    (releases[release].files as readonly string[]).includes(program),
  );
  if (name === undefined) throw new Error(`no release has the program ${program}`);
  return { name, ...releases[name] };
}
