import type { PictureEntry, PictureLane } from './picture-schema.ts';
import type { Gate, Placed } from './picture-rows.ts';
import { isDown } from './picture-rows.ts';
import { box, first, lattice, path, teeth, text, top } from './picture-shapes.ts';
import type { Columns, Shape } from './picture-shapes.ts';
import { databaseWords, methodWords, roleWords } from './picture-words.ts';

/** A gate with its lattice: up where lanes pass, down where they end. */
export function gateShapes(
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

/** A label on a gate; of several lines, the first is the largest. `end` stands at its right. */
export function plate(
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

/** Which line of pg_hba.conf lets whom in. */
export function entryPlate(
  columns: Columns,
  lane: PictureLane,
  entry: PictureEntry,
  y: number,
): readonly Shape[] {
  const style =
    lane.alarming && (lane.openToAll || entry.methods.includes('trust'))
      ? 'open'
      : entry.certain
        ? ''
        : 'stopped';
  const numbers =
    entry.lines.length > 2 ? `${entry.lines.length} lines` : entry.lines.map(({ line }) => line).join(', ');
  const perhaps = entry.certain ? '' : ' ?';
  const to = entry.allDatabases || entry.port !== null ? '' : ` → ${databaseWords(entry)}`;
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

/** What the firewall and the listener say of a lane. */
export function gatePlates(columns: Columns, placed: Placed): readonly Shape[] {
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
