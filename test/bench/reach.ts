import { exposuresOf } from '../../shared/access/exposure-model.ts';
import { readGround } from '../../shared/access/ground.ts';
import { largeHost } from '../unit/access-reach/large-host.ts';
import { timed } from './figures.ts';
import type { Figure } from './figures.ts';

/** Who can reach the server, with 10,000 lines in pg_hba.conf and 2,000 rules in the firewall. */
export async function benchReach(): Promise<readonly Figure[]> {
  const facts = largeHost({ lines: 10_000, rules: 2_000, roles: 200, databases: 50 });
  const ground = readGround(facts);
  const exposures = () => Promise.resolve(exposuresOf(ground));
  await exposures();
  return [
    {
      name: 'reach: reading 10,000 lines and 2,000 rules',
      unit: 'ms',
      values: await timed(5, () => Promise.resolve(readGround(facts))),
    },
    { name: 'reach: 10,000 lines × 2,000 rules', unit: 'ms', values: await timed(5, exposures) },
  ];
}
