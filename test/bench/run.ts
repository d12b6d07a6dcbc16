import { cpus, loadavg } from 'node:os';
import { hostsAvailable, buildBases } from '../hosts/hosts.ts';
import type { Figure } from './figures.ts';
import { figuresTable } from './figures.ts';
import { benchPractice } from './practice.ts';
import { benchReach } from './reach.ts';
import { benchScan } from './scan.ts';
import { benchWindow } from './window.ts';

async function hostFigures(): Promise<readonly Figure[]> {
  const reason = hostsAvailable();
  if (reason !== null) {
    console.log(`The scan of a host is left out: ${reason}`);
    return [];
  }
  await buildBases();
  return benchScan();
}

/** Measures everything and prints the table. Nothing is asserted. */
export async function runBench(): Promise<void> {
  const say = (what: string) => console.log(`Measuring ${what}…`);
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, load ${loadavg()[0]?.toFixed(1) ?? ''}`,
  );
  say('the scan of a host');
  const scan = await hostFigures();
  say('who can reach a server');
  const reach = await benchReach();
  say('the practice server');
  const practice = await benchPractice();
  say('the window');
  const window = await benchWindow();
  console.log(`\n${figuresTable([...scan, ...reach, ...practice, ...window])}`);
}
