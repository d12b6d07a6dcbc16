import type { ConnectOptions } from '../../shared/contract/target.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import { loadFacts } from '../collect/facts-file.ts';
import { searchClusters } from '../collect/search-clusters.ts';
import { HostError, type Host } from '../host/host.ts';
import { connectLocal } from '../host/local.ts';
import { connectPractice } from '../host/practice.ts';
import type { Prompter } from '../host/prompter.ts';
import type { PracticeServer } from '../practice/practice-server.ts';
import { connectSsh } from '../ssh/connect.ts';
import { practiceCluster } from '../postgres/practice-cluster.ts';

/** What connecting gave: a host that can be asked and changed, or facts that were saved. */
export type Connected =
  | {
      readonly kind: 'live';
      readonly host: Host;
      readonly cluster: Cluster | null;
      readonly clusters: readonly Cluster[];
    }
  | { readonly kind: 'recorded'; readonly facts: FactsFile };

/** Opens a target and chooses its cluster. Rejects with HostError; nothing is left open then. */
export async function connectTarget(
  options: ConnectOptions,
  prompter: Prompter,
  practice: PracticeServer,
  signal: AbortSignal,
): Promise<Connected> {
  if (options.target.kind === 'recorded')
    return { kind: 'recorded', facts: await loadFacts(options.target.path) };
  if (options.target.kind === 'practice') {
    const host = await connectPractice(practice, prompter, signal);
    const cluster = practiceCluster(host.practice);
    return { kind: 'live', host, cluster, clusters: [cluster] };
  }
  const host = await openHost(options, prompter, signal);
  try {
    const clusters = await withStage(prompter, () => searchClusters(host, signal));
    return {
      kind: 'live',
      host,
      clusters,
      cluster: await chooseCluster(clusters, options.cluster, prompter, signal),
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

function openHost(
  { target, sudo, acceptNewHostKey }: ConnectOptions,
  prompter: Prompter,
  signal: AbortSignal,
): Promise<Host> {
  if (target.kind !== 'ssh') return connectLocal({ sudo }, prompter, signal);
  const { destination, identityFile, knownHostsFile, jump } = target;
  return connectSsh(
    { destination, identityFile, knownHostsFile, jump, sudo, acceptNewHostKey },
    prompter,
    signal,
  );
}

/** The last stage of connecting, told like the others. */
async function withStage(
  prompter: Prompter,
  search: () => Promise<readonly Cluster[]>,
): Promise<readonly Cluster[]> {
  const started = Date.now();
  prompter.progress({ stage: 'postgres', state: 'running', detail: '', elapsedMs: null });
  try {
    const clusters = await search();
    const found = clusters.map(({ id, port, running }) => `${id}, port ${port}${running ? '' : ', stopped'}`);
    const detail = found.length === 0 ? 'no cluster was found' : found.join('; ');
    prompter.progress({
      stage: 'postgres',
      state: found.length === 0 ? 'failed' : 'done',
      detail,
      elapsedMs: Date.now() - started,
    });
    return clusters;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    prompter.progress({ stage: 'postgres', state: 'failed', detail, elapsedMs: Date.now() - started });
    throw error;
  }
}

/** The cluster asked for, the only one, or the one that the person chooses; null when the host has none. */
async function chooseCluster(
  clusters: readonly Cluster[],
  wanted: string | null,
  prompter: Prompter,
  signal: AbortSignal,
): Promise<Cluster | null> {
  if (wanted === null && clusters.length <= 1) return clusters[0] ?? null;
  const options = clusters.map(({ id, major, port, dataDirectory, running }) => ({
    id,
    version: String(major),
    port,
    dataDirectory,
    running,
  }));
  const answer =
    wanted === null ? await prompter.ask({ kind: 'choose-cluster', clusters: options }, signal) : null;
  const id = answer?.kind === 'cluster' ? answer.id : wanted;
  const chosen = clusters.find((cluster) => cluster.id === id);
  if (chosen !== undefined) return chosen;
  const known = clusters.map((cluster) => cluster.id).join(', ') || 'none';
  throw new HostError(
    'not-found',
    `There is no cluster "${id ?? ''}" on this host.`,
    `Clusters found: ${known}.`,
  );
}
