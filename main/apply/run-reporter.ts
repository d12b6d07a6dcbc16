import type {
  ApplyEvent,
  ApplyOutcome,
  ApplyPhase,
  GuardKind,
  StepState,
} from '../../shared/contract/apply.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Anchor } from '../journal/anchors.ts';
import { LocalJournal } from '../journal/local-journal.ts';

/** An error's words, fit to be shown. */
export const messageOf = (error: unknown): string =>
  printable(error instanceof Error ? error.message : String(error));

const now = (): string => new Date().toISOString();

/** Tells what happens in a run: events for whoever watches, records for the journal on this machine. */
export class RunReporter {
  readonly #tell: (event: ApplyEvent) => void;
  #journal: LocalJournal | null = null;
  #phase: ApplyPhase = 'checking';

  constructor(tell: (event: ApplyEvent) => void) {
    this.#tell = tell;
  }

  get phase(): ApplyPhase {
    return this.#phase;
  }

  /** From here on records are kept. Rejects when the journal cannot be written. */
  async openJournal(home: string, targetKey: string, runId: string): Promise<void> {
    this.#journal = await LocalJournal.open(home, targetKey, runId);
  }

  /** Where the journal on this machine stands, for the record on the host. */
  get anchor(): Anchor | null {
    return this.#journal?.anchor ?? null;
  }

  emit(event: ApplyEvent): void {
    this.#tell(event);
  }

  enter(phase: ApplyPhase): void {
    this.#phase = phase;
    this.emit({ kind: 'phase', at: now(), phase });
  }

  step(number: number, state: StepState, detail: string, elapsedMs: number | null): void {
    this.emit({ kind: 'step', at: now(), number, state, detail, elapsedMs });
  }

  log(topic: string, text: string, step: number | null = null): void {
    this.emit({ kind: 'log', at: now(), topic, step, text: printable(text) });
  }

  guard(guard: GuardKind, deadline: number | null, counting: boolean): void {
    const deadlineAt = deadline === null ? null : new Date(deadline).toISOString();
    this.emit({ kind: 'guard', at: now(), guard, armed: deadline !== null, deadlineAt, counting });
  }

  outcome(outcome: ApplyOutcome): void {
    this.emit({ kind: 'outcome', at: now(), outcome });
  }

  async record(kind: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      await this.#journal?.append({ kind, at: now(), ...fields });
    } catch (error) {
      // The host's journal decides; this machine's disk must not stop a rollback.
      this.log('error', `the journal on this machine could not be written: ${messageOf(error)}`);
    }
  }
}
