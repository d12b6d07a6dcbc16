import { expect, test } from 'vitest';
import { factSetSchema } from '../../../shared/facts/facts.ts';
import { hardenedFacts, valueOf, withHba, withSettings } from './facts.ts';

test('the facts of the hardened server have the form of real facts', () => {
  const facts = hardenedFacts();
  expect(factSetSchema.parse(facts)).toEqual(facts);
});

test('overrides replace one thing and leave the rest', () => {
  const facts = withHba(
    withSettings(hardenedFacts(), { ssl: 'off', ssl_ecdh_curve: null }),
    'local all all trust\n',
  );
  const settings = valueOf(facts, 'settings');
  expect(settings.find(({ name }) => name === 'ssl')?.value).toBe('off');
  expect(settings.some(({ name }) => name === 'ssl_ecdh_curve')).toBe(false);
  expect(settings.find(({ name }) => name === 'port')?.value).toBe('5432');
  expect(valueOf(facts, 'configurationFiles').filter(({ role }) => role === 'pg_hba.conf')).toHaveLength(1);
});
