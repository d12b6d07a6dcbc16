import type { RollbackDecision } from '../../shared/contract/apply.ts';
import type { NamedRole } from '../../shared/access/must-work.ts';
import type { ConnectOptions } from '../../shared/contract/target.ts';
import type { Network } from '../../shared/lib/cidr.ts';
import type { Severity } from '../../shared/findings/finding.ts';
import type { FixChoice } from '../../shared/plan/plan.ts';
import type { RestartPolicy } from '../../shared/plan/restart.ts';

/** Wrong words on the command line: exit code 2. */
export class UsageError extends Error {}

export const reportFormats = ['text', 'json', 'html', 'md', 'pdf'] as const;
export type TerminalReportFormat = (typeof reportFormats)[number];
export const planFormats = ['text', 'json', 'sh'] as const;
export type TerminalPlanFormat = (typeof planFormats)[number];

export interface Common {
  /** The program's own data; null for the usual place. */
  readonly home: string | null;
}

export interface OnTarget extends Common {
  readonly connect: ConnectOptions;
  readonly profile: string;
}

export interface FixSelection {
  readonly safe: boolean;
  readonly fixes: readonly FixChoice[];
  readonly includeRestart: boolean;
  readonly settingsVia: 'alter-system' | 'file';
  readonly editManaged: boolean;
}

export type Command =
  | { readonly name: 'help'; readonly topic: string | null }
  | { readonly name: 'version' }
  | (OnTarget & {
      readonly name: 'scan';
      readonly format: TerminalReportFormat;
      readonly out: string | null;
      readonly factsOut: string | null;
      readonly scriptOut: string | null;
      readonly failOn: Severity | null;
    })
  | (OnTarget & {
      readonly name: 'plan';
      readonly selection: FixSelection;
      readonly format: TerminalPlanFormat;
      readonly out: string | null;
    })
  | (OnTarget & {
      readonly name: 'apply';
      readonly selection: FixSelection;
      readonly confirmWithinSeconds: number;
      readonly yes: boolean;
      readonly acceptCutOff: boolean;
      readonly acceptUnguarded: boolean;
      readonly mustWork: readonly NamedRole[];
      /** Ask for the password of each of them, to try the login. */
      readonly withPasswords: boolean;
      readonly breakLock: boolean;
      readonly restart: RestartPolicy;
      /** When the run starts; null for now. */
      readonly startAt: Date | null;
      readonly format: 'text' | 'json';
    })
  | (OnTarget & {
      readonly name: 'reach';
      /** `local` for the Unix socket; null for everywhere. */
      readonly from: Network | 'local' | null;
      readonly port: number | null;
      readonly role: string | null;
      readonly database: string | null;
      readonly tls: boolean | null;
      readonly format: 'text' | 'json';
    })
  | (OnTarget & {
      readonly name: 'rollback';
      /** What becomes of single operations, by the numbers of their steps. */
      readonly decisions: readonly RollbackDecision[];
      readonly breakLock: boolean;
      readonly run: string;
      readonly yes: boolean;
      readonly force: boolean;
      readonly format: 'text' | 'json';
    })
  | (OnTarget & {
      readonly name: 'runs';
      readonly format: 'text' | 'json';
      /** Where the runs go as one file; null to list them. */
      readonly exportTo: string | null;
      /** One run instead of all. */
      readonly run: string | null;
    })
  | { readonly name: 'verify-runs'; readonly file: string; readonly format: 'text' | 'json' }
  | (Common & { readonly name: 'checks'; readonly id: string | null; readonly format: 'text' | 'json' });
