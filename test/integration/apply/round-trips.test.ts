import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollbackRun } from '../../../main/apply/rollback-run.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import type { Suite } from '../../hosts/hosts.ts';
import { applyAndKeep, never, openBench, openSession, planOf, snapshot } from './bench.ts';
import type { Bench } from './bench.ts';
import * as make from './operations.ts';

interface Case {
  readonly name: string;
  readonly operations: (bench: Bench) => Promise<readonly Operation[]> | readonly Operation[];
  /** Files that have to come back besides the configuration. */
  readonly paths?: readonly string[];
  /** Shows the change; must differ from what it shows before and after. */
  readonly shows: (bench: Bench) => Promise<string>;
}

const folder = '/var/lib/postgresql/tls';
const indexing = make.sql(
  ['CREATE INDEX CONCURRENTLY patients_clinic ON public.patients (clinic)'],
  ['DROP INDEX CONCURRENTLY IF EXISTS public.patients_clinic'],
  `SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.patients_clinic'::regclass`,
  { transactional: false },
);
const rls = make.sql(
  [
    'ALTER TABLE public.patients ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY own ON public.patients USING (clinic = current_setting('app.clinic', true));`,
    'REVOKE SELECT ON public.patients FROM PUBLIC',
  ],
  [
    'GRANT SELECT ON public.patients TO PUBLIC',
    'DROP POLICY own ON public.patients',
    'ALTER TABLE public.patients DISABLE ROW LEVEL SECURITY -- as before',
  ],
  `SELECT relrowsecurity FROM pg_class WHERE oid = 'public.patients'::regclass`,
);

const cases: readonly Case[] = [
  {
    name: 'settings, by ALTER SYSTEM and in the file, with a reload',
    operations: ({ cluster }) => [
      make.setting('log_connections', 'on'),
      make.setting('log_line_prefix', `%m '%q\\%u' `),
      make.settingInFile('log_disconnections', 'on', cluster.configFile),
      { kind: 'reload' },
    ],
    shows: ({ machine }) =>
      machine.psql('SHOW log_connections; SHOW log_line_prefix; SHOW log_disconnections'),
  },
  {
    name: 'pg_hba.conf and its mode, with a reload',
    operations: async (bench) => [
      make.restrict(bench.cluster.hbaFile, 0o600, 0o640),
      await make.hbaChange(bench, /^host +all +all +127/, 'md5'),
      { kind: 'reload' },
    ],
    shows: ({ machine }) => machine.psql('SELECT count(*) FROM pg_hba_file_rules'),
  },
  {
    name: 'SQL, in a transaction and outside of one',
    operations: () => [make.roleChange, rls, indexing],
    shows: ({ machine }) =>
      machine.psql(
        `SELECT count(*) FROM pg_policies; SELECT rolconnlimit FROM pg_roles WHERE rolname LIKE 'o''dd%'; SELECT count(*) FROM pg_indexes WHERE indexname = 'patients_clinic'`,
      ),
  },
  {
    name: 'a certificate and settings, with a reload and a restart',
    operations: () => [
      make.certificate(folder),
      make.setting('ssl_cert_file', `${folder}/portcullis-server.crt`),
      make.setting('ssl_key_file', `${folder}/portcullis-server.key`),
      make.setting('max_connections', '90', 'restart'),
      make.setting('shared_preload_libraries', 'auto_explain, pg_stat_statements', 'restart'),
      { kind: 'reload' },
      { kind: 'restart', reasons: ['max_connections', 'shared_preload_libraries'] },
    ],
    paths: [`${folder}/portcullis-server.crt`, `${folder}/portcullis-server.key`],
    shows: ({ machine }) =>
      machine.psql('SHOW ssl_cert_file; SHOW max_connections; SHOW shared_preload_libraries'),
  },
  {
    name: 'the firewall and sshd',
    operations: () => [
      make.firewall(),
      make.sshdFile('PermitRootLogin prohibit-password\nMaxAuthTries 5\n'),
      { kind: 'package', manager: 'apt', action: 'install', names: ['cron'], expects: [] },
    ],
    paths: [
      '/etc/nftables.d-portcullis.conf',
      '/etc/nftables.conf',
      '/etc/ssh/sshd_config.d/60-hardening.conf',
    ],
    shows: ({ machine }) => machine.run('nft list ruleset; sshd -T | grep -i maxauthtries'),
  },
];

/** Everything at once: later steps build on the earlier ones, and the undo goes the whole way back. */
const all: Case = {
  name: 'one plan with every kind of operation',
  operations: async (bench) => {
    const lists: Operation[] = [];
    for (const index of [2, 1, 0, 3, 4]) lists.push(...((await cases[index]?.operations(bench)) ?? []));
    return lists;
  },
  paths: cases.flatMap(({ paths = [] }) => paths),
  shows: async (bench) => (await Promise.all(cases.map(({ shows }) => shows(bench)))).join('\n'),
};

const suites: readonly (readonly [Suite, string, number, readonly Case[]])[] = [
  ['bookworm', 'app71', 71, cases],
  ['trixie', 'app72', 72, [all]],
];

describe.skipIf(hostsAvailable() !== null).each(suites)('on %s', (suite, name, index, chosen) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(suite, name, index);
    await bench.machine.psql(make.seed);
    await bench.machine.run(`install -d -m 700 -o postgres -g postgres ${folder}`);
  });
  afterAll(async () => {
    await bench?.close();
  });

  test.each(chosen)(
    '$name: made, kept, proven, put back to the byte',
    async ({ operations, paths = [], shows }) => {
      const before = await snapshot(bench, paths);
      const shownBefore = await shows(bench);
      const outcome = await applyAndKeep(bench, planOf(bench.cluster, await operations(bench)));
      expect(await shows(bench)).not.toBe(shownBefore);
      expect(await bench.machine.run('systemctl list-unit-files | grep portcullis || echo none')).toBe(
        'none',
      );

      const log: string[] = [];
      const { outcome: back, drift } = await rollbackRun(
        {
          host: bench.host,
          cluster: bench.cluster,
          home: bench.home,
          targetKey: 'test-host',
          runId: outcome.runId ?? '',
          by: 'tester@bench',
          force: false,
          openSession,
          onLog: (text) => log.push(text),
        },
        never,
      );
      expect(back, log.join('\n')).toMatchObject({
        result: 'rolled-back',
        reason: 'Everything is as it was before the run.',
      });
      expect(drift).toEqual([]);
      expect(await shows(bench)).toBe(shownBefore);
      expect(await snapshot(bench, paths)).toBe(before);
    },
  );
});
