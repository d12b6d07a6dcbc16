import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectFacts } from '../../../main/collect/collect-facts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { openUp } from '../../hosts/seed-open.ts';
import { logIn } from './login.ts';

const nearMs = 100;
// Below the second after which TCP would repeat its first packet and start slowly.
const farMs = 700;
const signal = new AbortController().signal;

/** Milliseconds of the quickest of some scans: other work of the machine only ever makes one slower. */
async function quickestScan(testHost: TestHost, user: string, runs: number): Promise<number> {
  const login = await logIn(testHost, user);
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    const file = await collectFacts(login.host, {}, signal);
    times.push(performance.now() - start);
    expect(file.facts.contents).toMatchObject({ state: 'collected', value: { length: 4 } });
  }
  await login.close();
  return Math.min(...times);
}

describe.skipIf(hostsAvailable() !== null)('a whole scan', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({ suite: 'bookworm', name: 'coltrips54', index: 54, running: true });
    const root = await logIn(host, 'root');
    await openUp(root.host);
    await root.close();
  });
  afterAll(() => host?.stop());

  // The difference of two distances: what the machine itself takes is in both, and drops out.
  it('takes at most 12 round trips after login, with four databases', async () => {
    await host.delay(nearMs);
    const near = await quickestScan(host, 'ops', 3);
    await host.delay(farMs);
    const far = await quickestScan(host, 'ops', 3);
    await host.delay(0);
    expect((far - near) / (farMs - nearMs)).toBeLessThanOrEqual(12);
  });
});
