import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { networkChecks } from '../../../shared/checks/network/index.ts';
import { transportChecks } from '../../../shared/checks/transport/index.ts';
import { factsFileSchema } from '../../../shared/facts/facts.ts';
import { judge } from '../support/facts.ts';

/** What the checks of network and transport say of facts that were collected on real hosts. */
const failing: Readonly<Record<string, readonly string[]>> = {
  'bookworm-15-open': [
    'conf-overrides low',
    'fw-active high',
    'fw-default-deny high',
    'fw-egress low',
    'fw-pg-port-any critical',
    'hba-all-db low',
    'hba-all-user low',
    'hba-any-address high',
    'hba-broad-range low',
    'hba-md5 high',
    'hba-nontls-remote high',
    'hba-password-cleartext high',
    'hba-replication-broad high',
    'hba-shadowed medium',
    'hba-superuser-remote high',
    'hba-trust-host critical',
    'ssh-forwarding-limited low',
    'ssh-postgres-account medium',
    'ssh-root-password high',
    'ssh-tunnel-path medium',
    'tcp-auth-delay medium',
    'tcp-keepalive low',
    'tcp-listen-any high',
    'tls-enabled critical',
    'uds-hba-local-trust critical',
    'uds-permissions high',
  ],
  'trixie-17-default': [
    'fw-active high',
    'fw-default-deny high',
    'fw-egress low',
    'ssh-forwarding-limited low',
    'ssh-postgres-account medium',
    'ssh-root-password high',
    'tls-ciphers low',
    'tls-dh-params low',
    'tls-key-passphrase medium',
    'uds-permissions medium',
  ],
};

test.each(Object.entries(failing))('%s', (name, expected) => {
  const path = new URL(`../../golden/facts/${name}.json`, import.meta.url);
  const file = factsFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const findings = [...networkChecks, ...transportChecks].map((check) =>
    judge(check, file.facts, {}, { now: file.startedAt }),
  );
  const open = findings.filter(({ status }) => status === 'fail');
  expect(open.map(({ check, severity }) => `${check} ${severity}`).sort()).toEqual(expected);
  // Everything else was seen and found in order, or does not apply; nothing of these hosts was out of reach, but their
  // logs are too young to tell which rules nobody uses.
  expect(findings.filter(({ status }) => status === 'not-assessed').map(({ check }) => check)).toEqual([
    'hba-unused',
  ]);
  for (const { check, evidence } of open) expect([check, evidence.length > 0]).toEqual([check, true]);
});
