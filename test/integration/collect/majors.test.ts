import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { collectFacts } from '../../../main/collect/collect-facts.ts';
import { HostError } from '../../../main/host/host.ts';
import type { Host } from '../../../main/host/host.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import { factSetSchema } from '../../../shared/facts/facts.ts';
import type { FactName } from '../../../shared/facts/facts.ts';
import { embeddedMajors, startEmbedded } from '../../servers/embedded.ts';
import type { EmbeddedServer } from '../../servers/embedded.ts';

const sqlFacts: readonly FactName[] = [
  'server',
  'settings',
  'fileSettings',
  'hbaView',
  'roles',
  'memberships',
  'databases',
  'contents',
  'skippedDatabases',
  'sessions',
  'availableExtensions',
];

/** A host on which nothing but the server's socket can be reached. */
function socketOnly(): Host {
  const refuse = () => Promise.reject(new HostError('denied', 'no shell here', ''));
  return {
    description: {
      kind: 'local',
      key: 'local',
      label: 'test',
      loginUser: 'postgres',
      privilege: 'none',
      address: null,
      clientAddress: null,
      port: null,
    },
    run: refuse,
    openSocket: (path) =>
      new Promise((resolve, reject) => {
        const socket = connect(path, () => resolve(socket)).once('error', reject);
      }),
    openTcp: refuse,
    openProgram: refuse,
    loginAgain: refuse,
    onLost: () => () => undefined,
    close: () => Promise.resolve(),
  };
}

function clusterOf(server: EmbeddedServer): Cluster {
  return {
    id: 'test',
    name: 'test',
    major: 0,
    port: server.port,
    dataDirectory: server.dataDirectory,
    owner: 'postgres',
    running: true,
    socketDirectories: [server.socketDirectory],
    configFile: '',
    hbaFile: '',
    identFile: '',
    binDirectory: '',
    psql: null,
    service: { kind: 'pg_ctl' },
    origin: 'process',
    managedBy: null,
  };
}

const signal = new AbortController().signal;

describe.each(embeddedMajors())('PostgreSQL %i', (major) => {
  let server: EmbeddedServer | null = null;
  afterAll(() => server?.stop());

  it('answers every statement', async () => {
    server = await startEmbedded({ major });
    const client = await server.connect();
    await client.query(`CREATE ROLE app LOGIN; CREATE ROLE boss; GRANT boss TO app;
      CREATE TABLE notes (id int, tenant text, password text); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON notes TO app USING (tenant = current_user);
      INSERT INTO notes VALUES (1, 'a', 'hunter2'), (2, 'b', 'hunter2'), (3, 'c', NULL), (4, 'd', '')`);
    await client.end();
    const facts = (await collectFacts(socketOnly(), { known: [clusterOf(server)] }, signal)).facts;
    for (const name of sqlFacts) expect([name, facts[name]]).toMatchObject([name, { state: 'collected' }]);
    expect(factSetSchema.parse(facts).skippedDatabases).toEqual({
      state: 'collected',
      value: [{ database: 'template0', reason: 'it does not allow connections' }],
    });
    expect(facts.identView.state).toBe(major >= 15 ? 'collected' : 'absent');
    expect(facts.cluster).toMatchObject({
      value: { major, configFile: `${server.dataDirectory}/postgresql.conf` },
    });
    expect(facts.memberships).toMatchObject({
      value: expect.arrayContaining([
        { role: 'boss', member: 'app', grantor: 'postgres', admin: false, inherit: true, set: true },
      ]) as unknown,
    });
    const contents = facts.contents.state === 'collected' ? facts.contents.value : [];
    expect(contents.find((one) => one.database === 'postgres')).toMatchObject({
      policies: [
        { name: 'own', roles: ['app'], command: 'ALL', columns: [{ name: 'tenant', indexed: false }] },
      ],
      passwordColumns: [
        { column: 'password', sampled: 2, duplicates: 1, shapes: { other: 2 }, problem: null },
      ],
    });
    // Without a shell, what the host alone knows is refused, not missing.
    expect(facts.system).toEqual({ state: 'denied', reason: 'no shell here' });
    expect(facts.firewall).toEqual({ state: 'denied', reason: 'no shell here' });
  });
});
