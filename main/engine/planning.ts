import { randomBytes } from 'node:crypto';
import type { GuardKind } from '../../shared/contract/apply.ts';
import type { FixOffer, PlanResult } from '../../shared/contract/values.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import type { FixPreferences } from '../../shared/fixes/define-fix.ts';
import { accessChange, type AccessChange } from '../../shared/plan/cut-off.ts';
import { buildPlan } from '../../shared/plan/build-plan.ts';
import { planScript, planText } from '../../shared/plan/export.ts';
import { offersFor, type OfferContext } from '../../shared/plan/offers.ts';
import type { Change, FixChoice, HbaText, Plan } from '../../shared/plan/plan.ts';
import { predict } from '../../shared/plan/predict.ts';
import { previewChanges } from '../../shared/plan/preview.ts';
import { restartOutlook, type RestartOutlook } from '../../shared/plan/restart.ts';
import { withoutSecrets } from '../apply/review/changes.ts';
import { judgeFacts, type Judge } from '../../shared/report/build-report.ts';
import type { Report } from '../../shared/report/model.ts';
import { printableJson } from '../../shared/lib/hostile-text.ts';

/** A plan with what it changes, as it was shown. */
export interface PlannedChanges {
  readonly plan: Plan;
  readonly changes: readonly Change[];
  /** The ways into the server before and after it. */
  readonly access: AccessChange;
  /** What the restart in it interrupts; null when there is none. */
  readonly restart: RestartOutlook | null;
}

/** What was inspected and judged, from which fixes are offered and planned. */
export interface Inspected {
  readonly file: FactsFile;
  readonly report: Report;
  readonly judge: Judge;
  readonly targetKey: string;
}

/** What offers and plans are made from, with a new id that sorts by time. */
export function offerContext(
  { file, report, judge, targetKey }: Inspected,
  preferences: FixPreferences,
): OfferContext {
  const now = new Date().toISOString();
  return {
    facts: file.facts,
    findings: report.findings,
    fixes: judge.fixes,
    preferences,
    id: `${now.slice(0, 19).replace(/[-:]/g, '')}Z-${randomBytes(3).toString('hex')}`,
    createdAt: now,
    target: {
      key: targetKey,
      label: file.target.label,
      own: { clientAddress: file.target.clientAddress, sshPort: null },
    },
  };
}

/** The offers as they cross the border to the window. */
export function offersOf(context: OfferContext): FixOffer[] {
  return offersFor(context).map((offer) => ({
    ...offer,
    choices: offer.choices.map((choice) =>
      choice.kind === 'text' ? choice : { ...choice, options: [...choice.options] },
    ),
  }));
}

/** Makes the plan of the chosen fixes, with what it changes and what it is predicted to leave open. */
export function makePlan(
  inspected: Inspected,
  preferences: FixPreferences,
  chosen: readonly FixChoice[],
  includeRestart: boolean,
  guard: GuardKind | null,
  hbaTexts: readonly HbaText[] = [],
): { readonly result: PlanResult; readonly planned: PlannedChanges | null } {
  const built = buildPlan({ ...offerContext(inspected, preferences), chosen, includeRestart, hbaTexts });
  if (!built.ok) {
    const problems = built.problems.map(({ fixes, message }) => ({ fixes: [...fixes], message }));
    return { result: { ok: false, problems }, planned: null };
  }
  const { file, report, judge } = inspected;
  const { plan, simulation } = built;
  const operations = plan.steps.map(({ operation }) => operation);
  const access = accessChange(file.facts, simulation.facts, operations);
  const changes = previewChanges(plan, file.facts);
  const restart = plan.restart.included ? restartOutlook(file.facts) : null;
  const predicted = predict(
    report.findings,
    judgeFacts({ ...file, facts: simulation.facts }, judge),
    simulation.expected,
  );
  return {
    result: {
      ok: true,
      preview: { plan, guard, changes: changes.map(withoutSecrets), restart, predicted },
    },
    planned: { plan, changes, restart, access },
  };
}

/** A plan as a person or a machine reads it. */
export function planAs(
  { plan, changes, restart }: PlannedChanges,
  { facts }: FactsFile,
  format: 'text' | 'json' | 'sh',
): string {
  const shown = changes.map(withoutSecrets);
  if (format === 'json') return `${printableJson({ plan, changes: shown, restart })}\n`;
  if (format === 'text') return planText(plan, shown, restart);
  // The script writes the files: it needs all of them.
  return planScript(
    plan,
    changes,
    facts.cluster.state === 'collected' ? facts.cluster.value.owner : 'postgres',
  );
}

/** `12 fixes: require-tls, …`, `Edit of pg_hba.conf` as History shows it. */
export function planTitle({ chosen, steps }: Plan): string {
  const edited = steps.flatMap(({ operation }) =>
    operation.kind === 'hba' && operation.edits.some(({ kind }) => kind === 'replace')
      ? [operation.file.slice(operation.file.lastIndexOf('/') + 1)]
      : [],
  );
  const fixes = `${chosen.length} ${chosen.length === 1 ? 'fix' : 'fixes'}: ${chosen.map(({ fix }) => fix).join(', ')}`;
  if (edited.length === 0) return fixes;
  const edit = `Edit of ${edited.join(', ')}`;
  return chosen.length === 0 ? edit : `${edit}; ${fixes}`;
}
