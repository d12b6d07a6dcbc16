import type { NetworkTransport } from './exposure.ts';
import { transportsOf } from '../hba/match.ts';
import type { HbaConnection, HbaContext } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import { cutCells, lineSources, paint } from './cells.ts';
import type { CellRange, Cells, PaintLine, PaintWork } from './cells.ts';
import { databaseClasses, pushTo, roleClasses } from './classes.ts';
import type { ClassLine } from './classes.ts';
import { databaseMatcher, userMatcher } from './universe.ts';
import type { Somebody, Universe } from './universe.ts';

type Transport = HbaConnection['transport'];

/** Roles and databases to which the same happens, by their numbers in the universe. */
export interface Crowd {
  readonly roles: readonly number[];
  readonly databases: readonly number[];
}

/** Addresses for which one line decides, on one transport, over certain roles and databases. */
export interface Region {
  readonly transport: Transport;
  /** Number of the line in `rules`. */
  readonly rule: number;
  /** Ascending ranges of cells; one range over everything for `local`. */
  readonly ranges: readonly CellRange[];
  readonly crowds: readonly Crowd[];
  /** Set when it is not certain that this line decides, and why. */
  readonly doubt: string | null;
  /** True when the doubt is about the addresses of this very line (host names). */
  readonly addressDoubt: boolean;
}

/** First match over everything: each connection that can be has its line, or none. */
export interface Regions {
  readonly cells: Cells;
  readonly regions: readonly Region[];
  readonly work: PaintWork;
  /** Lines whose lists are for no role or database that is known: whether they can ever match is unknown. */
  readonly unmatched: ReadonlySet<number>;
}

interface Line {
  readonly rule: number;
  readonly ranges: readonly CellRange[];
  readonly doubt: string | null;
  readonly addressDoubt: boolean;
}

/** What makes a role differ from another besides its name, given by the caller. */
export type RoleKind = (role: Somebody) => string;

/**
 * Computes who meets which line. Roles that meet the same lines are one class, and so are databases within it; for each
 * such pair the addresses are painted by first match. Equal results are put together.
 */
export function computeRegions(
  rules: readonly HbaRule[],
  universe: Universe,
  context: Pick<HbaContext, 'hostNetworks'>,
  transports: readonly Transport[],
  kindOf: RoleKind,
): Regions {
  const sources = rules.map(({ address }) => lineSources(address, context));
  const cells = cutCells(sources.map(({ set }) => set));
  const everything: readonly CellRange[] = [[0, cells.count]];
  const matchUsers = userMatcher(universe);
  const matchDatabases = databaseMatcher(universe);
  const users = rules.map((rule) => matchUsers(rule.users));
  const databases = rules.map((rule) => matchDatabases(rule.databases));
  const lines = rules.map((rule, index): Line => {
    const { set, reason } = sources[index] ?? { set: { ipv4: [], ipv6: [] }, reason: null };
    return {
      rule: index,
      ranges: rule.type === 'local' ? everything : cells.rangesOf(set),
      doubt: reason,
      addressDoubt: reason !== null && rule.address?.kind !== 'network',
    };
  });
  const work: PaintWork = { lines: 0, cells: 0 };
  const collected = new Collector();
  const met = new Set<number>();
  for (const group of roleClasses(rules.length, universe, users, databases, kindOf)) {
    for (const { numbers, lines: own } of databaseClasses(group, universe, databases)) {
      own.forEach(({ rule }) => met.add(rule));
      const paintings = new Map<string, readonly Painted[]>();
      for (const transport of transports) {
        const here = own.filter(
          ({ rule }) => types.get(rules[rule]?.type ?? '')?.includes(transport) === true,
        );
        // Mostly TLS makes no difference, and then it needs no second painting.
        const key = here.map(({ rule }) => rule).join();
        const painted = paintings.get(key) ?? paintClass(cells.count, here, lines, rules, work);
        paintings.set(key, painted);
        for (const one of painted) collected.add(transport, one, { roles: group.roles, databases: numbers });
      }
    }
  }
  const unmatched = new Set(rules.keys());
  met.forEach((rule) => unmatched.delete(rule));
  return { cells, regions: collected.regions(), work, unmatched };
}

const types = new Map<string, readonly Transport[]>(
  (['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'] as const).map((type) => [
    type,
    transportsOf(type),
  ]),
);

interface Painted {
  readonly rule: number;
  readonly ranges: readonly CellRange[];
  readonly doubt: string | null;
  readonly addressDoubt: boolean;
}

/** First match for one class: what each line decides, and where a line before it may decide instead. */
function paintClass(
  count: number,
  own: readonly ClassLine[],
  lines: readonly Line[],
  rules: readonly HbaRule[],
  work: PaintWork,
): readonly Painted[] {
  const sure: PaintLine[] = [];
  const maybe: Line[] = [];
  for (const { rule, doubt } of own) {
    const line = lines[rule];
    if (line === undefined) continue;
    if (doubt === null && line.doubt === null) sure.push(line);
    else maybe.push({ ...line, doubt: doubt ?? line.doubt });
  }
  const runs = paint(count, sure, work);
  const certain = new Map<number, CellRange[]>();
  const doubtful = new Map<number, { ranges: CellRange[]; doubt: string }>();
  const possible = new Map<Line, CellRange[]>();
  for (const { rule, first, last } of runs) {
    if (maybe.length === 0) {
      if (rule >= 0) pushTo(certain, rule, [first, last]);
      continue;
    }
    for (const [from, to, before] of cutByMaybe(first, last, rule, maybe)) {
      for (const line of before) {
        const ranges = possible.get(line) ?? [];
        const open = ranges.at(-1);
        if (open?.[1] === from) ranges[ranges.length - 1] = [open[0], to];
        else ranges.push([from, to]);
        possible.set(line, ranges);
      }
      if (rule < 0) continue;
      // By a line with the same method a client gets in just so.
      const doubt = before.find((line) => rules[line.rule]?.method !== rules[rule]?.method);
      if (doubt === undefined) pushTo(certain, rule, [from, to]);
      else {
        const place = `line ${rules[doubt.rule]?.line ?? 0} before it may decide: ${doubt.doubt ?? ''}`;
        const found = doubtful.get(rule);
        if (found === undefined) doubtful.set(rule, { ranges: [[from, to]], doubt: place });
        else found.ranges.push([from, to]);
      }
    }
  }
  return [
    ...[...certain].map(([rule, ranges]) => ({
      rule,
      ranges: joinRanges(ranges),
      doubt: null,
      addressDoubt: false,
    })),
    ...[...doubtful].map(([rule, { ranges, doubt }]) => ({
      rule,
      ranges: joinRanges(ranges),
      doubt,
      addressDoubt: false,
    })),
    ...[...possible].map(([{ rule, doubt, addressDoubt }, ranges]) => ({
      rule,
      ranges,
      doubt,
      addressDoubt,
    })),
  ];
}

/** Cuts a run where lines that perhaps match begin and end, each piece with those that stand before its own line. */
function cutByMaybe(
  first: number,
  last: number,
  rule: number,
  maybe: readonly Line[],
): readonly (readonly [number, number, readonly Line[]])[] {
  const before = maybe.filter((line) => rule < 0 || line.rule < rule);
  const bounds = new Set([first, last]);
  for (const { ranges } of before)
    for (const range of ranges)
      for (const bound of range) if (bound > first && bound < last) bounds.add(bound);
  const sorted = [...bounds].sort((left, right) => left - right);
  return sorted.slice(0, -1).map((from, index) => {
    const to = sorted[index + 1] ?? last;
    return [
      from,
      to,
      before.filter(({ ranges }) => ranges.some(([low, high]) => low <= from && to <= high)),
    ] as const;
  });
}

function joinRanges(ranges: readonly CellRange[]): readonly CellRange[] {
  const result: CellRange[] = [];
  for (const range of ranges) {
    const before = result.at(-1);
    if (before?.[1] === range[0]) result[result.length - 1] = [before[0], range[1]];
    else result.push(range);
  }
  return result;
}

/** Puts equal regions of several classes together. */
class Collector {
  readonly #found = new Map<string, { region: Omit<Region, 'crowds'>; crowds: Crowd[] }>();

  add(transport: Transport, painted: Painted, crowd: Crowd): void {
    const { rule, ranges, doubt, addressDoubt } = painted;
    const key = `${transport} ${rule} ${doubt ?? ''} ${ranges.join()}`;
    const found = this.#found.get(key);
    if (found === undefined)
      this.#found.set(key, { region: { transport, rule, ranges, doubt, addressDoubt }, crowds: [crowd] });
    else found.crowds.push(crowd);
  }

  regions(): readonly Region[] {
    return [...this.#found.values()]
      .map(({ region, crowds }) => ({ ...region, crowds }))
      .sort((left, right) => left.rule - right.rule);
  }
}

/** The transports that a server offers over the network. GSS encryption matters only where a line tells it apart. */
export function offeredTransports({
  ssl,
  gss,
}: {
  readonly ssl: boolean | null;
  readonly gss: boolean;
}): readonly NetworkTransport[] {
  return [...(ssl === false ? [] : (['tls'] as const)), 'tcp-plain', ...(gss ? (['gss'] as const) : [])];
}
