import { create } from 'zustand';
import type { Output } from '../../shared/contract/contract.ts';
import type { KnownTarget, Settings } from '../../shared/contract/values.ts';
import type { ApplyOutcome, RunRecord, RollbackDecision } from '../../shared/contract/apply.ts';
import type { Finding } from '../../shared/findings/finding.ts';
import type { Problem } from '../api/bridge.ts';
import { newRun, type RunView } from './apply.ts';
import type { Connecting, OpenPrompt } from './connecting.ts';
import { firstForm, type ConnectForm } from './connect-form.ts';
import { firstHbaView, type HbaDrafts, type HbaView } from './hba-editor.ts';
import { firstFilter, type FindingFilter } from './findings.ts';
import { noFixFilter, type Chosen, type FixFilter } from './fixes.ts';
import { noMustWork, type MustWorkView } from './must-work.ts';
import { emptySession, type Session, type StepId } from './wizard.ts';

/** One subject of an inspection as its progress was told. */
export type SubjectProgress = {
  readonly subject: string;
  /** How many subjects were read up to and with this one, of how many. */
  readonly done: number;
  readonly total: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** A rollback of an earlier run. */
export type HistoryRollback = {
  readonly run: RunRecord;
  readonly decisions: readonly RollbackDecision[];
  readonly view: RunView;
  /** How it ended; null while it goes on. */
  readonly ended: ApplyOutcome | null;
};

/** State of the window only: what is true of the target lives in main. */
export type State = {
  readonly view: StepId | 'history' | 'settings' | 'hba';
  readonly session: Session;
  readonly settings: Settings;
  readonly info: Output<'app.info'> | null;
  readonly profiles: Output<'profiles.list'>;
  readonly overlay: 'commands' | 'keys' | null;
  readonly link: 'up' | 'lost';
  readonly lostMessage: string;
  /** Something went wrong outside a place of its own; shown until it is closed. */
  readonly problem: Problem | null;
  /** The dialog about tunnels through SSH, with the accounts that it offers; null when it is closed. */
  readonly tunnel: { readonly accounts: readonly string[] } | null;
  /** A short message at the bottom, such as where a file was saved. */
  readonly message: string;

  readonly known: readonly KnownTarget[];
  readonly aliases: Output<'targets.list'>['aliases'];
  readonly localClusters: readonly string[] | null;
  readonly practice: Output<'practice.status'> | null;
  readonly form: ConnectForm;
  readonly connecting: Connecting | null;
  readonly connectedInMs: number | null;
  readonly prompt: OpenPrompt | null;

  readonly scanning: boolean;
  readonly scanStartedAt: number;
  readonly subjects: readonly SubjectProgress[];
  readonly scanProblem: Problem | null;

  readonly filter: FindingFilter;
  readonly openedFinding: string | null;
  readonly waiving: Finding | null;

  readonly chosen: Chosen;
  readonly fixFilter: FixFilter;
  readonly openedFix: string | null;
  readonly includeRestart: boolean;
  readonly planning: boolean;
  readonly planProblems: readonly { readonly fixes: readonly string[]; readonly message: string }[];

  readonly hba: HbaView;
  /** What was typed into pg_hba.conf: kept over leaving the screen, a new inspection, another connection. */
  readonly hbaDrafts: HbaDrafts;

  readonly openedChange: number | null;
  readonly mustWork: MustWorkView;
  readonly confirming: boolean;
  readonly run: RunView;

  readonly runs: readonly RunRecord[] | null;
  readonly openedRun: string | null;
  readonly runChanges: Output<'history.changes'> | null;
  readonly confirmRollback: RunRecord | null;
  readonly rollback: HistoryRollback | null;
};

export const firstState: State = {
  view: 'connect',
  session: emptySession,
  settings: {
    theme: 'system',
    mode: 'guided',
    settingsVia: 'alter-system',
    editManaged: false,
    confirmWithinSeconds: 180,
    profile: 'baseline',
    keepRuns: 50,
    keepDays: 365,
  },
  info: null,
  profiles: [],
  overlay: null,
  link: 'up',
  lostMessage: '',
  problem: null,
  tunnel: null,
  message: '',
  known: [],
  aliases: [],
  localClusters: null,
  practice: null,
  form: firstForm,
  connecting: null,
  connectedInMs: null,
  prompt: null,
  scanning: false,
  scanStartedAt: 0,
  subjects: [],
  scanProblem: null,
  filter: firstFilter,
  openedFinding: null,
  waiving: null,
  chosen: {},
  fixFilter: noFixFilter,
  openedFix: null,
  includeRestart: false,
  planning: false,
  planProblems: [],
  hba: firstHbaView,
  hbaDrafts: {},
  openedChange: null,
  mustWork: noMustWork,
  confirming: false,
  run: newRun([]),
  runs: null,
  openedRun: null,
  runChanges: null,
  confirmRollback: null,
  rollback: null,
};

export const useStore = create<State>()(() => firstState);

/** Changes some fields of the state. */
export function update(change: Partial<State> | ((state: State) => Partial<State>)): void {
  useStore.setState(change);
}

/** The state now, outside React. */
export function read(): State {
  return useStore.getState();
}
