import type { RunRecord } from '../../shared/contract/apply.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Host } from '../host/host.ts';
import { compareCopies } from '../journal/anchors.ts';
import { readJournal } from '../journal/chain.ts';
import type { ChainedEntry, ReadJournal } from '../journal/chain.ts';
import { LocalJournal, readLocalJournals } from '../journal/local-journal.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import { quoteShell } from '../../shared/lib/quoting.ts';
import { isRunId } from '../journal/run-id.ts';
import { actorFor } from './actor.ts';
import { readStatus, statusLines } from './host-status.ts';
import type { HostStatus } from './host-status.ts';
import { placeOf } from './run-on-host.ts';
import { runShell } from './run-shell.ts';
import { shellLibrary } from './shell/library.ts';
import { runVariables } from './shell/run-variables.ts';

export interface RunsRequest {
  /** Null when the host is not connected: then only what this machine knows. */
  readonly host: Host | null;
  readonly cluster: Cluster | null;
  readonly home: string;
  readonly targetKey: string;
}

/** A run as the host's folder tells it. */
export interface HostRun {
  readonly id: string;
  readonly status: HostStatus;
  readonly armed: boolean;
  readonly journal: ReadJournal;
  /** The journal's text, for an export. */
  readonly text: string;
  /** Real paths of the files that it can put back. */
  readonly paths: readonly string[];
}

const mostRuns = 300;

const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/** Reads every run that the host keeps, oldest first. */
export async function readHostRuns(
  host: Host,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<readonly HostRun[]> {
  return (await readHistory(host, cluster, signal)).runs;
}

interface HostHistory {
  readonly runs: readonly HostRun[];
  /** Runs that went by the rule. */
  readonly pruned: ReadonlySet<string>;
  /** The folder that was looked into; null when the login may not. */
  readonly folder: string | null;
}

async function readHistory(host: Host, cluster: Cluster, signal: AbortSignal): Promise<HostHistory> {
  const actor = actorFor(host.description, cluster);
  if (actor === null) return { runs: [], pruned: new Set(), folder: null };
  const script = [
    runVariables(placeOf(actor, cluster, 'none')),
    shellLibrary,
    `for ID in $(ls "$BASE/runs" 2>/dev/null | tail -n ${mostRuns}); do`,
    'RUN="$BASE/runs/$ID"',
    // Without a state its preparation was broken off, or goes on: nothing was changed.
    '[ -s "$RUN/journal.jsonl" ] && [ -s "$RUN/status" ] || continue',
    `printf 'run\\t%s\\n' "$ID"`,
    ...statusLines,
    `case $(state) in open | reverting) if armed; then printf 'armed\\t1\\n'; fi ;; esac`,
    `while read -r path; do printf 'path\\t%s\\n' "$path"; done <"$RUN/paths" 2>/dev/null`,
    `printf 'journal\\t%s\\n' "$(base64 <"$RUN/journal.jsonl" | tr -d '\\n')"`,
    'done',
    `if [ -s "$BASE/journal.jsonl" ]; then printf 'run\\tpruned\\njournal\\t%s\\n' "$(base64 <"$BASE/journal.jsonl" | tr -d '\\n')"; fi`,
  ].join('\n');
  const output = await runShell(host, actor.as, script, 60_000, signal);
  const rule = /^run\tpruned\njournal\t(.*)$/m.exec(output)?.[1] ?? '';
  const pruned = readJournal(decode(rule)).entries.flatMap((entry) =>
    entry.kind === 'pruned' && Array.isArray(entry.runs) ? entry.runs.map(String) : [],
  );
  const runs = output
    .split(/^run\t/m)
    .slice(1)
    .flatMap((block) => {
      const [id = '', ...lines] = block.split('\n');
      if (!isRunId(id)) return [];
      const all = (key: string): readonly string[] =>
        lines.flatMap((line) => (line.startsWith(`${key}\t`) ? [line.slice(key.length + 1)] : []));
      return [
        {
          id,
          status: readStatus(lines.join('\n')),
          armed: all('armed').length > 0,
          text: decode(all('journal')[0] ?? ''),
          journal: readJournal(decode(all('journal')[0] ?? '')),
          paths: all('path').map(decode),
        },
      ];
    })
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  return { runs, pruned: new Set(pruned), folder: actor.folder };
}

/** What does not fit in the record of a run, in itself and between its two copies. */
function problemsOf(
  here: ReadJournal | undefined,
  there: ReadJournal | undefined,
  folder: string | null,
  isPruned: boolean,
): readonly string[] {
  // Another account of the same host has a folder of its own.
  const wasThere =
    folder !== null &&
    here?.entries.some((entry) => entry.kind === 'armed' && entry.folder === folder) === true;
  return [
    ...(here?.problems ?? []).map((problem) => `On this machine: ${problem}`),
    ...(there?.problems ?? []).map((problem) => `On the host: ${problem}`),
    ...(here === undefined || there === undefined ? [] : compareCopies(here, there)),
    ...(there === undefined && wasThere && !isPruned
      ? ['The folder of this run is gone from the host, and no rule removed it.']
      : []),
  ];
}

function textOf(entry: ChainedEntry | undefined, field: string): string {
  const value = entry?.[field];
  return typeof value === 'string' ? value : '';
}

function stepsOf(entry: ChainedEntry | undefined): RunRecord['steps'] {
  const steps: unknown = entry?.steps;
  if (!Array.isArray(steps)) return [];
  return steps.map((step: Readonly<Record<string, unknown>>) => ({
    number: Number(step.number),
    title: String(step.title),
    kind: String(step.kind),
    reversible: step.reversible === true,
  }));
}

function stateOnHost({ status }: HostRun): RunRecord['state'] {
  switch (status.state) {
    case 'kept':
      return 'kept';
    case 'rolled-back':
      return status.by === 'guard' ? 'rolled-back-by-guard' : 'rolled-back';
    case 'rollback-failed':
      return 'rollback-failed';
    case 'open':
    case 'reverting':
    case 'none':
      return 'unfinished';
  }
}

function stateHere(journal: ReadJournal): RunRecord['state'] | null {
  const outcome = journal.entries.findLast(({ kind }) => kind === 'outcome' || kind === 'host-report');
  switch (outcome?.result) {
    case 'kept':
    case 'rolled-back':
    case 'rolled-back-by-guard':
    case 'rollback-failed':
      return outcome.result;
    // It never changed anything.
    case 'refused':
      return null;
    default:
      return 'unknown';
  }
}

/**
 * All runs on a target, newest first: what the host says, joined with what this machine recorded. Runs that were
 * refused before they changed anything are left out.
 */
export async function listRuns(request: RunsRequest, signal: AbortSignal): Promise<readonly RunRecord[]> {
  const { host, cluster, home, targetKey } = request;
  const here = new Map((await readLocalJournals(home, targetKey)).map((one) => [one.runId, one.journal]));
  const history =
    host === null || cluster === null
      ? { runs: [], pruned: new Set<string>(), folder: null }
      : await readHistory(host, cluster, signal);
  const { pruned: isPruned, folder } = history;
  const there = new Map(history.runs.map((run) => [run.id, run]));
  const ids = [...new Set([...here.keys(), ...there.keys()])].sort().reverse();
  return ids.flatMap((id): RunRecord[] => {
    const [local, remote] = [here.get(id), there.get(id)];
    const state =
      remote === undefined ? (local === undefined ? null : stateHere(local)) : stateOnHost(remote);
    if (state === null) return [];
    const find = (journal: ReadJournal | undefined) =>
      journal?.entries.find(({ kind }) => kind === 'run-started');
    const first = find(remote?.journal) ?? find(local);
    const problems = problemsOf(local, remote?.journal, folder, isPruned.has(id));
    const ended = remote?.status.state === 'open' ? null : (remote?.status.at ?? local?.entries.at(-1)?.at);
    return [
      {
        id,
        startedAt: first?.at ?? '',
        by: textOf(first, 'by'),
        title: textOf(first, 'title'),
        state,
        guardSeconds:
          state === 'unfinished' && remote?.armed === true ? (remote.status.deadlineSeconds ?? 0) : null,
        endedAt: state === 'unfinished' || state === 'unknown' ? null : (ended ?? null),
        steps: stepsOf(first),
        finishByHand: [...(remote?.status.finishByHand ?? [])],
        recorded: remote === undefined ? 'here' : local === undefined ? 'on-host' : 'here-and-on-host',
        intact: problems.length === 0,
        problems: [...problems],
        left: [...(remote?.status.left ?? [])],
      },
    ];
  });
}

const nothingLeft = { commands: [], log: null } as const;

/** A run that did not end as this program expected, with the truth about it. */
export interface RecoveredRun {
  readonly run: RunRecord;
  readonly message: string;
  /** A rollback by a person is what is left to do. */
  readonly needsRollback: boolean;
  /** What to run on the host, in this order, when the program is not to do it. Empty when nothing is left to do. */
  readonly commands: readonly string[];
  /** The rollback's log on the host and its last lines; null when there is none. */
  readonly log: { readonly path: string; readonly tail: readonly string[] } | null;
}

/**
 * To be asked at each new connection: runs that are unfinished on the host, whose rollback failed, or that the host
 * ended while this program did not see it (killed, link lost). The latter are told once.
 */
export async function recoverRuns(
  request: RunsRequest & { readonly host: Host; readonly cluster: Cluster },
  signal: AbortSignal,
): Promise<readonly RecoveredRun[]> {
  const runs = await listRuns(request, signal);
  const isLeft = ({ state, guardSeconds }: RunRecord): boolean =>
    state === 'rollback-failed' || (state === 'unfinished' && guardSeconds === null);
  const there = runs.some(isLeft) ? await readHostRuns(request.host, request.cluster, signal) : [];
  const folder = actorFor(request.host.description, request.cluster)?.folder ?? '';
  const left = (run: RunRecord): Pick<RecoveredRun, 'commands' | 'log'> => {
    const base = `${folder}/runs/${run.id}`;
    const tail = there.find(({ id }) => id === run.id)?.status.log.slice(-8) ?? [];
    return {
      commands: [...run.finishByHand, `sh ${quoteShell(`${base}/revert.sh`)} --by person`],
      log: tail.length === 0 ? null : { path: `${base}/revert.log`, tail: tail.map(printable) },
    };
  };
  const here = new Map(
    (await readLocalJournals(request.home, request.targetKey)).map((one) => [one.runId, one.journal]),
  );
  const recovered: RecoveredRun[] = [];
  for (const run of runs) {
    const local = here.get(run.id);
    if (run.state === 'unfinished') {
      const message =
        run.guardSeconds === null
          ? `The run of ${run.by} is unfinished and no guard waits: roll it back.`
          : `The run of ${run.by} is unfinished; the host rolls it back by itself in ${Math.max(0, run.guardSeconds)} s.`;
      const needsRollback = run.guardSeconds === null;
      recovered.push({ run, message, needsRollback, ...(needsRollback ? left(run) : nothingLeft) });
    } else if (run.state === 'rollback-failed') {
      const message = `The rollback of the run of ${run.by} could not put everything back.`;
      recovered.push({ run, message, needsRollback: true, ...left(run) });
    } else if (local !== undefined && run.state !== 'unknown' && stateHere(local) === 'unknown') {
      const message = run.state === 'kept' ? 'The changes were kept.' : 'The host rolled everything back.';
      recovered.push({ run, message, needsRollback: false, ...nothingLeft });
      const journal = await LocalJournal.open(request.home, request.targetKey, run.id);
      await journal.append({ kind: 'host-report', at: new Date().toISOString(), result: run.state });
    }
  }
  return recovered;
}
