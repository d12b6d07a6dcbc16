import { AsyncLocalStorage } from 'node:async_hooks';
import type { Host, RunRequest } from '../../main/host/host.ts';
import { LocalJournal } from '../../main/journal/local-journal.ts';
import type { OpenSession } from '../../main/apply/step-tools.ts';
import type { Connection } from '../../main/postgres/connection.ts';

/**
 * A moment in a run: `p12-` is before and `p12+` after what the program did as its twelfth thing (a script, a login, a
 * statement, a line of its journal); `h34-` is before the 34th command on the host that changes something, `h34+` after.
 * With `u` in front it is counted from the moment that a person asks for the undo, with `g` from the moment that the run
 * waits for a confirmation which nobody gives, so that the guard undoes it.
 */
export type PointName = `${Mode}${'p' | 'h'}${number}${'-' | '+'}`;

/** How the run is meant to go: kept, undone by the program, undone by the guard. */
export type Mode = '' | 'u' | 'g';

export interface Point {
  readonly mode: Mode;
  readonly side: 'p' | 'h';
  readonly number: number;
  readonly when: '-' | '+';
}

export const pointName = ({ mode, side, number, when }: Point): PointName => `${mode}${side}${number}${when}`;

export function parsePoint(text: string): Point {
  const [, mode, side, number, when] = /^([ug]?)([ph])(\d+)([-+])$/.exec(text) ?? [];
  if (side === undefined) throw new Error(`no point: ${text}`);
  return { mode: mode as Mode, side: side as 'p' | 'h', number: Number(number), when: when as '-' | '+' };
}

const current = new AsyncLocalStorage<Meter>();

/** Counts what the program does, and lets a fault happen before or after the n-th thing. */
export class Meter {
  /** What was done, in order. */
  readonly trace: string[] = [];
  /** In front of each script, so that its commands are counted on the host. */
  scriptHead = '';
  readonly #at: Point | null;
  #counting: boolean;
  readonly #strike: () => Promise<void>;

  constructor(at: Point | null = null, strike: () => Promise<void> = async () => undefined) {
    this.#at = at?.side === 'p' ? at : null;
    this.#counting = at === null || at.mode === '';
    this.#strike = strike;
  }

  /** Counts from here: what was before does not matter. */
  begin(): void {
    this.trace.length = 0;
    this.#counting = true;
  }

  async around<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.trace.push(name);
    const here = this.#counting && this.#at?.number === this.trace.length ? this.#at.when : null;
    if (here === '-') await this.#strike();
    try {
      return await work();
    } finally {
      if (here === '+') await this.#strike();
    }
  }

  /** Runs the program's work with this meter on its journal. */
  during<T>(work: () => T): T {
    watchJournals();
    return current.run(this, work);
  }
}

let watched = false;

/** Records of the journal on this machine count too. */
function watchJournals(): void {
  if (watched) return;
  watched = true;
  const append: LocalJournal['append'] = Reflect.get(LocalJournal.prototype, 'append');
  LocalJournal.prototype.append = function (this: LocalJournal, entry) {
    const meter = current.getStore();
    if (meter === undefined) return append.call(this, entry);
    return meter.around(`journal here ${entry.kind}`, () => append.call(this, entry));
  };
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^look\(\) \{/m, 'check'],
  [/^put_state open program$/m, 'prepare'],
  [/^timer=/m, 'arm the guard'],
  [/^put_state kept person$/m, 'keep'],
  [/^sh "\$RUN\/revert\.sh" --by/m, 'revert'],
  [/^fsync "\$RUN\/after"$/m, 'record what is after'],
  [/^printf 'status\\t/m, 'status'],
  [/^id -un$/m, 'who am I'],
  [/^t\(\) \{ echo/m, 'stop a script'],
];

/** What a script of the engine is for, by what stands in it. */
function nameOf({ script }: RunRequest): string {
  const known = kinds.find(([pattern]) => pattern.test(script))?.[1];
  const step = /^enter$/m.test(script) ? (/^SAVE="\$RUN\/save\/(\d+)"/m.exec(script)?.[1] ?? null) : null;
  return `script ${known ?? (step === null ? 'read' : `step ${Number(step)}`)}`;
}

/** The host, with a meter on everything that the program asks of it. */
export function meteredHost(host: Host, meter: Meter): Host {
  return {
    description: host.description,
    run: (request, signal) =>
      meter.around(nameOf(request), () =>
        host.run(
          request.as.kind === 'root'
            ? { ...request, script: `${meter.scriptHead}${request.script}` }
            : request,
          signal,
        ),
      ),
    openSocket: (path, signal) => meter.around('open socket', () => host.openSocket(path, signal)),
    openTcp: (address, port, signal) => meter.around('open tcp', () => host.openTcp(address, port, signal)),
    openProgram: (argv, as, signal) => meter.around('open bridge', () => host.openProgram(argv, as, signal)),
    loginAgain: (signal) =>
      meter.around('log in again', async () => meteredHost(await host.loginAgain(signal), meter)),
    onLost: (listener) => host.onLost(listener),
    close: () => host.close(),
  };
}

/** Sessions with a meter on each statement. */
export function meteredSessions(open: OpenSession, meter: Meter): OpenSession {
  return async (host, cluster, database, signal) => {
    const session: Connection = await open(host, cluster, database, signal);
    return {
      how: session.how,
      tls: session.tls,
      role: session.role,
      database: session.database,
      serverInfo: session.serverInfo,
      query: (text, values, options) =>
        meter.around(`sql ${text.trim().split(/\s+/).slice(0, 3).join(' ')}`, () =>
          session.query(text, values, options),
        ),
      batch: (statements, options) => session.batch(statements, options),
      close: () => session.close(),
    };
  };
}
