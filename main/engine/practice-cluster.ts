import { join } from 'node:path';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { PracticeInfo } from '../practice/info.ts';

/** The practice server as a cluster: it is known where it is, so the host is not searched for others. */
export function practiceCluster(info: PracticeInfo): Cluster {
  return {
    id: 'practice',
    name: 'practice',
    major: Math.floor(Number(info.version)),
    port: info.port,
    dataDirectory: info.dataDirectory,
    owner: info.owner,
    running: true,
    socketDirectories: [info.socketDirectory],
    configFile: join(info.dataDirectory, 'postgresql.conf'),
    hbaFile: join(info.dataDirectory, 'pg_hba.conf'),
    identFile: join(info.dataDirectory, 'pg_ident.conf'),
    binDirectory: info.binDirectory,
    psql: null,
    service: { kind: 'pg_ctl' },
    origin: 'practice',
    managedBy: null,
  };
}
