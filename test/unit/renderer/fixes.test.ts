import { expect, test } from 'vitest';
import { sampleOffers } from '../../e2e/window/sample.ts';
import {
  chooseSafe,
  chosenFixes,
  firstAnswers,
  groupFixes,
  matchesFix,
  missingChoice,
  noFixFilter,
  refusedBy,
  stillOffered,
  toggleFix,
} from '../../../renderer/store/fixes.ts';
import { networkProblem } from '../../../renderer/steps/fixes/network-problem.ts';

const offers = sampleOffers();
const offer = (check: string) => offers.find((candidate) => candidate.id === `fix-${check}`)!;

test('a fix starts with the answers that are ticked, and keeps those that were given', () => {
  expect(firstAnswers(offer('fw-pg-port-any'))).toEqual({
    networks: '10.20.30.0/24,10.20.4.0/24,10.20.40.15',
  });
  const given = { 'fix-log-connections': { note: 'mine' } };
  expect(chooseSafe(given, offers)['fix-log-connections']).toEqual({ note: 'mine' });
});

test('all that are safe: nothing that cuts off, restarts, cannot be undone or is not possible here', () => {
  const chosen = Object.keys(chooseSafe({}, offers));
  expect(chosen).not.toContain('fix-fw-pg-port-any');
  expect(chosen).not.toContain('fix-tcp-listen-any');
  expect(chosen).not.toContain('fix-patch-minor');
  expect(chosen.length).toBeGreaterThan(3);
});

test('a fix that is not possible here cannot be chosen', () => {
  expect(toggleFix({}, offer('patch-minor'))).toEqual({});
});

test('an empty answer is missing: a firewall without a network would shut everybody out', () => {
  const firewall = offer('fw-pg-port-any');
  expect(missingChoice(firewall, firstAnswers(firewall))).toBeNull();
  expect(missingChoice(firewall, { networks: '' })?.key).toBe('networks');
});

test('an empty answer is one where the fix says so', () => {
  const text = { kind: 'text', key: 'standbys', label: '', value: '', help: '' } as const;
  const withText = (optional: boolean) => ({
    ...offer('fw-pg-port-any'),
    choices: [{ ...text, optional }],
  });
  expect(missingChoice(withText(true), { standbys: '' })).toBeNull();
  expect(missingChoice(withText(false), { standbys: '' })?.key).toBe('standbys');
});

test('what is chosen goes to the plan in the order of the offers, without what is offered no more', () => {
  const chosen = {
    'fix-gone': {},
    'fix-hba-any-address': {},
    'fix-fw-pg-port-any': { networks: '10.0.0.0/8' },
  };
  expect(chosenFixes(chosen, offers).map((one) => one.fix)).toEqual([
    'fix-fw-pg-port-any',
    'fix-hba-any-address',
  ]);
  expect(Object.keys(stillOffered(chosen, offers))).not.toContain('fix-gone');
});

test('a client that two fixes would refuse is named once', () => {
  const chosen = { 'fix-hba-any-address': {}, 'fix-fw-pg-port-any': {} };
  expect(refusedBy(offers, chosen)).toHaveLength(2);
  expect(refusedBy(offers, {})).toEqual([]);
});

test('filters: effect, whom it cuts off, chosen or not', () => {
  const some = offers.filter((one) => matchesFix(one, { ...noFixFilter, cutsOff: ['somebody'] }, {}));
  expect(some.map((one) => one.id)).toEqual(['fix-fw-pg-port-any', 'fix-hba-any-address']);
  expect(
    offers.filter((one) =>
      matchesFix(one, { ...noFixFilter, chosen: ['yes'] }, { 'fix-log-connections': {} }),
    ),
  ).toHaveLength(1);
  expect(
    groupFixes(offers)
      .at(-1)
      ?.offers.map((one) => one.id),
  ).toEqual(['fix-patch-minor']);
});

test('a network that is typed wrong says what is wrong', () => {
  expect(networkProblem('10.20.8.0/22')).toBeUndefined();
  expect(networkProblem('2001:db8::/32')).toBeUndefined();
  expect(networkProblem('10.20.8.0/36')).toContain('/0 to /32');
  expect(networkProblem('office')).toContain('Not a network');
});
