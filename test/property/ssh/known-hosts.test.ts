import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { knownHostName, matchesHosts, parseKnownHosts } from '../../../main/ssh/known-hosts.ts';

const hasKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined;
const folder = mkdtempSync(join(tmpdir(), 'known-hosts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHG7nIXZuLfSGi0Y0kkxsWCynnyP3PXiFYGCqkPkVYWY';
const host = fc.constantFrom('db', 'db1', 'db2.example.org', 'example.org', '10.0.0.7', 'fd99::2');
const name = fc.tuple(host, fc.constantFrom(22, 2222)).map(([text, port]) => knownHostName(text, port));
const pattern = fc.oneof(
  name,
  fc.constantFrom(
    '*',
    'db?',
    '*.example.org',
    '10.0.0.*',
    '[*]:2222',
    '[db1]:*',
    'd*b*',
    '?',
    'DB1',
    '[fd99::?]:2222',
    '.+',
    'db1)',
  ),
);
const plain = fc
  .array(fc.tuple(fc.boolean(), pattern), { minLength: 1, maxLength: 4 })
  .map((list) => list.map(([negated, text]) => (negated ? `!${text}` : text)).join(','));
const hashed = fc.tuple(name, fc.uint8Array({ minLength: 20, maxLength: 20 })).map(([text, bytes]) => {
  const salt = Buffer.from(bytes);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(text).digest('base64')}`;
});
const marker = fc.constantFrom('', '', '', '@revoked ', '@cert-authority ');
const good = fc.tuple(marker, fc.oneof(plain, hashed)).map(([mark, hosts]) => `${mark}${hosts} ${key}`);
const noise = fc.constantFrom('', '# db1 is a comment', '   ');

describe.skipIf(!hasKeygen)('known_hosts', () => {
  it('names the same lines for a host as ssh-keygen -F', () => {
    const file = join(folder, 'known_hosts');
    fc.assert(
      fc.property(fc.array(fc.oneof(good, good, good, noise), { maxLength: 12 }), name, (lines, wanted) => {
        const text = lines.map((line) => `${line}\n`).join('');
        writeFileSync(file, text);
        const { stdout } = spawnSync('ssh-keygen', ['-F', wanted, '-f', file], { encoding: 'utf8' });
        const theirs = [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) =>
          Number(match[1]),
        );
        const ours = parseKnownHosts(text, file)
          .entries.filter((entry) => matchesHosts(entry.hosts, wanted))
          .map((entry) => entry.line);
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 150 },
    );
  });
});
