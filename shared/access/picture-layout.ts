import { printable, shorten } from '../lib/hostile-text.ts';
import { entryPlate, gatePlates, gateShapes, plate } from './picture-gates.ts';
import { endOf, entryStep, gates, laneSentence, place } from './picture-rows.ts';
import type { Placed } from './picture-rows.ts';
import type { Picture, PictureEntry, PictureLane } from './picture-schema.ts';
import { box, columnsFor, first, path, pipe, text } from './picture-shapes.ts';
import type { Columns, Shape } from './picture-shapes.ts';
import { encryptionWords, lineWords, methodWords, roleWords, several } from './picture-words.ts';

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

const thicknessOf = ({ width }: PictureLane): number =>
  width > -4 ? 18 : width > -12 ? 9 : width > -20 ? 7 : 4;

const mayBePlain = ({ encryption }: PictureEntry): boolean =>
  encryption !== 'required' && encryption !== 'local';
const toneOf = (lane: PictureLane): string =>
  lane.alarming ? 'open' : lane.scope === 'host' || lane.entries.length === 0 ? 'local' : 'plain';

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
