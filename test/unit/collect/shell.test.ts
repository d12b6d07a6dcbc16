import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shell } from '../../../main/collect/define-collector.ts';
import type { ShellProbe } from '../../../main/collect/define-collector.ts';
import { configurationCollector } from '../../../main/collect/collectors/cluster-files.ts';
import { hostNamesCollector } from '../../../main/collect/collectors/host-names.ts';
import { logsCollector } from '../../../main/collect/collectors/logs.ts';
import { parseFrames, shellFact } from '../../../main/collect/parse-frames.ts';
import { parseStatuses, statusFor } from '../../../main/collect/parse/statuses.ts';
import { buildScript } from '../../../main/collect/shell-script.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';

const shells = ['dash', 'bash'].filter((name) => spawnSync(name, ['-c', ':']).status === 0);
const folder = mkdtempSync(join(tmpdir(), 'portcullis-shell-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cluster: Cluster = {
  id: '15/main',
  name: '15/main',
  major: 15,
  port: 5432,
  dataDirectory: folder,
  owner: userInfo().username,
  running: false,
  socketDirectories: ['/tmp'],
  configFile: `${folder}/postgresql.conf`,
  hbaFile: `${folder}/pg_hba.conf`,
  identFile: `${folder}/pg_ident.conf`,
  binDirectory: '',
  psql: null,
  service: { kind: 'pg_ctl' },
  origin: 'process',
  managedBy: null,
};

function run(
  program: string,
  probes: Record<string, ShellProbe>,
  settings: Record<string, string> = {},
  noise = '',
) {
  const script = buildScript({
    probes: Object.entries(probes).map(([name, probe]) => ({ name, probe })),
    discover: false,
    cluster,
    settings: new Map(Object.entries(settings)),
    compress: true,
  });
  const result = spawnSync(program, ['-c', script.packed], { maxBuffer: 1 << 28 });
  const frames = parseFrames(Buffer.concat([Buffer.from(noise), result.stdout]), script.boundary);
  if (frames === null) throw new Error(result.stderr.toString());
  const fact = (name: string) =>
    shellFact(frames.get(name), probes[name] ?? shell('login', ''), { root: false, whyNotRoot: 'no sudo' });
  return { frames, fact };
}

describe.each(shells)('probes in %s', (program) => {
  it('keeps each probe to itself', () => {
    const { fact } = run(
      program,
      {
        plain: shell('login', `echo out; echo err >&2; exit 3`),
        hangs: shell('login', 'echo first; sleep 30', { seconds: 1 }),
        floods: shell('login', 'yes', { capBytes: 1000, seconds: 5 }),
        shouts: shell('login', 'yes error | head -c 3000000 >&2; echo done'),
        binary: shell('login', String.raw`printf 'a\000\377\nb'`),
        breaks: shell('login', 'exit 0; }; fi )', {}),
        reads: shell('login', 'cat; echo end'),
        owner: shell('owner', 'id -un'),
        root: shell('root', '[ -n "" ] || exit 77'),
        absent: shell('login', 'pc_absent "there is none"'),
        refused: shell('root', 'echo "cat: /x: Permission denied" >&2; exit 1'),
        last: shell('login', 'echo "$PC_DATA $S_ssl_ciphers"'),
      },
      { ssl_ciphers: `on'; echo "x` },
      'Welcome!\n',
    );
    expect(fact('plain')).toMatchObject({ value: { text: 'out\n', stderr: 'err', exitCode: 3 } });
    expect(fact('hangs')).toEqual({ state: 'failed', reason: 'no answer within 1 seconds' });
    expect(fact('floods')).toMatchObject({ value: { truncated: true, bytes: { length: 1000 } } });
    expect(fact('shouts')).toMatchObject({ value: { text: 'done\n' } });
    expect(fact('binary')).toMatchObject({ value: { bytes: Buffer.from([97, 0, 255, 10, 98]) } });
    expect(fact('breaks')).toMatchObject({ value: { exitCode: 2 } });
    expect(fact('reads')).toMatchObject({ value: { text: 'end\n' } });
    expect(fact('owner')).toMatchObject({ value: { text: `${userInfo().username}\n` } });
    expect(fact('root')).toEqual({ state: 'denied', reason: 'needs root: no sudo' });
    expect(fact('absent')).toEqual({ state: 'absent', reason: 'there is none' });
    expect(fact('refused')).toEqual({ state: 'denied', reason: 'needs root: no sudo' });
    expect(fact('last')).toMatchObject({ value: { text: `${folder} on'; echo "x\n` } });
    expect(fact('unknown').state).toBe('failed');
  });

  it('stats files, links, folders above, and what is missing', () => {
    const path = join(folder, `odd name ${program}`);
    writeFileSync(path, 'x');
    chmodSync(path, 0o640);
    symlinkSync(path, `${path}.link`);
    const { fact } = run(program, {
      stat: shell('login', `pc_stat '${path}' '${path}.link' '${path}.none'; pc_stat_up '${path}.link'`),
    });
    const value = fact('stat');
    const statuses = parseStatuses(value.state === 'collected' ? value.value.text : '');
    expect(statusFor(path, statuses)).toMatchObject({
      type: 'file',
      mode: 0o640,
      sizeBytes: 1,
      target: null,
    });
    expect(statusFor(`${path}.link`, statuses)).toMatchObject({ type: 'link', target: path });
    expect(statusFor(`${path}.none`, statuses)).toMatchObject({ type: 'missing' });
    expect(statuses.resolved).toEqual([path]);
    expect(statuses.list.map((one) => one.path)).toContain('/');
  });

  it('asks the host for the names in pg_hba.conf, and for nothing else in it', () => {
    writeFileSync(
      join(folder, 'pg_hba.conf'),
      [
        'local all all peer',
        'host "odd ""name" a, b localhost trust',
        'host all all "q uoted" trust',
        'host all all 10.0.0.0/8 trust',
        'host all all 127.0.0.1 255.0.0.0 trust',
        'host all all samenet trust',
        'host all all .example.com trust',
        'host all all $(touch${IFS}x) trust',
        'host all all -x trust',
        '# host all all commented.invalid trust',
        'host all all ::1/128 trust',
        '',
      ].join('\n'),
    );
    const { fact } = run(program, { names: hostNamesCollector.probes['names'] as ShellProbe });
    const { hostNames } = hostNamesCollector.read({ names: fact('names') } as never, {} as never);
    if (hostNames?.state !== 'collected') throw new Error(JSON.stringify(hostNames));
    expect(hostNames.value.map(({ name }) => name)).toEqual(['localhost']);
    expect(hostNames.value[0]?.addresses.every((text) => /^(127\.0\.0\.1|::1)$/.test(text))).toBe(true);
    expect(hostNames.value[0]?.addresses).not.toEqual([]);
  });

  it('walks configuration files with their includes, byte for byte', () => {
    const latin = Buffer.from([0x23, 0xe4, 0xff, 0x0d, 0x0a]);
    mkdirSync(join(folder, 'conf.d'), { recursive: true });
    writeFileSync(
      join(folder, 'postgresql.conf'),
      Buffer.concat([
        latin,
        Buffer.from(
          `include_dir 'conf.d'\ninclude_if_exists = 'missing.conf' # no\n#include 'not.conf'\ninclude 'loop.conf'`,
        ),
      ]),
    );
    writeFileSync(join(folder, 'loop.conf'), `include 'postgresql.conf'\nINCLUDE "conf.d/b.txt"\n`);
    writeFileSync(join(folder, 'conf.d/a.conf'), 'port = 1\n');
    writeFileSync(join(folder, 'conf.d/b.txt'), '');
    writeFileSync(
      join(folder, 'pg_hba.conf'),
      `local @dbs,other "@user list",a@b trust # @nothing\ninclude more_hba.conf\n`,
    );
    for (const name of ['dbs', 'more_hba.conf', 'pg_ident.conf', 'user list'])
      writeFileSync(join(folder, name), `${name}\n`);
    const probes = { 'configuration.files': configurationCollector.probes['files'] as ShellProbe };
    const { fact } = run(program, probes);
    const outputs = { files: fact('configuration.files') };
    const { configurationFiles } = configurationCollector.read(outputs as never, {} as never);
    if (configurationFiles?.state !== 'collected') throw new Error(JSON.stringify(configurationFiles));
    const relative = configurationFiles.value.map((one) => [
      one.role,
      one.path.slice(folder.length + 1),
      one.text !== null,
    ]);
    expect(relative).toEqual([
      ['postgresql.conf', 'postgresql.conf', true],
      ['include', 'conf.d/a.conf', true],
      ['include', 'missing.conf', false],
      ['include', 'loop.conf', true],
      ['include', 'conf.d/b.txt', true],
      ['postgresql.auto.conf', 'postgresql.auto.conf', false],
      ['pg_hba.conf', 'pg_hba.conf', true],
      ['include', 'dbs', true],
      ['include', 'more_hba.conf', true],
      ['pg_ident.conf', 'pg_ident.conf', true],
    ]);
    const main = configurationFiles.value[0];
    expect(main?.text?.slice(0, 5)).toBe(latin.toString('latin1'));
    expect(main?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(configurationFiles.value[2]).toMatchObject({ status: { type: 'missing' }, sha256: null });
  });

  it('counts clear passwords in logs, and only those', () => {
    const logs = join(folder, `log-${program}`);
    mkdirSync(logs);
    writeFileSync(
      join(logs, 'postgresql.log'),
      [
        `2026-11-22 10:00:00.000 UTC [1] LOG:  statement: CREATE ROLE a PASSWORD 'Clear-1'`,
        `LOG:  statement: ALTER USER a WITH ENCRYPTED PASSWORD 'Clear-2';`,
        `LOG:  statement: ALTER ROLE a PASSWORD 'md5${'a'.repeat(32)}'`,
        `LOG:  statement: ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:salt$stored:server'`,
        `LOG:  statement: ALTER ROLE a PASSWORD '********'`,
        `LOG:  AUDIT: SESSION,1,1,ROLE,ALTER ROLE,,,ALTER ROLE a PASSWORD <REDACTED>`,
        `FATAL:  password authentication failed for user "password"`,
        `LOG:  statement: CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'b', password 'Clear-3')`,
        `LOG:  statement: CREATE SUBSCRIPTION s CONNECTION 'host=h password=Clear-4 user=u'`,
        `\tPASSWORD 'Clear-5'`,
        `LOG:  statement: SET password_encryption = 'md5'`,
        '',
      ].join('\n'),
    );
    const probes = { logs: logsCollector.probes['logs'] as ShellProbe };
    const { fact } = run(program, probes, { logging_collector: 'on', log_directory: logs });
    const outputs = { logs: fact('logs') };
    const facts = logsCollector.read(outputs as never, { settings: new Map() } as never);
    expect(JSON.stringify(outputs.logs)).not.toMatch(/clear-\d/i);
    const { logScan } = facts;
    if (logScan?.state !== 'collected') throw new Error(JSON.stringify(facts));
    expect(logScan.value).toMatchObject({ filesRead: 1, truncated: false });
    expect(logScan.value.hits.map((hit) => [hit.pattern, hit.count, hit.firstLine]).sort()).toEqual([
      ['connection-password', 1, 9],
      ['password-literal', 1, 10],
      ['role-password', 2, 1],
      ['user-mapping-password', 1, 8],
    ]);
    expect(facts.logFiles).toMatchObject({
      value: { destination: `collector: ${logs}`, directory: { path: logs } },
    });
    // No login stands in it, so it tells nothing of logins from its first line on.
    expect(facts.logins).toEqual({ state: 'collected', value: { logins: [], since: null } });
  });

  it('says since when it knows of logins, which is later where a busy log was not read whole', () => {
    const logs = join(folder, `busy-${program}`);
    mkdirSync(logs);
    const line = (day: number, pid: number) =>
      `2026-11-${day} 10:00:00.000 UTC [${pid}] LOG:  connection received: host=10.0.0.1 port=1\n` +
      `2026-11-${day} 10:00:00.000 UTC [${pid}] LOG:  connection authorized: user=u${day} database=d\n`;
    const read = () => {
      const probes = { logs: logsCollector.probes['logs'] as ShellProbe };
      const { fact } = run(program, probes, { logging_collector: 'on', log_directory: logs });
      const { logins } = logsCollector.read(
        { logs: fact('logs') } as never,
        { settings: new Map() } as never,
      );
      if (logins?.state !== 'collected') throw new Error(JSON.stringify(logins));
      return logins.value;
    };
    const write = (name: string, text: string, time: number) => {
      writeFileSync(join(logs, name), text);
      utimesSync(join(logs, name), time, time);
    };
    write('a.log', line(10, 1), 1000);
    write('b.log', line(15, 2) + line(20, 3), 2000);
    expect(read()).toMatchObject({ since: '2026-11-10T10:00:00.000Z' });
    expect(read().logins.map(({ role, address }) => [role, address])).toEqual([
      ['u10', '10.0.0.1'],
      ['u15', '10.0.0.1'],
      ['u20', '10.0.0.1'],
    ]);
    write('b.log', line(15, 2) + line(20, 3).repeat(3000), 2000);
    expect(read()).toMatchObject({ since: '2026-11-20T10:00:00.000Z' });
    // The older file still tells who came at some time.
    expect(read().logins.map(({ role }) => role)).toEqual(['u10', 'u20']);
  });
});
