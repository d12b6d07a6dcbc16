import { expect, test } from 'vitest';
import { checks } from '../../../shared/checks/registry.ts';
import { absent } from '../../../shared/facts/fact.ts';
import type { FactSet } from '../../../shared/facts/facts.ts';
import { hardenedFacts, judge } from '../support/facts.ts';

const otherwise: Readonly<Record<string, string>> = {
  // The key has a passphrase, so nobody can compare it with the certificate.
  'tls-key-match': 'not-assessed',
  // There is one database, so there is nothing to keep apart.
  'sep-db-grants': 'not-applicable',
  // Nobody came from the host itself, and the file is younger than the log.
  'hba-unused': 'manual',
  // It is a Debian.
  'fw-windows-rule': 'not-applicable',
  // OAuth came with 18, and this is a 15.
  'hba-oauth': 'not-applicable',
};

test.each(checks.map((check) => [check.id, check] as const))(
  '%s finds nothing on a hardened server',
  (_, check) => {
    const finding = judge(check, hardenedFacts());
    const expected = otherwise[check.id] ?? 'pass';
    expect(`${finding.status}: ${finding.summary}`).toMatch(new RegExp(`^${expected}: .`));
  },
);

test.each(checks.map((check) => [check.id, check] as const))(
  '%s says why it cannot judge without facts',
  (_, check) => {
    const nothing = Object.fromEntries(
      Object.keys(hardenedFacts()).map((name) => [name, absent(`no ${name} here`)]),
    ) as FactSet;
    const finding = judge(check, nothing);
    expect(finding.status).toBe('not-assessed');
    expect(finding.summary).toMatch(/^no \w+ here$/);
  },
);
