import type { Firewall } from '../../../shared/facts/network.ts';
import { evaluate, sourcesAllowed, allowedNetworks } from '../../../shared/firewall/evaluate.ts';
import type { FirewallModel } from '../../../shared/firewall/model.ts';
import { formatNetwork, parseAddress } from '../../../shared/lib/cidr.ts';
import type { AddressFamily } from '../../../shared/lib/cidr.ts';
import { setNetworks } from '../../../shared/lib/network-set.ts';

/** A host without any rule, with the given parts. */
export function rawFirewall(parts: Partial<Firewall> = {}): Firewall {
  return {
    nftRulesetJson: '{"nftables": []}',
    nftRuleset: '',
    iptablesSave: null,
    ip6tablesSave: null,
    iptablesLegacySave: null,
    ipsetSave: null,
    ufw: null,
    firewalld: null,
    units: [],
    files: [],
    installed: ['nft', 'iptables'],
    ...parts,
  };
}

/** A rule of `nft -j` from its expressions. */
export const nftRule = (table: string, chain: string, ...expr: readonly unknown[]) => {
  const [family, name] = table.split(' ');
  return { rule: { family, table: name, chain, handle: 1, expr } };
};
export const nftChain = (table: string, name: string, hook?: string, policy = 'accept', prio = 0) => {
  const [family, inTable] = table.split(' ');
  return {
    chain: {
      family,
      table: inTable,
      name,
      ...(hook === undefined ? {} : { hook, policy, prio, type: 'filter' }),
    },
  };
};
export const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
export const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
export const nftJson = (...objects: readonly unknown[]) => JSON.stringify({ nftables: objects });

/** `accept` and the like for a connection by eth0. */
export function verdictOf(model: FirewallModel, source: string, port: number): string {
  const address = parseAddress(source);
  if (address === null) throw new Error(source);
  return evaluate(model, { source: address, destination: null, port, interface: 'eth0' }).verdict;
}

/** The allowed networks as texts, and the unknown ones with a `?`. */
export function allowedTexts(
  model: FirewallModel,
  port: number,
  family: AddressFamily = 'ipv4',
): readonly string[] {
  const result = sourcesAllowed(model, { port, family, interface: 'eth0' });
  const unknown = result.unknown.flatMap(({ addresses }) =>
    setNetworks(addresses).map((one) => `?${formatNetwork(one)}`),
  );
  return [...allowedNetworks(result).map(formatNetwork), ...unknown];
}
