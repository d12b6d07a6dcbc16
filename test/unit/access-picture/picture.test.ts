import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import type { ReachFacts } from '../../../shared/access/exposure.ts';
import { readGround } from '../../../shared/access/ground.ts';
import { laneSentence } from '../../../shared/access/picture-rows.ts';
import { mostLanes, noPictureReason, pictureOf } from '../../../shared/access/picture.ts';
import { absent } from '../../../shared/facts/fact.ts';
import { factsFileSchema } from '../../../shared/facts/facts.ts';
import { largeHost } from '../access-reach/large-host.ts';

const factsOf = (name: string): ReachFacts =>
  factsFileSchema.parse(JSON.parse(readFileSync(`test/golden/facts/${name}.json`, 'utf8'))).facts;

const drawn = (facts: ReachFacts) => {
  const ground = readGround(facts);
  return pictureOf(ground, exposuresOf(ground));
};

for (const name of ['bookworm-15-open', 'trixie-17-default'])
  it(`draws the recorded host ${name} as it was agreed`, async () => {
    await expect(`${JSON.stringify(drawn(factsOf(name)), null, 1)}\n`).toMatchFileSnapshot(
      `../../golden/pictures/${name}.json`,
    );
  });

describe('what it says', () => {
  it('shows both families open on the open host, and the loopback without a password', () => {
    const { lanes, verdict } = drawn(factsOf('bookworm-15-open'));
    expect(lanes.map(({ label, alarming, openToAll }) => [label, alarming, openToAll])).toEqual([
      ['Everyone, IPv4', true, true],
      ['Everyone, IPv6', true, true],
      ['Loopback', true, false],
      ['Unix socket', true, false],
    ]);
    expect(verdict.tone).toBe('critical');
  });

  it('ends the lane of everyone at the listener where it is on the loopback only', () => {
    const { lanes, verdict } = drawn(factsOf('trixie-17-default'));
    expect(lanes[0]).toMatchObject({ label: 'Everyone', kind: 'closed', listener: { state: 'stop' } });
    expect(verdict.text).toBe('Nothing is open to everyone.');
  });

  it('does not say that a firewall which is not known lets through what another gate stops', () => {
    const firewall = absent('no right to read it');
    const { lanes } = drawn({ ...factsOf('trixie-17-default'), firewall });
    expect(lanes[0]).toMatchObject({
      label: 'Everyone',
      firewall: { state: 'unknown', words: 'not known' },
      listener: { state: 'stop' },
    });
    expect(lanes[0]?.rows.map((row) => row.firewall.state)).toEqual(['unknown']);
    expect(lanes.slice(0, 1).map(laneSentence).join()).toContain('stopped at the listener');
  });

  it('calls nothing closed when the firewall is not known', () => {
    const { lanes, unknown, verdict } = drawn({
      ...factsOf('bookworm-15-open'),
      firewall: absent('no right to read it'),
    });
    expect(lanes.every(({ kind }) => kind !== 'closed')).toBe(true);
    expect(lanes[0]).toMatchObject({ openToAll: true, firewall: { state: 'unknown' } });
    expect(lanes[0]?.entries.every(({ certain }) => !certain)).toBe(true);
    expect(unknown.join()).toContain('no right to read it');
    expect(verdict.tone).toBe('critical');
  });

  it('shows what passes as unknown when pg_hba.conf is not known', () => {
    const facts = { ...factsOf('bookworm-15-open'), configurationFiles: absent('no right to read it') };
    const { lanes } = drawn(facts);
    expect(lanes[0]).toMatchObject({ kind: 'unknown', hba: { state: 'unknown' } });
    expect(lanes[0]?.hba.details.join()).toContain('no right to read it');
    expect(noPictureReason(readGround(facts))).toBeNull();
    expect(noPictureReason(readGround({}))).toMatch(/not collected/);
  });

  it('stays readable with 500 lines and 200 rules', () => {
    const facts = largeHost({ lines: 500, rules: 200, roles: 20, databases: 10 });
    const ground = readGround(facts);
    const report = exposuresOf(ground);
    const { lanes, destinations } = pictureOf(ground, report);
    expect(report.network.length).toBeGreaterThan(100);
    expect(lanes.length).toBeLessThanOrEqual(mostLanes);
    expect(destinations.length).toBeLessThanOrEqual(5);
    const numbers = lanes.flatMap(({ rows }) => rows.flatMap(({ exposures }) => exposures));
    expect(new Set(numbers).size).toBe(report.network.length + report.sockets.length);
    expect(numbers.length).toBe(new Set(numbers).size);
  }, 30_000);
});
