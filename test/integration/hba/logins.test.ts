import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matchHba } from '../../../shared/hba/match.ts';
import type { HbaConnection, HbaContext, HbaMatch } from '../../../shared/hba/match.ts';
import { resolveIncludes } from '../../../shared/hba/includes.ts';
import { parseHba } from '../../../shared/hba/parse.ts';
import { embeddedMajors, startEmbedded } from '../../servers/embedded.ts';
import type { EmbeddedServer } from '../../servers/embedded.ts';

/** More with PORTCULLIS_ORACLE=20: so many times as many files. */
const factor = Number(process.env['PORTCULLIS_ORACLE'] ?? 1);
const seed = Number(process.env['PORTCULLIS_SEED'] ?? 1);

const groups: Readonly<Record<string, readonly string[]>> = {
  ann: ['staff', 'admins'],
  bob: ['admins'],
  staff: ['admins'],
};
const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
const hasIpv6 = interfaces.some(({ address }) => address === '::1');
const context: HbaContext = {
  memberships: (role, group) => groups[role]?.includes(group) ?? false,
  hostNetworks: interfaces.flatMap(({ cidr }) => (cidr === null ? [] : [cidr])),
};

const roles = ['ann', 'bob', 'Ann', 'all', 'root', 'staff'];
const databases = ['shop', 'ann', 'staff', 'all', 'replication', 'gone'];
const some = (...words: readonly string[]) =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((list) => list.join(','));
const rule = fc
  .tuple(
    fc.constantFrom('local', 'host', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'),
    some(
      'all',
      'all',
      'all',
      '"all"',
      'sameuser',
      'samerole',
      'replication',
      '"replication"',
      'shop',
      'ann',
      'Shop',
      '/^s',
      '"/^(an|al)+$"',
      'samegroup',
    ),
    some(
      'all',
      'all',
      'all',
      '"all"',
      '+staff',
      '+admins',
      '"+staff"',
      '+ann',
      'ann',
      'bob',
      'Ann',
      '/n$',
      '"/^.{3}$"',
      '+root',
      '+gone',
    ),
    fc.constantFrom(
      'all',
      'all',
      '0.0.0.0/0',
      '::1/128',
      '127.0.0.1/32',
      '::1/128',
      '127.0.0.0/8',
      '0.0.0.0/0',
      '::/0',
      'all',
      'samehost',
      'samenet',
      '10.0.0.0/8',
      'localhost',
      '127.0.0.9 255.255.0.0',
      '127.0.0.1 0.0.0.255',
    ),
    fc.constantFrom('trust', 'reject', 'password'),
  )
  .map(([type, database, user, address, method]) =>
    [type, database, user, ...(type === 'local' ? [] : [address]), method].join(' '),
  );
const connection = fc.record({
  role: fc.constantFrom(...roles),
  database: fc.constantFrom(...databases),
  address: fc.constantFrom('local', '127.0.0.1', hasIpv6 ? '::1' : '127.0.0.1'),
  tls: fc.boolean(),
  replication: fc.constantFrom(false, false, false, 'physical', 'logical') as fc.Arbitrary<
    false | 'physical' | 'logical'
  >,
});
const loginCase = fc.record({
  rules: fc.array(rule, { minLength: 2, maxLength: 14 }),
  connections: fc.array(connection, { minLength: 8, maxLength: 8 }),
});

/** What the server did: which method it asked for, and in which line it found it where its log says so. */
interface Verdict {
  readonly method: 'trust' | 'reject' | 'password' | 'none';
  readonly line: number | null;
}

function fromLog(log: string): Verdict {
  if (log.includes('no pg_hba.conf entry for')) return { method: 'none', line: null };
  if (log.includes('pg_hba.conf rejects')) return { method: 'reject', line: null };
  const asked = /Connection matched (?:file ".*"|pg_hba\.conf) line (\d+)/.exec(log);
  if (asked !== null) return { method: 'password', line: Number(asked[1]) };
  const trusted = /method=trust \(.*:(\d+)\)/.exec(log);
  return { method: 'trust', line: trusted === null ? null : Number(trusted[1]) };
}

function fromMatch(match: HbaMatch): readonly Verdict[] {
  if (match.outcome === 'none') return [{ method: 'none', line: null }];
  const verdict = { method: match.rule.method as Verdict['method'], line: match.rule.line };
  return match.outcome === 'match' ? [verdict] : [verdict, ...fromMatch(match.otherwise)];
}

async function makeCertificate(server: EmbeddedServer): Promise<void> {
  const path = join(server.socketDirectory, 'certificate');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-keyout', `${path}.key`, '-out', `${path}.crt`],
  ]);
  await server.write('server.key', await readFile(`${path}.key`));
  await server.write('server.crt', await readFile(`${path}.crt`));
  const client = await server.connect();
  await client.query('ALTER SYSTEM SET ssl = on');
  await client.end();
  await server.reload();
}

describe.each(embeddedMajors())('real logins on PostgreSQL %i', (major) => {
  let server: EmbeddedServer;
  beforeAll(async () => {
    const settings = { listen_addresses: hasIpv6 ? '127.0.0.1,::1' : '127.0.0.1', log_connections: 'on' };
    server = await startEmbedded({ major, settings });
    const client = await server.connect();
    const statements = [
      'CREATE ROLE admins; CREATE ROLE staff IN ROLE admins; CREATE ROLE ann LOGIN IN ROLE staff; CREATE ROLE bob LOGIN IN ROLE admins',
      'CREATE ROLE "Ann" LOGIN; CREATE ROLE "all" LOGIN; CREATE ROLE root LOGIN SUPERUSER',
      ...['shop', 'ann', 'staff', '"all"', 'replication'].map((name) => `CREATE DATABASE ${name}`),
    ];
    for (const statement of statements) await client.query(statement);
    await client.end();
    await makeCertificate(server);
  });
  afterAll(() => server.stop());

  const attempt = async (request: HbaConnection): Promise<Verdict> => {
    const from = await server.logSize();
    const config: pg.ClientConfig & { replication?: string } = {
      host: request.address === 'local' ? server.socketDirectory : request.address,
      user: request.role,
      database: request.database,
      password: 'wrong',
      ssl: request.transport === 'tls' ? { rejectUnauthorized: false } : false,
      ...(request.replication === false
        ? {}
        : { replication: request.replication === 'physical' ? 'true' : 'database' }),
    };
    const client = await server.connect(config).catch(() => null);
    await client?.end();
    return fromLog(await server.log(from));
  };

  test('the first rule that fits decides', async () => {
    const cases = fc.sample(loginCase, { numRuns: 40 * factor, seed });
    const counts: Record<string, number> = {};
    for (const { rules, connections } of cases) {
      const text = `${rules.join('\n')}\n`;
      await server.write('pg_hba.conf', text);
      await server.reload();
      const file = parseHba(text, { path: join(server.dataDirectory, 'pg_hba.conf'), major });
      const resolution = resolveIncludes(file, () => null);
      expect(resolution.problems).toEqual([]);
      for (const { tls, address, ...rest } of connections) {
        const transport = address === 'local' ? 'local' : tls ? 'tls' : 'tcp-plain';
        const request: HbaConnection = { ...rest, address, transport };
        const actual = await attempt(request);
        const expected = fromMatch(matchHba(resolution.rules, request, context));
        const fits = expected.some(
          ({ method, line }) => method === actual.method && (actual.line === null || line === actual.line),
        );
        if (!fits) expect({ text, request, verdict: actual }).toEqual({ text, request, verdict: expected });
        const name = expected.length > 1 ? 'unknown' : actual.method;
        counts[name] = (counts[name] ?? 0) + 1;
      }
    }
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    console.log(`PostgreSQL ${major}: ${cases.length} files, ${total} logins alike`, JSON.stringify(counts));
    for (const method of ['trust', 'reject', 'password', 'none'])
      expect(counts[method] ?? 0).toBeGreaterThan(5);
  });
});
