import type { RailStep } from './ui/step-rail.tsx';
import type { ApplyOutcome } from '../shared/contract/apply.ts';
import { duration } from './format.ts';
import { listedStatus } from './store/findings.ts';
import { stageNames, stageOfPrompt } from './store/connecting.ts';
import type { State } from './store/state.ts';
import { isRunning, reachable, stepIds, stepNames, type StepId } from './store/wizard.ts';

const endWords: Readonly<Record<ApplyOutcome['result'], string>> = {
  kept: 'Kept',
  'rolled-back': 'Rolled back',
  'rolled-back-by-guard': 'Rolled back',
  'rollback-failed': 'Rollback failed',
  refused: 'Nothing changed',
  unknown: 'Not known',
};

/** The rail's entries: each step with its result, as far as it is known. */
export function railSteps(state: State): readonly RailStep[] {
  const open = reachable(state.session);
  // The editor of pg_hba.conf is a part of the findings.
  const here = state.view === 'hba' ? 'findings' : state.view;
  return stepIds.map((id) => ({
    id,
    name: stepNames[id],
    note: noteOf(id, state),
    state: here === id ? 'current' : isDone(id, state) ? 'done' : 'ahead',
    reachable: open.includes(id),
  }));
}

function isDone(id: StepId, { session }: State): boolean {
  switch (id) {
    case 'connect':
      return session.connection !== null;
    case 'inspect':
    case 'findings':
      return session.report !== null;
    case 'fixes':
      return session.preview !== null;
    case 'preview':
      return session.applying;
    case 'apply':
      return session.outcome !== null;
    case 'verify':
      return session.after !== null;
    case 'report':
      return false;
  }
}

function noteOf(id: StepId, state: State): string | undefined {
  const { session } = state;
  switch (id) {
    case 'connect':
      if (state.prompt !== null && state.connecting !== null)
        return `${stageNames[stageOfPrompt(state.prompt.prompt)]}: your answer`;
      if (state.connecting !== null)
        return state.connecting.problem === null ? 'Connecting' : 'Not connected';
      if (session.connection === null) return 'Choose a server';
      return `${state.connectedInMs === null ? '' : `${duration(state.connectedInMs)}, `}${session.connection.rights}`;
    case 'inspect':
      if (state.scanning && session.report === null) return 'Reading';
      return session.report === null
        ? undefined
        : `${session.report.findings.length} checks in ${duration(Date.parse(session.report.finishedAt) - Date.parse(session.report.startedAt))}`;
    case 'findings': {
      if (session.report === null) return undefined;
      const findings = session.report.findings.filter((finding) => listedStatus(finding) === 'open');
      const critical = findings.filter((finding) => finding.severity === 'critical').length;
      return `${findings.length} open, ${critical === 0 ? 'none' : critical} critical`;
    }
    case 'fixes': {
      const possible = (session.offers ?? []).filter((offer) => offer.unavailable === null).length;
      return session.offers === null
        ? undefined
        : `${Object.keys(state.chosen).length} of ${possible} chosen`;
    }
    case 'preview':
      return session.preview === null ? undefined : `${session.preview.plan.steps.length} steps`;
    case 'apply':
      if (isRunning(session)) return 'Running';
      return session.outcome === null ? undefined : endWords[session.outcome.result];
    case 'verify':
      return session.after === null ? undefined : `${session.after.summary.fail} open`;
    case 'report':
      return undefined;
  }
}
