import type { z } from 'zod';
import type { Setting } from '../../facts/cluster.ts';
import type { FactName, FactSet } from '../../facts/facts.ts';
import type { Severity } from '../../findings/finding.ts';
import type { AnyCheck, CheckTexts } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { isLocalOnly, listening, localOnlyReason } from './listening.ts';
import { findSetting, settingEvidence, settingMissing, settingSubject } from './settings.ts';

/** What one setting is and should be. */
export interface Verdict {
  readonly setting: Setting;
  /** What would pass, in words; null when the value is fine. */
  readonly wanted: string | null;
}

export interface SettingsState<P> {
  readonly settings: readonly Setting[];
  readonly facts: FactSet;
  readonly parameters: P;
  readonly major: number;
}

/** A check of a few settings of connections: what differs from the others of its kind. */
export interface SettingsCheck<P> extends CheckTexts {
  readonly id: string;
  readonly severity: Severity;
  readonly parameters: z.ZodType<P>;
  readonly needs?: readonly FactName[];
  /** True when it matters only where other machines can connect. */
  readonly remoteOnly?: boolean;
  /** Why it is not about this server; null when it is. */
  readonly unless?: (state: SettingsState<P>) => string | null;
  /** The settings that it looks at; the name of one that the server does not show makes it not assessed. */
  readonly verdicts: (state: SettingsState<P>) => readonly Verdict[] | string;
  readonly pass: (state: SettingsState<P>) => string;
  readonly fail: (state: SettingsState<P>) => string;
}

/** The check of one row: it fails for the settings whose verdict wants something else. */
export function settingsCheck<P>(row: SettingsCheck<P>): AnyCheck {
  const { id, severity, titles, why, misuse, byHand, references, parameters } = row;
  return defineCheck<FactName, P, FactName>({
    id,
    pillar: 'network',
    severity,
    titles,
    why,
    misuse,
    byHand,
    references,
    needs: ['settings', 'cluster', ...(row.needs ?? [])],
    parameters,
    judge({ settings, cluster }, context, facts) {
      const state = { settings, facts, parameters: context.parameters, major: cluster.major };
      const reason = row.unless?.(state) ?? null;
      if (reason !== null) return { status: 'not-applicable', summary: reason };
      const heard = listening(settings);
      if (row.remoteOnly === true && heard !== null && isLocalOnly(heard))
        return { status: 'not-applicable', summary: localOnlyReason(heard) };
      const verdicts = row.verdicts(state);
      if (typeof verdicts === 'string') return settingMissing(verdicts);
      const evidence = verdicts.map(({ setting, wanted }) => settingEvidence(setting, wanted));
      const bad = verdicts.filter(({ wanted }) => wanted !== null);
      if (bad.length === 0) return { status: 'pass', summary: row.pass(state), evidence };
      return {
        status: 'fail',
        summary: row.fail(state),
        evidence,
        subjects: bad.map(({ setting }) => settingSubject(setting.name)),
      };
    },
  });
}

/** One setting that has to satisfy a test; `wanted` is what would. */
export function one(
  settings: readonly Setting[],
  name: string,
  test: (value: string) => boolean,
  wanted: string,
): readonly Verdict[] | string {
  const setting = findSetting(settings, name);
  return setting === undefined ? name : [{ setting, wanted: test(setting.value) ? null : wanted }];
}
