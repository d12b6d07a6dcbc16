import type { FactName, FactSet } from '../facts/facts.ts';
import type { Finding } from '../findings/finding.ts';
import type { Effect, Operation } from '../plan/operation.ts';
import type { NeededFacts } from '../checks/define-check.ts';

/** Something the person decides before a fix can be planned. Answers are texts; lists are comma separated. */
export type Choice =
  | {
      readonly kind: 'networks';
      readonly key: string;
      readonly label: string;
      /** Networks offered, each with who was seen there, and whether it is ticked at first. */
      readonly options: readonly {
        readonly value: string;
        readonly label: string;
        readonly seen: string;
        readonly chosen: boolean;
      }[];
    }
  | {
      readonly kind: 'many' | 'one';
      readonly key: string;
      readonly label: string;
      readonly options: readonly {
        readonly value: string;
        readonly label: string;
        readonly seen: string;
        readonly chosen: boolean;
      }[];
    }
  | {
      readonly kind: 'text';
      readonly key: string;
      readonly label: string;
      readonly value: string;
      readonly help: string;
      /** Nothing is an answer too. */
      readonly optional?: boolean | undefined;
    };

export type Answers = Readonly<Record<string, string>>;

/** How settings are to be written: the person's preference for the whole plan. */
export interface FixPreferences {
  readonly settingsVia: 'alter-system' | 'file';
  /** Change also what Ansible, Puppet and the like manage; false unless told. */
  readonly editManaged?: boolean;
}

export type FixPlan =
  | { readonly ok: true; readonly operations: readonly Operation[] }
  /** What stands in the way, and what to do. */
  | { readonly ok: false; readonly reason: string };

export interface Fix<K extends FactName> {
  /** Stable: `require-tls-remote`. */
  readonly id: string;
  /** Checks that it settles (the first one is the one that it belongs to). */
  readonly resolves: readonly [string, ...string[]];
  /** An act: "Remove the rule for any address". */
  readonly title: string;
  /** One or two sentences on what will be done. */
  readonly description: string;
  readonly effect: Effect;
  readonly reversible: boolean;
  /** Could it cut somebody off? Then the guard is armed and "who would be refused" is computed. */
  readonly cutsOff: boolean;
  /**
   * Part of "all that are safe": undoable, and it breaks no client that is known. A fix that is safe under conditions
   * tells by `safeFor`.
   */
  readonly safe: boolean;
  /** Facts without which it cannot be offered. What it can do without it takes from `all`, with its state. */
  readonly needs: readonly K[];
  /** Narrows `safe` to what was found: false where the facts tell of somebody who would be cut off. */
  safeFor?(facts: NeededFacts<K>, finding: Finding, all: FactSet): boolean;
  /** Whether it can be offered for this finding on this target, or why not. */
  offer(
    facts: NeededFacts<K>,
    finding: Finding,
    all: FactSet,
  ): { readonly ok: true } | { readonly ok: false; readonly reason: string };
  choices(facts: NeededFacts<K>, finding: Finding, all: FactSet): readonly Choice[];
  plan(
    facts: NeededFacts<K>,
    finding: Finding,
    answers: Answers,
    preferences: FixPreferences,
    all: FactSet,
  ): FixPlan;
}

export type AnyFix = Fix<FactName>;

/** Declares a fix. Pure: it returns operations as data, and runs nothing. */
export function defineFix<const K extends FactName>(fix: Fix<K>): AnyFix {
  // Only planFixes calls it, with exactly the facts in `needs`.
  return fix;
}
