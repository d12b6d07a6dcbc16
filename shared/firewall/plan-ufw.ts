import type { Firewall } from '../facts/network.ts';
import { formatNetwork, isAny } from '../lib/cidr.ts';
import type { Network } from '../lib/cidr.ts';
import { quoteShell } from '../lib/quoting.ts';
import type { FirewallModel } from './model.ts';
import { covered, targetsOf } from './plan-types.ts';
import type { FirewallSteps, Target, Wanted } from './plan-types.ts';
import { ufwActive } from './read-firewall.ts';
import { restoreIptables, restoreUnit, saveIptables, saveUnit, startsNotAtBoot } from './saved-state.ts';
import { readUfwRules, ufwArguments, ufwCovers, ufwSource } from './ufw-rules.ts';
import type { UfwRule } from './ufw-rules.ts';

const admits = ({ action }: UfwRule) => action === 'allow' || action === 'limit';
const ufw = (words: string) => `ufw ${words.split(' ').map(quoteShell).join(' ')}`;
const from = (network: Network) => (isAny(network) ? 'any' : formatNetwork(network));

function defaultPolicy(raw: Firewall): string {
  return /^DEFAULT_INPUT_POLICY="?(\w+)/m.exec(raw.ufw?.defaults ?? '')?.[1] ?? 'DROP';
}

/** Rules for PostgreSQL: what to delete, then what to add. Deleting comes first as ufw skips a rule that it has. */
function portCommands(rules: readonly UfwRule[], wanted: Target, denies: boolean, allow: readonly Network[]) {
  const inChosen = (rule: UfwRule) => {
    const source = ufwSource(rule);
    return source !== null && covered(source, wanted.allow);
  };
  const alone = rules.filter((rule) => ufwCovers(rule, wanted.port) === 'alone' && !rule.profile);
  const tooWide = alone.filter((rule) => admits(rule) && !inChosen(rule));
  const others = rules.filter((rule) => !tooWide.includes(rule) && ufwCovers(rule, wanted.port) !== 'no');
  // Something else still lets more in (a range of ports, a whole network, the policy): refuse above it.
  const refuse = !denies || others.some((rule) => admits(rule) && !inChosen(rule));
  const own = `deny proto tcp from any to any port ${wanted.port}`;
  const allowing = allow.map((network) => `allow proto tcp from ${from(network)} to any port ${wanted.port}`);
  // Refusals of single senders stay above what is let in from a network around them.
  const refusals = others.filter((rule) => !admits(rule) && !rule.profile).map(ufwArguments);
  const above = refuse || refusals.length > 0;
  const has = new Set(alone.filter(admits).map(ufwArguments));
  const kept = above ? [] : allowing.filter((rule) => has.has(rule));
  const deleted = [
    ...tooWide.map(ufwArguments),
    ...(above ? [...refusals, ...allowing.filter((rule) => has.has(rule))] : []),
  ];
  const word = above ? 'prepend ' : '';
  const added = [
    ...(refuse ? [own] : []),
    ...allowing.filter((rule) => !kept.includes(rule)).reverse(),
    ...(above ? refusals.filter((rule) => rule !== own).reverse() : []),
  ];
  return [
    ...[...new Set(deleted)].map((rule) => ufw(`--force delete ${rule}`)),
    ...[...new Set(added)].map((rule) => ufw(`${word}${rule}`)),
  ];
}

/** Rules for ssh that are missing once everything else is refused. */
function sshCommands(rules: readonly UfwRule[], wanted: Wanted): readonly string[] {
  return wanted.sshPorts.flatMap((port) => {
    const sources = rules
      .filter((rule) => admits(rule) && rule.interface === null && ufwCovers(rule, port) !== 'no')
      .map(ufwSource)
      .filter((source) => source !== null);
    const missing = wanted.sshFrom.filter((network) => !covered(network, sources));
    if (missing.length > 0 && missing.every(isAny)) return [ufw(`allow ${port}/tcp`)];
    return missing.map((network) => ufw(`allow proto tcp from ${from(network)} to any port ${port}`));
  });
}

/** Plans with ufw. */
export function planUfw(_model: FirewallModel, raw: Firewall, wanted: Wanted): FirewallSteps {
  const state = raw.ufw;
  const active = ufwActive(raw);
  const rules = [...readUfwRules(state?.userRules ?? ''), ...readUfwRules(state?.user6Rules ?? '')];
  const deniesNow = defaultPolicy(raw) !== 'ACCEPT';
  const denies = deniesNow || wanted.defaultDeny;
  const withoutIpv6 = /^IPV6="?no/im.test(state?.defaults ?? '');
  const targets = targetsOf(wanted);
  const inUse = (target: Target) => target.allow.filter(({ family }) => family === 'ipv4' || !withoutIpv6);
  // With the policy in force already, ssh stays as it is.
  const ssh = denies && !(active && deniesNow) ? sshCommands(rules, wanted) : [];
  const unit = 'ufw.service';
  return {
    commands: [
      ...ssh,
      ...targets.flatMap((target) => portCommands(rules, target, denies, inUse(target))),
      ...(deniesNow || !wanted.defaultDeny ? [] : ['ufw default deny incoming']),
      ...(wanted.enable && !active ? ['ufw --force enable'] : []),
      // "ufw enable" does not make it start at boot.
      ...(wanted.enable && startsNotAtBoot(raw.units, 'ufw') ? [`systemctl --quiet enable ${unit}`] : []),
    ],
    files: ['/etc/ufw/user.rules', '/etc/ufw/user6.rules', '/etc/ufw/ufw.conf', '/etc/default/ufw'],
    save: [
      ...saveIptables,
      saveUnit(unit),
      // Enabling ufw sets these kernel settings of the network.
      `for key in $(sed -n 's/^[[:space:]]*\\(net[^=[:space:]]*\\)[[:space:]]*=.*/\\1/p' /etc/ufw/sysctl.conf | tr . /); do`,
      `  if [ -r "/proc/sys/$key" ]; then printf '%s %s\\n' "$key" "$(cat "/proc/sys/$key")"; fi`,
      'done > "$SAVE/ufw.sysctl"',
    ],
    restore: [
      ...restoreIptables,
      'while read -r key value; do printf "%s\\n" "$value" > "/proc/sys/$key" || true; done < "$SAVE/ufw.sysctl"',
      restoreUnit(unit),
    ],
    notes:
      withoutIpv6 && targets.some((target) => inUse(target).length < target.allow.length)
        ? ['IPv6 is switched off in /etc/default/ufw: its networks were left out']
        : [],
  };
}
