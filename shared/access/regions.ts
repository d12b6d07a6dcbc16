import { transportsOf } from '../hba/match.ts';
import type { HbaConnection, HbaContext } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import { cutCells, lineSources } from './cells.ts';
import type { CellRange, Cells } from './cells.ts';
import { databasesOf, readPeople } from './classes.ts';
import type { DatabaseBits, LinePeople, People } from './classes.ts';
import type { NetworkTransport } from './exposure.ts';
import { named, shareOf, split, wantedBits } from './shares.ts';
import type { Left, RegionWork, Share } from './shares.ts';

import type { Somebody, Universe } from './universe.ts';

type Transport = HbaConnection['transport'];

/** Classes of roles, by their numbers in `people`, with the databases that are theirs here. */
export interface Crowd {
  readonly classes: readonly number[];
  readonly databases: DatabaseBits;
}

/** Addresses for which one line decides, on one transport, over certain roles and databases. */
export interface Region {
  readonly transport: Transport;
  /** Number of the line in `rules`. */
  readonly rule: number;
  /** Ascending ranges of cells; all of them for `local`. */
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
  readonly people: People;
  readonly regions: readonly Region[];
  readonly work: RegionWork;
  /** Lines whose lists are for no role or database that is known: whether they can ever match is unknown. */
  readonly unmatched: ReadonlySet<number>;
}

interface Line {
  readonly rule: number;
  /** Its number in its file, for people. */
  readonly number: number;
  readonly method: string;
  readonly ranges: readonly CellRange[];
  readonly people: People['lines'][number];
  /** Why nobody knows its addresses. */
  readonly doubt: string | null;
  readonly addressDoubt: boolean;
}

/**
 * Computes who meets which line. The addresses are cut into cells at the bounds of the lines; in each cell the few lines
 * that are for it share out the roles and databases among them, in their order. Cells in which a line gets the same are
 * put together.
 */
export function computeRegions(
  rules: readonly HbaRule[],
  universe: Universe,
  context: Pick<HbaContext, 'hostNetworks'>,
  transports: readonly Transport[],
  kindOf: (role: Somebody) => string,
): Regions {
  const sources = rules.map(({ address }) => lineSources(address, context));
  const cells = cutCells(sources.map(({ set }) => set));
  const people = readPeople(rules, universe, kindOf);
  const work: RegionWork = { lines: 0, roles: 0 };
  const lines = rules.map((rule, index): Line => {
    const source = sources[index];
    return {
      rule: index,
      number: rule.line,
      method: rule.method,
      ranges: rule.type === 'local' || source === undefined ? [[0, cells.count]] : cells.rangesOf(source.set),
      people: people.lines[index] ?? { sure: nobody, maybe: null },
      doubt: source?.reason ?? null,
      addressDoubt: (source?.reason ?? null) !== null && rule.address?.kind !== 'network',
    };
  });
  const seen = new Map<string, readonly Omit<Region, 'transport'>[]>();
  const regions = transports.flatMap((transport) => {
    const here = lines.filter(({ rule }) => speaks(rules[rule], transport));
    // Mostly TLS makes no difference, and then it needs no second look.
    const key = here.length === lines.length ? '' : here.map(({ rule }) => rule).join();
    const found = seen.get(key) ?? shareOut(cells.count, here, people, work);
    seen.set(key, found);
    return found.map((region): Region => ({ ...region, transport }));
  });
  const unmatched = new Set(
    lines
      .filter(({ people: { sure, maybe } }) => isNobody(sure) && (maybe === null || isNobody(maybe)))
      .map(({ rule }) => rule),
  );
  return { cells, people, regions: regions.sort((one, other) => one.rule - other.rule), work, unmatched };
}

const nobody: LinePeople = { roles: [], databases: 0n, doubt: null };

function isNobody(people: LinePeople): boolean {
  if (people.roles === 'all') return databasesOf(people, 0) === 0n;
  return people.roles.every((_, index) => databasesOf(people, index) === 0n);
}

function speaks(rule: HbaRule | undefined, transport: Transport): boolean {
  return rule !== undefined && transportsOf(rule.type).includes(transport);
}

/** Goes through the cells; lines come and go at their bounds, and only then is anything computed anew. */
function shareOut(
  count: number,
  lines: readonly Line[],
  people: People,
  work: RegionWork,
): readonly Omit<Region, 'transport'>[] {
  const begins = new Map<number, number[]>();
  const ends = new Map<number, number[]>();
  const note = (map: Map<number, number[]>, cell: number, line: number): void => {
    const list = map.get(cell);
    if (list === undefined) map.set(cell, [line]);
    else list.push(line);
  };
  for (const [index, { ranges }] of lines.entries())
    for (const [first, last] of ranges) {
      note(begins, first, index);
      note(ends, last, index);
    }
  const bounds = [...new Set([...begins.keys(), ...ends.keys()])].filter((cell) => cell < count);
  bounds.sort((left, right) => left - right);
  const active: number[] = [];
  const collector = new Collector(people);
  for (const [at, cell] of bounds.entries()) {
    for (const line of ends.get(cell) ?? []) active.splice(position(active, line), 1);
    for (const line of begins.get(cell) ?? []) active.splice(position(active, line), 0, line);
    shareCell(active, lines, people, [cell, bounds[at + 1] ?? count], collector, work);
  }
  return collector.regions();
}

/** Where a number stands, or belongs, in an ascending list. */
function position(list: readonly number[], wanted: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First match within a cell: each line takes what the lines before it left of its roles and databases. */
function shareCell(
  active: readonly number[],
  lines: readonly Line[],
  people: People,
  range: CellRange,
  collector: Collector,
  work: RegionWork,
): void {
  const left: Left = { rest: people.everyDatabase, roles: new Map() };
  const perhaps: { readonly line: Line; readonly people: LinePeople }[] = [];
  for (const index of active) {
    const line = lines[index];
    if (line === undefined) continue;
    if (left.rest === 0n && [...left.roles.values()].every((bits) => bits === 0n)) return;
    work.lines += 1;
    const { sure, maybe } = line.people;
    if (maybe !== null || line.doubt !== null) {
      const all = maybe ?? sure;
      const doubt = line.doubt ?? all.doubt;
      collector.add(line, shareOf(all, left, work), range, doubt, line.addressDoubt);
      perhaps.push({ line, people: { ...all, doubt } });
      if (line.doubt !== null || isNobody(sure)) continue;
    }
    const share = shareOf(sure, left, work);
    if (share === null) continue;
    take(line, share, perhaps, range, collector);
    for (const [at, role] of share.roles.entries())
      left.roles.set(role, (left.roles.get(role) ?? left.rest) & ~(share.databases[at] ?? 0n));
    left.rest &= ~share.rest;
  }
}

/** Gives a line its share; the part that a doubtful line before it may have instead is marked. */
function take(
  line: Line,
  share: Share,
  perhaps: readonly { readonly line: Line; readonly people: LinePeople }[],
  range: CellRange,
  collector: Collector,
): void {
  let rest = share;
  for (const { line: before, people } of perhaps) {
    // By a line with the same method a client gets in just so.
    if (before.method === line.method) continue;
    const bits = wantedBits(people);
    if (people.roles !== 'all') rest = named(rest, people.roles);
    const touched = split(rest, bits);
    if (touched.inside !== null)
      collector.add(
        line,
        touched.inside,
        range,
        `line ${before.number} before it may decide: ${people.doubt ?? ''}`,
        false,
      );
    if (touched.outside === null) return;
    rest = touched.outside;
  }
  collector.add(line, rest, range, null, false);
}

interface Entry {
  readonly line: Line;
  readonly share: Share;
  readonly doubt: string | null;
  readonly addressDoubt: boolean;
  readonly ranges: CellRange[];
}

/** Puts cells together in which a line gets the same. */
class Collector {
  readonly #people: People;
  readonly #entries = new Map<number, Map<string, Entry>>();

  constructor(people: People) {
    this.#people = people;
  }

  add(line: Line, share: Share | null, range: CellRange, doubt: string | null, addressDoubt: boolean): void {
    if (share === null) return;
    const ofLine = this.#entries.get(line.rule) ?? new Map<string, Entry>();
    this.#entries.set(line.rule, ofLine);
    const key = `${doubt ?? ''} ${share.rest} ${share.roles.join()} ${share.databases.join()}`;
    const entry = ofLine.get(key);
    if (entry === undefined) {
      ofLine.set(key, { line, share, doubt, addressDoubt, ranges: [range] });
      return;
    }
    const before = entry.ranges.at(-1);
    if (before?.[1] === range[0]) entry.ranges[entry.ranges.length - 1] = [before[0], range[1]];
    else entry.ranges.push(range);
  }

  regions(): readonly Omit<Region, 'transport'>[] {
    return [...this.#entries.values()].flatMap((ofLine) =>
      [...ofLine.values()].map(({ line, share, doubt, addressDoubt, ranges }) => ({
        rule: line.rule,
        ranges,
        crowds: this.#crowds(share),
        doubt,
        addressDoubt,
      })),
    );
  }

  #crowds({ rest, roles, databases }: Share): readonly Crowd[] {
    const byBits = new Map<DatabaseBits, number[]>();
    for (const [at, role] of roles.entries()) {
      const bits = databases[at] ?? 0n;
      if (bits === 0n) continue;
      const list = byBits.get(bits);
      if (list === undefined) byBits.set(bits, [role]);
      else list.push(role);
    }
    if (rest !== 0n) {
      const named = new Set(roles);
      const others = this.#people.classes.map((_, role) => role).filter((role) => !named.has(role));
      byBits.set(rest, [...(byBits.get(rest) ?? []), ...others]);
    }
    return [...byBits].map(([bits, classes]) => ({ classes, databases: bits }));
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
