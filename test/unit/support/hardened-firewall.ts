import type { Firewall } from '../../../shared/facts/network.ts';
import { emptyFirewall } from './builders.ts';

const ruleset = `table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iifname "lo" accept
		tcp dport 22 accept
		ip saddr 10.20.30.0/24 tcp dport 5432 accept
	}
}
`;

const base = { family: 'inet', table: 'filter', chain: 'input' };
const port = (dport: number) => ({
  match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: dport },
});

const json = {
  nftables: [
    { metainfo: { version: '1.0.6', release_name: 'Lester Gooch #5', json_schema_version: 1 } },
    { table: { family: 'inet', name: 'filter', handle: 1 } },
    {
      chain: {
        family: 'inet',
        table: 'filter',
        name: 'input',
        handle: 1,
        type: 'filter',
        hook: 'input',
        prio: 0,
        policy: 'drop',
      },
    },
    {
      rule: {
        ...base,
        handle: 2,
        expr: [
          { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
          { accept: null },
        ],
      },
    },
    {
      rule: {
        ...base,
        handle: 3,
        expr: [{ match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'lo' } }, { accept: null }],
      },
    },
    { rule: { ...base, handle: 4, expr: [port(22), { accept: null }] } },
    {
      rule: {
        ...base,
        handle: 5,
        expr: [
          {
            match: {
              op: '==',
              left: { payload: { protocol: 'ip', field: 'saddr' } },
              right: { prefix: { addr: '10.20.30.0', len: 24 } },
            },
          },
          port(5432),
          { accept: null },
        ],
      },
    },
  ],
};

/** nftables: default deny, ssh for everybody, PostgreSQL for 10.20.30.0/24. */
export const hardenedFirewall: Firewall = emptyFirewall({
  nftRulesetJson: JSON.stringify(json),
  nftRuleset: ruleset,
  units: [{ name: 'nftables', active: true, enabled: true }],
  files: [{ path: '/etc/nftables.conf', text: `#!/usr/sbin/nft -f\nflush ruleset\n${ruleset}` }],
});
