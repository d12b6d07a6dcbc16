import { z } from 'zod';

/** A socket in state LISTEN as the kernel shows it (`ss -H -ltnp`). */
export const listenerSchema = z.object({
  /** `0.0.0.0`, `::`, `127.0.0.1`, … without zone. */
  address: z.string(),
  port: z.number(),
  /** null without the right to see it. */
  process: z.string().nullable(),
  pid: z.number().nullable(),
});
export type Listener = z.infer<typeof listenerSchema>;

export const interfaceAddressSchema = z.object({ name: z.string(), address: z.string(), prefix: z.number() });

/** A host name that pg_hba.conf names, with the addresses that the host itself finds for it; none when it finds none. */
export const hostNameSchema = z.object({ name: z.string(), addresses: z.array(z.string()) });
export type HostName = z.infer<typeof hostNameSchema>;

/** The raw state of the firewall; shared/firewall makes a model of it. Texts are null when not installed or empty. */
export const firewallSchema = z.object({
  /** `nft -j list ruleset` */
  nftRulesetJson: z.string().nullable(),
  /** `nft list ruleset`, for people. */
  nftRuleset: z.string().nullable(),
  /**
   * What the file that nftables.service loads makes of an empty kernel, as `nft -j list ruleset`; null when that could
   * not be tried, missing in facts of older programs.
   */
  nftAtBootJson: z.string().nullable().optional(),
  iptablesSave: z.string().nullable(),
  ip6tablesSave: z.string().nullable(),
  iptablesLegacySave: z.string().nullable(),
  /** Missing in facts of older programs. */
  ip6tablesLegacySave: z.string().nullable().optional(),
  ipsetSave: z.string().nullable(),
  /** What the PowerShell script wrote of Windows Defender Firewall; missing on every other system. */
  windowsJson: z.string().nullable().optional(),
  ufw: z
    .object({
      statusVerbose: z.string(),
      /** ENABLED= of /etc/ufw/ufw.conf */
      enabled: z.boolean(),
      userRules: z.string(),
      user6Rules: z.string(),
      defaults: z.string(),
    })
    .nullable(),
  firewalld: z
    .object({
      running: z.boolean(),
      defaultZone: z.string(),
      activeZones: z.string(),
      runtimeZones: z.string(),
      permanentZones: z.string(),
    })
    .nullable(),
  /** systemd's view: nftables, ufw, firewalld, netfilter-persistent, iptables. */
  units: z.array(z.object({ name: z.string(), active: z.boolean(), enabled: z.boolean() })),
  /** Texts of /etc/nftables.conf and /etc/nftables.d/*, of /etc/iptables/rules.v4 and v6. */
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  /** What of these is installed. */
  installed: z.array(z.enum(['nft', 'iptables', 'ufw', 'firewalld', 'iptables-persistent'])),
});
export type Firewall = z.infer<typeof firewallSchema>;

/** `sshd -T`: the effective settings, names in lower case, each with all its values. */
export const sshdSchema = z.object({
  settings: z.record(z.string(), z.array(z.string())),
  running: z.boolean(),
  /** Ports that sshd listens on. */
  ports: z.array(z.number()),
  /** Accounts that have a usable authorized_keys file. */
  accountsWithKeys: z.array(z.string()),
  /** Settings that hold for single accounts where Match blocks exist; missing in facts of older programs. */
  accounts: z
    .array(z.object({ name: z.string(), settings: z.record(z.string(), z.array(z.string())) }))
    .optional(),
});
export type Sshd = z.infer<typeof sshdSchema>;
