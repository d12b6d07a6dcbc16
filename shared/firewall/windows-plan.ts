import { isAny, parseNetwork } from '../lib/cidr.ts';
import { quotePowerShell } from '../lib/quoting.ts';
import type { WindowsFirewall, WindowsRule } from './windows-rules.ts';
import { holdsForAll, isAnyWord } from './windows-words.ts';

/** Commands for PowerShell as administrator, and those that take them back, in the order to run. */
export interface WindowsPlan {
  readonly commands: readonly string[];
  readonly undo: readonly string[];
  /** Rules that these commands leave as they are, with the reason. */
  readonly notes: readonly string[];
}

const list = (words: readonly string[]): string =>
  words.length === 0 ? quotePowerShell('Any') : words.map(quotePowerShell).join(', ');

/** True for a rule that group policy or the system made: the host cannot change it. */
export const isForeign = ({ source }: WindowsRule): boolean => !/^(local|1|)$/i.test(source);

/** True for a rule that opens more ports than that of the server: what else needs it is not known. */
export const isForAllPorts = ({ localPort, program }: WindowsRule): boolean =>
  holdsForAll(localPort) && isAnyWord(program);

/** Whether the rule may let connections to the port in, as far as port, protocol and program tell. */
export function concernsPort(rule: WindowsRule, { listeners }: WindowsFirewall, port: number): boolean {
  if (rule.action === 'block') return false;
  if (!isAnyWord(rule.protocol) && !/^(tcp|6)$/i.test(rule.protocol)) return false;
  const ports = rule.localPort;
  const named = ports.some((word) => {
    const [first, last] = word.split('-').map(Number);
    return first !== undefined && first <= port && port <= (last ?? first);
  });
  const keyword = ports.some((word) => !/^\d+(-\d+)?$/.test(word));
  if (!holdsForAll(ports) && !named && !keyword) return false;
  if (isAnyWord(rule.program)) return !keyword || named || holdsForAll(ports);
  const base = (path: string) => (path.split(/[\\/]/).at(-1) ?? '').toLowerCase();
  const there = (listeners ?? []).filter((one) => one.port === port);
  return there.length === 0
    ? /^(postgres|postmaster|edb-postgres)/.test(base(rule.program))
    : there.some((one) => one.program === '' || base(one.program) === base(rule.program));
}

/** True for a rule that any source may use. */
export const isForAnySource = ({ remoteAddress }: WindowsRule): boolean =>
  holdsForAll(remoteAddress) ||
  remoteAddress.some((word) => {
    const network = parseNetwork(word);
    return network !== null && isAny(network);
  });

/**
 * Narrows rules to some networks, or disables them when there are none. Names and what rules had come from the host: all
 * of it is quoted. What was before is exported first, as the way back when the single commands do not suffice.
 */
export function planWindowsRules(rules: readonly WindowsRule[], networks: readonly string[]): WindowsPlan {
  const notes: string[] = [];
  const changed = rules.filter((rule) => {
    if (isForeign(rule)) notes.push(`${rule.displayName} comes from ${rule.source}: change it there.`);
    else if (isForAllPorts(rule))
      notes.push(`${rule.displayName} opens every port: see first who needs it, then disable it.`);
    else return true;
    return false;
  });
  if (changed.length === 0) return { commands: [], undo: [], notes };
  const backup = '"$env:SystemRoot\\Temp\\firewall-before-portcullis.wfw"';
  const set = ({ name }: WindowsRule, what: string): string =>
    `Set-NetFirewallRule -Name ${quotePowerShell(name)} ${what}`;
  return {
    commands: [
      `netsh advfirewall export ${backup}`,
      ...changed.map((rule) =>
        set(rule, networks.length === 0 ? '-Enabled False' : `-RemoteAddress ${list(networks)}`),
      ),
    ],
    undo: changed.map((rule) =>
      set(rule, networks.length === 0 ? '-Enabled True' : `-RemoteAddress ${list(rule.remoteAddress)}`),
    ),
    notes,
  };
}
