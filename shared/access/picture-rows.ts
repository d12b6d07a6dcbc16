import { printable } from '../lib/hostile-text.ts';
import type { PictureEntry, PictureLane } from './picture-schema.ts';
import { first } from './picture-shapes.ts';
import { databaseWords, lineWords, methodWords, roleWords } from './picture-words.ts';

export const entryStep = 22;
const shownEntries = 3;

/** A lane with the room that it has. */
export interface Placed {
  readonly lane: PictureLane;
  readonly y: number;
  readonly height: number;
  readonly middle: number;
  readonly entries: readonly PictureEntry[];
  readonly more: number;
  readonly detailed: boolean;
}

/** The lanes below each other; the selected one with more room. */
export function place(lanes: readonly PictureLane[], selected: string | null): readonly Placed[] {
  let y = first;
  let scope: PictureLane['scope'] = 'remote';
  return lanes.map((lane) => {
    if (lane.scope === 'host' && scope === 'remote' && y > first) y += 14;
    scope = lane.scope;
    const hidden = lane.entries.length > shownEntries + 1;
    const entries = hidden ? lane.entries.slice(0, shownEntries) : lane.entries;
    const more = lane.entries.length - entries.length;
    const detailed = lane.id === selected && lane.entries.length === 1;
    const rows = Math.max(1, entries.length + (more > 0 ? 1 : 0));
    const height = detailed ? 66 : Math.max(36, rows * entryStep + 12);
    const placed = { lane, y, height, middle: y + height / 2, entries, more, detailed };
    y += height + 2;
    return placed;
  });
}

export type Gate = 'firewall' | 'listener' | 'hba';
export const gates = ['firewall', 'listener', 'hba'] as const;

/** The gate at which a lane ends, surely or perhaps; null for one that passes all. */
export function endOf(lane: PictureLane): Gate | null {
  return lane.entries.length > 0
    ? null
    : (gates.find((gate) => lane[gate].state === 'stop') ??
        gates.find((gate) => lane[gate].state === 'unknown') ??
        'hba');
}

/** Whether the lattice is down in a row: the lane ended at this gate or before. */
export function isDown(lane: PictureLane, gate: Gate): boolean {
  const end = endOf(lane);
  return end !== null && gates.indexOf(gate) >= gates.indexOf(end);
}

/** A lane in one sentence. */
export function laneSentence(lane: PictureLane): string {
  const end = endOf(lane);
  const names = { firewall: 'the firewall', listener: 'the listener', hba: 'pg_hba.conf' } as const;
  const from = `${lane.label}, ${lane.note}`;
  if (end !== null) {
    const { state, words } = lane[end];
    return printable(
      `${from}: ${state === 'unknown' ? 'not known' : 'stopped'} at ${names[end]}${words === '' ? '' : `, ${words}`}`,
    );
  }
  const gets = lane.entries.slice(0, 6).map((entry) => {
    const perhaps = entry.certain ? '' : ', perhaps';
    if (entry.port !== null) return `port ${entry.port} is open, ${methodWords(entry)}${perhaps}`;
    return `${lineWords(entry.lines)}: ${roleWords(entry)} to ${databaseWords(entry)}, ${methodWords(entry)}${perhaps}`;
  });
  const more = lane.entries.length - gets.length;
  return printable(`${from}: ${gets.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
}
