import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollbackRun } from '../../../main/apply/rollback-run.ts';
import { connectPractice } from '../../../main/host/practice.ts';
import type { PracticeHost } from '../../../main/host/practice.ts';
import { createPracticeServer } from '../../../main/practice/practice-server.ts';
import type { PracticeServer } from '../../../main/practice/practice-server.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { inPhase, never, openSession, planOf, start } from './bench.ts';
import type { Bench } from './bench.ts';
import * as make from './operations.ts';

/** The practice server: no root, no systemd, no psql, and it shares this machine. */
describe.skipIf(process.platform === 'win32')('on the practice server', () => {
  let folder: string;
  let server: PracticeServer;
  let host: PracticeHost;
  let bench: Pick<Bench, 'host' | 'cluster' | 'home'>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-apply-practice-'));
    await chmod(folder, 0o755);
    server = createPracticeServer({ directory: join(folder, 'practice') });
    const asked = { ask: () => Promise.reject(new Error('unexpected question')), progress: () => undefined };
    host = await connectPractice(server, asked, never);
    const { dataDirectory, binDirectory, port, socketDirectory, owner } = host.practice;
    const cluster: Cluster = {
      id: dataDirectory,
      name: 'practice',
      major: Number(host.practice.version.split('.')[0]),
      port,
      dataDirectory,
      owner,
      running: true,
      socketDirectories: [socketDirectory],
      configFile: join(dataDirectory, 'postgresql.conf'),
      hbaFile: join(dataDirectory, 'pg_hba.conf'),
      identFile: join(dataDirectory, 'pg_ident.conf'),
      binDirectory,
      psql: null,
      service: { kind: 'pg_ctl' },
      origin: 'practice',
      managedBy: null,
    };
    bench = { host, cluster, home: folder };
  });
  afterAll(async () => {
    await server?.delete(never);
    await rm(folder, { recursive: true, force: true });
  });

  async function changes(): Promise<readonly Operation[]> {
    const hba = (await readFile(bench.cluster.hbaFile, 'latin1')).split('\n');
    const line = hba.findIndex((text) => /^host/.test(text)) + 1;
    return [
      make.sql(
        ['ALTER ROLE shop_app CONNECTION LIMIT 9'],
        ['ALTER ROLE shop_app CONNECTION LIMIT -1'],
        `SELECT rolconnlimit = 9 FROM pg_roles WHERE rolname = 'shop_app'`,
      ),
      make.setting('log_connections', 'on'),
      make.setting('max_connections', '44', 'restart'),
      {
        kind: 'hba',
        file: bench.cluster.hbaFile,
        major: bench.cluster.major,
        edits: [{ kind: 'disable', file: bench.cluster.hbaFile, line, note: 'not from there' }],
      },
      { kind: 'reload' },
      { kind: 'restart', reasons: ['max_connections'] },
    ];
  }

  async function seen(): Promise<string> {
    const { hbaFile, configFile, dataDirectory } = bench.cluster;
    const files = [hbaFile, configFile, join(dataDirectory, 'postgresql.auto.conf')];
    const states = await Promise.all(
      files.map(async (file) => {
        const { mode, uid, gid, mtimeMs } = await stat(file);
        return [file, mode, uid, gid, mtimeMs, await readFile(file, 'latin1')].join(' ');
      }),
    );
    const session = await openSession(host, bench.cluster, 'postgres', never);
    const rows = await session.query(
      `SELECT (SELECT rolconnlimit FROM pg_roles WHERE rolname = 'shop_app') AS role, current_setting('log_connections') AS log,
        current_setting('max_connections') AS most`,
    );
    await session.close();
    return [...states, JSON.stringify(rows)].join('\n');
  }

  test('changes are kept, and rolled back to the byte later', async () => {
    const before = await seen();
    const started = start(bench as Bench, planOf(bench.cluster, await changes()), { autoKeep: true });
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'kept' });
    const changed = await seen();
    expect(changed).toContain('"role":9,"log":"on","most":"44"');
    const log: string[] = [];
    const back = await rollbackRun(
      {
        ...bench,
        targetKey: 'test-host',
        runId: outcome.runId ?? '',
        by: 'tester',
        force: false,
        openSession,
        onLog: (text) => log.push(text),
      },
      never,
    );
    expect(back.outcome, log.join('\n')).toMatchObject({ result: 'rolled-back' });
    expect(back.outcome.reason).not.toContain('did not work');
    // What only a restart gives back is back, and the restart-only setting that waited before waits no more.
    expect(await seen()).toContain('"role":-1');
    expect((await seen()).split('\n').slice(0, -1)).toEqual(before.split('\n').slice(0, -1));
  });

  test('nobody confirms: the waiting process does it, in single-user mode where SQL has to be undone', async () => {
    const before = await seen();
    const started = start(bench as Bench, planOf(bench.cluster, await changes()), {
      confirmWithinSeconds: 10,
    });
    await started.until(inPhase('waiting')).catch(() => undefined);
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back-by-guard', finishByHand: [] });
    expect(await seen()).toBe(before);
    expect(await readdir(join(host.practice.directory, 'portcullis'))).toEqual(['runs']);
  });
});
