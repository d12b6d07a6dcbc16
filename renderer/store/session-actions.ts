import type { RestartPolicy } from '../../shared/plan/restart.ts';
import type { Input, Output } from '../../shared/contract/contract.ts';
import { call, problemOf } from '../api/bridge.ts';
import { attempt, go, loadTargets } from './actions.ts';
import { newRun } from './apply.ts';
import { connectOptions, targetOf } from './connect-form.ts';
import { firstFilter } from './findings.ts';
import { chosenFixes, stillOffered } from './fixes.ts';
import { firstHbaView, hbaTexts, sessionOf } from './hba-editor.ts';
import { loadHba } from './hba-editor-actions.ts';
import { judgeNamed } from './must-work-actions.ts';
import { noMustWork, withoutPasswords } from './must-work.ts';
import { firstState, read, update } from './state.ts';
import { emptySession, withJudgement, withReport } from './wizard.ts';

/** Connects to the target of the form; the stages and questions come as events meanwhile. */
export async function connect(): Promise<void> {
  const { form } = read();
  const target = targetOf(form);
  if (target === null) return;
  const startedAt = Date.now();
  const attemptId = { target, stages: {}, problem: null };
  update({ connecting: attemptId, prompt: null, session: emptySession, problem: null, link: 'up' });
  try {
    const connection = await call('connection.open', connectOptions(target, form));
    update({
      session: { ...emptySession, connection },
      connectedInMs: Date.now() - startedAt,
      connecting: null,
      prompt: null,
      chosen: {},
      hba: firstHbaView,
      mustWork: noMustWork,
      openedFinding: null,
      openedFix: null,
      filter: firstFilter,
      runs: null,
      rollback: null,
      run: newRun([]),
    });
    void loadTargets();
    void attempt(async () => update({ practice: await call('practice.status', {}) }));
    go('inspect');
    await inspect();
  } catch (error) {
    update((state) => ({
      prompt: null,
      connecting: state.connecting === null ? null : { ...state.connecting, problem: problemOf(error) },
    }));
  }
}

/** Stops connecting and goes back to the form. */
export async function cancelConnecting(): Promise<void> {
  const running = read().connecting?.problem === null;
  update({ connecting: null, prompt: null });
  if (running) await attempt(async () => void (await call('connection.cancel', {})));
  void loadTargets();
}

/** Ends the connection; the window is as it was at the start. */
export async function disconnect(): Promise<void> {
  await attempt(async () => void (await call('connection.close', {})));
  const { settings, info, profiles, form, practice, localClusters, known, aliases, hbaDrafts } = read();
  update({
    ...firstState,
    ...{ settings, info, profiles, form, practice, localClusters, known, aliases, hbaDrafts },
  });
  void loadTargets();
}

/** Inspects the target. Opens the findings when the person still looks at this step. */
export async function inspect(): Promise<void> {
  update({ scanning: true, subjects: [], scanProblem: null, scanStartedAt: Date.now() });
  try {
    const report = await call('scan.start', { profile: read().settings.profile });
    update((state) => ({ session: withReport(state.session, report), scanning: false }));
    if (read().view === 'inspect') go('findings');
    await loadOffers();
  } catch (error) {
    update({ scanning: false, scanProblem: problemOf(error) });
  }
}

/** Stops an inspection. */
export async function cancelScan(): Promise<void> {
  await attempt(async () => void (await call('scan.cancel', {})));
}

/** Judges the same facts by another profile. */
export async function judge(profile: string): Promise<void> {
  update((state) => ({ settings: { ...state.settings, profile } }));
  await attempt(async () => {
    await call('settings.set', { profile });
    const report = await call('scan.judge', { profile });
    update((state) => ({ session: withJudgement(state.session, report) }));
    await loadOffers();
  });
}

/** Asks which fixes can be offered for what was found. */
export async function loadOffers(): Promise<void> {
  await attempt(async () => {
    const offers = await call('fixes.list', {});
    update((state) => ({
      session: { ...state.session, offers },
      chosen: stillOffered(state.chosen, offers),
    }));
  });
  // What was typed before is held against the file as it is now.
  const { hbaDrafts, session } = read();
  if (Object.keys(sessionOf(hbaDrafts, session.connection?.key).drafts).length > 0) await loadHba();
}

/** Sets or removes a waiver; both give the report judged again. */
export async function setWaiver(waiver: Input<'waivers.set'>): Promise<void> {
  await attempt(async () => rejudged(await call('waivers.set', waiver)));
}

/** Ends the waiver of a check. */
export async function removeWaiver(check: string): Promise<void> {
  await attempt(async () => rejudged(await call('waivers.remove', { check })));
}

async function rejudged(report: Output<'scan.judge'>): Promise<void> {
  update((state) => ({ session: withJudgement(state.session, report), waiving: null }));
  await loadOffers();
}

/** Builds the plan of what was chosen and opens the preview. Problems stay on the Fixes step. */
export async function buildPlan(): Promise<void> {
  const { session, chosen, includeRestart, hba, hbaDrafts } = read();
  update({ planning: true, planProblems: [] });
  try {
    const result = await call('plan.build', {
      chosen: chosenFixes(chosen, session.offers ?? []),
      includeRestart,
      hbaTexts: hbaTexts(hba, hbaDrafts, session.connection?.key),
    });
    if (result.ok) {
      update((state) => ({
        planning: false,
        openedChange: null,
        session: { ...state.session, preview: result.preview, applying: false, outcome: null, after: null },
      }));
      go('preview');
      await judgeNamed();
    } else {
      update({ planning: false, planProblems: result.problems });
    }
  } catch (error) {
    update({ planning: false, problem: problemOf(error) });
  }
}

/** Applies the plan that is previewed. Ends when the run has ended, whichever way. */
export async function applyPlan(accepted: {
  readonly acceptCutOff: boolean;
  readonly acceptUnguarded: boolean;
  readonly restart: RestartPolicy;
  readonly startAt: string | null;
  readonly keepWhenProven: boolean;
}): Promise<void> {
  const { session, settings, mustWork } = read();
  if (session.preview === null) return;
  update({
    confirming: false,
    run: newRun(session.preview.plan.steps),
    rollback: null,
    session: { ...session, applying: true, outcome: null, after: null },
    view: 'apply',
  });
  try {
    const { outcome } = await call('apply.start', {
      planId: session.preview.plan.id,
      mustWork: mustWork.named.map(({ entry, password }) => ({
        ...entry,
        password: password === '' ? null : password,
      })),
      confirmWithinSeconds: settings.confirmWithinSeconds,
      ...accepted,
    });
    if (outcome.refusal === 'unguarded') {
      // It turned out only now that the host can arm nothing: the person is asked for the word.
      const { preview } = session;
      update({
        session: { ...session, preview: { ...preview, guard: 'none' } },
        view: 'preview',
        confirming: true,
      });
      return;
    }
    update((state) => ({
      session: { ...state.session, outcome },
      mustWork: withoutPasswords(state.mustWork),
      run: { ...state.run, deadline: null, lost: false, state: { ...state.run.state, outcome } },
      runs: null,
    }));
    if (outcome.result === 'kept') {
      go('verify');
      await verify();
    }
  } catch (error) {
    const problem = problemOf(error);
    update((state) => ({
      problem,
      session: { ...state.session, applying: false },
      view: state.view === 'apply' ? 'preview' : state.view,
    }));
  }
}

/** Inspects again after a run. */
export async function verify(): Promise<void> {
  update({ scanning: true, subjects: [], scanProblem: null, scanStartedAt: Date.now() });
  try {
    const after = await call('verify.scan', {});
    update((state) => ({ scanning: false, session: { ...state.session, after } }));
  } catch (error) {
    update({ scanning: false, scanProblem: problemOf(error) });
  }
}

/** Takes the inspection after a run as the one to go on with. */
export async function goOnWithAfter(): Promise<void> {
  const { after } = read().session;
  if (after === null) return;
  update((state) => ({ session: withReport(state.session, after), chosen: {} }));
  go('findings');
  await loadOffers();
}
