import { formatNetwork } from '../lib/cidr.ts';
import { union } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type { Approach } from './endpoints.ts';
import type { ReachGround, UnknownPart } from './exposure.ts';
import { known } from './ground.ts';
import { shortNetworks } from './networks.ts';
import type { Regions } from './regions.ts';
import type { Universe } from './universe.ts';

/** What exposures are put together from. */
export interface Assembly {
  readonly ground: ReachGround;
  readonly regions: Regions;
  readonly universe: Universe;
  readonly local: NetworkSet;
  /** What makes every line doubtful: the server may have other rules in force. */
  readonly stale: readonly UnknownPart[];
}

const unknownPart = (part: Partial<UnknownPart> & Pick<UnknownPart, 'gate' | 'reason'>): UnknownPart => ({
  from: [],
  to: null,
  firewallRule: null,
  hba: null,
  ...part,
});

/** What makes the rules that were read doubtful as a whole. */
export function staleRules(ground: ReachGround): readonly UnknownPart[] {
  const parts = ground.hbaProblems.slice(0, 1).map(({ file, line, message }) =>
    unknownPart({
      gate: 'hba',
      reason: `The server refuses line ${line} (${message}) and with it the whole file: rules that it loaded earlier are in force.`,
      hba: { file, line },
    }),
  );
  const loadedAt = Date.parse(known(ground.facts.server)?.loadedAt ?? '');
  const changed = (known(ground.facts.configurationFiles) ?? []).find(
    ({ path, status }) =>
      (ground.rules ?? []).some(({ file }) => file === path) && status.modifiedAt * 1000 > loadedAt + 1000,
  );
  if (changed !== undefined)
    parts.push(
      unknownPart({
        gate: 'hba',
        reason: `${changed.path} was changed after the server read it last: what it says is not in force yet.`,
      }),
    );
  return parts;
}

/** Everything that nobody can tell, with what it touches. */
export function unknownParts(assembly: Assembly, list: readonly Approach[]): readonly UnknownPart[] {
  const { ground, universe, local, stale } = assembly;
  const parts: UnknownPart[] = [...stale];
  if (ground.rules === null) parts.push(unknownPart({ gate: 'hba', reason: ground.hbaReason ?? '' }));
  if (ground.listenersReason !== null)
    parts.push(
      unknownPart({
        gate: 'listener',
        reason: `${ground.listenersReason}; listen_addresses is taken in its place.`,
      }),
    );
  if (known(ground.facts.interfaces) === null)
    parts.push(unknownPart({ gate: 'listener', reason: "The host's own addresses are not known." }));
  if (ground.ssl === null)
    parts.push(unknownPart({ gate: 'hba', reason: 'Whether the server offers TLS is not known.' }));
  if (!universe.rolesKnown)
    parts.push(
      unknownPart({ gate: 'role', reason: 'The roles were not read: names are those of the lines.' }),
    );
  if (!universe.databasesKnown)
    parts.push(
      unknownPart({ gate: 'role', reason: 'The databases were not read: names are those of the lines.' }),
    );
  if (
    universe.roles.some(
      ({ ghost, verifier, barred }) => !ghost && barred === null && verifier === 'unknown',
    ) &&
    universe.rolesKnown
  )
    parts.push(
      unknownPart({ gate: 'role', reason: 'Which roles have a password could not be read (pg_authid).' }),
    );
  const seen = new Set<string>();
  for (const { certain, firewallRule, addresses, to } of list) {
    const key = `${firewallRule} ${to.address} ${to.port}`;
    if (certain || seen.has(key)) continue;
    seen.add(key);
    parts.push(
      unknownPart({
        gate: 'firewall',
        reason: `Unknown because of ${ground.firewall === null ? '' : 'the rule '}${firewallRule ?? 'the firewall'}`,
        from: shortNetworks(addresses, local).map(formatNetwork),
        to,
        firewallRule,
      }),
    );
  }
  return [...parts, ...doubtfulLines(assembly)];
}

/** Lines of which nobody can tell for whom they are, one entry each. */
function doubtfulLines({ ground, regions, local }: Assembly): readonly UnknownPart[] {
  const byLine = new Map<number, { reason: string; set: NetworkSet }>();
  for (const { rule, doubt, ranges, transport } of regions.regions) {
    if (doubt === null) continue;
    const set = transport === 'local' ? { ipv4: [], ipv6: [] } : regions.cells.setOf(ranges);
    const before = byLine.get(rule);
    byLine.set(rule, { reason: before?.reason ?? doubt, set: union(before?.set ?? set, set) });
  }
  return [...byLine].flatMap(([number, { reason, set }]) => {
    const rule = ground.rules?.[number];
    if (rule === undefined) return [];
    return unknownPart({
      gate: 'hba',
      reason: `Line ${rule.line}: ${reason}`,
      from: shortNetworks(set, local).map(formatNetwork),
      hba: { file: rule.file, line: rule.line },
    });
  });
}
