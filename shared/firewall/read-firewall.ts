import type { Firewall } from '../facts/network.ts';
import { anySet, intersection, setNetworks } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import { sourcesAllowed } from './evaluate.ts';
import { readIpsetSave } from './ipset-save.ts';
import { readIptablesSave } from './iptables-save.ts';
import { addressBits } from '../lib/cidr.ts';
import type { Chain, Condition, FirewallManager, FirewallModel } from './model.ts';
import { readNftJson } from './nft-json.ts';
import { readWindowsFirewall } from './windows.ts';

type Manager = Exclude<FirewallManager, 'none' | 'mixed'>;

/** True when ufw says that it is in force, not only in its configuration. */
export function ufwActive({ ufw }: Pick<Firewall, 'ufw'>): boolean {
  return ufw !== null && /^Status: active$/m.test(ufw.statusVerbose);
}

/** True for a chain that can change what happens to a packet for the host. */
function matters(chain: Chain): boolean {
  return chain.base !== null && (chain.rules.length > 0 || chain.base.policy === 'drop');
}

function managersOf(raw: Firewall, chains: readonly Chain[]): readonly Manager[] {
  const ufw = ufwActive(raw);
  const firewalld = raw.firewalld?.running === true;
  const incoming = chains.filter((chain) => matters(chain) && chain.base?.hook === 'input');
  const nft = incoming.some(({ origin, table }) => origin === 'nft' && table !== 'firewalld');
  // ufw's rules stand in the tables of iptables, and firewalld can be set to use them.
  const iptables =
    !ufw && !firewalld && incoming.some(({ origin, table }) => origin === 'iptables' && table === 'filter');
  const found: readonly (readonly [Manager, boolean])[] = [
    ['ufw', ufw],
    ['firewalld', firewalld],
    ['nft', nft],
    ['iptables', iptables],
    ['windows', incoming.some(({ origin }) => origin === 'windows')],
  ];
  return found.filter(([, there]) => there).map(([name]) => name);
}

function persistenceOf(raw: Firewall, managers: readonly Manager[]): FirewallModel['persistence'] {
  const enabled = (name: string) =>
    raw.units.find((unit) => unit.name.replace(/\.service$/, '') === name)?.enabled;
  const reasons = managers.map((manager): string | null => {
    switch (manager) {
      case 'ufw':
        if (raw.ufw?.enabled !== true) return 'ENABLED is not "yes" in /etc/ufw/ufw.conf';
        return enabled('ufw') === true ? null : 'ufw.service is not enabled';
      case 'firewalld':
        if (enabled('firewalld') !== true) return 'firewalld.service is not enabled';
        return null;
      case 'windows':
        // Its rules stand in the registry, and its service starts with the system.
        return null;
      case 'nft':
        return enabled('nftables') === true ? null : 'nftables.service is not enabled';
      case 'iptables':
        return (enabled('netfilter-persistent') ?? enabled('iptables')) === true
          ? null
          : 'neither netfilter-persistent.service nor iptables.service is enabled';
    }
  });
  if (managers.length === 0) return { state: 'unknown', reason: 'no rules are in force' };
  const lost = reasons.filter((reason) => reason !== null);
  if (lost.length > 0) return { state: 'lost-at-reboot', reason: lost.join('; ') };
  return { state: 'persistent', reason: `${managers.join(', ')} loads its rules at boot` };
}

/** Ports that rules name, to find one that none names. */
function namedPorts(conditions: readonly Condition[]): readonly number[] {
  return conditions.flatMap((condition) => {
    if (condition.kind === 'any-of') return condition.alternatives.flatMap(namedPorts);
    return condition.kind === 'port'
      ? condition.ranges.flatMap(([first, last]) => (last - first < 1000 ? [first, last] : []))
      : [];
  });
}

function share(set: NetworkSet): number {
  const size = setNetworks(intersection(set, anySet('ipv4'))).reduce(
    (sum, { prefix }) => sum + 2 ** (addressBits('ipv4') - prefix),
    0,
  );
  return size / 2 ** 32;
}

function defaultInbound(model: FirewallModel): FirewallModel['defaultInbound'] {
  const named = new Set(
    model.chains.flatMap(({ rules }) => rules.flatMap(({ conditions }) => namedPorts(conditions))),
  );
  // From the middle of the registered ports, where ranges of rules rarely reach.
  const port =
    Array.from({ length: 2000 }, (_, index) => 21_000 + index).find((one) => !named.has(one)) ?? 21_000;
  const { allowed, unknown } = sourcesAllowed(model, { port, family: 'ipv4', interface: null });
  const unclear = unknown.reduce((sum, { addresses }) => sum + share(addresses), 0);
  const open = share(allowed);
  if (open > 0.5) return 'accept';
  return open + unclear < 0.5 ? 'drop' : 'unknown';
}

/**
 * Makes one model of everything that was collected. nf_tables in JSON is the truth of the kernel, with one gap: rules
 * of iptables-nft with extensions (all of ufw's) are `xt` there without their arguments, so such a table is read from
 * iptables-save. Tables of the legacy iptables are in no nft listing and are added.
 */
export function readFirewall(raw: Firewall): FirewallModel {
  const sets = readIpsetSave(raw.ipsetSave ?? '');
  const nft = raw.nftRulesetJson === null ? null : readNftJson(raw.nftRulesetJson);
  const saved = (
    [
      ['ip', raw.iptablesSave],
      ['ip6', raw.ip6tablesSave],
    ] as const
  ).map(([family, text]) => ({ family, ...readIptablesSave(text ?? '', family, sets) }));
  const problems = nft?.problem === null || nft === null ? [] : [nft.problem];

  const chains: Chain[] = [];
  const replaced = new Set<string>();
  for (const { family, chains: ofFamily, tables, incompatible } of saved) {
    for (const table of tables) {
      const key = `${family} ${table}`;
      const inNft = nft?.tables.includes(key) === true;
      if (inNft && (!nft.xtTables.has(key) || incompatible.has(table))) continue;
      replaced.add(key);
      chains.push(...ofFamily.filter((chain) => chain.table === table));
    }
  }
  for (const chain of nft?.chains ?? []) {
    if (!replaced.has(`${chain.family} ${chain.table}`)) {
      const iptables = saved.some(({ family, tables }) => family === chain.family && tables.has(chain.table));
      chains.push(iptables ? { ...chain, origin: 'iptables' } : chain);
    }
  }
  for (const [family, legacy, other] of [
    ['ip', raw.iptablesLegacySave ?? '', raw.iptablesSave],
    ['ip6', raw.ip6tablesLegacySave ?? '', raw.ip6tablesSave],
  ] as const) {
    if (legacy === '' || legacy === other) continue;
    // Under a name of its own, so that its chains cannot be taken for those of iptables-nft.
    const read = readIptablesSave(legacy, family, sets);
    chains.push(...read.chains.map((chain) => ({ ...chain, table: `legacy-${chain.table}` })));
  }
  const windows =
    raw.windowsJson === undefined || raw.windowsJson === null ? null : readWindowsFirewall(raw.windowsJson);
  chains.push(...(windows?.chains ?? []));
  problems.push(...(windows?.problems ?? []));
  if (nft === null && raw.iptablesSave === null && raw.installed.length > 0) {
    problems.push('neither the nft ruleset nor iptables-save could be read');
  }
  const managers = managersOf(raw, chains);
  const manager = managers.length > 1 ? 'mixed' : (managers[0] ?? 'none');
  const model: FirewallModel = {
    manager,
    managers,
    chains,
    problems,
    defaultInbound: 'unknown',
    persistence: persistenceOf(raw, managers),
  };
  return { ...model, defaultInbound: defaultInbound(model) };
}
