import { Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CutOff } from '../../../shared/plan/plan.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { applyAndKeep, offersOf, openBench, planFixes, type Bench } from '../fixes/bench.ts';

interface Wanted {
  readonly role: string;
  readonly database: string | null;
  /** The last number of its address. */
  readonly from: 1 | 10 | 20;
  readonly tls: boolean;
}

/** Who is connected when the plan is made, all of them let in. */
const clients: readonly Wanted[] = [
  { role: 'app', database: 'shop', from: 1, tls: true },
  { role: 'app', database: 'shop', from: 1, tls: false },
  { role: 'app', database: 'shop', from: 10, tls: true },
  { role: 'report', database: 'shop', from: 20, tls: true },
  { role: 'report', database: 'shop', from: 1, tls: false },
  { role: 'rep', database: null, from: 10, tls: false },
  { role: 'rep', database: null, from: 1, tls: true },
  { role: 'rep', database: 'shop', from: 20, tls: false },
];
const keyOf = ({ role, database, from, tls }: Wanted): string =>
  `${role} ${database ?? '-'} .${from} ${tls ? 'TLS' : 'plain'}`;

const preferences = { settingsVia: 'alter-system' } as const;

describe.skipIf(hostsAvailable() !== null)('the clients that a plan names', () => {
  let bench: Bench;
  const open: Socket[] = [];
  beforeAll(async () => {
    bench = await openBench('bookworm', 'prd1', 123);
    const { machine } = bench;
    const roles = ['app', 'report', 'rep'].map((role) => `CREATE ROLE ${role} LOGIN PASSWORD 'pw-${role}';`);
    await machine.psql(`${roles.join(' ')} ALTER ROLE rep REPLICATION;`);
    await machine.psql('CREATE DATABASE shop');
    await machine.psql("ALTER SYSTEM SET listen_addresses = '*'");
    await machine.psql('ALTER SYSTEM SET log_connections = on');
    const hba = '/etc/postgresql/15/main/pg_hba.conf';
    await machine.run(
      `printf '%s\n' 'host all all 10.231.123.0/24 scram-sha-256' 'host replication rep 10.231.123.0/24 scram-sha-256' >> ${hba}`,
    );
    await machine.run('systemctl restart postgresql');
  });
  afterAll(async () => {
    // The firewall is in the way of some of them, so they cannot say goodbye.
    for (const socket of open) socket.destroy();
    await bench.close();
  });

  const login = async ({ role, database, from, tls }: Wanted): Promise<boolean> => {
    const socket = new Socket();
    const dial = socket.connect.bind(socket) as (options: object) => Socket;
    const address = bench.machine.address;
    socket.connect = () =>
      dial({ port: 5432, host: address, localAddress: address.replace(/\.\d+$/, `.${from}`) });
    const config: pg.ClientConfig & { replication?: string } = {
      user: role,
      password: `pw-${role}`,
      database: database ?? 'postgres',
      host: address,
      stream: () => socket,
      ssl: tls ? { rejectUnauthorized: false } : false,
      connectionTimeoutMillis: 3000,
      ...(role === 'rep' ? { replication: database === null ? 'true' : 'database' } : {}),
    };
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    try {
      await client.connect();
      open.push(socket);
      return true;
    } catch {
      socket.destroy();
      return false;
    }
  };

  test('are those who cannot come back once it is applied, and nobody else', async () => {
    for (const wanted of clients) expect(await login(wanted), keyOf(wanted)).toBe(true);
    const { session, machine } = bench;
    await session.scan('cis', () => undefined, new AbortController().signal);
    const seen = session.facts?.facts.sessions;
    const addresses = seen?.state === 'collected' ? seen.value.map((one) => one.serverAddress) : [];
    expect(addresses).toEqual(clients.map(() => machine.address));
    const ids = ['require-tls-remote', 'firewall-chosen-networks'];
    const networks = `${machine.address.replace(/\.\d+$/, '.1')}/32,${machine.address.replace(/\.\d+$/, '.20')}/32`;
    const preview = await planFixes(
      session,
      offersOf(session, ids, preferences),
      { 'firewall-chosen-networks': { networks } },
      preferences,
    );
    const { cutOff } = preview.plan;
    expect(cutOff.filter(({ certainty }) => certainty === 'possible')).toEqual([]);
    const named = (wanted: Wanted): CutOff | undefined =>
      cutOff.find(
        (one) =>
          one.role === wanted.role &&
          one.database === wanted.database &&
          one.address?.endsWith(`.${wanted.from}`) === true &&
          one.transport === (wanted.tls ? 'TLS' : 'TCP without TLS'),
      );
    expect(cutOff).toHaveLength(clients.filter((wanted) => named(wanted) !== undefined).length);
    expect(named(clients[2] as Wanted)).toMatchObject({ gate: 'firewall' });
    expect(named(clients[1] as Wanted)).toMatchObject({
      gate: 'hba',
      because: expect.stringContaining('TLS') as string,
    });
    expect(session.planText('text')).toContain('no firewall rule lets it in');

    await applyAndKeep(session, preview);
    const refused: string[] = [];
    for (const wanted of clients) if (!(await login(wanted))) refused.push(keyOf(wanted));
    const predicted = clients.filter((wanted) => named(wanted) !== undefined).map(keyOf);
    expect(refused).toEqual(predicted);
    expect(refused).toHaveLength(5);
  });
});
