import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editorGround } from '../../../shared/hba/editor/ground.ts';
import type { EditorGround } from '../../../shared/hba/editor/ground-schema.ts';
import { addRules, changeRule, moveRow, switchRow } from '../../../shared/hba/editor/operations.ts';
import type { Edited } from '../../../shared/hba/editor/operations.ts';
import { placeFor } from '../../../shared/hba/editor/placement.ts';
import { readEditor } from '../../../shared/hba/editor/reading.ts';
import { readRows } from '../../../shared/hba/editor/rows.ts';
import { whoGetsWhichLine } from '../../../shared/hba/editor/simulate.ts';
import { templateLines } from '../../../shared/hba/editor/templates.ts';
import { hostsAvailable, hostFile, startHost, type TestHost } from '../../hosts/hosts.ts';
import { applyAndKeep, rollBack } from '../fixes/bench.ts';
import { openTarget, type Target } from '../hard-inputs/target.ts';

const viaSystem = { settingsVia: 'alter-system' } as const;
const folder = '/etc/postgresql/17/main';
const main = `${folder}/pg_hba.conf`;
const more = `${folder}/more.conf`;

// Line endings of both kinds, a password that stays hidden, a line that another one shadows, an included file.
const mainText = [
  'local  all  postgres  peer',
  'local  all  all  peer # the accounts',
  '',
  '# the wide one',
  'host   all  all  10.77.0.0/16  scram-sha-256\r',
  'host   shop  report  10.77.9.0/24  trust',
  'host   all   ldap  10.78.0.0/16  ldap ldapserver=x ldapbasedn=y ldapbindpasswd="ge heim"',
  'include more.conf',
  '',
].join('\n');
const moreText = 'hostssl shop app 127.0.0.1/32 scram-sha-256\nhost shop other 127.0.0.1/32 scram-sha-256\n';

const clients = [
  { role: 'app', database: 'shop', address: '10.77.0.5', tls: true },
  { role: 'app', database: 'shop', address: '10.77.0.5', tls: false },
  { role: 'app', database: 'postgres', address: '10.77.0.5', tls: true },
  { role: 'report', database: 'shop', address: '10.77.9.9', tls: true },
  { role: 'other', database: 'shop', address: '10.77.0.5', tls: true },
  { role: 'other', database: 'shop', address: '127.0.0.1', tls: false },
  { role: 'app', database: 'shop', address: '127.0.0.1', tls: true },
  { role: 'app', database: 'shop', address: '127.0.0.1', tls: false },
].map((client) => ({ ...client, replication: false }));
type Client = (typeof clients)[number];

let host: TestHost;
let target: Target;

function groundNow(): EditorGround {
  const facts = target.session.facts?.facts;
  const result = facts === undefined ? null : editorGround(facts, false);
  if (result?.ok !== true) throw new Error('no ground');
  return result.ground;
}

function done(edited: Edited): { readonly text: string; readonly index: number } {
  if (!edited.ok) throw new Error(edited.reason);
  return edited;
}

const bytes = (path: string): string => hostFile(host, path).toString('latin1');

/** Logs in for real: the line that the server's log names, `refused`, or what else came of it. */
async function logIn({ role, database, address, tls }: Client): Promise<string> {
  const mark = `p${Math.random().toString(36).slice(2, 10)}`;
  const result = await host.exec(
    `PGPASSWORD=pw PGAPPNAME=${mark} psql -h ${address} -U ${role} -d "dbname=${database} sslmode=${tls ? 'require' : 'disable'}" -tAc "SELECT pg_backend_pid()"`,
    { user: 'plain' },
  );
  if (result.exitCode !== 0)
    return /no pg_hba.conf entry|pg_hba.conf rejects/.test(result.stderr) ? 'refused' : result.stderr;
  const log = await host.run(
    `grep '\\[${result.stdout.trim()}\\]' /var/log/postgresql/postgresql-17-main.log`,
  );
  return /connection authenticated: .*\((\S+:\d+)\)/.exec(log)?.[1] ?? log;
}

/** What the editor's simulator says of a client. */
function foretold(client: Client, ground: EditorGround, texts: Readonly<Record<string, string>>): string {
  const { rule, verdict } = whoGetsWhichLine(client, ground, readEditor(ground, texts));
  return verdict === 'refused' || rule === null ? 'refused' : `${rule.file}:${rule.line}`;
}

beforeAll(async () => {
  if (hostsAvailable() !== null) return;
  host = await startHost({ suite: 'trixie', name: 'hbaedit171', index: 171 });
  await host.writeFile(main, mainText);
  await host.writeFile(more, moreText);
  await host.run(`set -e
    printf '%s\\n' "listen_addresses = '*'" 'log_connections = on' >>${folder}/postgresql.conf
    ip address add 10.77.0.5/32 dev lo; ip address add 10.77.9.9/32 dev lo
    systemctl restart postgresql@17-main`);
  await host.psql(
    `CREATE ROLE app LOGIN PASSWORD 'pw'; CREATE ROLE report LOGIN PASSWORD 'pw'; CREATE ROLE other LOGIN PASSWORD 'pw'`,
  );
  await host.psql('CREATE DATABASE shop');
  target = await openTarget(host, null);
}, 120_000);

afterAll(async () => {
  await target?.close();
  await host?.stop();
});

describe.skipIf(hostsAvailable() !== null)('pg_hba.conf edited by hand', () => {
  test('is applied under the guard; each client gets the line that was foretold; undone to the byte', async () => {
    const before: string[] = [];
    for (const client of clients) before.push(await logIn(client));
    await target.scan();
    const ground = groundNow();
    expect(JSON.stringify(ground)).not.toContain('ge heim');
    expect(before).toEqual(clients.map((client) => foretold(client, ground, {})));

    const options = { path: main, major: ground.major };
    const rowOf = (text: string, start: RegExp) =>
      readRows(text, options).find(({ body }) => start.test(body))?.index ?? -1;
    let text = ground.files[0]?.text ?? '';
    // The application by a template, in front of the wide line; the shadowed line up, narrowed; the wide one off.
    const lines = templateLines('application', { role: 'app', database: 'shop', address: '10.77.0.0/24' });
    if (!lines.ok) throw new Error(lines.reason);
    const place =
      lines.drafts[0] === undefined ? null : placeFor(ground, { [main]: text }, main, lines.drafts[0]);
    expect(place?.words).toMatch(/^It stands before `host all all 10\.77\.0\.0\/16 scram-sha-256`, /);
    text = done(addRules(text, options, place?.before ?? 0, lines.drafts, 'the shop, with TLS')).text;
    text = done(moveRow(text, options, rowOf(text, /^host +shop +report/), 'up')).text;
    text = done(
      changeRule(text, options, rowOf(text, /^host +shop +report/), {
        type: 'hostssl',
        method: 'scram-sha-256',
      }),
    ).text;
    text = done(switchRow(text, options, rowOf(text, /10\.77\.0\.0\/16/))).text;
    text = done(moveRow(text, options, rowOf(text, /ldap/), 'down')).text;
    const other = { path: more, major: ground.major };
    const included = done(changeRule(ground.files[1]?.text ?? '', other, 1, { method: 'reject' })).text;
    const texts: Readonly<Record<string, string>> = { [main]: text, [more]: included };

    const result = await target.session.plan(
      [],
      false,
      viaSystem,
      ground.files.map(({ path, sha256 }) => ({ path, sha256, text: texts[path] ?? '' })),
    );
    if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
    const { preview } = result;
    expect(preview.plan.steps.map(({ title, guarded }) => [title, guarded])).toEqual([
      ['Write pg_hba.conf', true],
      ['Write more.conf', true],
      ['Reload PostgreSQL', true],
    ]);
    expect(JSON.stringify(preview.plan)).not.toContain('ge heim');
    // Those that logged in above and would not any more are named.
    expect(new Set(preview.plan.cutOff.map(({ role }) => role))).toEqual(new Set(['app', 'other']));

    const run = await applyAndKeep(target.session, preview);
    for (const client of clients)
      expect([client, await logIn(client)]).toEqual([client, foretold(client, ground, texts)]);
    expect(bytes(main)).toContain('# host   all  all  10.77.0.0/16  scram-sha-256\r\n');
    expect(bytes(main)).toContain('ldapbindpasswd="ge heim"\n');
    const [record] = await target.session.history.list(AbortSignal.timeout(20_000));
    expect(record).toMatchObject({ id: run, title: 'Edit of pg_hba.conf, more.conf', state: 'kept' });

    await rollBack(target.session, run);
    expect([bytes(main), bytes(more)]).toEqual([mainText, moreText]);
    expect(await logIn(clients[2] as Client)).toBe(`${main}:5`);
  }, 120_000);
});
