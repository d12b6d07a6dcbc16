import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const rectangleSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int(),
  height: z.number().int(),
});
export type Rectangle = z.infer<typeof rectangleSchema>;

const windowStateSchema = z.object({ bounds: rectangleSchema, maximized: z.boolean() });
export type WindowState = z.infer<typeof windowStateSchema>;

export const smallestWindow = { width: 1024, height: 700 } as const;
export const firstWindow = { width: 1280, height: 800 } as const;

/** How much of the window has to be on a screen for its place to be used again, in pixels each way. */
const visibleMargin = 100;

/** Where the window was last time; null at the first start, and when that place is on no screen of today. */
export function readWindowState(file: string, workAreas: readonly Rectangle[]): WindowState | null {
  let state: WindowState;
  try {
    state = windowStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
  const { x, y, width, height } = state.bounds;
  if (width < smallestWindow.width || height < smallestWindow.height) return null;
  const isVisibleOn = (area: Rectangle) =>
    Math.min(x + width, area.x + area.width) - Math.max(x, area.x) >= visibleMargin &&
    y >= area.y &&
    area.y + area.height - y >= visibleMargin;
  return workAreas.some(isVisibleOn) ? state : null;
}

/** Remembers the window's place; a failure only means that it opens in the middle next time. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  } catch {
    return;
  }
}
