import type { Firewall } from '../facts/network.ts';
import { isAny } from '../lib/cidr.ts';
import type { AddressFamily } from '../lib/cidr.ts';
import { anySet, sameSet } from '../lib/network-set.ts';
import { sourcesAllowed } from './evaluate.ts';
import type { FirewallModel } from './model.ts';
import { targetsOf, textsOf } from './plan-types.ts';
import type { FirewallSteps, Target, Wanted } from './plan-types.ts';
import { restoreIptables, restoreUnit, saveIptables, saveUnit, startsNotAtBoot } from './saved-state.ts';

/** One chain a port: that of PostgreSQL has the name that earlier plans gave it. */
const chainOf = (wanted: Wanted, port: number): string =>
  port === wanted.port ? 'PORTCULLIS' : `PORTCULLIS_${port}`;

function portCommands(family: AddressFamily, chain: string, { port, allow }: Target): readonly string[] {
  const program = family === 'ipv4' ? 'iptables' : 'ip6tables';
  const jump = `INPUT -p tcp --dport ${port} -j ${chain}`;
  return [
    `${program} -N ${chain} 2>/dev/null || ${program} -F ${chain}`,
    `${program} -A ${chain} -i lo -j ACCEPT`,
    `${program} -A ${chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    ...textsOf(allow, family).map((network) => `${program} -A ${chain} -s ${network} -j ACCEPT`),
    `${program} -A ${chain} -j DROP`,
    // Always first: a rule that was put before it since would go around it.
    `${program} -D ${jump} 2>/dev/null || true`,
    `${program} -I ${jump}`,
  ];
}

function familyCommands(family: AddressFamily, wanted: Wanted, deny: boolean): readonly string[] {
  const program = family === 'ipv4' ? 'iptables' : 'ip6tables';
  const append = (rule: string) => `${program} -C INPUT ${rule} 2>/dev/null || ${program} -A INPUT ${rule}`;
  const ssh = wanted.sshPorts.flatMap((port) =>
    wanted.sshFrom
      .filter((network) => network.family === family)
      .map(
        (network) =>
          `${isAny(network) ? '' : `-s ${textsOf([network], family)[0] ?? ''} `}-p tcp --dport ${port} -j ACCEPT`,
      ),
  );
  return [
    ...targetsOf(wanted).flatMap((target) => portCommands(family, chainOf(wanted, target.port), target)),
    ...(deny
      ? [
          append('-i lo -j ACCEPT'),
          append('-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'),
          append(`-p ${family === 'ipv4' ? 'icmp' : 'ipv6-icmp'} -j ACCEPT`),
          ...ssh.map(append),
          `${program} -P INPUT DROP`,
        ]
      : []),
  ];
}

/** What loads rules of iptables at boot: where it finds them, and its units. */
export interface IptablesStore {
  readonly rules4: string;
  readonly rules6: string;
  readonly units: readonly string[];
}

const knows = ({ units }: Firewall, name: string): boolean =>
  units.some((unit) => unit.name.replace(/\.service$/, '') === name);

const debian: IptablesStore = {
  rules4: '/etc/iptables/rules.v4',
  rules6: '/etc/iptables/rules.v6',
  units: ['netfilter-persistent'],
};

/** Debian's iptables-persistent, or the units of iptables-services on Red Hat; null when there is neither. */
export function iptablesStore(raw: Firewall): IptablesStore | null {
  if (raw.installed.includes('iptables-persistent')) return debian;
  const units = ['iptables', 'ip6tables'].filter((name) => knows(raw, name));
  return units.length === 2
    ? { rules4: '/etc/sysconfig/iptables', rules6: '/etc/sysconfig/ip6tables', units }
    : null;
}

/** Lines that write the rules in force to where they are loaded from at boot. */
export const storeIptables = ({ rules4, rules6 }: IptablesStore): readonly string[] => [
  `mkdir -p ${rules4.replace(/\/[^/]*$/, '')}`,
  `iptables-save > ${rules4}`,
  `ip6tables-save > ${rules6}`,
];

/** Plans with iptables alone: an own chain in front of the others, so that no other rule is touched. */
export function planIptables(model: FirewallModel, raw: Firewall, wanted: Wanted): FirewallSteps {
  const openByDefault = (family: AddressFamily) => {
    const { allowed } = sourcesAllowed(model, { port: 21_987, family, interface: null });
    return sameSet(allowed, anySet(family));
  };
  // Where such files are, something may load them.
  const kept = raw.files.some(({ path }) => path.startsWith('/etc/iptables/'));
  const store = iptablesStore(raw) ?? (kept ? debian : null);
  const families = ['ipv4', 'ipv6'] as const;
  return {
    commands: [
      ...families.flatMap((family) =>
        familyCommands(family, wanted, wanted.defaultDeny && openByDefault(family)),
      ),
      ...(store === null ? [] : storeIptables(store)),
      ...(wanted.enable
        ? (store?.units ?? [])
            .filter((unit) => startsNotAtBoot(raw.units, unit))
            .map((unit) => `systemctl --quiet enable ${unit}.service`)
        : []),
    ],
    files: store === null ? [] : [store.rules4, store.rules6],
    save: [...saveIptables, ...(store?.units ?? []).map((unit) => saveUnit(`${unit}.service`))],
    restore: [...restoreIptables, ...(store?.units ?? []).map((unit) => restoreUnit(`${unit}.service`))],
    notes: store === null ? ['nothing loads the rules of iptables at boot: they are lost at a reboot'] : [],
  };
}
