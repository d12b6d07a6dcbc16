import type { GuardKind } from '../../../shared/contract/apply.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import type { Host } from '../../host/host.ts';
import { actorFor } from '../actor.ts';
import { placeOf } from '../run-on-host.ts';
import { runShell } from '../run-shell.ts';
import { shellLibrary } from '../shell/library.ts';
import { runVariables } from '../shell/run-variables.ts';

/** What a host has to roll back by itself with. */
export interface GuardMeans {
  readonly systemd: boolean;
  /** `at` takes jobs from this account, and its daemon runs. */
  readonly at: boolean;
  /** A process can be left behind. */
  readonly detached: boolean;
}

/** Lines for the host, after the shell library, that tell them: a word, a tab, 1. */
export const guardProbeLines: readonly string[] = [
  `if systemd_runs && [ "$(id -u)" = 0 ] && [ -w /etc/systemd/system ]; then printf 'systemd\\t1\\n'; fi`,
  `if command -v at >/dev/null 2>&1 && command -v atrm >/dev/null 2>&1 && at -l >/dev/null 2>&1 && grep -qx atd /proc/[0-9]*/comm 2>/dev/null; then printf 'at\\t1\\n'; fi`,
  `if command -v setsid >/dev/null 2>&1 || command -v nohup >/dev/null 2>&1; then printf 'detached\\t1\\n'; fi`,
];

/** Reads what they told. */
export function readGuardMeans(output: string): GuardMeans {
  const has = (word: string): boolean => output.split('\n').includes(`${word}\t1`);
  return { systemd: has('systemd'), at: has('at'), detached: has('detached') };
}

/** The best guard that a host can have, or `none`. */
export function bestGuard(means: GuardMeans, host: Pick<Host, 'description'>, isRoot: boolean): GuardKind {
  if (means.systemd && isRoot) return 'systemd';
  // The practice server runs on this machine: its jobs are none of our business.
  if (means.at && means.detached && host.description.kind !== 'practice') return 'at';
  return means.detached ? 'detached' : 'none';
}

/** Which guard a run on this host would have; null when this login cannot change it at all. Changes nothing. */
export async function probeGuard(
  host: Host,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<GuardKind | null> {
  const actor = actorFor(host.description, cluster);
  if (actor === null) return null;
  const head = `${runVariables(placeOf(actor, cluster, 'none'))}\n${shellLibrary}`;
  const output = await runShell(
    host,
    actor.as,
    [head, ...guardProbeLines, 'true'].join('\n'),
    20_000,
    signal,
  );
  return bestGuard(readGuardMeans(output), host, actor.isRoot);
}
