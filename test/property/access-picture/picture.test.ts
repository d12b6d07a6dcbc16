import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import { readGround } from '../../../shared/access/ground.ts';
import { pictureOf } from '../../../shared/access/picture.ts';
import { pictureSchema } from '../../../shared/access/picture-schema.ts';
import { can } from '../../../shared/access/reach.ts';
import { hasAddress, networkSet } from '../../../shared/lib/network-set.ts';
import { parseAddress, parseNetwork } from '../../../shared/lib/cidr.ts';
import { hosts, sources } from '../access-reach/support.ts';

const has = (networks: readonly string[], source: string): boolean => {
  const address = parseAddress(source);
  const set = networkSet(networks.flatMap((text) => parseNetwork(text) ?? []));
  return address !== null && hasAddress(set, address);
};

it('has every exposure once, hides nothing that is open, and closes no lane that is not closed', () => {
  const counts = { open: 0, closed: 0 };
  fc.assert(
    fc.property(fc.noBias(hosts), ({ facts }) => {
      const ground = readGround(facts);
      const report = exposuresOf(ground);
      const picture = pictureOf(ground, report);
      pictureSchema.parse(picture);
      const numbers = picture.lanes.flatMap(({ rows }) => rows.flatMap(({ exposures }) => exposures));
      expect([...numbers].sort((one, other) => one - other)).toEqual(
        [...report.network, ...report.sockets].map((_, number) => number),
      );
      for (const lane of picture.lanes)
        for (const row of lane.rows)
          for (const number of row.exposures) {
            const exposure = report.network[number];
            if (exposure === undefined) continue;
            expect(lane.openToAll).toBe(exposure.openToAll);
            expect(row.networks).toEqual(exposure.from);
            if (exposure.certainty === 'possible') expect(row.entry?.certain).toBe(false);
          }
      expect(new Set(picture.unknown)).toEqual(new Set(report.unknown.map(({ reason }) => reason)));
      for (const address of sources) {
        const lanes = picture.lanes.filter(({ kind, rows, scope }) =>
          rows.some(({ networks }) => kind !== 'socket' && scope === 'remote' && has(networks, address)),
        );
        expect(lanes.length, address).toBeGreaterThan(0);
        const closed = lanes.filter(({ kind }) => kind === 'closed');
        const verdicts = ['app', 'postgres', 'copy'].flatMap((role) =>
          ['shop', 'replication'].flatMap((database) =>
            [null].map(
              (tls) =>
                can(ground, {
                  address,
                  role,
                  database,
                  tls,
                  port: null,
                  replication: database === 'replication',
                }).verdict,
            ),
          ),
        );
        if (closed.length > 0) {
          counts.closed += 1;
          expect(verdicts).not.toContain('allowed');
        } else if (verdicts.includes('allowed')) counts.open += 1;
      }
    }),
    { numRuns: 14, seed: 4 },
  );
  expect(counts.open).toBeGreaterThan(5);
  expect(counts.closed).toBeGreaterThan(5);
}, 60_000);
