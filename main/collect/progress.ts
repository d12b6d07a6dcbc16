import type { Collector } from './define-collector.ts';
import { needsCluster } from './read-facts.ts';

/** What a scan waits for: the scripts for the host, the first session, the other databases, the cluster's files. */
export type Pass = 'login' | 'session' | 'databases' | 'root';

/** Counts a subject as done when the last pass that it has probes in is over. */
export function progressOf(
  collectors: readonly Collector[],
  onProgress: ((subject: string, done: number, total: number) => void) | undefined,
): (pass: Pass) => void {
  const waiting = collectors.map((collector) => ({
    subject: collector.subject,
    passes: new Set(
      Object.values(collector.probes).map((probe): Pass =>
        probe.kind === 'sql'
          ? probe.scope === 'cluster'
            ? 'session'
            : 'databases'
          : needsCluster(probe)
            ? 'root'
            : 'login',
      ),
    ),
  }));
  let done = 0;
  return (pass) => {
    for (const entry of waiting)
      if (entry.passes.delete(pass) && entry.passes.size === 0)
        onProgress?.(entry.subject, ++done, waiting.length);
  };
}
