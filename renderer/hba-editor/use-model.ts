import { useDeferredValue, useMemo } from 'react';
import { lostClients } from '../../shared/hba/editor/compare.ts';
import type { EditorClient, EditorFile, EditorGround } from '../../shared/hba/editor/ground-schema.ts';
import {
  clientsByLine,
  placeKey,
  readEditor,
  type ClientOnLine,
  type EditorReading,
} from '../../shared/hba/editor/reading.ts';
import { readRows, type EditorRow } from '../../shared/hba/editor/rows.ts';
import {
  draftState,
  editedTexts,
  textOf,
  type Draft,
  type DraftState,
  type EditorSession,
} from '../../shared/hba/editor/session.ts';
import { remarksOn, type LineRemark } from '../../shared/hba/editor/validate.ts';
import type { HbaParseOptions } from '../../shared/hba/types.ts';
import { groundOf, sessionOf } from '../store/hba-editor.ts';
import { useStore } from '../store/state.ts';

/** Everything that the editor's parts show, worked out of what is typed. */
export type HbaModel = {
  readonly ground: EditorGround;
  readonly file: EditorFile;
  readonly options: HbaParseOptions;
  readonly text: string;
  readonly rows: readonly EditorRow[];
  readonly row: EditorRow | null;
  readonly draft: Draft | undefined;
  readonly state: DraftState;
  readonly session: EditorSession;
  /** As the server would read the files: now, and with what is typed. */
  readonly now: EditorReading;
  readonly later: EditorReading;
  readonly remarks: readonly LineRemark[];
  readonly remarksAt: ReadonlyMap<string, readonly LineRemark[]>;
  readonly clientsAt: ReadonlyMap<string, readonly ClientOnLine[]>;
  readonly lost: readonly EditorClient[];
};

/** The model of the open file; null until it is loaded. */
export function useHbaModel(): HbaModel | null {
  const view = useStore((state) => state.hba);
  const key = useStore((state) => state.session.connection?.key);
  const drafts = useStore((state) => state.hbaDrafts);
  const ground = groundOf(view);
  const session = sessionOf(drafts, key);
  const file = ground?.files.find(({ path }) => path === view.path) ?? ground?.files[0] ?? null;
  const path = file?.path ?? '';
  const text = ground === null ? '' : textOf(session, ground, path);
  const major = ground?.major ?? 0;
  const rows = useMemo(() => readRows(text, { path, major }), [text, path, major]);
  // Judging all lines may take longer than a key stroke in a long file: it follows.
  const typed = useDeferredValue(session);
  const judged = useMemo(() => (ground === null ? null : judge(ground, typed)), [ground, typed]);
  return useMemo(() => {
    if (ground === null || file === null || judged === null) return null;
    const row =
      view.row < 0
        ? (rows.find(({ line }) => line === -view.row) ?? null)
        : (rows[view.row] ?? rows.at(-1) ?? null);
    return {
      ...judged,
      ground,
      file,
      options: { path, major },
      text,
      rows,
      row,
      draft: session.drafts[path],
      state: draftState(session, ground, path),
      session,
    };
  }, [ground, file, judged, path, major, text, rows, view.row, session]);
}

function judge(ground: EditorGround, session: EditorSession) {
  const now = readEditor(ground);
  const later = readEditor(ground, editedTexts(session));
  const remarks = remarksOn(ground, later);
  const remarksAt = new Map<string, LineRemark[]>();
  for (const remark of remarks) {
    const place = placeKey(remark);
    remarksAt.set(place, [...(remarksAt.get(place) ?? []), remark]);
  }
  return {
    now,
    later,
    remarks,
    remarksAt,
    clientsAt: clientsByLine(ground, later),
    lost: lostClients(ground, now, later),
  };
}
