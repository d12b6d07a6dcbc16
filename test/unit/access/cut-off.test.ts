import { describe, expect, test } from 'vitest';
import type { FactSet } from '../../../shared/facts/facts.ts';
import { denied } from '../../../shared/facts/fact.ts';
import type { Session } from '../../../shared/facts/cluster.ts';
import { factSetSchema } from '../../../shared/facts/facts.ts';
import { accessChange, cutOffOf, cutOffUnknown } from '../../../shared/plan/cut-off.ts';
import type { CutOff } from '../../../shared/plan/plan.ts';
import { session } from '../support/builders.ts';
import { hardenedFacts, valueOf, withFact, withHba, withPart, withSettings } from '../support/facts.ts';

const seeing = (facts: FactSet, ...sessions: Partial<Session>[]): FactSet =>
  withFact(withFact(facts, 'logins', { logins: [], since: null }), 'sessions', sessions.map(session));
/** Who is refused when the server goes from the one state to the other, with a reload between. */
const refused = (before: FactSet, after: FactSet): CutOff[] =>
  cutOffOf(accessChange(before, after, [{ kind: 'reload' }]));

describe('what refuses a client', () => {
  const tls = seeing(hardenedFacts(), { tlsVersion: 'TLSv1.2', tlsCipher: 'ECDHE-RSA-AES256-GCM-SHA384' });
  const local = withHba(hardenedFacts(), 'local all all trust\n');

  test('the line, with its text and place', () => {
    const facts = seeing(hardenedFacts(), { tls: true });
    const after = withHba(facts, 'local all postgres peer\nhost all shop_app all reject\n');
    expect(refused(facts, after)).toMatchObject([
      {
        ...{
          gate: 'hba',
          because: 'pg_hba.conf:2 rejects it',
          line: 2,
          certainty: 'certain',
          transport: 'TLS',
        },
        rule: 'host all shop_app all reject',
      },
    ]);
  });

  test('a newer TLS than the client speaks, unless the server kept it from more', () => {
    const after = withSettings(tls, { ssl_min_protocol_version: 'TLSv1.3' });
    expect(refused(tls, after)).toMatchObject([{ gate: 'tls', certainty: 'certain' }]);
    const capped = withSettings(tls, { ssl_max_protocol_version: 'TLSv1.2' });
    const uncapped = withSettings(after, { ssl_max_protocol_version: '' });
    expect(refused(capped, uncapped)).toMatchObject([{ gate: 'tls', certainty: 'possible' }]);
  });

  test('the end of TLS, for sure only where nothing else lets the client in', () => {
    expect(refused(tls, withSettings(tls, { ssl: 'off' }))).toMatchObject([
      { gate: 'tls', certainty: 'certain' },
    ]);
    const both = withHba(tls, 'host all all all scram-sha-256\n');
    expect(refused(both, withSettings(both, { ssl: 'off' }))).toMatchObject([{ certainty: 'possible' }]);
  });

  test('the rights of the socket, by the account at its other end', () => {
    const wide = withFact(
      local,
      'unixSockets',
      valueOf(local, 'unixSockets').map((one) => ({ ...one, socket: { ...one.socket, mode: 0o777 } })),
    );
    const known = seeing(wide, { address: null, tls: false, role: 'shop_app', account: 'deploy' });
    const narrow = (facts: FactSet) => withFact(facts, 'unixSockets', valueOf(local, 'unixSockets'));
    expect(refused(known, narrow(known))).toMatchObject([{ gate: 'socket', certainty: 'certain' }]);
    const unknown = seeing(wide, { address: null, tls: false, role: 'shop_app' });
    expect(refused(unknown, narrow(unknown))).toMatchObject([{ gate: 'socket', certainty: 'possible' }]);
    const member = seeing(wide, { address: null, tls: false, role: 'postgres', account: 'postgres' });
    expect(refused(member, narrow(member))).toEqual([]);
  });

  test('sshd, for a client that comes through its tunnel', () => {
    const facts = seeing(hardenedFacts(), {
      address: '127.0.0.1',
      tls: false,
      program: 'sshd',
      account: 'deploy',
    });
    const sshd = valueOf(facts, 'sshd');
    const after = withPart(facts, 'sshd', { settings: { ...sshd.settings, allowtcpforwarding: ['no'] } });
    expect(refused(facts, after)).toMatchObject([
      { gate: 'sshd', transport: 'TCP without TLS through an SSH tunnel', rule: 'AllowTcpForwarding no' },
    ]);
  });

  test('CONNECT taken from the database', () => {
    const facts = seeing(hardenedFacts(), {});
    const after = withFact(
      facts,
      'databases',
      valueOf(facts, 'databases').map((one) => ({ ...one, grants: [] })),
    );
    expect(refused(facts, after)).toMatchObject([
      { gate: 'database', because: expect.stringContaining('CONNECT') as string },
    ]);
  });

  test('one address less, for those who dialled it', () => {
    const facts = withSettings(hardenedFacts(), { listen_addresses: '10.20.30.5,10.20.30.6' });
    const two = withFact(facts, 'interfaces', [
      ...valueOf(facts, 'interfaces'),
      { name: 'eth0', address: '10.20.30.6', prefix: 24 },
    ]);
    const less = (state: FactSet) => withSettings(state, { listen_addresses: '10.20.30.5' });
    const known = seeing(
      two,
      { serverAddress: '10.20.30.6' },
      { serverAddress: '10.20.30.5', address: '10.20.30.12' },
    );
    expect(refused(known, less(known))).toMatchObject([
      { gate: 'listener', address: '10.20.30.11', certainty: 'certain' },
    ]);
    const unknown = seeing(two, {});
    expect(refused(unknown, less(unknown))).toMatchObject([{ gate: 'listener', certainty: 'possible' }]);
  });
});

describe('what cannot be seen', () => {
  test('is told, and a file that was not loaded yet counts as new rules', () => {
    const facts = seeing(hardenedFacts(), {});
    const loaded = Date.parse(valueOf(facts, 'server').loadedAt) / 1000;
    const files = (time: number) =>
      valueOf(facts, 'configurationFiles').map((file) => ({
        ...file,
        status: { ...file.status, modifiedAt: time },
      }));
    const stale = withHba(withFact(facts, 'configurationFiles', files(0)), 'local all all peer\n');
    const late = withFact(
      stale,
      'configurationFiles',
      valueOf(stale, 'configurationFiles').map((file) => ({
        ...file,
        status: { ...file.status, modifiedAt: loaded + 60 },
      })),
    );
    const change = accessChange(late, late, [{ kind: 'reload' }]);
    expect(cutOffOf(change)).toMatchObject([{ gate: 'hba', certainty: 'certain' }]);
    expect(cutOffUnknown(change).join()).toContain('changed since the server last read it');
    // Without a reload nothing of it comes into force.
    expect(cutOffOf(accessChange(late, late, []))).toEqual([]);
    const blind = { ...facts, logins: denied('needs root') };
    expect(cutOffUnknown(accessChange(blind, blind, []))).toEqual([
      'Who logged in before is not known: needs root.',
    ]);
  });

  test('facts of older programs are still read', () => {
    const facts = hardenedFacts();
    expect(factSetSchema.parse(JSON.parse(JSON.stringify(facts)))).toBeTruthy();
    expect(refused(facts, facts)).toEqual([]);
  });
});
