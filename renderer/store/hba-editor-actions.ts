import {
  edit,
  redo,
  takeTheirs,
  undo,
  withGround,
  type EditorSession,
} from '../../shared/hba/editor/session.ts';
import type { Edited } from '../../shared/hba/editor/operations.ts';
import { call } from '../api/bridge.ts';
import { attempt, go } from './actions.ts';
import { groundOf, sessionOf, type HbaView } from './hba-editor.ts';
import { read, update } from './state.ts';

/** Changes what the editor shows. */
export function showHba(change: Partial<HbaView>): void {
  update((state) => ({ hba: { ...state.hba, ...change } }));
}

/** Reads the files as they were inspected last. What was typed stays; what the files have caught up with is gone. */
export async function loadHba(): Promise<void> {
  await attempt(async () => {
    const loaded = await call('hba.get', {});
    update((state) => ({ hba: { ...state.hba, loaded } }));
    const key = read().session.connection?.key;
    // What was previewed stays: nothing is typed by looking at the file.
    if (loaded.ok && key !== undefined)
      update(({ hbaDrafts }) => ({
        hbaDrafts: { ...hbaDrafts, [key]: withGround(sessionOf(hbaDrafts, key), loaded.ground) },
      }));
  });
}

/** Opens the editor; `place` is a line to show, as file and line number. */
export function openHba(place?: { readonly file: string; readonly line: number }): void {
  showHba({
    said: null,
    ...(place === undefined ? {} : { mode: 'rules', path: place.file, row: -place.line }),
  });
  go('hba');
}

/** Changes what was typed for the target that is connected. */
export function changeSession(change: (session: EditorSession) => EditorSession): void {
  const key = read().session.connection?.key;
  if (key === undefined) return;
  update((state) => ({
    hbaDrafts: { ...state.hbaDrafts, [key]: change(sessionOf(state.hbaDrafts, key)) },
    // A plan that was previewed is no longer the plan of what is typed.
    session: state.session.applying ? state.session : { ...state.session, preview: null },
    planProblems: [],
  }));
}

/** Puts a new text into a file; `joins`: typing goes on. */
export function typeHba(path: string, text: string, joins: boolean): void {
  const ground = groundOf(read().hba);
  if (ground !== null) changeSession((session) => edit(session, ground, path, text, joins));
}

/** Takes over what an operation made of a text, or says why it cannot be done. */
export function takeEdited(path: string, edited: Edited, joins = false): boolean {
  if (!edited.ok) {
    showHba({ said: { tone: 'warn', text: edited.reason } });
    return false;
  }
  typeHba(path, edited.text, joins);
  showHba({ row: edited.index, said: null });
  return true;
}

/** One step back or forth in a file. */
export function stepHba(path: string, way: 'undo' | 'redo'): void {
  changeSession((session) => (way === 'undo' ? undo : redo)(session, path));
}

/** Gives up what was typed into a file. It can not be taken back, so it is asked for before. */
export function discardHba(path: string): void {
  changeSession((session) => takeTheirs(session, path));
}
