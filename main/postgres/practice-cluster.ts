import type { Cluster } from '../../shared/facts/cluster.ts';
import { PracticeHost } from '../host/practice.ts';
import type { Host } from '../host/host.ts';
import type { PracticeInfo } from '../practice/info.ts';

/** The one cluster of a practice host, which is known and need not be searched for; null for every other host. */
export function practiceClusters(host: Host): readonly Cluster[] | null {
  return host instanceof PracticeHost ? [practiceCluster(host.practice)] : null;
}

/** The practice server as a cluster. */
export function practiceCluster(info: PracticeInfo): Cluster {
  return {
    id: 'practice',
    name: 'practice',
    major: Number.parseInt(info.version, 10) || 0,
    port: info.port,
    dataDirectory: info.dataDirectory,
    owner: info.owner,
    running: true,
    socketDirectories: [info.socketDirectory],
    configFile: `${info.dataDirectory}/postgresql.conf`,
    hbaFile: `${info.dataDirectory}/pg_hba.conf`,
    identFile: `${info.dataDirectory}/pg_ident.conf`,
    binDirectory: info.binDirectory,
    psql: null,
    service: { kind: 'pg_ctl' },
    origin: 'practice',
    managedBy: null,
  };
}
