import { describe, expect, it } from 'vitest';
import {
  fingerprintOf,
  formatKnownHostsLine,
  judgeHostKey,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
} from '../../../main/ssh/known-hosts.ts';

// A key made up for this test; the fingerprint is what ssh-keygen -l prints.
const ed25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIHG7nIXZuLfSGi0Y0kkxsWCynnyP3PXiFYGCqkPkVYWY';
const other = `AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)}`;
const key: Buffer = Buffer.from(ed25519, 'base64');

/** A key in wire format of any type. */
function keyOf(type: string, seed: number): Buffer {
  const name = Buffer.from(type);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(name.length);
  return Buffer.concat([head, name, Buffer.alloc(40, seed)]);
}

const line = (hosts: string, of = key, type = 'ssh-ed25519'): string =>
  `${hosts} ${type} ${of.toString('base64')}`;
const judge = (text: string, host = 'db1', port = 22, shown = key) => {
  const { entries } = parseKnownHosts(text, 'known_hosts');
  const fallback = port === 22 ? null : host;
  return judgeHostKey(entries, knownHostName(host, port), fallback, shown);
};

describe('known_hosts', () => {
  it('tolerates corrupt lines and says which they are', () => {
    const text = `# comment\n\n${line('db1')}\ndb1 ssh-ed25519\ndb1 ssh-ed25519 !!!\ndb1 ssh-rsa ${ed25519}\n@new ${line('x')}\n\tdb2   ssh-ed25519 ${ed25519} a comment\r\n`;
    const { entries, invalidLines } = parseKnownHosts(text, 'f');
    expect(entries.map((entry) => [entry.hosts, entry.line])).toEqual([
      ['db1', 3],
      ['db2', 8],
    ]);
    expect(invalidLines).toEqual([4, 5, 6, 7]);
  });

  it('knows a key by name, list, pattern, hash and port', () => {
    for (const hosts of [
      'db1',
      'a,db1',
      'DB1',
      'db?',
      '*',
      '*,!other',
      formatKnownHostsLine('db1', key, true).split(' ')[0] ?? '',
    ])
      expect(judge(line(hosts)), hosts).toMatchObject({ kind: 'known' });
    expect(judge(line('[db1]:2222'), 'db1', 2222)).toMatchObject({ kind: 'known' });
    expect(judge(line('[db1]:2222'))).toEqual({ kind: 'unknown', authorities: [] });
    expect(judge(line('*,!db1'))).toEqual({ kind: 'unknown', authorities: [] });
    expect(judge(line('*.db1'))).toEqual({ kind: 'unknown', authorities: [] });
  });

  it('takes a key that is known without the port for another port, but no other key there for changed', () => {
    expect(judge(line('db1'), 'db1', 2222)).toMatchObject({ kind: 'known' });
    expect(judge(line('db1', Buffer.from(other, 'base64')), 'db1', 2222)).toMatchObject({ kind: 'unknown' });
  });

  it('stops on a changed key, also when only other types are known', () => {
    expect(judge(`\n${line('db1', keyOf('ssh-ed25519', 1))}`)).toMatchObject({
      kind: 'changed',
      expected: [{ line: 2 }],
    });
    expect(judge(line('db1', keyOf('ssh-rsa', 1), 'ssh-rsa'))).toMatchObject({
      kind: 'changed',
      expected: [{ keyType: 'ssh-rsa' }],
    });
    // A right line among wrong ones is enough, as for ssh.
    expect(judge(`${line('db1', keyOf('ssh-ed25519', 1))}\n${line('db1')}`)).toMatchObject({ kind: 'known' });
  });

  it('lets a revocation win over everything', () => {
    expect(judge(`${line('db1')}\n@revoked ${line('*')}`)).toMatchObject({
      kind: 'revoked',
      entry: { line: 2 },
    });
    expect(judge(`@revoked ${line('db1')}`, 'db1', 2222)).toMatchObject({ kind: 'revoked' });
    expect(judge(`${line('db1')}\n@revoked ${line('*', keyOf('ssh-ed25519', 1))}`)).toMatchObject({
      kind: 'known',
    });
  });

  it('reports certificate authorities instead of trusting the key', () => {
    expect(judge(`@cert-authority ${line('*')}`)).toMatchObject({
      kind: 'unknown',
      authorities: [{ line: 1 }],
    });
  });

  it('lists the known types so that they are asked for first', () => {
    const text = `${line('db1', keyOf('ssh-rsa', 1), 'ssh-rsa')}\n@revoked ${line('db1')}\n${line('other')}`;
    expect(knownKeyTypes(parseKnownHosts(text, 'f').entries, 'db1')).toEqual(['ssh-rsa']);
  });

  it('writes a line that it reads, with the fingerprint of ssh', () => {
    for (const hashed of [false, true])
      expect(judge(formatKnownHostsLine(knownHostName('DB1', 2222), key, hashed), 'db1', 2222)).toMatchObject(
        { kind: 'known' },
      );
    expect(fingerprintOf(key)).toBe('SHA256:0RKVnRJCRUxQKjFql+Z00h52KJSx+h4lcMdp0xRH3qw');
  });
});
