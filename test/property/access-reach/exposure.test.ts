import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exposureDifference, exposureSources, withoutLine } from '../../../shared/access/difference.ts';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import type { Exposure, ExposureReport } from '../../../shared/access/exposure.ts';
import { readGround } from '../../../shared/access/ground.ts';
import { can } from '../../../shared/access/reach.ts';
import { parseAddress } from '../../../shared/lib/cidr.ts';
import { hasAddress } from '../../../shared/lib/network-set.ts';
import { hosts, sources } from './support.ts';

const roles = ['app', 'app', 'copy', 'app', 'postgres', 'report', 'staff', 'shop', 'full', 'old', 'copy'];
const databases = ['shop', 'app', 'shop', 'app', 'postgres', 'app', 'template0', 'tiny', 'replication'];
const dialled = (address: string): string => (address.includes(':') ? '::' : '0.0.0.0');

function found(
  list: readonly Exposure[],
  asked: { address: string; role: string; database: string; tls: boolean; port: number },
): readonly Exposure[] {
  const address = parseAddress(asked.address);
  return list.filter(
    (exposure) =>
      exposure.to.port === asked.port &&
      exposure.scope === 'remote' &&
      (exposure.to.address === dialled(asked.address) ||
        /^(10\.0\.0\.2|fd00::2)$/.test(exposure.to.address)) &&
      exposure.transport === (asked.tls ? 'tls' : 'tcp-plain') &&
      exposure.roles.includes(asked.role) &&
      exposure.databases.includes(asked.database) &&
      address !== null &&
      hasAddress(exposureSources(exposure), address),
  );
}

const questions = fc.record({
  address: fc.constantFrom(...sources),
  role: fc.constantFrom(...roles),
  database: fc.constantFrom(...databases),
  tls: fc.boolean(),
  port: fc.constantFrom(5432, 5432, 5432, 5432, 15432, 5433),
});

it('the sets agree with asking for each client by itself', () => {
  const counts = { certain: 0, possible: 0, none: 0, unknown: 0 };
  fc.assert(
    fc.property(
      fc.noBias(hosts),
      fc.array(fc.noBias(questions), { minLength: 20, maxLength: 20 }),
      ({ facts }, list) => {
        const ground = readGround(facts);
        const report = exposuresOf(ground);
        for (const asked of list) {
          const replication = asked.database === 'replication';
          const answer = can(ground, { ...asked, replication });
          const exposures = found(report.network, asked);
          const text = JSON.stringify({ asked, answer, exposures });
          const certain = exposures.filter(({ certainty }) => certainty === 'certain');
          if (answer.verdict === 'refused') {
            counts.none += 1;
            expect(certain, text).toEqual([]);
          } else if (answer.verdict === 'allowed') {
            counts.certain += 1;
            // A line before it that perhaps matches, with the same method, may be the one that is named.
            expect(
              exposures.map(({ method }) => method),
              text,
            ).toContain(answer.method);
          } else {
            counts.unknown += 1;
            expect(certain.length === 0 || answer.because.gate !== 'firewall', text).toBe(true);
          }
          if (certain.length > 0) {
            expect(answer.verdict, text).toBe('allowed');
            expect(new Set(certain.map(({ method }) => method)).size, text).toBe(1);
            // A line with the same method that is for nobody knows whom may be the one that is named.
            const doubtful = report.unknown.some(({ hba }) => hba?.line === answer.because.line);
            if (!doubtful)
              expect(
                certain.map(({ hba }) => hba?.line),
                text,
              ).toContain(answer.because.line);
          } else if (exposures.length > 0) counts.possible += 1;
        }
      },
    ),
    { numRuns: 50 },
  );
  // The generator has to meet every kind of answer.
  for (const count of Object.values(counts)) expect(count, JSON.stringify(counts)).toBeGreaterThan(0);
}, 60_000);

it('what a deleted line changes is what the two states differ in, client by client', () => {
  let changes = 0;
  fc.assert(
    fc.property(
      hosts,
      fc.nat(),
      fc.array(fc.noBias(questions), { minLength: 20, maxLength: 20 }),
      ({ facts }, which, list) => {
        const ground = readGround(facts);
        const rules = ground.rules ?? [];
        const rule = rules[which % Math.max(1, rules.length)];
        if (rule === undefined) return;
        const states = [ground, withoutLine(ground, rule)].map((one): ExposureReport => exposuresOf(one));
        const [before, after] = states as [ExposureReport, ExposureReport];
        const change = exposureDifference(before, after);
        for (const asked of list) {
          const ways = (exposures: readonly Exposure[]) =>
            new Set(found(exposures, asked).map(({ method, certainty }) => `${method} ${certainty}`));
          const [was, is] = [ways(before.network), ways(after.network)];
          const [opened, closed] = [ways(change.opened), ways(change.closed)];
          expect([...opened].sort()).toEqual([...is].filter((way) => !was.has(way)).sort());
          expect([...closed].sort()).toEqual([...was].filter((way) => !is.has(way)).sort());
          if (opened.size + closed.size > 0) changes += 1;
        }
      },
    ),
    { numRuns: 50 },
  );
  expect(changes).toBeGreaterThan(0);
}, 60_000);

it('a line that is said to be shadowed changes nothing when it goes', () => {
  let shadowed = 0;
  fc.assert(
    fc.property(fc.noBias(hosts), ({ facts }) => {
      const ground = readGround(facts);
      const before = exposuresOf(ground);
      for (const { place, state } of before.lines.filter((line) => line.state !== 'live')) {
        if (state === 'unknown') continue;
        shadowed += 1;
        const change = exposureDifference(before, exposuresOf(withoutLine(ground, place)));
        expect([
          ...change.opened,
          ...change.closed,
          ...change.openedSockets,
          ...change.closedSockets,
        ]).toEqual([]);
      }
    }),
    { numRuns: 50 },
  );
  expect(shadowed).toBeGreaterThan(0);
}, 60_000);
