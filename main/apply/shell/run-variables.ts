import type { Cluster } from '../../../shared/facts/cluster.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { Actor } from '../actor.ts';

/** What the host's scripts have to know of a run. */
export interface RunPlace {
  readonly runId: string;
  readonly actor: Actor;
  readonly cluster: Cluster;
  /** The role that undoes SQL: the one that bootstrapped the cluster. */
  readonly superuser: string;
  /** A database that the superuser can always connect to: `postgres`. */
  readonly database: string;
  /** pg_hba.conf itself, behind any link. */
  readonly hbaPath: string;
  /** A file that the server writes its log to when it is started by hand; empty for one in the run's folder. */
  readonly serverLog: string;
  /** Whether the server ran when the run began: then it runs after a rollback. */
  readonly wasRunning: boolean;
}

/** The folder of a run on the host. */
export function runFolder(actor: Actor, runId: string): string {
  return `${actor.folder}/runs/${runId}`;
}

/** The variables that the shell library reads. */
export function runVariables(place: RunPlace): string {
  const { cluster, actor, runId } = place;
  const unit = cluster.service.kind === 'systemd' ? cluster.service.unit : '';
  const variables: readonly (readonly [string, string])[] = [
    ['ID', runId],
    ['BASE', actor.folder],
    ['RUN', runFolder(actor, runId)],
    ['PGDATA', cluster.dataDirectory],
    ['CONFIG', cluster.configFile],
    ['HBA', place.hbaPath],
    ['OWNER', cluster.owner],
    ['SUPERUSER', place.superuser],
    ['DATABASE', place.database],
    ['BIN', cluster.binDirectory],
    ['PSQL', cluster.psql ?? ''],
    ['SERVICE', cluster.service.kind],
    ['UNIT', unit],
    // Debian's commands take the version and the name apart: `15 main`.
    ['CLUSTER_NAME', cluster.origin === 'pg_lsclusters' ? cluster.name.replace(/^\d+\//, '') : ''],
    ['MAJOR', String(cluster.major)],
    ['SERVER_LOG', place.serverLog],
    ['WAS_RUNNING', place.wasRunning ? '1' : '0'],
  ];
  return variables.map(([name, value]) => `${name}=${quoteShell(value)}`).join('\n');
}
