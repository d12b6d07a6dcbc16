import type { Firewall } from '../../facts/network.ts';
import { ufwActive } from '../../firewall/read-firewall.ts';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Rules by which connections that an account opens are refused: those that name it, and policies of chains for outgoing
 * packets that refuse what no rule allows.
 */
export function egressLimits(raw: Firewall, account: string, uid: number | null): readonly string[] {
  const who = [escaped(account), ...(uid === null ? [] : [String(uid)])].join('|');
  const nft = (raw.nftRuleset ?? '').split('\n').map((line) => line.trim());
  const iptables = [raw.iptablesSave, raw.ip6tablesSave, raw.iptablesLegacySave]
    .join('\n')
    .split('\n')
    .map((line) => line.trim());
  const byAccount = new RegExp(`skuid "?(${who})"?\\b.*\\b(drop|reject)\\b`);
  const byOwner = new RegExp(`--uid-owner (${who})\\b.*-j (DROP|REJECT)\\b`);
  return [
    ...nft.filter((line) => byAccount.test(line)),
    ...nft.filter((line) => /^type filter hook output .*policy drop/.test(line)),
    ...iptables.filter((line) => byOwner.test(line) || /^:OUTPUT DROP\b/.test(line)),
    ...(ufwActive(raw) && /^DEFAULT_OUTPUT_POLICY="?(DROP|REJECT)/m.test(raw.ufw?.defaults ?? '')
      ? ['ufw: outgoing connections are refused by default']
      : []),
  ];
}
