import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Operation } from '../../shared/plan/operation.ts';
import type { PlanStep } from '../../shared/plan/plan.ts';
import type { Connection } from '../postgres/connection.ts';
import { ApplyRefused } from './apply-error.ts';
import { remedyFor } from './host-check.ts';
import type { FileState, HostCheck } from './host-check.ts';
import type { UndoAction } from './shell/revert-script.ts';
import { stopWhenBusy, type RestartPolicy } from '../../shared/plan/restart.ts';

/** What a step may do while it runs. Every change goes through `change`, which first records it on the host. */
export interface StepTools {
  readonly signal: AbortSignal;
  /**
   * Records on the host that this step starts (on disk, under the run's lock, only while the run is open), then runs
   * the lines with `set -e` and `$SAVE`. Gives their output. Throws StepFailed, RunClosed or HostError.
   */
  change(lines: readonly string[], timeoutMs?: number): Promise<string>;
  /** Lines that go with the next script of the run: what need not be on disk before the step counts as done. */
  later(lines: readonly string[]): void;
  /** Lines that change nothing; the shell library is there. */
  read(lines: readonly string[], timeoutMs?: number): Promise<string>;
  /** A session of its own for this run; the same one for the same database until `closeSessions`. */
  session(database?: string): Promise<Connection>;
  /** After a restart the server may listen elsewhere; later sessions go there. */
  serverMoved(port: number, socketDirectory: string): void;
  /** Ends all sessions: the next `session` is a new login. */
  closeSessions(): Promise<void>;
  log(topic: string, text: string): void;
  /** The server was restarted; milliseconds without connections, or null where they could not be measured. */
  restarted(downtimeMs: number | null): void;
}

/** A step, ready to run: what is copied before, how it is undone, and what it does. */
export interface PreparedStep {
  readonly step: PlanStep;
  /** `007`, as in the names of files and functions on the host. */
  readonly number: string;
  readonly undo: readonly UndoAction[];
  readonly server: 'nothing' | 'reload' | 'restart';
  /** Lines that save what is no file, run before anything is changed, with `set -e` and `$SAVE`. */
  readonly save: readonly string[];
  /** Texts put into the run's folder on the host: name below it, content. */
  readonly texts: readonly { readonly name: string; readonly content: string }[];
  /** Seconds that it may take at most, for the guard's first deadline. */
  readonly budgetSeconds: number;
  /** Makes the change and proves it by reading back; gives what was seen. */
  run(tools: StepTools): Promise<string>;
}

/** What an operation's file gives; the rest of PreparedStep follows from the step. */
export type Prepared = Omit<PreparedStep, 'step' | 'number'>;

/** How the person wants a restart to be made. */
export interface RestartWishes extends RestartPolicy {
  /** From how many seconds on a transaction counts as long; 300 unless told. */
  readonly longSeconds?: number;
}

/** The host as it will be when a step comes: the files with the edits of the steps before. */
export class Preparation {
  readonly cluster: Cluster;
  readonly check: HostCheck;
  readonly restart: RestartWishes;
  readonly #content = new Map<string, string>();
  readonly #slots = new Map<string, string>();
  readonly #seen = new Set<string>();
  #next = 1;

  constructor(cluster: Cluster, check: HostCheck, restart: RestartWishes = stopWhenBusy) {
    this.cluster = cluster;
    this.check = check;
    this.restart = restart;
  }

  /** The state of a file before the run. Throws ApplyRefused when it cannot be changed. */
  file(path: string): FileState {
    const state = this.check.files.get(path);
    if (state === undefined) throw new Error(`${path} was not looked at`);
    if (state.obstacle !== null) {
      throw new ApplyRefused(`${path} cannot be changed: ${state.obstacle}.`, remedyFor(state.obstacle));
    }
    return state;
  }

  /** The text of a file as the steps before will leave it. Throws ApplyRefused when there is none. */
  content(path: string): string {
    const { realPath, content } = this.file(path);
    const text = this.#content.get(realPath) ?? content;
    if (text === null) throw new ApplyRefused(`${path} does not exist.`, 'Inspect the host again.');
    return text;
  }

  setContent(path: string, content: string): void {
    this.#content.set(this.file(path).realPath, content);
  }

  /** True the first time that it is asked for this key. */
  first(key: string): boolean {
    const isFirst = !this.#seen.has(key);
    this.#seen.add(key);
    return isFirst;
  }

  /** The name of the one copy of a file (or of its mode and owner) in the run's folder. */
  slot(kind: 'file' | 'rights', realPath: string): string {
    const key = `${kind}\0${realPath}`;
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = String(this.#next).padStart(4, '0');
    this.#next += 1;
    this.#slots.set(key, slot);
    return slot;
  }

  undoFile(path: string): Extract<UndoAction, { kind: 'file' }> {
    const { realPath } = this.file(path);
    return { kind: 'file', slot: this.slot('file', realPath), path: realPath };
  }
}

export interface OperationHandler<O extends Operation> {
  /** Files that have to be looked at before. */
  reads(operation: O, cluster: Cluster): readonly { readonly path: string; readonly content: boolean }[];
  /** Throws ApplyRefused when it cannot be done. `number` is the step's, as `007`. */
  prepare(operation: O, preparation: Preparation, number: string): Prepared;
}
