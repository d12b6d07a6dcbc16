import { describe, expect, test } from 'vitest';
import { checks } from '../../../shared/checks/registry.ts';
import { fixes } from '../../../shared/fixes/registry.ts';
import { profiles } from '../../../shared/profiles/registry.ts';

/** The checks that the first release has; ids stay for ever, since waivers and profiles name them. */
const promised = `
uds-permissions uds-directory-perms uds-hba-local-trust tcp-listen-any tcp-actual-listeners conf-pending-restart
conf-file-errors hba-parse-errors hba-trust-host hba-password-cleartext hba-md5 hba-any-address hba-superuser-remote
hba-nontls-remote hba-shadowed fw-active fw-default-deny fw-pg-port-any fw-vs-hba ssh-tunnel-path ssh-root-password
tls-enabled tls-min-version tls-ciphers tls-groups tls-dh-params tls-cert-expiry tls-key-match tls-key-perms
tls-key-passphrase tls-live-plain
role-superuser-count role-createrole role-createdb role-bypassrls role-os-access priv-public-schema-create
priv-public-tables rls-policy-disabled rls-no-policy rls-always-true rls-index-support rls-view-bypass fn-secdef-path
sep-db-grants
patch-eol patch-minor patch-cves os-pgdata os-hba-perms
log-connections log-statement log-line-prefix log-file-mode audit-pgaudit-loaded audit-pgaudit-classes
pwd-encryption pwd-md5-verifiers col-password-plain col-password-weakhash log-password-scan`
  .trim()
  .split(/\s+/);

const byId = new Map(checks.map((check) => [check.id, check]));

test('every check that was promised is there, once', () => {
  expect(promised).toHaveLength(61);
  expect(promised.filter((id) => !byId.has(id))).toEqual([]);
  expect(byId.size).toBe(checks.length);
});

describe.each(checks.map((check) => [check.id, check] as const))('%s', (_, check) => {
  test('has the texts that a newcomer needs', () => {
    const { titles, why, misuse, byHand } = check;
    for (const text of [titles.pass, titles.fail, titles.topic, why, ...misuse, ...byHand]) {
      expect(text.trim()).not.toBe('');
      expect(text).not.toMatch(/\b(please|simply|just|oops)\b|!(\s|$)/i);
    }
    expect(new Set(Object.values(titles)).size).toBe(3);
    for (const title of Object.values(titles)) expect(title).not.toMatch(/\.$/);
    expect(misuse.length).toBeGreaterThan(0);
    expect(byHand.length).toBeGreaterThan(0);
  });

  test('cites CIS by number, STIG by id and the documentation by page', () => {
    const { cis, stig, documentation } = check.references;
    for (const text of cis)
      expect(text).toMatch(/^\d+(\.\d+)+(, \d+(\.\d+)+)* \(\d+(-\d+)?(, ?\d+(-\d+)?)*\)$/);
    for (const text of stig) expect(text).toMatch(/^CD1[26]-00-\d{6}$/);
    for (const { title, url } of documentation) {
      expect(title.trim()).not.toBe('');
      expect(url).toMatch(/^https:\/\/www\.postgresql\.org\/docs\//);
    }
  });
});

test('every fix has an id of its own and settles checks that exist', () => {
  expect(new Set(fixes.map(({ id }) => id)).size).toBe(fixes.length);
  for (const { id, resolves, title, description, safe, reversible } of fixes) {
    expect(
      resolves.filter((check) => !byId.has(check)),
      id,
    ).toEqual([]);
    expect(title.trim() !== '' && description.trim() !== '', id).toBe(true);
    // What cannot be undone is never among "all that are safe".
    expect(safe && !reversible, id).toBe(false);
  }
});

test.each(
  profiles.flatMap((profile) =>
    [13, 14, 15, 16, 17, 18, null].map((major) => [profile.id, major, profile.parameters(major)] as const),
  ),
)('the parameters of %s for %s are understood by their checks', (_, __, parameters) => {
  for (const [id, value] of Object.entries(parameters)) {
    const check = byId.get(id);
    expect(check, id).toBeDefined();
    const parsed: unknown = check?.parameters.parse(value);
    // An unknown key would be dropped, and the check would judge by its default.
    expect(parsed).toMatchObject(value as object);
  }
});
