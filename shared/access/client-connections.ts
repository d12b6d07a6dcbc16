import type { HbaConnection } from '../hba/match.ts';
import type { Client } from './client.ts';

type Seen = Pick<Client, 'role' | 'database' | 'address' | 'tls' | 'gss' | 'replication'>;

/** The connections that a client may have made, as pg_hba.conf is asked for it: two where TLS is not known. */
export function clientConnections({
  role,
  database,
  address,
  tls,
  gss,
  replication,
}: Seen): readonly HbaConnection[] {
  const transports: readonly HbaConnection['transport'][] =
    address === null
      ? ['local']
      : gss === true
        ? ['gss']
        : tls === null
          ? ['tls', 'tcp-plain']
          : [tls ? 'tls' : 'tcp-plain'];
  return transports.map((transport) => ({
    role,
    database: database ?? '',
    address: address ?? 'local',
    transport,
    replication: replication ? (database === null ? 'physical' : 'logical') : false,
  }));
}
