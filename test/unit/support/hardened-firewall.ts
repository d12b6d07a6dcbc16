import type { Firewall } from '../../../shared/facts/network.ts';
import { emptyFirewall } from './builders.ts';

const base = { family: 'inet', table: 'filter', chain: 'input' };
const accept = { accept: null };

function payload(protocol: string, field: string, right: unknown): unknown {
  return { match: { op: '==', left: { payload: { protocol, field } }, right } };
}

/** One rule that accepts: source network (null for any) and TCP port. */
function acceptRule(network: string | null, port: number): { text: string; expr: unknown[] } {
  const ports = payload('tcp', 'dport', port);
  if (network === null) return { text: `tcp dport ${port} accept`, expr: [ports, accept] };
  const protocol = network.includes(':') ? 'ip6' : 'ip';
  const [addr, length] = network.split('/');
  const right = length === undefined ? addr : { prefix: { addr, len: Number(length) } };
  return {
    text: `${protocol} saddr ${network} tcp dport ${port} accept`,
    expr: [payload(protocol, 'saddr', right), ports, accept],
  };
}

/** nftables in force: an input chain with this policy, loopback, replies and ssh open, and PostgreSQL for some. */
export function nftFirewall(options: {
  readonly policy: 'drop' | 'accept';
  /** Networks that may reach port 5432; null stands for any. */
  readonly postgres: readonly (string | null)[];
  /** One more rule in nft's JSON, such as one that cannot be understood. */
  readonly extra?: { readonly text: string; readonly expr: readonly unknown[] };
}): Firewall {
  const rules = [
    {
      text: 'ct state established,related accept',
      expr: [
        { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
        accept,
      ],
    },
    {
      text: 'iifname "lo" accept',
      expr: [{ match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'lo' } }, accept],
    },
    acceptRule(null, 22),
    ...(options.extra === undefined ? [] : [options.extra]),
    ...options.postgres.map((network) => acceptRule(network, 5432)),
  ];
  const hook = { type: 'filter', hook: 'input', prio: 0, policy: options.policy };
  const json = {
    nftables: [
      { metainfo: { version: '1.0.6', release_name: 'Lester Gooch #5', json_schema_version: 1 } },
      { table: { family: 'inet', name: 'filter', handle: 1 } },
      { chain: { family: 'inet', table: 'filter', name: 'input', handle: 1, ...hook } },
      ...rules.map(({ expr }, index) => ({ rule: { ...base, handle: index + 2, expr } })),
    ],
  };
  const lines = [
    `type filter hook input priority filter; policy ${options.policy};`,
    ...rules.map(({ text }) => text),
  ];
  const text = `table inet filter {\n\tchain input {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n}\n`;
  return emptyFirewall({
    nftRulesetJson: JSON.stringify(json),
    nftRuleset: text,
    nftAtBootJson: JSON.stringify(json),
    units: [{ name: 'nftables', active: true, enabled: true }],
    files: [{ path: '/etc/nftables.conf', text: `#!/usr/sbin/nft -f\nflush ruleset\n${text}` }],
  });
}

/** nftables: default deny, ssh for everybody, PostgreSQL for 10.20.30.0/24. */
const inForce = nftFirewall({ policy: 'drop', postgres: ['10.20.30.0/24'] });

export const hardenedFirewall: Firewall = {
  ...inForce,
  nftRuleset: `${inForce.nftRuleset ?? ''}\n\t\tmeta skuid "postgres" ct state new oifname != "lo" drop\n`,
};
