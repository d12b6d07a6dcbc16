import { afterAll, beforeAll, describe, test, type ExpectStatic } from 'vitest';
import { reportHtml } from '../../../main/report/html.tsx';
import { printable, printableJson } from '../../../shared/lib/hostile-text.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import { reportMarkdown } from '../../../shared/report/markdown.ts';
import type { Report } from '../../../shared/report/model.ts';
import { reportText } from '../../../shared/report/text.ts';
import { hostsAvailable, type Suite, type TestHost } from '../../hosts/hosts.ts';
import { applyAndKeep, openBench, openChecks, planFixes, rollBack, type Bench } from '../fixes/bench.ts';
import { hardNames, hardSnapshot, hardSuperusers, passwordOf, seedHardNames } from './names.ts';

const suites: readonly { readonly suite: Suite; readonly index: number; readonly part: 0 | 1 }[] = [
  { suite: 'bookworm', index: 128, part: 0 },
  { suite: 'trixie', index: 129, part: 1 },
];

/** Every fix that names roles, databases or what is in them. */
const database = [
  'no-superuser',
  'no-createrole',
  'no-createdb',
  'no-bypassrls',
  'no-os-access',
  'no-public-create',
  'no-public-tables',
  'enable-rls',
  'index-policy-columns',
  'invoker-views',
  'definer-search-path',
  'separate-databases',
];
const viaSystem = { settingsVia: 'alter-system' } as const;

const hba = `# hard names
local   all   postgres                  peer
local   all   all                       trust
host    all   all       0.0.0.0/0       scram-sha-256`;

/** The answers of the server to a login over TCP of each superuser, by name. */
async function logins(machine: TestHost): Promise<Record<string, string>> {
  const lines = hardSuperusers.map(
    (name) =>
      `PGUSER=${quoteShell(name)} PGPASSWORD=${passwordOf(name)} psql -XAt -h ${machine.address} -d template1 -c 'SELECT 1' 2>&1 | sed 's/.*pg_hba.conf rejects.*/refused/' | head -n 1`,
  );
  const answers = (await machine.run(lines.join('\n'))).split('\n');
  return Object.fromEntries(hardSuperusers.map((name, index) => [name, answers[index] ?? '']));
}

/** The lines of Markdown in which markup would count. */
function outsideFences(markdown: string): readonly string[] {
  let fence = '';
  return markdown.split('\n').filter((line) => {
    const mark = /^`{3,}$/.exec(line)?.[0] ?? '';
    const outside = fence === '' && mark === '';
    if (fence === '') fence = mark;
    else if (mark === fence) fence = '';
    return outside;
  });
}

/** Nothing in any form of the report can act on a terminal, become markup, or break the form. */
function checkReports(report: Report, expect: ExpectStatic): void {
  for (const text of [reportText(report), reportMarkdown(report), printableJson(report)])
    expect(printable(text)).toBe(text);
  expect(JSON.parse(printableJson(report))).toEqual(JSON.parse(JSON.stringify(report)));
  const html = reportHtml(report);
  expect(printable(html)).toBe(html);
  // The one name that is markup is text there, and not markup in Markdown.
  expect(html).toContain('&lt;b onclick=');
  expect(html).not.toMatch(/<b onclick|<script|href="javascript/);
  expect(
    outsideFences(reportMarkdown(report)).filter((line) => /[^\\]<b |[^\\]\]\(javascript/.test(line)),
  ).toEqual([]);
}

describe.skipIf(hostsAvailable() !== null).concurrent.each(suites)(
  'hard names on $suite',
  ({ suite, index, part }) => {
    let bench: Bench;

    beforeAll(async () => {
      bench = await openBench(suite, `hrd${index - 127}`, index);
      await seedHardNames(bench.machine, part);
      await bench.machine.run(`set -e
folder=$(ls -d /etc/postgresql/*/main)
printf '%s' ${quoteShell(hba)} >"$folder/pg_hba.conf"
echo "listen_addresses = '*'" >>"$folder/postgresql.conf"
systemctl restart postgresql
for try in 1 2 3 4 5 6 7 8 9 10; do runuser -u postgres -- psql -Xqc 'SELECT' >/dev/null 2>&1 && break; sleep 0.3; done`);
    }, 120_000);

    afterAll(async () => {
      await bench.close();
    });

    describe.sequential('one after the other', () => {
      test(
        'in databases: scanned, reported, fixed and put back',
        { timeout: 120_000 },
        async ({ expect }) => {
          const { machine, session } = bench;
          const original = await hardSnapshot(machine);
          const report = await bench.scan();
          expect(session.facts?.facts.skippedDatabases).toEqual({
            state: 'collected',
            value: [{ database: 'template0', reason: 'it does not allow connections' }],
          });
          checkReports(report, expect);
          const offers = session.offers(viaSystem).filter(({ id }) => database.includes(id));
          expect(offers.map(({ id }) => id).sort()).toEqual([...database].sort());
          const preview = await planFixes(session, offers, {}, viaSystem);
          for (const format of ['text', 'json', 'sh'] as const) {
            const text = session.planText(format);
            if (format !== 'sh') expect(printable(text)).toBe(text);
            else expect((await machine.exec('sh -n', { input: text })).stderr).toBe('');
          }
          const run = await applyAndKeep(session, preview);
          const after = await bench.scan();
          expect(openChecks(after)).toEqual(preview.predicted.open.map(({ check }) => check).sort());
          await rollBack(session, run);
          expect(await hardSnapshot(machine)).toEqual(original);
        },
      );

      test('in pg_hba.conf: the lines mean exactly these roles', { timeout: 120_000 }, async ({ expect }) => {
        const { machine, session } = bench;
        const file = `/etc/postgresql/${suite === 'bookworm' ? 15 : 17}/main/pg_hba.conf`;
        await bench.scan();
        const offers = session
          .offers(viaSystem)
          .filter(({ id }) => id === 'refuse-remote-superusers' || id === 'local-proof');
        const [choice] = offers.find(({ id }) => id === 'refuse-remote-superusers')?.choices ?? [];
        const unnamed = choice?.kind === 'many' ? choice.options.filter(({ chosen }) => !chosen) : [];
        expect(unnamed.map(({ value }) => value).sort()).toEqual(
          hardNames.filter((name) => /[\r\n]/.test(name)).sort(),
        );
        const preview = await planFixes(
          session,
          offers,
          { 'local-proof': { method: 'scram-sha-256' } },
          viaSystem,
        );
        expect(Object.values(await logins(machine))).toEqual(hardSuperusers.map(() => '1'));
        const run = await applyAndKeep(session, preview);
        const refused = await logins(machine);
        expect(refused).toEqual(Object.fromEntries(hardSuperusers.map((name) => [name, 'refused'])));
        await rollBack(session, run);
        expect(await machine.readFile(file)).toBe(hba);
        expect(Object.values(await logins(machine))).toEqual(hardSuperusers.map(() => '1'));
      });

      if (part === 0) return;
      test('there is no database postgres', { timeout: 60_000 }, async ({ expect }) => {
        const { machine, session } = bench;
        await machine.psql('DROP DATABASE postgres', 'template1');
        const report = await bench.scan();
        // A log of minutes tells of no rule that nobody needs it.
        expect(
          report.findings.filter(({ status }) => status === 'not-assessed').map(({ check }) => check),
        ).toEqual(['hba-unused']);
        const offers = session
          .offers(viaSystem)
          .filter(({ id }) => id === 'no-createdb' || id === 'log-logins');
        expect(offers.length).toBe(2);
        const run = await applyAndKeep(session, await planFixes(session, offers, {}, viaSystem));
        await rollBack(session, run);
        expect(openChecks(await bench.scan())).toEqual(openChecks(report));
      });
    });
  },
);
