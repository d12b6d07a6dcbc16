import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FixPreferences } from '../../../shared/fixes/define-fix.ts';
import { hostsAvailable, hostFile, startHost, type TestHost } from '../../hosts/hosts.ts';
import { applyAndKeep, planFixes, rollBack } from '../fixes/bench.ts';
import { openTarget, type Target } from './target.ts';

const viaSystem: FixPreferences = { settingsVia: 'alter-system' };
const folder = '/etc/postgresql/17/main';
const file = `${folder}/pg_hba.conf`;
const peer = 'local all postgres peer\n';

let host: TestHost;
let target: Target;

const bytes = (path = file): string => hostFile(host, path).toString('latin1');

/** Writes files byte for byte (one character a byte) and has the server read them. */
async function write(texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(texts))
    await host.run(`mkdir -p $(dirname ${path}); base64 -d >${path}`, {
      input: Buffer.from(text, 'latin1').toString('base64'),
    });
  await host.run('systemctl reload postgresql@17-main; sleep 0.2');
}

/** The lines of a text that another does not have. */
const only = (text: string, other: string): readonly string[] => {
  const known = new Set(other.split('\n'));
  return text.split('\n').filter((line) => !known.has(line));
};

async function applyFixes(ids: readonly string[]): Promise<string> {
  await target.scan();
  const offers = target.session.offers(viaSystem).filter(({ id }) => ids.includes(id));
  expect(offers.map(({ id }) => id).sort()).toEqual([...ids].sort());
  return applyAndKeep(target.session, await planFixes(target.session, offers, {}, viaSystem));
}

beforeAll(async () => {
  if (hostsAvailable() !== null) return;
  host = await startHost({ suite: 'trixie', name: 'hrd6', index: 133, running: true });
  await host.run(
    `echo "listen_addresses = '*'" >>${folder}/postgresql.conf; systemctl restart postgresql@17-main; sleep 1`,
  );
  await host.psql(`CREATE ROLE "rôle"; SELECT 1`);
  target = await openTarget(host, null);
}, 120_000);

afterAll(async () => {
  await target?.close();
  await host?.stop();
});

describe.skipIf(hostsAvailable() !== null)('hard pg_hba.conf files', () => {
  test('thousands of lines are inspected, planned and changed in seconds', async () => {
    const rules = Array.from(
      { length: 1_000 },
      (_, n) =>
        `host  db${n % 97}  user${n}  10.${n >> 8}.${n & 255}.0/24  ${n === 500 ? 'md5' : 'scram-sha-256'} # ${n}`,
    );
    const text = `${peer}${rules.join('\n')}\n`;
    await write({ [file]: text });
    const started = Date.now();
    const run = await applyFixes(['md5-to-scram']);
    expect(Date.now() - started).toBeLessThan(60_000);
    const after = bytes();
    expect(only(after, text).length).toBe(1);
    expect(only(after, text)[0]).toMatch(/^host  db15  user500  10\.1\.244\.0\/24  scram-sha-256 # 500$/);
    expect(only(text, after)).toEqual([rules[500]]);
    await rollBack(target.session, run);
    expect(bytes()).toBe(text);
  }, 120_000);

  test('every way to write a file: only the found lines change, all other bytes stay', async () => {
    const text = [
      peer.replace('\n', '\r\n'),
      '# latin-1: \xe9\xff\x80\t tabs\tand\u00a0blanks \r\n',
      '\t\r\n',
      'local\tall\t"r\xc3\xb4le"\ttrust\t# at the end\r\n',
      'host all,"b c" \\\r\n  all \\\n\t127.0.0.1/32 trust\r\n',
      `include_if_exists nothing.conf\r\ninclude hba.d/one.conf\ninclude_dir hba.d/more\n`,
      'host "replication",replication @users 10.0.0.0 255.0.0.0 md5 # "quoted # no comment"\n',
      'host db "/^app_[0-9]+$" samenet md5\n',
      `host ${'d'.repeat(5000)} all ::1/128 trust\n`,
      'hostssl all +pg_monitor .example.com cert map="a b"\n',
      'host all all 0.0.0.0/0 md5',
    ].join('');
    const users = 'one, "two words" # and\n\n@more-users\n';
    const included = 'host all all 192.168.0.0/16 md5\r\n# end without a line break: \xfe';
    await write({
      [file]: text,
      [`${folder}/users`]: users,
      [`${folder}/more-users`]: 'three',
      [`${folder}/hba.d/one.conf`]: included,
      [`${folder}/hba.d/more/10.conf`]: 'host all four 10.1.1.1/32 md5',
      [`${folder}/hba.d/more/not.read`]: 'nonsense',
    });
    expect(await host.psql('SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL')).toBe(
      '',
    );
    const run = await applyFixes(['md5-to-scram', 'local-proof']);
    const after = bytes();
    expect(only(text, after)).toEqual([
      'local\tall\t"r\xc3\xb4le"\ttrust\t# at the end\r',
      'host "replication",replication @users 10.0.0.0 255.0.0.0 md5 # "quoted # no comment"',
      'host db "/^app_[0-9]+$" samenet md5',
      'host all all 0.0.0.0/0 md5',
    ]);
    expect(only(after, text).at(-1)).toBe('host all all 0.0.0.0/0 scram-sha-256');
    expect(after.replace(/scram-sha-256/g, 'md5').replace('\tpeer\t#', '\ttrust\t#')).toBe(text);
    expect(bytes(`${folder}/hba.d/one.conf`)).toBe(included.replace('md5', 'scram-sha-256'));
    expect(bytes(`${folder}/hba.d/more/10.conf`)).toBe('host all four 10.1.1.1/32 scram-sha-256');
    expect(bytes(`${folder}/users`)).toBe(users);
    await rollBack(target.session, run);
    expect(bytes()).toBe(text);
    expect(bytes(`${folder}/hba.d/one.conf`)).toBe(included);
  }, 120_000);

  test.each([
    ['a NUL byte', `${peer}host all all 0.0.0.0/0 md5\nhost all \0all 0.0.0.0/0 md5\n`],
    ['nothing in it', ''],
    ['an endless continuation', `${peer}host all all 0.0.0.0/0 md5 \\`],
    ['a quote that is not closed', `${peer}host all "all 0.0.0.0/0 md5\n`],
  ])(
    'a file with %s is judged, and what cannot be read is said',
    async (_, text) => {
      // Not reloaded: the server goes on with the rules that it has.
      await host.run(`base64 -d >${file}`, { input: Buffer.from(text, 'latin1').toString('base64') });
      const report = await target.scan();
      const finding = report.findings.find(({ check }) => check === 'hba-parse-errors');
      const { stdout } = await host.exec(
        `runuser -u postgres -- psql -XAtc 'SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL'`,
      );
      if (Number(stdout) > 0) expect(finding?.status).toBe('fail');
      expect(report.findings.length).toBeGreaterThan(50);
      for (const offer of target.session.offers(viaSystem))
        expect(offer.unavailable ?? 'offered', offer.id).not.toBe('');
    },
    60_000,
  );

  test('without the file what depends on it is not assessed, with the reason', async () => {
    await host.run(`mv ${file} ${file}.away`);
    const report = await target.scan();
    await host.run(`mv ${file}.away ${file}`);
    const finding = report.findings.find(({ check }) => check === 'hba-trust-host');
    expect(finding?.status).not.toBe('pass');
    expect(finding?.summary).not.toBe('');
  }, 60_000);
});
