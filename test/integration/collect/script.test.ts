import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectFacts } from '../../../main/collect/collect-facts.ts';
import { writeCollectScript } from '../../../main/collect/collect-script.ts';
import { parseFacts } from '../../../main/collect/facts-file.ts';
import { readCollectOutput } from '../../../main/collect/read-collect-output.ts';
import type { FactName, FactsFile } from '../../../shared/facts/facts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { openUp } from '../../hosts/seed-open.ts';
import { logIn } from './login.ts';

const signal = new AbortController().signal;

/** Without the times and sizes of folders, which change whenever something in them does. */
const still = (fact: unknown): unknown =>
  JSON.parse(
    JSON.stringify(fact, (key, value: unknown) => (key === 'modifiedAt' || key === 'sizeBytes' ? 0 : value)),
  );

describe.skipIf(hostsAvailable() !== null)('the collecting script', () => {
  let host: TestHost;
  let live: FactsFile;
  beforeAll(async () => {
    host = await startHost({ suite: 'bookworm', name: 'colscript55', index: 55, running: true });
    const root = await logIn(host, 'root');
    await openUp(root.host);
    live = await collectFacts(root.host, {}, signal);
    await root.close();
    await host.writeFile('/collect.sh', writeCollectScript());
  });
  afterAll(() => host?.stop());

  const output = (path: string) => readFileSync(join(host.root, path));

  it('finds the same as a scan, as root', async () => {
    const before = await host.run('find / -xdev -newer /collect.sh -type f 2>/dev/null | sort');
    expect(await host.run('cd /root && sh /collect.sh facts.txt')).toBe('Written: facts.txt');
    const after = await host.run('find / -xdev -newer /collect.sh -type f 2>/dev/null | sort');
    expect(
      after
        .split('\n')
        .filter((path) => !before.includes(path) && !/\.log$|^\/(proc|sys|run|var\/log)\//.test(path)),
    ).toEqual(['/root/facts.txt']);
    const file = readCollectOutput(output('/root/facts.txt'));
    // What moves by itself: the time, the WAL, the log that grows with each session, how the session came in.
    const moving: readonly FactName[] = ['system', 'server', 'activity', 'logFiles', 'logScan', 'logins'];
    for (const name of Object.keys(live.facts) as FactName[]) {
      if (!moving.includes(name))
        expect([name, still(file.facts[name])]).toEqual([name, still(live.facts[name])]);
      else expect([name, file.facts[name].state]).toEqual([name, 'collected']);
    }
    expect(file.facts.logScan).toMatchObject({ value: { hits: [{ pattern: 'role-password', count: 1 }] } });
    expect(file.target).toMatchObject({ kind: 'recorded', label: 'colscript55', privilege: 'root' });
    expect(parseFacts(output('/root/facts.txt'), 'facts.txt')).toEqual(file);
  });

  it('reads no standard input and writes nothing else to its output', async () => {
    const result = await host.exec('cd /tmp && yes | timeout 60 sh /collect.sh mine.txt', { user: 'plain' });
    expect(result).toEqual({ exitCode: 0, stdout: 'Written: mine.txt\n', stderr: '' });
    const file = readCollectOutput(Buffer.from(await host.run('cat /tmp/mine.txt')));
    expect(file.facts.firewall).toEqual({
      state: 'denied',
      reason: 'needs root: the script was not run as root',
    });
    expect(file.facts.settings.state).toBe('collected');
  });

  it('refuses an output that was cut off', () => {
    const whole = output('/root/facts.txt');
    expect(() => readCollectOutput(whole.subarray(0, whole.length - 200))).toThrow('cut off');
    expect(() => readCollectOutput(Buffer.from('something else'))).toThrow('does not begin');
  });

  it('collects what files tell when the server is stopped', async () => {
    await host.run('systemctl stop postgresql@15-main; cd /root && sh /collect.sh stopped.txt 15/main');
    const file = readCollectOutput(output('/root/stopped.txt'));
    expect(file.facts.cluster).toMatchObject({ value: { id: '15/main', running: false } });
    expect(file.facts.settings.state).toBe('failed');
    expect(file.facts.configurationFiles).toEqual(live.facts.configurationFiles);
  });
});
