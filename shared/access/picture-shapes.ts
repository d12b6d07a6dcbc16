import { printable, shorten } from '../lib/hostile-text.ts';

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

/** Where the names of the columns end, and where the first lane begins, in pixels. */
export const top = 36;
export const first = 52;

/** The left and right edges of the gates, and where the bus and the destinations stand. */
export interface Columns {
  readonly from: number;
  readonly firewall: readonly [number, number];
  readonly listener: readonly [number, number];
  readonly hba: readonly [number, number];
  readonly bus: number;
  readonly to: number;
}

export function columnsFor(width: number): Columns {
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
export function text(
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

export const box = (
  style: string,
  x: number,
  y: number,
  width: number,
  height: number,
  radius = 0,
): Shape => ({
  kind: 'box',
  style,
  x,
  y,
  width,
  height,
  radius,
});
export const path = (style: string, d: string, thickness: number | null = null): Shape => ({
  kind: 'path',
  style,
  path: d,
  thickness,
});

/** A pipe: its edge, and its core when it may be unencrypted or ends. */
export function pipe(tone: string, d: string, thickness: number, hollow: boolean): readonly Shape[] {
  const edge = path(`pipe ${tone}`, d, thickness);
  return hollow ? [edge, path(`core ${tone}`, d, Math.max(1.4, thickness - 2.6))] : [edge];
}

/** The points at the lower end of a lattice. */
export function teeth(left: number, right: number, y: number): string {
  const parts: string[] = [];
  for (let x = left + 1; x + 4 <= right; x += 10) parts.push(`M${x} ${y}l2 5 2-5z`);
  return parts.join('');
}

/** Vertical and horizontal bars of a let-down part of a gate. */
export function lattice(left: number, right: number, from: number, to: number): Shape {
  const parts: string[] = [];
  for (let x = left + 3; x < right; x += 10) parts.push(`M${x} ${from}V${to}`);
  for (let y = from + 5; y < to; y += 10) parts.push(`M${left} ${y}H${right}`);
  return path('lattice', parts.join(''));
}
