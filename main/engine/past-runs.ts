import type { RunRecord } from '../../shared/contract/apply.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { ExportedRun } from '../../shared/history/runs-file.ts';
import type { Change, Plan } from '../../shared/plan/plan.ts';
import { redactFile } from '../collect/facts-file.ts';
import { ApplyRefused } from '../apply/apply-error.ts';
import { actorFor } from '../apply/actor.ts';
import { changesOf } from '../apply/review/changes.ts';
import { readRun } from '../apply/review/read-run.ts';
import { placeOf, RunOnHost } from '../apply/run-on-host.ts';
import { listRuns, readHostRuns, type RunsRequest } from '../apply/runs.ts';
import type { Host } from '../host/host.ts';
import { readLocalJournals } from '../journal/local-journal.ts';

interface PastRun {
  readonly planText: string | null;
  readonly changes: readonly Change[];
}

const nothing: PastRun = { planText: null, changes: [] };

/** What a run changed, from what the host keeps of it. Empty where that cannot be read. */
export async function changesOnHost(
  host: Host,
  cluster: Cluster,
  runId: string,
  signal: AbortSignal,
): Promise<PastRun> {
  const actor = actorFor(host.description, cluster);
  if (actor === null) return nothing;
  try {
    const record = await readRun(new RunOnHost(host, placeOf(actor, cluster, runId)), signal);
    return { planText: record.planText, changes: changesOf(record, cluster) };
  } catch (error) {
    if (error instanceof ApplyRefused) return nothing;
    throw error;
  }
}

const linesOf = (text: string | undefined): string[] | null =>
  text === undefined ? null : text.split('\n').filter((line) => line !== '');

/** A plan without what must not leave the host in a file: then its hash is another one, so there is none. */
function shareable(text: string | null): Plan | null {
  return text === null || redactFile(text) !== text ? null : (JSON.parse(text) as Plan);
}

/** Runs with all that is recorded of them, for a file. One of them, or all. */
export async function exportedRuns(
  request: RunsRequest,
  only: string | null,
  signal: AbortSignal,
): Promise<readonly ExportedRun[]> {
  const { host, cluster, home, targetKey } = request;
  const records = (await listRuns(request, signal)).filter(({ id }) => only === null || id === only);
  const here = new Map((await readLocalJournals(home, targetKey)).map((one) => [one.runId, one.text]));
  const there =
    host === null || cluster === null
      ? new Map<string, string>()
      : new Map((await readHostRuns(host, cluster, signal)).map(({ id, text }) => [id, text]));
  const runs: ExportedRun[] = [];
  for (const record of records) {
    const known =
      host !== null && cluster !== null && isOver(record) && there.has(record.id)
        ? await changesOnHost(host, cluster, record.id, signal)
        : nothing;
    runs.push({
      record,
      here: linesOf(here.get(record.id)),
      onHost: linesOf(there.get(record.id)),
      plan: shareable(known.planText),
      changes: [...known.changes],
    });
  }
  return runs;
}

const isOver = ({ state }: RunRecord): boolean => state !== 'unfinished' && state !== 'unknown';
