import type { z } from 'zod';
import type { FactName, FactSet, FactValue } from '../facts/facts.ts';
import type { Evidence, Pillar, References, Severity, Subject } from '../findings/finding.ts';

/** The collected values that a check asked for; nothing else reaches it. */
export type NeededFacts<K extends FactName> = { readonly [P in K]: FactValue<P> };

/** What a check says of its facts. */
export type Judgement =
  | { readonly status: 'pass'; readonly summary: string; readonly evidence: readonly Evidence[] }
  | {
      readonly status: 'fail';
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly subjects: readonly Subject[];
      /** Where what was seen is worse or milder than the check's own severity. */
      readonly severity?: Severity;
      /** A title that names what was seen, in place of the check's. */
      readonly title?: string;
    }
  | {
      readonly status: 'manual' | 'not-applicable' | 'not-assessed';
      readonly summary: string;
      readonly evidence?: readonly Evidence[];
    };

export interface JudgeContext<P> {
  /** From the profile, validated by the check's own schema. */
  readonly parameters: P;
  /** The time to judge by (the host's scan time), ISO 8601: checks read no clock. */
  readonly now: string;
}

export interface CheckTexts {
  /**
   * `pass` and `fail` are written in the state that they name; `topic` names the subject without a state, for what was
   * not assessed, does not apply, or needs a person: "Rules that ask for no password".
   */
  readonly titles: { readonly pass: string; readonly fail: string; readonly topic: string };
  readonly why: string;
  readonly misuse: readonly string[];
  readonly byHand: readonly string[];
  readonly references: References;
}

export interface Check<K extends FactName, U extends FactName, P> extends CheckTexts {
  /** Stable for ever: waivers and profiles depend on it. */
  readonly id: string;
  readonly pillar: Pillar;
  readonly severity: Severity;
  /** Facts without which it is not assessed. */
  readonly needs: readonly K[];
  /** Facts that it can use but can judge without; they come with their state, so that a reason can be told. */
  readonly uses?: readonly U[];
  /** Schema of its parameters with its defaults (those of the baseline profile). */
  readonly parameters: z.ZodType<P>;
  judge(facts: NeededFacts<K>, context: JudgeContext<P>, optional: Pick<FactSet, U>): Judgement;
}

/** Any check, its own types forgotten: what the registry and the runner hold. */
export type AnyCheck = Check<FactName, FactName, unknown>;

/** Declares a check. Pure: it reads no clock, runs nothing and throws only on a defect. */
export function defineCheck<const K extends FactName, P, const U extends FactName = never>(
  check: Check<K, U, P>,
): AnyCheck {
  // The runner gives a check exactly the facts in `needs` and the parameters that its own schema parsed.
  return check;
}
