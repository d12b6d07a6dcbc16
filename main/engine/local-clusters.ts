import { searchClusters } from '../collect/search-clusters.ts';
import { connectLocal } from '../host/local.ts';

/** `15/main, port 5432` for each cluster of this machine, without asking for any rights; empty when it cannot be told. */
export async function findLocalClusters(signal: AbortSignal): Promise<string[]> {
  try {
    const silent = { progress: () => undefined, ask: () => Promise.resolve({ kind: 'skip' } as const) };
    const host = await connectLocal({ sudo: 'none' }, silent, signal);
    try {
      return (await searchClusters(host, signal)).map(({ id, port }) => `${id}, port ${port}`);
    } finally {
      await host.close();
    }
  } catch {
    return [];
  }
}
