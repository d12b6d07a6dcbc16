import { createHash } from 'node:crypto';
import type { GuardKind } from '../../shared/contract/apply.ts';
import { quoteShell } from '../../shared/lib/quoting.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import type { Host } from '../host/host.ts';
import type { Anchor } from '../journal/anchors.ts';
import type { ChainEnd } from '../journal/chain.ts';
import { pruneLine } from '../journal/keep-rule.ts';
import type { KeepRule } from '../journal/keep-rule.ts';
import type { Actor } from './actor.ts';
import { armLines } from './guard/guard.ts';
import { guardScript } from './guard/detached.ts';
import { endLines, readEnd, readStatus, statusLines } from './host-status.ts';
import type { HostStatus } from './host-status.ts';
import { HostHeld, readHolder, takeLines } from './host-lock.ts';
import type { PreparedStep } from './prepared-step.ts';
import { bytesOnOutput, runShell } from './run-shell.ts';
import { shellLibrary } from './shell/library.ts';
import { revertScript } from './shell/revert-script.ts';
import type { UndoAction } from './shell/revert-script.ts';
import { runVariables } from './shell/run-variables.ts';
import type { RunPlace } from './shell/run-variables.ts';

const shortMs = 60_000;
const revertMs = 900_000;

/** Further members for a record of the host's journal: `,"step":3`. */
function noteFields(fields: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(fields).slice(1, -1);
  return text === '' ? '' : `,${text}`;
}

/** A line for the host that adds a record to its journal. */
export const noteLine = (kind: string, fields: Readonly<Record<string, unknown>>): string =>
  `note ${quoteShell(kind)} ${quoteShell(noteFields(fields))}`;

function keepLine(action: UndoAction): readonly string[] {
  if (action.kind === 'file') return [`keep_copy ${action.slot} ${quoteShell(action.path)}`];
  if (action.kind === 'rights') return [`keep_rights ${action.slot} ${quoteShell(action.path)}`];
  return [];
}

/** The scripts of one run, sent through whichever session reaches the host. */
export class RunOnHost {
  readonly place: RunPlace;
  #host: Host;

  constructor(host: Host, place: RunPlace) {
    this.#host = host;
    this.place = place;
  }

  get host(): Host {
    return this.#host;
  }

  /** Another login to the same host takes over. */
  useHost(host: Host): void {
    this.#host = host;
  }

  get #head(): string {
    return `${runVariables(this.place)}\n${shellLibrary}`;
  }

  /** Runs lines with `set -e` after the shell library. */
  script(lines: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string> {
    const text = [this.#head, 'trap drop_lock EXIT', 'set -e', ...lines].join('\n');
    return runShell(this.#host, this.place.actor.as, text, timeoutMs, signal);
  }

  /**
   * Makes the run's folder: copies, saved rules, revert.sh, plan, journal; then the run is open. When anything fails,
   * nothing of it stays. Throws HostHeld when another run has the host.
   */
  async prepare(
    plan: Plan,
    steps: readonly PreparedStep[],
    run: { readonly by: string; readonly title: string },
    signal: AbortSignal,
  ): Promise<string> {
    const restartSettings = steps.flatMap(({ step }) =>
      step.operation.kind === 'setting' && step.operation.effect === 'restart' ? [step.operation.name] : [],
    );
    const reverts = steps.map(({ number, step, undo, server }) => ({
      number,
      title: step.title,
      undo,
      server,
    }));
    const texts = [
      { name: 'revert.sh', content: revertScript(this.place, reverts, restartSettings) },
      { name: 'guard.sh', content: guardScript(this.place) },
      { name: 'plan.json', content: JSON.stringify(plan) },
      { name: 'undo.json', content: JSON.stringify(reverts) },
      ...steps.flatMap((step) => step.texts),
    ];
    const copies = [...new Set(steps.flatMap((step) => step.undo.flatMap(keepLine)))];
    const paths = [
      ...new Set(steps.flatMap((step) => step.undo.flatMap((undo) => ('path' in undo ? [undo.path] : [])))),
    ];
    const body = [
      'mkdir "$RUN"',
      ...texts.flatMap(({ name, content }) => {
        const target = `"$RUN/"${quoteShell(name)}`;
        return [
          `mkdir -p "$(dirname -- ${target})"`,
          `${bytesOnOutput(Buffer.from(content))} >${target}`,
          `fsync ${target}`,
        ];
      }),
      // Given back when a rollback begins: its records and marks must fit on a disk that has become full meanwhile.
      'head -c 131072 /dev/urandom >"$RUN/reserve" && fsync "$RUN/reserve"',
      `cat >"$RUN/paths" <<'PATHS'\n${paths.map((path) => Buffer.from(path).toString('base64')).join('\n')}\nPATHS`,
      ...copies,
      ...steps.flatMap(({ number, save }) =>
        save.length === 0
          ? []
          : [`SAVE="$RUN/save/${number}"; mkdir -p "$SAVE"; export SAVE`, '(', 'set -e', ...save, ')'],
      ),
      'for folder in "$RUN"/* "$RUN" "$BASE/runs"; do if [ -d "$folder" ]; then fsync "$folder"; fi; done',
      noteLine('run-started', {
        run: this.place.runId,
        by: run.by,
        title: run.title,
        target: plan.targetKey,
        cluster: plan.clusterId,
        plan: createHash('sha256').update(JSON.stringify(plan)).digest('hex'),
        steps: steps.map(({ step }) => ({
          number: step.number,
          title: step.title,
          kind: step.operation.kind,
          reversible: step.reversible,
        })),
      }),
      'put_state open program',
      `if [ -d "$RUN/backup" ]; then cd "$RUN/backup"; for one in *; do printf '%s\\t%s\\t%s\\n' "$one" "$(wc -c <"$one" | tr -d ' ')" "$(rights "$one")"; done; cd /; fi`,
    ];
    const lines = [
      'set +e',
      'mkdir -p "$BASE/runs" && chmod 700 "$BASE" "$BASE/runs" || exit 1',
      ...takeLines(run.by, 'host_lock', 'apply'),
      // The host is ours now: a folder without a state is a preparation that was broken off, and nothing was changed.
      'for one in "$BASE"/runs/[0-9]*Z-*; do',
      '  [ -d "$one" ] && [ ! -s "$one/status" ] || continue',
      '  while read -r path; do ( ID=${one##*/}; tidy "$(printf %s "$path" | base64 -d)" ); done 2>/dev/null <"$one/paths"',
      '  rm -rf "$one"',
      'done',
      '( set -e',
      ...body,
      ')',
      'result=$?',
      '[ "$result" = 0 ] || { rm -rf "$RUN"; release_host; exit "$result"; }',
    ];
    const output = await this.script(lines, 300_000, signal);
    const holder = readHolder(output);
    if (holder !== null) throw new HostHeld(holder);
    return output;
  }

  /** Arms the guard; gives the seconds that are left. Null where there is none. */
  async arm(kind: GuardKind, timer: string, seconds: number, signal: AbortSignal): Promise<number | null> {
    const cron = this.#host.description.kind !== 'practice';
    const lines = [
      'enter',
      ...armLines(kind, { place: this.place, seconds, timer, cron }),
      noteLine('armed', { guard: kind, timer, seconds }),
    ];
    const output = await this.script(lines, shortMs, signal);
    const left = /^deadline (\d+)$/m.exec(output)?.[1];
    return left === undefined ? null : Number(left);
  }

  /** The record that a step starts, then its lines; see StepTools.change. */
  change(
    number: string,
    first: boolean,
    before: readonly string[],
    lines: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<string> {
    return this.script(
      [
        'enter',
        ...before,
        ...(first ? [noteLine('step-started', { step: Number(number) }), `mark started ${number}`] : []),
        `SAVE="$RUN/save/${number}"; export SAVE`,
        ...lines,
      ],
      timeoutMs,
      signal,
    );
  }

  /** What the files are once all is done: the run's later rollback compares with it. */
  async recordAfter(
    steps: readonly PreparedStep[],
    before: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const seen = [...new Set(steps.flatMap(({ undo }) => undo.flatMap(afterLine)))];
    await this.script(
      ['enter', ...before, ': >"$RUN/after"', ...seen, 'fsync "$RUN/after"', noteLine('changed', {})],
      shortMs,
      signal,
    );
  }

  /**
   * The run is kept and the guard taken away, old runs go by the rule. `here` is where the journal on this machine
   * stands; gives where the host's stands. Throws RunClosed when the host was faster.
   */
  async keep(by: string, here: Anchor | null, rule: KeepRule, signal: AbortSignal): Promise<ChainEnd | null> {
    const output = await this.script(
      [
        'enter',
        'put_state kept person',
        'set +e',
        noteLine('kept', { by, ...(here === null ? {} : { here }) }),
        ...endLines,
        'disarm',
        'release_host',
        pruneLine(rule, new Date()),
        'true',
      ],
      shortMs,
      signal,
    );
    return readEnd(output);
  }

  /** Takes away what a script that was killed at its very end left of the guard and the lock of a run that is over. */
  async sweep(signal: AbortSignal): Promise<void> {
    const lines = [
      'take_lock 20',
      'set +e',
      'case $(state) in kept | rolled-back) disarm; release_host ;; esac',
      'true',
    ];
    await this.script(lines, shortMs, signal);
  }

  /** Runs revert.sh to its end. Its result stands in `status`. */
  async revert(by: 'program' | 'person', signal: AbortSignal): Promise<void> {
    await this.script(['set +e', `sh "$RUN/revert.sh" --by ${by} >&2`, 'true'], revertMs, signal);
  }

  async status(signal: AbortSignal): Promise<HostStatus> {
    return readStatus(await this.script(statusLines, shortMs, signal));
  }
}

const afterLine = (action: UndoAction): readonly string[] => {
  if (action.kind !== 'file' && action.kind !== 'rights') return [];
  const path = quoteShell(action.path);
  const name = Buffer.from(action.path).toString('base64');
  const sum = action.kind === 'file' ? `$(sha ${path})` : '-';
  return [
    ...(action.kind === 'file' ? [`keep_left ${action.slot} ${path}`] : []),
    `if [ -e ${path} ]; then printf '%s\\t%s\\t%s\\t%s\\t%s\\n' ${action.kind} ${action.slot} ${name} "${sum}" "$(rights ${path})"; else printf '%s\\t%s\\t%s\\tabsent\\tabsent\\n' ${action.kind} ${action.slot} ${name}; fi >>"$RUN/after"`,
  ];
};

/** A place for scripts that only need the paths of a run: its own revert.sh knows the rest. */
export function placeOf(actor: Actor, cluster: Cluster, runId: string): RunPlace {
  return {
    runId,
    actor,
    cluster,
    superuser: cluster.owner,
    database: 'postgres',
    hbaPath: cluster.hbaFile,
    serverLog: '',
    wasRunning: true,
  };
}
