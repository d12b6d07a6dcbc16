import type { Fault } from './faults.ts';
import type { KnownPoint } from './matrix.ts';

/** A cell of the matrix; no point where the plan itself is the fault. */
export interface Chosen {
  readonly fault: Fault;
  readonly known: KnownPoint | null;
}

export interface Sampling {
  /** Every n-th point of the kind's own steps and half as many of its undo, for the faults that are tried everywhere. */
  readonly ownEvery: number;
  /** Points that all kinds share are dealt out to so many kinds; with more than there are, each fault leaves some out. */
  readonly sharedBy: number;
  /** Points for each of the other faults. */
  readonly each: number;
}

/** The same choice each time: a number from a text. */
function number(text: string): number {
  let value = 2166136261;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  return value;
}

/** What a point does, without what differs from run to run. */
const classOf = ({ point, title }: KnownPoint): string =>
  `${point.mode}${point.side}${point.when} ${title.replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{8}/g, 'RUN')}`;

interface Sections {
  readonly own: readonly KnownPoint[];
  readonly shared: readonly KnownPoint[];
  readonly undo: readonly KnownPoint[];
}

/** Splits the points of a kind into those of its own steps, those that every run has, and those of the undo. */
function sections(known: readonly KnownPoint[]): Sections {
  const own: KnownPoint[] = [];
  const shared: KnownPoint[] = [];
  for (const side of ['p', 'h'] as const) {
    const points = known.filter(({ point }) => point.mode === '' && point.side === side);
    const starts = side === 'p' ? /journal here step-started/ : /^mkdir .*\/started/;
    const ends = side === 'p' ? /record what is after/ : /^sync .*\/after/;
    const first = points.findIndex(({ title }) => starts.test(title));
    const last = points.findLastIndex(({ title }) => ends.test(title));
    points.forEach((one, index) => (first >= 0 && index >= first && index < last ? own : shared).push(one));
  }
  return { own, shared, undo: known.filter(({ point }) => point.mode !== '') };
}

/**
 * The cells of one kind: each fault at least once; the faults that matter at every point at every point of all kinds
 * together, each point that all kinds share being dealt out to some of them and most of these faults.
 */
export function sample(
  kindIndex: number,
  known: readonly KnownPoint[],
  faults: readonly Fault[],
  { ownEvery, sharedBy, each }: Sampling,
): readonly Chosen[] {
  const { own, shared, undo } = sections(known);
  const seen = new Map<string, number>();
  const occurrences = shared.map((one) => {
    const name = classOf(one);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return `${name} ${count}`;
  });
  return faults.flatMap((fault, faultIndex): Chosen[] => {
    if (fault.inPlan === true) return [{ fault, known: null }];
    const fits = ({ point }: KnownPoint): boolean => fault.side === undefined || point.side === fault.side;
    if (fault.everywhere === true) {
      // Faults are dealt out far from each other: a point that no kind tries with one of them is tried with others.
      const mine = shared.filter((one, index) => {
        const dealt = (number(occurrences[index] ?? '') + 5 * faultIndex) % sharedBy;
        return fits(one) && dealt === kindIndex % sharedBy;
      });
      const steps = own.filter(
        (one, index) => fits(one) && (index + faultIndex + kindIndex) % ownEvery === 0,
      );
      const back = undo.filter(
        (one, index) => fits(one) && (index + faultIndex + kindIndex) % (2 * ownEvery) === 0,
      );
      return [...mine, ...steps, ...back].map((one) => ({ fault, known: one }));
    }
    // In the kind's own steps and in the undo by turns.
    const back = undo.filter(fits);
    const steps = own.filter(fits);
    return Array.from({ length: each }, (_, turn): Chosen => {
      const inSteps = (turn + kindIndex + faultIndex) % 2 === 0 || back.length === 0;
      const from = inSteps && steps.length > 0 ? steps : back;
      return { fault, known: from[number(`${fault.name} ${kindIndex} ${turn}`) % from.length] ?? null };
    });
  });
}
