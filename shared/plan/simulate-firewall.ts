import type { Firewall } from '../facts/network.ts';
import type { OperationOf } from './operation.ts';

/** One family's rules as iptables-save writes them: whatever program makes them, they let the same packets through. */
function rulesOf(operation: OperationOf<'firewall'>, networks: readonly string[]): string {
  const open = (port: number, from: string): string =>
    `-A INPUT ${from}-p tcp -m tcp --dport ${port} -j ACCEPT`;
  return [
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    '-A INPUT -i lo -j ACCEPT',
    '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...[...operation.sshPorts, ...(operation.open ?? [])].map((port) => open(port, '')),
    ...networks.map((network) => open(operation.port, `-s ${network} `)),
    'COMMIT',
  ].join('\n');
}

/**
 * The firewall as it decides once the operation ran, for the checks that compare it with other facts. Rules of other
 * services, which the real one keeps, are left out,
 * unless they stay open to everybody.
 */
export function firewallAfter(raw: Firewall, operation: OperationOf<'firewall'>): Firewall {
  if (operation.rulesStay === true) return raw;
  const six = operation.allow.filter((network) => network.includes(':'));
  const four = operation.allow.filter((network) => !network.includes(':'));
  return {
    ...raw,
    nftRulesetJson: '{"nftables": []}',
    // What was there says more than who comes in: whom containers publish, what may go out.
    nftRuleset: [...operation.after, raw.nftRuleset ?? ''].join('\n'),
    iptablesSave: rulesOf(operation, four),
    ip6tablesSave: rulesOf(operation, six),
    iptablesLegacySave: null,
    ipsetSave: null,
    ufw: null,
    firewalld: null,
  };
}
