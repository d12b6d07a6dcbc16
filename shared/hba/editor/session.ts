import type { EditorGround } from './ground-schema.ts';
import { mergeTexts } from './merge-texts.ts';
import type { Texts } from './reading.ts';

/** The text of one file while it is edited. */
export interface Draft {
  /** The file as it was shown when the edit began, and which version that was. */
  readonly base: string;
  readonly sha256: string | null;
  readonly text: string;
  /** Earlier texts, the newest last, and those that were taken back, the next one last. */
  readonly past: readonly string[];
  readonly future: readonly string[];
}

/** What a person does to the files of one server: nothing of it is lost until it is applied or given up. */
export interface EditorSession {
  readonly drafts: Readonly<Record<string, Draft>>;
}

export const emptySession: EditorSession = { drafts: {} };

const mostSteps = 200;

/** A file with its text as it is inspected now, and what was typed. */
export type DraftState = 'same' | 'edited' | 'outdated';

const textNow = (ground: EditorGround, path: string): string | null =>
  ground.files.find((file) => file.path === path)?.text ?? null;

/** Whether a file is edited; `outdated` when the file has become another since the edit began. */
export function draftState(session: EditorSession, ground: EditorGround, path: string): DraftState {
  const draft = session.drafts[path];
  const now = textNow(ground, path);
  if (draft === undefined || draft.text === now) return 'same';
  return draft.base === now ? (draft.text === draft.base ? 'same' : 'edited') : 'outdated';
}

/** Whether anything was typed that is not in the files. */
export function isEdited(session: EditorSession, ground: EditorGround): boolean {
  return Object.keys(session.drafts).some((path) => draftState(session, ground, path) !== 'same');
}

/** After a new inspection: drafts that the file has caught up with, and untouched ones, are gone. */
export function withGround(session: EditorSession, ground: EditorGround): EditorSession {
  const kept = Object.entries(session.drafts).filter(
    ([path, draft]) => draft.text !== draft.base && draft.text !== textNow(ground, path),
  );
  return { drafts: Object.fromEntries(kept) };
}

/** The texts that are edited, in place of those that were inspected. */
export function editedTexts({ drafts }: EditorSession): Texts {
  return Object.fromEntries(Object.entries(drafts).map(([path, { text }]) => [path, text]));
}

/** The text of a file as it is edited. */
export function textOf(session: EditorSession, ground: EditorGround, path: string): string {
  return session.drafts[path]?.text ?? textNow(ground, path) ?? '';
}

function withDraft(session: EditorSession, path: string, draft: Draft): EditorSession {
  return { drafts: { ...session.drafts, [path]: draft } };
}

function draftOf(session: EditorSession, ground: EditorGround, path: string): Draft {
  const file = ground.files.find((one) => one.path === path);
  const base = file?.text ?? '';
  return session.drafts[path] ?? { base, sha256: file?.sha256 ?? null, text: base, past: [], future: [] };
}

/** A new text. `joins` true: typing goes on, and is taken back as one step with the text before. */
export function edit(
  session: EditorSession,
  ground: EditorGround,
  path: string,
  text: string,
  joins = false,
): EditorSession {
  const draft = draftOf(session, ground, path);
  if (draft.text === text) return session;
  const past = joins && draft.past.length > 0 ? draft.past : [...draft.past, draft.text].slice(-mostSteps);
  return withDraft(session, path, { ...draft, text, past, future: [] });
}

/** Takes the last step back. */
export function undo(session: EditorSession, path: string): EditorSession {
  const draft = session.drafts[path];
  const text = draft?.past.at(-1);
  if (draft === undefined || text === undefined) return session;
  return withDraft(session, path, {
    ...draft,
    text,
    past: draft.past.slice(0, -1),
    future: [...draft.future, draft.text],
  });
}

/** Does again what was taken back last. */
export function redo(session: EditorSession, path: string): EditorSession {
  const draft = session.drafts[path];
  const text = draft?.future.at(-1);
  if (draft === undefined || text === undefined) return session;
  return withDraft(session, path, {
    ...draft,
    text,
    past: [...draft.past, draft.text],
    future: draft.future.slice(0, -1),
  });
}

/**
 * Goes on with what was typed, although the file has become another: both changes, where they are in different places;
 * otherwise what was typed is written over the new file.
 */
export function keepMine(session: EditorSession, ground: EditorGround, path: string): EditorSession {
  const draft = session.drafts[path];
  const file = ground.files.find((one) => one.path === path);
  if (draft === undefined || file === undefined || file.text === null) return session;
  const text = mergeTexts(draft.base, draft.text, file.text) ?? draft.text;
  return withDraft(session, path, {
    ...draft,
    base: file.text,
    sha256: file.sha256,
    text,
    past: text === draft.text ? draft.past : [...draft.past, draft.text],
    future: [],
  });
}

/** Gives up what was typed into a file. */
export function takeTheirs(session: EditorSession, path: string): EditorSession {
  return { drafts: Object.fromEntries(Object.entries(session.drafts).filter(([key]) => key !== path)) };
}
