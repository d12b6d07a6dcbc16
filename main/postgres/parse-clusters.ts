import type { Cluster } from '../../shared/facts/cluster.ts';

const maximumClusters = 200;

/**
 * Reads what `pc_discover` printed. Hostile text: a record that is not whole, or names no absolute data folder, is
 * left out. Sockets without a cluster (a server in a container, a hidden process) become clusters of origin `socket`.
 */
export function parseClusters(text: string): Cluster[] {
  const clusters: Cluster[] = [];
  const sockets: string[] = [];
  let record: Map<string, string> | null = null;
  for (const line of text.split('\n')) {
    if (clusters.length >= maximumClusters) break;
    if (line === 'cluster') record = new Map();
    else if (line === 'end' && record !== null) {
      const cluster = clusterOf(record);
      if (cluster !== null && !clusters.some((other) => other.id === cluster.id)) clusters.push(cluster);
      record = null;
    } else {
      const equals = line.indexOf('=');
      if (equals < 0) continue;
      if (record !== null) record.set(line.slice(0, equals), line.slice(equals + 1));
      else if (line.startsWith('socket=')) sockets.push(line.slice(equals + 1));
    }
  }
  const withoutCluster = sockets.filter((path) => !clusters.some((cluster) => ownsSocket(cluster, path)));
  return [...clusters, ...withoutCluster.slice(0, 20).map(clusterOfSocket)].sort(byRunningThenId);
}

/**
 * How many databases the data folder of a cluster holds, as `pc_discover` saw it (0 where it could not look): how many
 * sessions will be wanted is known before the first.
 */
export function databaseCount(text: string, dataDirectory: string): number {
  const record = text.split('\nend\n').find((part) => part.includes(`\ndata=${dataDirectory}\n`));
  return Number(/\ndatabases=(\d{1,6})\n/.exec(record ?? '')?.[1] ?? 0);
}

/** The path of each Unix socket that the cluster may be reached by, the most likely first. */
export function socketPaths(cluster: Cluster): string[] {
  return cluster.socketDirectories.map((directory) => `${directory}/.s.PGSQL.${cluster.port}`);
}

/** Splits unix_socket_directories or listen_addresses: a comma list whose entries may stand in double quotes. */
export function splitList(value: string): string[] {
  const entries = value.match(/"(?:[^"]|"")*"|[^",]+/g) ?? [];
  return entries
    .map((entry) =>
      entry.trim().startsWith('"') ? entry.trim().slice(1, -1).replaceAll('""', '"') : entry.trim(),
    )
    .filter((entry) => entry !== '');
}

function clusterOf(record: ReadonlyMap<string, string>): Cluster | null {
  const value = (key: string) => record.get(key) ?? '';
  const dataDirectory = value('data');
  const port = Number(value('port'));
  if (!dataDirectory.startsWith('/') || !Number.isInteger(port) || port < 1 || port > 65535) return null;
  const debianName = /^\d+\/[^/]+$/.test(value('name')) ? value('name') : '';
  const running = value('pid') !== '';
  const configured = splitList(value('sockets')).filter((directory) => directory.startsWith('/'));
  const first = value('first');
  return {
    id: debianName || dataDirectory,
    name: debianName || lastParts(dataDirectory),
    major: majorOf(value('version'), debianName, value('exe'), dataDirectory),
    port,
    dataDirectory,
    owner: value('owner'),
    running,
    socketDirectories: first.startsWith('/') && !configured.includes(first) ? [first] : configured,
    configFile: value('config'),
    hbaFile: value('hba'),
    identFile: value('ident'),
    binDirectory: value('bin'),
    psql: value('psql') || null,
    service: serviceOf(value('unit'), debianName),
    origin: debianName ? 'pg_lsclusters' : value('origin') === 'layout' ? 'layout' : 'process',
    managedBy: value('managed') || null,
  };
}

function serviceOf(unit: string, debianName: string): Cluster['service'] {
  // A server started by hand from a login has the unit of the session around it: restarting that would end the login.
  if (/^[A-Za-z0-9:_.@\\-]+\.service$/.test(unit) && !/^(user@|session|sshd?[@.]|cron)/.test(unit))
    return { kind: 'systemd', unit };
  return debianName ? { kind: 'pg_ctlcluster' } : { kind: 'pg_ctl' };
}

function majorOf(version: string, debianName: string, program: string, dataDirectory: string): number {
  const text =
    /^(\d+)/.exec(version)?.[1] ??
    /^(\d+)\//.exec(debianName)?.[1] ??
    /\/(?:pgsql-|postgresql\/|postgresql-?)(\d+)\//.exec(program)?.[1] ??
    /\/(?:pgsql|postgresql)\/(\d+)\//.exec(dataDirectory)?.[1];
  return text === undefined ? 0 : Number(text);
}

function lastParts(path: string): string {
  return path.split('/').filter(Boolean).slice(-2).join('/');
}

function ownsSocket(cluster: Cluster, path: string): boolean {
  const plain = (text: string) => text.replace(/^\/var\/run\//, '/run/');
  return socketPaths(cluster).some((own) => plain(own) === plain(path));
}

function clusterOfSocket(path: string): Cluster {
  const slash = path.lastIndexOf('/');
  return {
    id: path,
    name: path,
    major: 0,
    port: Number(path.slice(path.lastIndexOf('.') + 1)),
    dataDirectory: '',
    owner: 'postgres',
    running: true,
    socketDirectories: [path.slice(0, slash)],
    configFile: '',
    hbaFile: '',
    identFile: '',
    binDirectory: '',
    psql: null,
    service: { kind: 'pg_ctl' },
    origin: 'socket',
    managedBy: null,
  };
}

function byRunningThenId(left: Cluster, right: Cluster): number {
  if (left.running !== right.running) return left.running ? -1 : 1;
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
