import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseDestination } from '../../../main/ssh/destination.ts';
import { listAliases } from '../../../main/ssh/ssh-config-file.ts';
import { resolveRoute, type SshRoute } from '../../../main/ssh/ssh-config.ts';

const home = mkdtempSync(join(tmpdir(), 'ssh-config-'));
const ssh = join(home, '.ssh');
mkdirSync(join(ssh, 'conf.d'), { recursive: true });
writeFileSync(
  join(ssh, 'config'),
  `Include ${ssh}/conf.d/*.conf
Host db1 db-one
  HostName 10.20.31.11
  User admin
  Port 2222
  IdentityFile ~/.ssh/%h_key
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/known_prod /dev/null
  HostKeyAlias db1.example
Host cloud
  ProxyCommand nc %h %p
Host *.example !no.example
  User everybody
Host *
  ServerAliveInterval 7
  IdentityAgent none
`,
);
writeFileSync(
  join(ssh, 'conf.d', 'a.conf'),
  'Host inner\n  HostName inner.example\n  ProxyJump me@gate:2022,db1\n',
);
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const resolve = (text: string): Promise<SshRoute> =>
  resolveRoute(parseDestination(text), { home, jumpChosen: false }, new AbortController().signal);

const withSsh = spawnSync('ssh', ['-V']).error === undefined;
const ways = [
  ['by ssh -G', process.env['PATH'] ?? '', withSsh],
  ['by an own reading, without an ssh program', '/nowhere', true],
] as const;

describe.each(ways.filter(([, , possible]) => possible))('the ssh config, %s', (_, path) => {
  it('tells everything of an alias', async () => {
    vi.stubEnv('PATH', path);
    expect(await resolve('db-one')).toMatchObject({
      alias: 'db-one',
      hostName: '10.20.31.11',
      port: 2222,
      user: 'admin',
      identityFiles: [join(ssh, '10.20.31.11_key')],
      identitiesOnly: true,
      agentSocket: null,
      proxyJump: null,
      userKnownHostsFiles: [join(ssh, 'known_prod'), '/dev/null'],
      hostKeyAlias: 'db1.example',
      keepaliveMs: 7_000,
    });
    expect(await resolve('you@db1:22')).toMatchObject({ user: 'you', port: 22, hostName: '10.20.31.11' });
    expect(await resolve('inner')).toMatchObject({
      hostName: 'inner.example',
      proxyJump: 'me@gate:2022,db1',
    });
    expect(await resolve('x.example')).toMatchObject({ user: 'everybody', hostName: 'x.example', port: 22 });
    const plain = await resolve('plain');
    expect(plain.userKnownHostsFiles[0]).toBe(join(ssh, 'known_hosts'));
    expect(plain.identityFiles).toContain(join(ssh, 'id_ed25519'));
    await expect(resolve('cloud')).rejects.toMatchObject({ message: /ProxyCommand/, next: /ProxyJump/ });
  });
});

it('lists the aliases for completion, without patterns', async () => {
  expect(await listAliases(home)).toEqual([
    { alias: 'inner', destination: 'inner.example', via: 'me@gate:2022,db1' },
    { alias: 'db1', destination: 'admin@10.20.31.11:2222', via: null },
    { alias: 'db-one', destination: 'admin@10.20.31.11:2222', via: null },
    { alias: 'cloud', destination: 'cloud', via: null },
  ]);
});
