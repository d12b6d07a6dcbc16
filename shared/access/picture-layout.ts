/* eslint-disable max-lines -- one drawing: every part of it needs the same columns and rows */
import { printable, shorten } from '../lib/hostile-text.ts';
import type { Picture, PictureEntry, PictureLane } from './picture-schema.ts';
import {
  databaseWords,
  encryptionWords,
  lineWords,
  methodWords,
  roleWords,
  several,
} from './picture-words.ts';

/** A piece of the picture, in pixels. `style` is a class of the style sheet that draws it. */
export type Shape =
  | {
      readonly kind: 'box';
      readonly style: string;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly radius: number;
    }
  | {
      readonly kind: 'path';
      readonly style: string;
      readonly path: string;
      readonly thickness: number | null;
    }
  | {
      readonly kind: 'text';
      readonly style: string;
      readonly x: number;
      readonly y: number;
      readonly text: string;
      /** The whole text where it was cut; null otherwise. */
      readonly whole: string | null;
      readonly atEnd: boolean;
    };

/** The area of a lane, which takes the focus. */
export interface LaneArea {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The lane in one sentence, for screen readers. */
  readonly says: string;
}

export interface PictureLayout {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly shapes: readonly Shape[];
  readonly areas: readonly LaneArea[];
}

const top = 36;
const first = 52;
const entryStep = 22;
const shownEntries = 3;

interface Columns {
  readonly from: number;
  readonly firewall: readonly [number, number];
  readonly listener: readonly [number, number];
  readonly hba: readonly [number, number];
  readonly bus: number;
  readonly to: number;
}

function columnsFor(width: number): Columns {
  const at = (share: number): number => Math.round(width * share);
  return {
    from: 0,
    firewall: [at(0.188), at(0.381)],
    listener: [at(0.408), at(0.535)],
    hba: [at(0.562), at(0.8)],
    bus: at(0.826),
    to: at(0.842),
  };
}

/** Text cut to the pixels that it has, by the usual width of a letter. */
function text(
  style: string,
  x: number,
  y: number,
  value: string,
  room: number,
  atEnd = false,
): Extract<Shape, { kind: 'text' }> {
  const letter = style.startsWith('mono') ? 6.4 : style.startsWith('strong') ? 6.9 : 6;
  const safe = printable(value).replace(/\s+/g, ' ');
  const cut = shorten(safe, Math.max(3, Math.floor(room / letter)));
  return { kind: 'text', style, x, y, text: cut, whole: cut === safe ? null : shorten(safe, 2000), atEnd };
}

const box = (style: string, x: number, y: number, width: number, height: number, radius = 0): Shape => ({
  kind: 'box',
  style,
  x,
  y,
  width,
  height,
  radius,
});
const path = (style: string, d: string, thickness: number | null = null): Shape => ({
  kind: 'path',
  style,
  path: d,
  thickness,
});

interface Placed {
  readonly lane: PictureLane;
  readonly y: number;
  readonly height: number;
  readonly middle: number;
  readonly entries: readonly PictureEntry[];
  readonly more: number;
  readonly detailed: boolean;
}

function place(lanes: readonly PictureLane[], selected: string | null): readonly Placed[] {
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

const thicknessOf = ({ width }: PictureLane): number =>
  width > -4 ? 18 : width > -12 ? 9 : width > -20 ? 7 : 4;

/** A pipe: its edge, and its core when it may be unencrypted or ends. */
function pipe(tone: string, d: string, thickness: number, hollow: boolean): readonly Shape[] {
  const edge = path(`pipe ${tone}`, d, thickness);
  return hollow ? [edge, path(`core ${tone}`, d, Math.max(1.4, thickness - 2.6))] : [edge];
}

const mayBePlain = ({ encryption }: PictureEntry): boolean =>
  encryption !== 'required' && encryption !== 'local';
const toneOf = (lane: PictureLane): string =>
  lane.alarming ? 'open' : lane.scope === 'host' || lane.entries.length === 0 ? 'local' : 'plain';

type Gate = 'firewall' | 'listener' | 'hba';
const gates = ['firewall', 'listener', 'hba'] as const;

/** The gate at which a lane ends; null for one that passes all. */
function endOf(lane: PictureLane): Gate | null {
  return lane.entries.length > 0
    ? null
    : (gates.find((gate) => lane[gate].state === 'stop' || lane[gate].state === 'unknown') ?? 'hba');
}

/** Whether the lattice is down in a row: the lane ended at this gate or before. */
function isDown(lane: PictureLane, gate: Gate): boolean {
  const end = endOf(lane);
  return end !== null && gates.indexOf(gate) >= gates.indexOf(end);
}

function teeth(left: number, right: number, y: number): string {
  const parts: string[] = [];
  for (let x = left + 1; x + 4 <= right; x += 10) parts.push(`M${x} ${y}l2 5 2-5z`);
  return parts.join('');
}

/** Vertical and horizontal bars of a let-down part of a gate. */
function lattice(left: number, right: number, from: number, to: number): Shape {
  const parts: string[] = [];
  for (let x = left + 3; x < right; x += 10) parts.push(`M${x} ${from}V${to}`);
  for (let y = from + 5; y < to; y += 10) parts.push(`M${left} ${y}H${right}`);
  return path('lattice', parts.join(''));
}

function gateShapes(
  [left, right]: readonly [number, number],
  gate: Gate,
  rows: readonly Placed[],
  bottom: number,
): readonly Shape[] {
  const shapes: Shape[] = [
    lattice(left, right, top, first - 2),
    path('tooth', teeth(left, right, first - 2)),
  ];
  let at = 0;
  while (at < rows.length) {
    const start = rows[at];
    if (start === undefined || !isDown(start.lane, gate)) {
      at += 1;
      continue;
    }
    let end = at;
    while (
      end + 1 < rows.length &&
      rows[end + 1] !== undefined &&
      isDown((rows[end + 1] ?? start).lane, gate)
    )
      end += 1;
    const last = rows[end] ?? start;
    shapes.push(lattice(left, right, start.y, last.y + last.height - 4));
    shapes.push(path('tooth', teeth(left, right, last.y + last.height - 4)));
    at = end + 1;
  }
  return [
    ...shapes,
    box('post', left - 2, top - 3, right - left + 4, 3),
    box('post', left - 2, top - 3, 3, bottom - top, 1),
    box('post', right - 1, top - 3, 3, bottom - top, 1),
  ];
}

function plate(
  style: string,
  [left, right]: readonly [number, number],
  middle: number,
  content: readonly { readonly style: string; readonly text: string }[],
  end?: { readonly style: string; readonly text: string },
): readonly Shape[] {
  const height = content.length > 1 ? 54 : 18;
  const y = middle - height / 2;
  const room = right - left - 28 - (end === undefined ? 0 : end.text.length * 6 + 8);
  return [
    box(`plate ${style}`, left + 8, y, right - left - 16, height, 4),
    ...content.map((line, at) =>
      text(
        line.style,
        left + 14,
        content.length > 1 ? y + 14.5 + at * 17 : middle + 4,
        line.text,
        room + (content.length > 1 && at > 0 ? 8 : 0),
      ),
    ),
    ...(end === undefined ? [] : [text(end.style, right - 14, middle + 4, end.text, 110, true)]),
  ];
}

function entryPlate(columns: Columns, lane: PictureLane, entry: PictureEntry, y: number): readonly Shape[] {
  const style =
    lane.alarming && (lane.openToAll || entry.methods.includes('trust'))
      ? 'open'
      : entry.certain
        ? ''
        : 'stopped';
  const numbers =
    entry.lines.length > 2 ? `${entry.lines.length} lines` : entry.lines.map(({ line }) => line).join(', ');
  const perhaps = entry.certain ? '' : ' ?';
  const to = entry.allDatabases ? '' : ` → ${databaseWords(entry)}`;
  return plate(
    style,
    columns.hba,
    y,
    [{ style: 'small', text: `${numbers}${numbers === '' ? '' : ': '}${roleWords(entry)}${to}` }],
    {
      style: entry.methods.includes('trust') ? 'small alarm' : 'small',
      text: `${methodWords(entry)}${perhaps}`,
    },
  );
}

function gatePlates(columns: Columns, placed: Placed): readonly Shape[] {
  const { lane, middle, detailed } = placed;
  return (['firewall', 'listener'] as const).flatMap((gate): readonly Shape[] => {
    const mark = lane[gate];
    if (mark.state === 'none' || mark.words === '') return [];
    const stops = mark.state === 'stop' || mark.state === 'unknown';
    const style = stops ? 'stopped' : lane.alarming && detailed ? 'open' : '';
    const words = mark.state === 'unknown' && !mark.words.includes('known') ? `${mark.words} ?` : mark.words;
    const head = {
      style: detailed ? (lane.alarming && gate === 'firewall' ? 'strong alarm' : 'strong') : 'small',
      text: words,
    };
    const full = detailed
      ? [
          head,
          { style: 'mono', text: mark.details[0] ?? '' },
          { style: 'quiet', text: mark.details[1] ?? '' },
        ]
      : [head];
    return plate(style, columns[gate], middle, full);
  });
}

function laneShapes(columns: Columns, placed: Placed): readonly Shape[] {
  const { lane, entries, middle, more, detailed } = placed;
  const start = columns.firewall[0] - 17;
  const thickness = thicknessOf(lane);
  const end = endOf(lane);
  const tone = toneOf(lane);
  if (end !== null) {
    const x = columns[end][0] - 5;
    const stopped = lane[end];
    return [
      ...pipe('local', `M${start} ${middle}H${x}`, Math.min(thickness, 16), true),
      box(stopped.state === 'unknown' ? 'bar unknown' : 'bar', x - 1, middle - 12, 3.5, 24, 1),
      ...(end === 'hba'
        ? plate(
            'stopped',
            columns.hba,
            middle,
            [{ style: 'small', text: stopped.words }],
            stopped.state === 'stop' ? { style: 'small', text: 'refused' } : undefined,
          )
        : []),
      ...gatePlates(columns, placed),
    ];
  }
  const count = entries.length + (more > 0 ? 1 : 0);
  const split = columns.listener[1] + 5;
  const join = columns.hba[0] + 8;
  const ys = Array.from({ length: count }, (_, at) => middle + (at - (count - 1) / 2) * entryStep);
  const thin = count > 1 ? Math.min(thickness, 6.4) : thickness;
  const hollow = lane.scope === 'remote' && entries.some(mayBePlain);
  const shapes: Shape[] = [...pipe(tone, `M${start} ${middle}H${split}`, thickness, hollow)];
  ys.forEach((y, at) => {
    const entry = entries[at];
    const plain = lane.scope === 'remote' && (entry === undefined ? hollow : mayBePlain(entry));
    const bend = (split + join) / 2;
    shapes.push(
      ...pipe(
        tone,
        `M${split} ${middle}C${bend} ${middle} ${bend} ${y} ${join} ${y}H${columns.bus}`,
        thin,
        plain,
      ),
    );
  });
  shapes.push(...gatePlates(columns, placed));
  ys.forEach((y, at) => {
    const entry = entries[at];
    if (entry === undefined)
      shapes.push(
        ...plate('', columns.hba, y, [{ style: 'small', text: `and ${several(more, 'more outcome')}` }]),
      );
    else if (detailed)
      shapes.push(
        ...plate(lane.alarming ? 'open' : '', columns.hba, y, [
          {
            style: lane.alarming ? 'strong alarm' : 'strong',
            text: `${roleWords(entry)}, ${methodWords(entry)}`,
          },
          { style: 'mono', text: entry.lineText ?? '' },
          {
            style: 'quiet',
            text: `${lineWords(entry.lines)}, TLS ${encryptionWords[entry.encryption].replace(/^no TLS$/, 'not there')}`,
          },
        ]),
      );
    else shapes.push(...entryPlate(columns, lane, entry, y));
  });
  return shapes;
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
    const where = entry.lines.length === 0 ? 'port open' : lineWords(entry.lines);
    return `${where}: ${roleWords(entry)} to ${databaseWords(entry) || 'what was not inspected'}, ${methodWords(entry)}${entry.certain ? '' : ', perhaps'}`;
  });
  const more = lane.entries.length - gets.length;
  return printable(`${from}: ${gets.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
}

function destinationShapes(
  picture: Picture,
  columns: Columns,
  width: number,
  bottom: number,
): readonly Shape[] {
  const left = columns.to;
  const room = width - left - 16;
  const shapes: Shape[] = [];
  const reached = picture.lanes.some(({ entries }) => entries.length > 0);
  const alarm = picture.destinations.some(({ openToAll }) => openToAll);
  if (reached)
    shapes.push(box(alarm ? 'bus open' : 'bus', columns.bus - 2, first, 5, bottom - first - 12, 2));
  let y = first;
  for (const { names, openToAll, noPassword } of picture.destinations) {
    const [name = ''] = names;
    const note = openToAll ? 'open to everyone' : noPassword ? 'without a password' : '';
    const height = note === '' && names.length === 1 && name !== 'replication' ? 32 : 46;
    shapes.push(
      path(openToAll ? 'tick open' : 'tick', `M${columns.bus + 2} ${y + height / 2}H${left}`, 2.5),
      box('destination', left, y, width - left, height, 5),
      {
        ...text(
          'strong',
          left + 9,
          y + 19,
          names.length === 1 ? name : several(names.length, 'database'),
          room,
        ),
        ...(names.length === 1 ? {} : { whole: shorten(printable(names.join(', ')), 2000) }),
      },
    );
    if (height > 32) {
      const second = note === '' ? (name === 'replication' ? 'a copy of all data' : names.join(', ')) : note;
      shapes.push(text(openToAll || noPassword ? 'quiet alarm' : 'quiet', left + 9, y + 35, second, room));
    }
    y += height + 4;
  }
  const { logins } = picture;
  if (logins !== null && y + 50 < bottom) {
    shapes.push(text('quiet', left + 9, y + 16, `${several(logins.roles.length, 'role')} can log in,`, room));
    shapes.push(
      text(
        logins.superusers.length > 1 ? 'quiet alarm' : 'quiet',
        left + 9,
        y + 31,
        several(logins.superusers.length, 'superuser'),
        room,
      ),
    );
  }
  return shapes;
}

function headShapes(picture: Picture, columns: Columns, width: number): readonly Shape[] {
  const { notes } = picture;
  const heads = [
    [columns.from, columns.firewall[0], 'From', 'widest first'],
    [columns.firewall[0], columns.listener[0], 'Firewall', notes.firewall],
    [columns.listener[0], columns.hba[0], 'Listener', notes.listener],
    [columns.hba[0], columns.to, 'pg_hba.conf', notes.hba],
    [columns.to, width, 'To', notes.to],
  ] as const;
  return heads.flatMap(([x, end, name, note]) => [
    text('strong', x, 13.5, name, end - x),
    text('quiet', x, 28, note, end - x - 6),
  ]);
}

/**
 * Where everything of the picture stands. Pure: the window and the report draw the same shapes. `width` in pixels, from
 * 660 on; `selected` is the lane that is drawn in full.
 */
export function layoutPicture(picture: Picture, width: number, selected: string | null): PictureLayout {
  const columns = columnsFor(width);
  const rows = place(picture.lanes, selected);
  const last = rows.at(-1);
  const destinations = picture.destinations.length * 50 + first;
  const bottom = Math.max(last === undefined ? first + 40 : last.y + last.height, destinations) + 6;
  const chosen = rows.find(({ lane }) => lane.id === selected);
  const local = rows.find(({ lane }) => lane.scope === 'host');
  const closedBefore =
    local === undefined || local.y <= first ? [] : [path('rule', `M0 ${local.y - 8}H${width * 0.8}`, 1)];
  const labels = rows.flatMap(({ lane, middle }) => [
    text(lane.alarming ? 'strong alarm' : 'strong', 0, middle - 2, lane.label, columns.firewall[0] - 22),
    text(
      'quiet',
      0,
      middle + 12,
      lane.merged > 1 ? `${lane.note}, ${lane.merged} merged` : lane.note,
      columns.firewall[0] - 22,
    ),
  ]);
  const sources = several(picture.lanes.length, 'source');
  const alarming = picture.lanes
    .filter((lane) => lane.alarming)
    .slice(0, 3)
    .map(laneSentence);
  return {
    width,
    height: bottom,
    title: `Exposure picture: ${sources}, 3 gates, ${picture.notes.to}`,
    description: `${picture.verdict.text}. ${alarming.join('. ')}`.trim(),
    shapes: [
      ...headShapes(picture, columns, width),
      ...(chosen === undefined ? [] : [box('picked', -8, chosen.y, columns.bus + 6, chosen.height, 5)]),
      ...gates.flatMap((gate) => gateShapes(columns[gate], gate, rows, bottom)),
      ...closedBefore,
      ...rows.flatMap((placed) => laneShapes(columns, placed)),
      ...destinationShapes(picture, columns, width, bottom),
      ...labels,
    ],
    areas: rows.map(({ lane, y, height }) => ({
      id: lane.id,
      x: -8,
      y,
      width: columns.bus + 6,
      height,
      says: laneSentence(lane),
    })),
  };
}
