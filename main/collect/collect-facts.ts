import { absent, collected, denied, failed } from '../../shared/facts/fact.ts';
import type { Fact } from '../../shared/facts/fact.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { factSetSchema, factsSchemaVersion } from '../../shared/facts/facts.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import { HostError } from '../host/host.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';
import { databaseCount, parseClusters, splitList } from '../postgres/parse-clusters.ts';
import { practiceClusters } from '../postgres/practice-cluster.ts';
import type { Collector, ReadContext } from './define-collector.ts';
import { collectors as allCollectors } from './collectors/index.ts';
import type { FramesByProbe } from './parse-frames.ts';
import { progressOf } from './progress.ts';
import { needsCluster, noCluster, readFacts } from './read-facts.ts';
import { runScript } from './run-host.ts';
import type { ScriptOutcome } from './run-host.ts';
import { collectDatabases, openCluster } from './run-session.ts';
import type { ClusterSession } from './run-session.ts';
import { clusterScript, hostScript, sortedProbes, usedTheSame } from './scan-scripts.ts';

export interface CollectOptions {
  /** The id of the cluster to judge (`15/main`); without it the only one, or the one that `chooseCluster` names. */
  readonly cluster?: string;
  /** Clusters that are known already: the host is not searched. A practice host knows its own. */
  readonly known?: readonly Cluster[];
  /** Asked when there are several clusters; null judges the first that runs. */
  readonly chooseCluster?: (clusters: readonly Cluster[], signal: AbortSignal) => Promise<string | null>;
  /** The PostgreSQL role to inspect as; without it the owner of the cluster. */
  readonly role?: string;
  readonly prompter?: Prompter;
  /** Told as each subject is collected. */
  readonly onProgress?: (subject: string, done: number, total: number) => void;
  /** Databases looked into; the others are named in `skippedDatabases`. Default 50. */
  readonly maximumDatabases?: number;
  /** Name and version of the program, for the facts file. */
  readonly tool?: string;
  readonly collectors?: readonly Collector[];
}

/**
 * Collects every fact of a host and one of its clusters: one script as the login and, beside it, one as root for what
 * needs no cluster; a session with the server; then, side by side, a script as root for the cluster's files and a
 * session for each other database.
 *
 * @throws HostError when cancelled, when the link is lost, or when the cluster asked for does not exist. Everything
 *   else becomes the state of a fact.
 */
export async function collectFacts(
  host: Host,
  options: CollectOptions,
  signal: AbortSignal,
): Promise<FactsFile> {
  const startedAt = new Date().toISOString();
  const collectors = options.collectors ?? allCollectors;
  const active = collectors.filter(
    (collector) => host.description.kind !== 'practice' || collector.absentInPractice === null,
  );
  const progress = progressOf(active, options.onProgress);
  const { kind, loginUser, privilege, loggedInWith } = host.description;

  const known = options.known ?? practiceClusters(host);
  const search = known === null;
  const mayBecomeRoot = privilege !== 'none' && privilege !== 'root';
  const { asLogin, hostWide, ofCluster } = sortedProbes(active);
  const alone = hostScript([...asLogin, ...hostWide], search);
  // Beside each other: what needs no root as the login, and as root what needs no cluster, with the search for clusters.
  const [first, asRoot] = await Promise.all([
    runScript(host, { kind: 'login' }, mayBecomeRoot ? hostScript(asLogin, false) : alone, signal),
    mayBecomeRoot ? runScript(host, { kind: 'root' }, hostScript(hostWide, search), signal) : null,
  ]);
  const rootRefused = asRoot?.state === 'refused';
  const wide = rootRefused
    ? await runScript(host, { kind: 'login' }, hostScript(hostWide, search), signal)
    : (asRoot ?? first);
  progress('login');
  const discovery = discoveryOf(wide) ?? '';
  const clusters = known ?? parseClusters(discovery);
  const chosen = await chooseCluster(clusters, options, signal);
  const whyNotRoot = rootRefused ? asRoot.error.message : 'sudo was not given';
  const root = privilege === 'root' || (mayBecomeRoot && !rootRefused);

  // template0 takes no session, and the first session is one of the rest.
  const others = chosen === null ? 0 : databaseCount(discovery, chosen.dataDirectory) - 2;
  // Root's script for the cluster starts beside the session, with the settings that the files show: they nearly always
  // are what the server says afterwards.
  const early =
    root && chosen !== null
      ? runScript(host, { kind: 'root' }, clusterScript(ofCluster, chosen, null), signal)
      : null;
  early?.catch(() => undefined);
  const session = await openCluster(host, chosen, active, { ...options, others }, signal);
  progress('session');
  const cluster = chosen === null ? null : refined(chosen, session.settings);
  const ofClusterFiles = async (): Promise<ScriptOutcome> => {
    const outcome = early === null ? null : await early;
    if (outcome !== null && (cluster === null || usedTheSame(outcome, cluster, session.settings)))
      return outcome;
    const script = clusterScript(ofCluster, cluster, session.settings);
    return await runScript(host, secondAccount(root, cluster, session), script, signal);
  };
  const [second, databases] = await Promise.all([
    ofClusterFiles().then((outcome) => (progress('root'), outcome)),
    collectDatabases(host, cluster, session, active, options, signal).then(
      (outcome) => (progress('databases'), outcome),
    ),
  ]);

  const context: ReadContext = {
    host: { kind, loginUser, privilege, loggedInWith },
    cluster,
    ranAsRoot: root,
    settings: session.settings ?? new Map(),
    skippedDatabases: databases.skipped,
    connection: session.how,
    noSession: session.noSession,
  };
  const facts = readFacts(
    collectors,
    {
      shell: merged(first, wide, second),
      shellRefusal: (probe) => refusalOf(probe.as === 'login' ? first : needsCluster(probe) ? second : wide),
      sql: session.outputs,
      databases: databases.outputs,
      rights: { root, whyNotRoot },
    },
    context,
  );
  return {
    schemaVersion: factsSchemaVersion,
    tool: options.tool ?? 'portcullis',
    target: {
      kind,
      key: host.description.key,
      label: host.description.label,
      address: host.description.address,
      clientAddress: host.description.clientAddress,
      privilege,
    },
    startedAt,
    finishedAt: new Date().toISOString(),
    facts: factSetSchema.parse({ ...facts, ...clusterFacts(clusters, cluster) }),
  };
}

/** The facts that the choice of the cluster itself gives. */
export function clusterFacts(
  clusters: readonly Cluster[],
  cluster: Cluster | null,
): { clusters: Fact<Cluster[]>; cluster: Fact<Cluster> } {
  return {
    clusters: collected(
      clusters.map((other) => (cluster !== null && other.id === cluster.id ? cluster : other)),
    ),
    cluster: cluster === null ? absent(noCluster) : collected(cluster),
  };
}

/** The cluster as the server itself describes it: its settings win over what was found on the host. */
export function refined(cluster: Cluster, settings: ReadonlyMap<string, string> | null): Cluster {
  if (settings === null) return cluster;
  const path = (name: string, otherwise: string) => settings.get(name) || otherwise;
  const folders = splitList(settings.get('unix_socket_directories') ?? '').filter((one) =>
    one.startsWith('/'),
  );
  const version = Number(settings.get('server_version_num'));
  return {
    ...cluster,
    major: version > 0 ? Math.floor(version / 10_000) : cluster.major,
    dataDirectory: path('data_directory', cluster.dataDirectory),
    configFile: path('config_file', cluster.configFile),
    hbaFile: path('hba_file', cluster.hbaFile),
    identFile: path('ident_file', cluster.identFile),
    socketDirectories: folders.length > 0 ? folders : cluster.socketDirectories,
  };
}

async function chooseCluster(
  clusters: readonly Cluster[],
  options: CollectOptions,
  signal: AbortSignal,
): Promise<Cluster | null> {
  const wanted =
    options.cluster ??
    (clusters.length > 1 && options.chooseCluster !== undefined
      ? await options.chooseCluster(clusters, signal)
      : null);
  if (wanted === null) return clusters[0] ?? null;
  const found = clusters.find((cluster) => cluster.id === wanted);
  if (found !== undefined) return found;
  const known = clusters.map((cluster) => cluster.id).join(', ') || 'none';
  throw new HostError('not-found', `there is no cluster ${wanted} on this host`, `Clusters found: ${known}.`);
}

/** Root, otherwise the owner of the cluster where sudo allows that account alone, otherwise the login. */
function secondAccount(root: boolean, cluster: Cluster | null, session: ClusterSession): RunAs {
  if (root) return { kind: 'root' };
  if (cluster !== null && session.how === 'sudo-bridge') return { kind: 'user', name: cluster.owner };
  return { kind: 'login' };
}

function discoveryOf(outcome: ScriptOutcome | null): string | null {
  if (outcome?.state !== 'done') return null;
  return outcome.frames.get('discovery')?.[0]?.bytes.toString('utf8') ?? null;
}

function merged(...outcomes: readonly (ScriptOutcome | null)[]): FramesByProbe {
  return new Map(outcomes.flatMap((outcome) => (outcome?.state === 'done' ? [...outcome.frames] : [])));
}

function refusalOf(outcome: ScriptOutcome): Fact<never> | null {
  if (outcome.state === 'done') return null;
  return outcome.error.code === 'denied' ? denied(outcome.error.message) : failed(outcome.error.message);
}
