import type { Connection, FixOffer, Preview } from '../../shared/contract/values.ts';
import type { ApplyOutcome } from '../../shared/contract/apply.ts';
import type { Report } from '../../shared/report/model.ts';

export const stepIds = [
  'connect',
  'inspect',
  'findings',
  'fixes',
  'preview',
  'apply',
  'verify',
  'report',
] as const;
export type StepId = (typeof stepIds)[number];

export const stepNames: Readonly<Record<StepId, string>> = {
  connect: 'Connect',
  inspect: 'Inspect',
  findings: 'Findings',
  fixes: 'Fixes',
  preview: 'Preview',
  apply: 'Apply',
  verify: 'Verify',
  report: 'Report',
};

/** What was gathered since connecting. Each step adds to it; an earlier step redone takes away what rested on it. */
export type Session = {
  readonly connection: Connection | null;
  readonly report: Report | null;
  readonly offers: readonly FixOffer[] | null;
  readonly preview: Preview | null;
  /** A run was started for the plan of `preview`. */
  readonly applying: boolean;
  /** How that run ended; null while it goes on. */
  readonly outcome: ApplyOutcome | null;
  /** The inspection after a run. */
  readonly after: Report | null;
};

export const emptySession: Session = {
  connection: null,
  report: null,
  offers: null,
  preview: null,
  applying: false,
  outcome: null,
  after: null,
};

/** The step that is open, with what it needs: a step whose needs are not met cannot be entered. */
export type Wizard =
  | { readonly step: 'connect' }
  | { readonly step: 'inspect'; readonly connection: Connection; readonly report: Report | null }
  | { readonly step: 'findings'; readonly connection: Connection; readonly report: Report }
  | {
      readonly step: 'fixes';
      readonly connection: Connection;
      readonly report: Report;
      readonly offers: readonly FixOffer[] | null;
    }
  | {
      readonly step: 'preview';
      readonly connection: Connection;
      readonly report: Report;
      readonly preview: Preview;
    }
  | {
      readonly step: 'apply';
      readonly connection: Connection;
      readonly preview: Preview;
      readonly outcome: ApplyOutcome | null;
    }
  | {
      readonly step: 'verify';
      readonly connection: Connection;
      readonly before: Report;
      readonly after: Report | null;
      readonly outcome: ApplyOutcome;
    }
  | {
      readonly step: 'report';
      readonly connection: Connection;
      readonly report: Report;
      readonly outcome: ApplyOutcome | null;
    };

/** The step as it can be entered with what is there, or null when something that it needs is missing. */
export function enter(step: StepId, session: Session): Wizard | null {
  const { connection, report, preview, outcome } = session;
  if (step === 'connect') return { step };
  if (connection === null) return null;
  if (step === 'inspect') return { step, connection, report };
  if (report === null) return null;
  switch (step) {
    case 'findings':
      return { step, connection, report };
    case 'fixes':
      return { step, connection, report, offers: session.offers };
    case 'preview':
      return preview === null ? null : { step, connection, report, preview };
    case 'apply':
      return preview === null || !session.applying ? null : { step, connection, preview, outcome };
    case 'verify':
      return outcome === null || outcome.result === 'refused'
        ? null
        : { step, connection, before: report, after: session.after, outcome };
    case 'report':
      return { step, connection, report: session.after ?? report, outcome };
  }
}

/** A run is under way: nothing but the Apply step may be open until it has ended. */
export function isRunning(session: Session): boolean {
  return session.applying && session.outcome === null;
}

/** The steps that can be opened now. */
export function reachable(session: Session): readonly StepId[] {
  if (isRunning(session)) return ['apply'];
  return stepIds.filter((step) => enter(step, session) !== null);
}

/** The session after an inspection: what rested on an older one is gone. */
export function withReport(session: Session, report: Report): Session {
  return { ...emptySession, connection: session.connection, report };
}

/** The session after the report was judged again (another profile, a waiver): offers have to be asked for again. */
export function withJudgement(session: Session, report: Report): Session {
  return { ...session, report, offers: null, preview: null, applying: false, outcome: null, after: null };
}
