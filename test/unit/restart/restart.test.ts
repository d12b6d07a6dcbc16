import { describe, expect, test } from 'vitest';
import { timeSpanSeconds } from '../../../main/apply/host-check.ts';
import { listenProblems, readNext } from '../../../main/apply/restart/obstacles.ts';
import { placeOf } from '../../../main/apply/run-on-host.ts';
import { runVariables } from '../../../main/apply/shell/run-variables.ts';
import { readTrial } from '../../../main/apply/restart/trial.ts';
import { parseRestart, parseStartTime } from '../../../main/terminal/run-words.ts';
import { methods } from '../../../shared/contract/contract.ts';
import { factSetSchema } from '../../../shared/facts/facts.ts';
import { isBusy, restartOutlook } from '../../../shared/plan/restart.ts';
import { ageText, downtimeText, outlookLines, sizeText } from '../../../shared/plan/restart-text.ts';
import { session } from '../support/builders.ts';
import { withPart, hardenedFacts, withFact } from '../support/facts.ts';

const transaction = {
  role: 'shop_app',
  database: 'shop',
  address: '10.0.0.5',
  application: 'batch',
  state: 'active',
  command: 'UPDATE',
  seconds: 1500,
};

describe('what a restart interrupts', () => {
  test('clients are counted by role, application and address; short transactions do not count as long', () => {
    const app = session({ role: 'app', application: 'PgBouncer', address: '10.0.0.1' });
    const facts = withPart(
      withFact(hardenedFacts(), 'sessions', [app, app, session({ role: 'bi', address: null })]),
      'activity',
      { transactions: [transaction, { ...transaction, seconds: 299 }] },
    );
    const outlook = restartOutlook(facts);
    expect(outlook.clients[0]).toMatchObject({ role: 'app', address: '10.0.0.1', count: 2 });
    expect(outlook.longTransactions.map(({ seconds }) => seconds)).toEqual([1500]);
    expect(isBusy(outlook)).toBe(true);
    expect(outlook.poolers.map(({ name }) => name)).toEqual(['PgBouncer']);
    expect(outlookLines(outlook).join('\n')).toContain(
      'shop_app from 10.0.0.5 (batch): UPDATE, active, for 25 min',
    );
  });

  test('facts saved before this was asked are read, and the outlook says what is not known', () => {
    const { activity, ...old } = hardenedFacts();
    expect(activity.state).toBe('collected');
    const outlook = restartOutlook(factSetSchema.parse(old));
    expect(outlook.unknown).toContain('collected before');
    expect(isBusy(outlook)).toBe(false);
  });

  test('a standby replays what it has not replayed; a primary does not', () => {
    const gigabytes = { checkpoint: { secondsAgo: 60, replayBytes: 9e9 } };
    const primary = withPart(hardenedFacts(), 'activity', gigabytes);
    const standby = withPart(primary, 'server', { inRecovery: true });
    expect(restartOutlook(primary).downtime.toSeconds).toBeLessThan(15);
    expect(restartOutlook(standby).downtime).toMatchObject({ fromSeconds: 30, toSeconds: 304 });
    expect(downtimeText(restartOutlook(standby))).toBe('30 to 304 s');
  });

  test('ages and sizes read as a person says them', () => {
    expect([90, 1500, 7200, 11_400, 180_000].map(ageText)).toEqual([
      '90 s',
      '25 min',
      '2 h',
      '3 h 10 min',
      '2 d 2 h',
    ]);
    expect([1024, 16_777_216, 2.5 * 2 ** 30].map(sizeText)).toEqual(['1 kB', '16 MB', '2.5 GB']);
  });
});

describe('what the host is told', () => {
  test("the cluster's name without its version, as Debian's commands take it", () => {
    const facts = hardenedFacts();
    if (facts.cluster.state !== 'collected') throw new Error('no cluster');
    const cluster = { ...facts.cluster.value, name: '15/main' };
    const actor = { as: { kind: 'root' }, isRoot: true, folder: '/x' } as const;
    expect(runVariables(placeOf(actor, cluster, 'r'))).toMatch(/^CLUSTER_NAME='?main'?$/m);
  });
});

describe('what the host answers', () => {
  test('a trial that failed is told in the words of the server, without a warning before it', () => {
    const output = 'dry\tfailed\t\nlog\tWARNING:  x\nlog\tFATAL:  could not map\nlog\tHINT:  less\n';
    expect(() => readTrial(output)).toThrow('did not start: FATAL:  could not map HINT:  less');
    expect(readTrial('dry\tlowered\tshared_buffers=16\n')).toEqual({
      kind: 'started',
      lowered: 'shared_buffers=16',
    });
    expect(readTrial('')).toMatchObject({ kind: 'impossible' });
  });

  const value = (name: string, text: string) => `value\t${name}\t${Buffer.from(text).toString('base64')}`;
  const taken = 'taken\tLISTEN 0 5 [::]:6000 [::]:* users:(("python3",pid=9,fd=3))';
  const next = readNext(
    [value('port', '6000'), value('listen_addresses', 'localhost, 10.9.9.9'), taken, 'local\t10.0.0.1'].join(
      '\n',
    ),
  );

  test('a port in use and a foreign address are found, unless nothing changes', () => {
    expect(listenProblems(next, { port: '5432', addresses: 'localhost' })).toEqual([
      'port 6000 is in use on :: by python3',
      'the host does not have the address 10.9.9.9 of listen_addresses',
    ]);
    expect(listenProblems(next, { port: '6000', addresses: 'localhost, 10.9.9.9' })).toEqual([]);
  });

  test('time spans of systemd', () => {
    expect(['1h', '1min 30s', '500ms', 'infinity', ''].map(timeSpanSeconds)).toEqual([
      3600,
      90,
      0.5,
      null,
      null,
    ]);
  });
});

describe('the words of a person', () => {
  const now = new Date(2026, 10, 22, 12, 30);
  test('a time of day is the next one; a date must lie ahead', () => {
    expect(parseStartTime('12:31', now)).toEqual(new Date(2026, 10, 22, 12, 31));
    expect(parseStartTime('02:15', now)).toEqual(new Date(2026, 10, 23, 2, 15));
    expect(parseStartTime('2026-11-22T20:00Z', now)).toEqual(new Date('2026-11-22T20:00:00Z'));
    for (const wrong of ['25:00', '2026-11-22T10:00', '2026-12-24T10:00', 'noon', '0'])
      expect(() => parseStartTime(wrong, now)).toThrow('--at');
  });

  test('waiting and going over exclude each other', () => {
    expect(parseRestart(undefined, false)).toEqual({ busy: 'stop', waitSeconds: 0 });
    expect(parseRestart('60', false)).toEqual({ busy: 'wait', waitSeconds: 60 });
    expect(parseRestart(undefined, true)).toMatchObject({ busy: 'over' });
    expect(() => parseRestart('60', true)).toThrow('not both');
    expect(() => parseRestart('1e9', false)).toThrow('3600');
  });

  test('a start that says nothing of it stops for the busy, starts now and counts down', () => {
    const input = { planId: 'p', confirmWithinSeconds: 60, acceptCutOff: false, acceptUnguarded: false };
    expect(methods['apply.start'].input.parse(input)).toMatchObject({
      restart: { busy: 'stop' },
      startAt: null,
      keepWhenProven: false,
    });
  });
});
