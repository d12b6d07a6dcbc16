import { formatNetwork, parseNetwork } from '../lib/cidr.ts';
import type { AddressFamily } from '../lib/cidr.ts';
import {
  anySet,
  difference,
  emptySet,
  intersection,
  isEmptySet,
  networkSet,
  union,
} from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import { approaches, notRemote, remoteParts } from './endpoints.ts';
import type { Exposure, ReachGround, UnknownPart } from './exposure.ts';
import { hbaExposure } from './exposure-model.ts';
import { shortNetworks } from './networks.ts';
import type { GateMark } from './picture-schema.ts';
import { several } from './picture-words.ts';

/** Sources that nobody comes in from, and the first gate that keeps them out, or that may. */
export interface ClosedSources {
  readonly scope: 'remote' | 'host';
  readonly networks: readonly string[];
  readonly addresses: NetworkSet;
  readonly gate: 'firewall' | 'listener' | 'hba';
  readonly mark: GateMark;
  /** How they come through the firewall, where another gate stops them. */
  readonly firewall: GateMark;
}

const parsed = (texts: readonly string[]): NetworkSet =>
  networkSet(texts.flatMap((text) => parseNetwork(text) ?? []));

interface Part {
  readonly gate: ClosedSources['gate'];
  readonly mark: GateMark;
  readonly addresses: NetworkSet;
  readonly firewall: GateMark;
}

const notThere: GateMark = { state: 'none', words: '', details: [] };

function firewallMark(certain: boolean, rules: readonly (string | null)[]): GateMark {
  const details = [...new Set(rules.filter((rule) => rule !== null))];
  return certain ? { state: 'pass', words: '', details } : { state: 'unknown', words: 'not known', details };
}

/** Why pg_hba.conf lets nobody of these addresses in: reject lines, lines that no role can use, or none at all. */
function atHba(
  ground: ReachGround,
  among: NetworkSet,
  unknown: readonly UnknownPart[],
  firewall: GateMark,
): readonly Part[] {
  const parts: Part[] = [];
  let left = among;
  const take = (addresses: NetworkSet, state: GateMark['state'], words: string, detail: string): void => {
    const taken = intersection(left, addresses);
    if (isEmptySet(taken)) return;
    left = difference(left, taken);
    parts.push({ gate: 'hba', mark: { state, words, details: [detail] }, addresses: taken, firewall });
  };
  for (const part of unknown.filter(({ gate }) => gate !== 'firewall'))
    // A doubt that names no networks and no line is one about all of them.
    if (part.from.length > 0) take(parsed(part.from), 'unknown', 'not known', part.reason);
    else if (part.hba !== null || ground.rules === null) take(left, 'unknown', 'not known', part.reason);
  if (isEmptySet(left)) return parts;
  const { regions } = hbaExposure(ground);
  const byLine = new Map<number, NetworkSet>();
  for (const { rule, ranges, transport } of regions.regions)
    if (transport !== 'local')
      byLine.set(rule, union(byLine.get(rule) ?? emptySet, regions.cells.setOf(ranges)));
  const lines = [...byLine].sort(([one], [other]) => one - other);
  for (const [number, addresses] of lines) {
    const rule = ground.rules?.[number];
    if (rule === undefined) continue;
    const rejects = rule.method === 'reject';
    const words = rejects ? 'rejected' : 'no role can use it';
    take(addresses, 'stop', words, `line ${rule.line} of ${rule.file}`);
  }
  take(
    left,
    'stop',
    'no line matches',
    'No line of pg_hba.conf is for these clients: the server refuses them.',
  );
  return parts;
}

function remoteSources(
  ground: ReachGround,
  family: AddressFamily,
  open: NetworkSet,
  unknown: readonly UnknownPart[],
) {
  const list = approaches(ground).filter(
    ({ scope, listener }) => scope === 'remote' && listener?.inspected === true,
  );
  const parts = remoteParts(ground, ground.port, family);
  const all = union(...parts.map(({ addresses }) => addresses));
  let left = difference(difference(all, notRemote(ground)), open);
  const result: Part[] = [];
  // One address of the host that is surely reached is enough.
  for (const certain of [true, false]) {
    const some = list.filter((one) => one.certain === certain);
    const reaching = intersection(left, union(...some.map(({ addresses }) => addresses)));
    const rules = some.map(({ firewallRule }) => firewallRule);
    result.push(...atHba(ground, reaching, unknown, firewallMark(certain, rules)));
    left = difference(left, reaching);
  }
  const passing = [
    ...parts.filter(({ verdict }) => verdict === 'pass'),
    ...parts.filter(({ verdict }) => verdict === 'unknown'),
  ];
  for (const { addresses, verdict, rule } of passing) {
    const taken = intersection(left, addresses);
    if (isEmptySet(taken)) continue;
    left = difference(left, taken);
    const known = ground.listenersReason === null;
    const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
    result.push({
      gate: 'listener',
      mark: {
        state: known ? 'stop' : 'unknown',
        words: known ? 'nothing listens' : 'not known',
        details: [
          known
            ? `Nothing listens on port ${ground.port} for other machines over ${name}.`
            : (ground.listenersReason ?? ''),
        ],
      },
      addresses: taken,
      firewall: firewallMark(verdict === 'pass', [rule]),
    });
  }
  for (const { addresses, verdict, rule } of parts) {
    if (verdict !== 'fail') continue;
    const taken = intersection(left, addresses);
    if (isEmptySet(taken)) continue;
    left = difference(left, taken);
    const words = rule === null ? 'dropped' : /policy/.test(rule) ? 'dropped by policy' : 'dropped by a rule';
    result.push({
      gate: 'firewall',
      mark: { state: 'stop', words, details: rule === null ? [] : [rule] },
      addresses: taken,
      firewall: notThere,
    });
  }
  return result;
}

/** What the rest of the addresses meets: everyone from whom nobody gets in, by the gate that stops them. */
export function closedSources(
  ground: ReachGround,
  network: readonly Exposure[],
  unknown: readonly UnknownPart[],
): readonly ClosedSources[] {
  const open = (scope: Exposure['scope']): NetworkSet =>
    union(
      ...network
        .filter((one) => one.scope === scope && one.to.port === ground.port && one.hba !== null)
        .map(({ from }) => parsed(from)),
    );
  const local = notRemote(ground);
  const remote = (['ipv4', 'ipv6'] as const).flatMap((family) =>
    remoteSources(ground, family, intersection(open('remote'), anySet(family)), unknown),
  );
  const inside = approaches(ground)
    .filter(({ scope, listener }) => scope === 'host' && listener?.inspected === true)
    .map(({ addresses }) => addresses);
  const loopback: GateMark = { state: 'pass', words: 'loopback, open', details: [] };
  const host = atHba(ground, difference(union(...inside), open('host')), unknown, loopback);
  // The same gate for the same reason is one source, whichever address of the host was dialled.
  const merged = new Map<string, ClosedSources>();
  for (const [scope, parts] of [
    ['remote', remote],
    ['host', host],
  ] as const)
    for (const { gate, mark, addresses, firewall } of parts) {
      const details = gate === 'listener' ? '' : mark.details;
      const key = JSON.stringify([scope, gate, mark.words, details, firewall.state]);
      const before = merged.get(key);
      const set = union(before?.addresses ?? emptySet, addresses);
      merged.set(key, {
        scope,
        gate,
        mark: { ...mark, details: [...new Set([...(before?.mark.details ?? []), ...mark.details])] },
        addresses: set,
        networks: (scope === 'remote' ? shortNetworks(set, local) : shortNetworks(set, emptySet)).map(
          formatNetwork,
        ),
        firewall: {
          ...firewall,
          details: [...new Set([...(before?.firewall.details ?? []), ...firewall.details])],
        },
      });
    }
  return [...merged.values()];
}

/** At most `most` of them: those of one gate and state become one with a count. */
export function fewClosed(
  list: readonly ClosedSources[],
  most: number,
): readonly (readonly ClosedSources[])[] {
  const groups = new Map<string, ClosedSources[]>();
  for (const [number, one] of list.entries()) {
    // The host itself is one lane, whatever keeps its two loopback addresses out.
    const apart = list.length <= most && one.scope === 'remote' ? number : '';
    const key = `${one.scope} ${one.gate} ${one.mark.state} ${one.firewall.state} ${apart}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** The mark of several that were made one. */
export function mergedMark(list: readonly ClosedSources[]): GateMark {
  const [first] = list;
  if (first === undefined) return { state: 'none', words: '', details: [] };
  if (list.length === 1) return first.mark;
  const same = list.every(({ mark }) => mark.words === first.mark.words);
  const words = same ? first.mark.words : several(list.length, 'reason');
  return { state: first.mark.state, words, details: list.flatMap(({ mark }) => mark.details) };
}
