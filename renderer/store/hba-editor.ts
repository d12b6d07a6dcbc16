import type { Output } from '../../shared/contract/contract.ts';
import type { HbaText } from '../../shared/plan/plan.ts';
import type { EditorGround } from '../../shared/hba/editor/ground-schema.ts';
import {
  draftState,
  emptySession,
  isEdited,
  textOf,
  type EditorSession,
} from '../../shared/hba/editor/session.ts';

/** The question of the simulator, as it is written. */
export type HbaQuestion = {
  readonly role: string;
  readonly database: string;
  readonly address: string;
  readonly way: 'tls' | 'plain' | 'replication-tls' | 'replication';
};

/** What the editor of pg_hba.conf shows. What was typed is kept apart, by target, so that nothing loses it. */
export type HbaView = {
  readonly loaded: Output<'hba.get'> | null;
  /** The file that is open; null for the main one. */
  readonly path: string | null;
  readonly mode: 'rules' | 'text';
  /** The row that is open in each file, by its place. */
  readonly row: number;
  readonly question: HbaQuestion;
  /** The edits are part of the next plan. */
  readonly planned: boolean;
  /** A template is asked for. */
  readonly adding: string | null;
  /** What the last operation said, when it could not be done, or where a new line was put. */
  readonly said: { readonly tone: 'note' | 'warn'; readonly text: string } | null;
};

export const firstHbaView: HbaView = {
  loaded: null,
  path: null,
  mode: 'rules',
  row: 0,
  question: { role: '', database: '', address: '', way: 'tls' },
  planned: true,
  adding: null,
  said: null,
};

/** What was typed, by the target that it is for. */
export type HbaDrafts = Readonly<Record<string, EditorSession>>;

/** The ground that is loaded; null before, or when there is none. */
export const groundOf = ({ loaded }: HbaView): EditorGround | null =>
  loaded?.ok === true ? loaded.ground : null;

/** What was typed for a target. */
export const sessionOf = (drafts: HbaDrafts, key: string | undefined): EditorSession =>
  (key === undefined ? undefined : drafts[key]) ?? emptySession;

/** Whether there are edits that a plan can take. */
export function hasEdits(view: HbaView, drafts: HbaDrafts, key: string | undefined): boolean {
  const ground = groundOf(view);
  return ground !== null && isEdited(sessionOf(drafts, key), ground);
}

/** The edited files as plan.build takes them. */
export function hbaTexts(view: HbaView, drafts: HbaDrafts, key: string | undefined): HbaText[] {
  const ground = groundOf(view);
  if (ground === null || !view.planned) return [];
  const session = sessionOf(drafts, key);
  return Object.entries(session.drafts)
    .filter(([path]) => draftState(session, ground, path) !== 'same')
    .map(([path, draft]) => ({ path, text: textOf(session, ground, path), sha256: draft.sha256 }));
}
