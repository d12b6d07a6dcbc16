import { z } from 'zod';

/** The operating system, from /etc/os-release, uname and /proc. */
export const systemSchema = z.object({
  hostname: z.string(),
  kernel: z.string(),
  architecture: z.string(),
  /** ID of os-release: `debian`, `rhel`; empty when there is no such file. */
  distribution: z.string(),
  distributionLike: z.array(z.string()),
  distributionVersion: z.string(),
  prettyName: z.string(),
  loginUser: z.string(),
  /** What opened the door over ssh; null for another target, missing in facts of older programs. */
  loggedInWith: z.enum(['key', 'password']).nullable().optional(),
  /** What the scan could run as: the highest of the rights that it had. */
  ranAsRoot: z.boolean(),
  systemd: z.boolean(),
  /** The host's own clock, ISO 8601 in UTC. */
  time: z.string(),
  /** `docker`, `lxc`, … as systemd-detect-virt --container or /.dockerenv tell; null when none. */
  container: z.string().nullable(),
  /** The two ends of the ssh connection of the scan; null without one, missing in facts of older programs. */
  sshConnection: z
    .object({ clientAddress: z.string(), serverAddress: z.string(), serverPort: z.number() })
    .nullable()
    .optional(),
  /** Jails of a running fail2ban that are for PostgreSQL; missing in facts of older programs. */
  banningJails: z.array(z.string()).optional(),
});
export type System = z.infer<typeof systemSchema>;

/** One package of the package manager that matters to PostgreSQL. */
export const packageSchema = z.object({
  name: z.string(),
  installed: z.string().nullable(),
  /** The newest version that the package manager knows without asking the network. */
  candidate: z.string().nullable(),
});

export const packagesSchema = z.object({
  manager: z.enum(['apt', 'dnf', 'none']),
  packages: z.array(packageSchema),
  /** CVE ids that the distribution's changelog of the installed server package names as fixed. */
  changelogCves: z.array(z.string()),
  /** When the package lists were last refreshed, ISO 8601; null when it cannot be told. */
  listsUpdatedAt: z.string().nullable(),
});
export type Packages = z.infer<typeof packagesSchema>;

/** The account that runs the server, as far as logins are concerned. */
export const ownerAccountSchema = z.object({
  name: z.string(),
  shell: z.string(),
  /** Of its password in the shadow file, never the hash; `unknown` where there is no such entry. */
  password: z.enum(['set', 'locked', 'none', 'unknown']),
  /** Files with keys for ssh and how many are in each. */
  keyFiles: z.array(z.object({ path: z.string(), keys: z.number() })),
});
export type OwnerAccount = z.infer<typeof ownerAccountSchema>;

/** OS accounts and groups as far as checks need them (who may write to a socket). */
export const accountsSchema = z.object({
  users: z.array(z.object({ name: z.string(), uid: z.number(), gid: z.number(), shell: z.string() })),
  groups: z.array(z.object({ name: z.string(), gid: z.number(), members: z.array(z.string()) })),
});
export type Accounts = z.infer<typeof accountsSchema>;
