import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { changeSchema, type Change } from '../../shared/plan/plan.ts';
import type { FixPreferences } from '../../shared/fixes/define-fix.ts';
import { Secret } from '../../shared/lib/secret.ts';
import { writeFileSafely } from '../store/json-file.ts';
import { inLane, needSession, type AppContext, type HandlersOf } from './context.ts';
import { fileNameOf } from './scan.ts';

type RunMethods =
  | 'fixes.list'
  | 'plan.build'
  | 'plan.text'
  | 'plan.save'
  | 'plan.mustWork'
  | 'apply.start'
  | 'apply.keep'
  | 'apply.rollBack'
  | 'history.list'
  | 'history.changes'
  | 'history.export'
  | 'history.rollBack';

const historyMs = 120_000;
const extensions = { text: 'txt', json: 'json', sh: 'sh' } as const;

/** Choosing, planning, applying, and what was done before. */
export function runHandlers(context: AppContext): HandlersOf<RunMethods> {
  const { ports, store } = context;
  const preferences = async (): Promise<FixPreferences> => {
    const { settingsVia, editManaged } = await store.settings();
    return { settingsVia, editManaged };
  };
  return {
    'fixes.list': async () => needSession(context).offers(await preferences()),
    'plan.build': async ({ chosen, includeRestart, hbaTexts }) =>
      needSession(context).plan(chosen, includeRestart, await preferences(), hbaTexts),
    'plan.text': async ({ format }) => ({ text: needSession(context).planText(format) }),
    'plan.save': async ({ format }) => {
      const session = needSession(context);
      const text = session.planText(format);
      const label = fileNameOf(session.facts?.target.label ?? 'target');
      const file = await ports.askWhereToSave({
        title: 'Save the plan',
        suggested: `plan-${label}.${extensions[format]}`,
      });
      if (file !== null) await writeFileSafely(file, text);
      return { path: file };
    },
    'plan.mustWork': async ({ named }) => {
      const { suggestions, judged } = needSession(context).mustWork(named);
      return { suggestions: [...suggestions], judged: [...judged] };
    },
    'apply.start': (input) =>
      inLane(context, 'apply', async (signal) => {
        const session = needSession(context);
        const changes = session.changes;
        const run = session.apply(
          input.planId,
          {
            ...input,
            autoKeep: input.keepWhenProven,
            mustWork: input.mustWork.map(({ password, ...entry }) => ({
              entry,
              password: password === null ? null : new Secret(password),
            })),
            startAt: input.startAt === null ? null : new Date(input.startAt),
          },
          (event) => ports.emit('apply.event', event),
          signal,
        );
        const outcome = await run.finished;
        if (outcome.runId !== null) await saveChanges(store.home, outcome.runId, changes);
        return { outcome };
      }),
    'apply.keep': async () => {
      needSession(context).run?.keep();
      return {};
    },
    'apply.rollBack': async () => {
      needSession(context).run?.rollBack();
      return {};
    },
    'history.list': async () => [
      ...(await needSession(context).history.list(AbortSignal.timeout(historyMs))),
    ],
    'history.changes': async ({ run }) => {
      const { drift, review } = await needSession(context).history.review(
        run,
        AbortSignal.timeout(historyMs),
      );
      const kept = await loadChanges(store.home, run);
      const changes =
        kept.length > 0
          ? kept
          : await needSession(context).history.changesOf(run, AbortSignal.timeout(historyMs));
      return { changes: [...changes], drift: [...drift], review: [...review] };
    },
    'history.export': async ({ run }) => {
      const session = needSession(context);
      const { text } = await session.history.export(run, AbortSignal.timeout(historyMs));
      const file = await ports.askWhereToSave({
        title: 'Export runs',
        suggested: `runs-${fileNameOf(run ?? session.targetKey)}.json`,
      });
      if (file !== null) await writeFileSafely(file, text);
      return { path: file };
    },
    'history.rollBack': (choices) =>
      inLane(context, 'apply', async (signal) => {
        const { outcome, drift, review } = await needSession(context).history.rollBack(
          choices.run,
          choices,
          (event) => ports.emit('apply.event', event),
          signal,
        );
        return { outcome, drift: [...drift], review: [...review] };
      }),
  };
}

const changesFile = (home: string, run: string): string =>
  path.join(home, 'changes', `${encodeURIComponent(run)}.json`);

/** What a run changed, as it was previewed: kept here, for History. */
export async function saveChanges(home: string, run: string, changes: readonly Change[]): Promise<void> {
  await writeFileSafely(changesFile(home, run), JSON.stringify(changes));
}

/** Empty for a run that was made from another machine. */
export async function loadChanges(home: string, run: string): Promise<Change[]> {
  try {
    return z.array(changeSchema).parse(JSON.parse(await readFile(changesFile(home, run), 'utf8')));
  } catch {
    return [];
  }
}
