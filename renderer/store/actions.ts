import type { Input } from '../../shared/contract/contract.ts';
import type { Settings } from '../../shared/contract/values.ts';
import type { PromptAnswer } from '../../shared/contract/prompts.ts';
import { call, listen, problemOf } from '../api/bridge.ts';
import { afterEvent, isLost } from './apply.ts';
import { read, update, type SubjectProgress } from './state.ts';
import { enter, isRunning, type StepId } from './wizard.ts';

/** Runs a call whose failure has no place of its own on the screen: it is shown over the work area. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    update({ problem: problemOf(error) });
  }
}

/** Opens a step, History, Settings or the editor of pg_hba.conf; nothing happens when it cannot be entered now. */
export function go(view: StepId | 'history' | 'settings' | 'hba'): void {
  const { session } = read();
  if (isRunning(session) && view !== 'apply') return;
  const step = view === 'hba' ? 'findings' : view;
  if (step !== 'history' && step !== 'settings' && enter(step, session) === null) return;
  update({ view, overlay: null, message: '' });
}

/** Settings are kept by main; the window follows at once. */
export async function setSettings(change: Partial<Settings>): Promise<void> {
  update((state) => ({ settings: { ...state.settings, ...change } }));
  await attempt(async () => update({ settings: await call('settings.set', change) }));
}

/** Puts text on the clipboard. */
export async function copyText(text: string): Promise<void> {
  await call('app.copy', { text });
}

/** Opens a page of the documentation in the browser. */
export function openDocumentation(url: string): void {
  void attempt(async () => {
    await call('app.openDocumentation', { url });
  });
}

/** Says where a file was saved; nothing when the dialog was cancelled. */
export function saidSaved(saved: { readonly path: string | null }): void {
  if (saved.path !== null) update({ message: `Saved as ${saved.path}` });
}

/** Reads what the window shows at first. */
export async function loadFirst(): Promise<void> {
  await attempt(async () => update({ settings: await call('settings.get', {}) }));
  await Promise.all([
    attempt(async () => update({ info: await call('app.info', {}) })),
    attempt(async () => update({ profiles: await call('profiles.list', {}) })),
    loadTargets(),
    attempt(async () => update({ practice: await call('practice.status', {}) })),
    attempt(async () => update({ localClusters: (await call('targets.localClusters', {})).clusters })),
  ]);
}

/** Reads the known targets and the aliases of the ssh configuration. */
export async function loadTargets(): Promise<void> {
  await attempt(async () => {
    const { known, aliases } = await call('targets.list', {});
    update({ known, aliases });
  });
}

/** Takes a target from the list of recent ones; what is stored of its runs on the host stays. */
export async function forgetTarget(key: string): Promise<void> {
  await attempt(async () => {
    await call('targets.forget', { key });
    await loadTargets();
  });
}

/** Lets the person choose a file; null when the dialog was cancelled or failed. */
export async function chooseFile(purpose: Input<'targets.chooseFile'>['purpose']): Promise<string | null> {
  try {
    return (await call('targets.chooseFile', { purpose })).path;
  } catch (error) {
    update({ problem: problemOf(error) });
    return null;
  }
}

/** Resets or deletes the practice server. */
export async function changePractice(method: 'practice.reset' | 'practice.delete'): Promise<void> {
  await attempt(async () => update({ practice: await call(method, {}) }));
}

/** Answers the open question. It closes at once: each is asked once. */
export async function answer(id: string, given: PromptAnswer): Promise<void> {
  update((state) => ({ prompt: state.prompt?.id === id ? null : state.prompt }));
  await attempt(async () => {
    await call('prompt.answer', { id, answer: given });
  });
}

/** Subscribes the state to what main tells unasked. The function that it returns ends that. */
export function listenToMain(): () => void {
  const stops = [
    listen('connection.progress', (progress) =>
      update((state) =>
        state.connecting === null
          ? {}
          : {
              connecting: {
                ...state.connecting,
                stages: { ...state.connecting.stages, [progress.stage]: progress },
              },
            },
      ),
    ),
    listen('connection.prompt', (prompt) => update({ prompt })),
    listen('connection.promptWithdrawn', ({ id }) =>
      update((state) => (state.prompt?.id === id ? { prompt: null } : {})),
    ),
    listen('connection.lost', ({ message, next }) =>
      update((state) =>
        isRunning(state.session)
          ? { link: 'lost', lostMessage: message, run: { ...state.run, lost: true } }
          : { link: 'lost', lostMessage: message, problem: { code: 'link-lost', message, next } },
      ),
    ),
    listen('scan.progress', (progress) =>
      update((state) => ({ subjects: withProgress(state.subjects, progress) })),
    ),
    listen('apply.event', (event) =>
      update((state) => {
        const now = Date.now();
        if (state.rollback !== null)
          return { rollback: { ...state.rollback, view: afterEvent(state.rollback.view, event, now) } };
        const run = afterEvent(state.run, event, now);
        return {
          run,
          ...(isLost(state.run) === isLost(run)
            ? {}
            : { link: isLost(run) ? ('lost' as const) : ('up' as const) }),
        };
      }),
    ),
  ];
  return () => stops.forEach((stop) => stop());
}

function withProgress(
  subjects: readonly SubjectProgress[],
  progress: { readonly subject: string; readonly done: number; readonly total: number },
): readonly SubjectProgress[] {
  const others = subjects.filter((subject) => subject.subject !== progress.subject);
  return [...others, { ...progress, at: Date.now() }];
}
