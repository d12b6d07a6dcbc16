// Records the facts of two real hosts, which the tests of the checks judge (as root): npx jiti test/golden/record.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { collectFacts } from '../../main/collect/collect-facts.ts';
import { redactedForSaving } from '../../main/collect/facts-file.ts';
import { startHost } from '../hosts/hosts.ts';
import type { Suite } from '../hosts/hosts.ts';
import { openUp } from '../hosts/seed-open.ts';
import { logIn } from '../integration/collect/login.ts';

const recordings: readonly { name: string; suite: Suite; index: number; open: boolean }[] = [
  { name: 'bookworm-15-open', suite: 'bookworm', index: 57, open: true },
  { name: 'trixie-17-default', suite: 'trixie', index: 58, open: false },
];

const folder = 'test/golden/facts';
const signal = new AbortController().signal;
mkdirSync(folder, { recursive: true });
for (const { name, suite, index, open } of recordings) {
  const testHost = await startHost({ suite, name: `colgold${index}`, index, running: true });
  try {
    if (open) {
      const root = await logIn(testHost, 'root');
      await openUp(root.host);
      await root.close();
    }
    const login = await logIn(testHost, 'ops');
    const facts = await collectFacts(login.host, {}, signal);
    // The kernel of a test host is that of the machine that records.
    if (facts.facts.system.state === 'collected') facts.facts.system.value.kernel = '6.1.0-40-amd64';
    writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(redactedForSaving(facts), null, 1)}\n`);
    await login.close();
    process.stdout.write(`${name}: ${Object.values(facts.facts).map((fact) => fact.state[0]).join('')}\n`);
  } finally {
    await testHost.stop();
  }
}
