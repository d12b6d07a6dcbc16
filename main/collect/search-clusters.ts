import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Host } from '../host/host.ts';
import { parseClusters } from '../postgres/parse-clusters.ts';
import { runScript } from './run-host.ts';
import { buildScript } from './shell-script.ts';

/**
 * The clusters of a host, found as root where that is possible, in one round trip. For connecting: a scan that is given
 * them does not search again. Throws HostError when cancelled or when the link is lost.
 */
export async function searchClusters(host: Host, signal: AbortSignal): Promise<readonly Cluster[]> {
  const search = () =>
    buildScript({ probes: [], discover: true, cluster: null, settings: null, compress: true });
  const accounts =
    host.description.privilege === 'none' ? (['login'] as const) : (['root', 'login'] as const);
  for (const kind of accounts) {
    const outcome = await runScript(host, { kind }, search(), signal);
    const text =
      outcome.state === 'done' ? outcome.frames.get('discovery')?.[0]?.bytes.toString('utf8') : undefined;
    if (text !== undefined) return parseClusters(text);
  }
  return [];
}
