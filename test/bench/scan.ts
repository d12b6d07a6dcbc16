import { collectFacts } from '../../main/collect/collect-facts.ts';
import { startHost } from '../hosts/hosts.ts';
import type { TestHost } from '../hosts/hosts.ts';
import { openUp } from '../hosts/seed-open.ts';
import { logIn } from '../integration/collect/login.ts';
import { timed } from './figures.ts';
import type { Figure } from './figures.ts';

const delayMs = 50;
const runs = 7;

async function loginAndScan(host: TestHost): Promise<{ readonly login: number[]; readonly scan: number[] }> {
  const login = await timed(3, async () => (await logIn(host, 'ops')).close());
  const open = await logIn(host, 'ops');
  const signal = new AbortController().signal;
  // The first scan warms what the host has on disk.
  await collectFacts(open.host, {}, signal);
  const scan = await timed(runs, () => collectFacts(open.host, {}, signal));
  await open.close();
  return { login, scan };
}

/**
 * Login and full scan of a real host with four databases, near and far. What is measured far minus near, divided by the
 * delay, are round trips: the work of host and program is in both. The smallest far value is set against the smallest
 * near one, and so on, because other work of the machine only ever makes a scan slower.
 */
export async function benchScan(): Promise<readonly Figure[]> {
  const host = await startHost({ suite: 'bookworm', name: 'bench81', index: 81, running: true });
  try {
    const root = await logIn(host, 'root');
    await openUp(root.host);
    await root.close();
    const near = await loginAndScan(host);
    await host.delay(delayMs);
    const far = await loginAndScan(host);
    const ascending = (values: readonly number[]) => [...values].sort((left, right) => left - right);
    const nearScans = ascending(near.scan);
    const trips = ascending(far.scan).map((value, index) => (value - (nearScans[index] ?? NaN)) / delayMs);
    return [
      { name: 'ssh login with a key, no delay', unit: 'ms', values: near.login },
      { name: `ssh login with a key, ${delayMs} ms delay`, unit: 'ms', values: far.login },
      { name: 'full scan over ssh, no delay', unit: 'ms', values: near.scan },
      { name: `full scan over ssh, ${delayMs} ms delay`, unit: 'ms', values: far.scan },
      { name: 'full scan: network round trips after login', unit: 'round trips', values: trips },
    ];
  } finally {
    await host.stop();
  }
}
