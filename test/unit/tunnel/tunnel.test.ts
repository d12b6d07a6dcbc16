import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  plainAccountName,
  tunnelGuide,
  tunnelTarget,
  tunnelTargetText,
} from '../../../shared/access/tunnel.ts';
import { greet } from '../../../main/postgres/greeting.ts';
import { unixSocket } from '../support/builders.ts';
import { hardenedFacts, valueOf, withSettings } from '../support/facts.ts';

const targetOf = (changes: Record<string, string | null>): string =>
  tunnelTargetText(
    tunnelTarget(valueOf(withSettings(hardenedFacts(), changes), 'settings'), [
      unixSocket({ directory: '/run/pg' }),
    ]),
  );

describe('where a tunnel has to lead', () => {
  it.each([
    ['*', '127.0.0.1:5432'],
    ['localhost', '127.0.0.1:5432'],
    ['0.0.0.0', '127.0.0.1:5432'],
    ['10.0.0.5, 127.0.0.1', '127.0.0.1:5432'],
    ['10.0.0.5', '10.0.0.5:5432'],
    ['::', '[::1]:5432'],
    ['::1', '[::1]:5432'],
    ['2001:db8::5', '[2001:db8::5]:5432'],
    ['db.example', '127.0.0.1:5432'],
    ['', '/run/pg/.s.PGSQL.5432'],
  ])('listen_addresses %s', (listen_addresses, expected) => {
    expect(targetOf({ listen_addresses })).toBe(expected);
  });

  it('by the port, and by the default where nobody knows', () => {
    expect(targetOf({ listen_addresses: '*', port: '5433' })).toBe('127.0.0.1:5433');
    expect(tunnelTargetText(tunnelTarget([], null))).toBe('127.0.0.1:5432');
  });
});

it('the clients get what they write, jump hosts and key included', () => {
  const way = {
    host: 'db1.example',
    sshPort: 2222,
    account: 'tunnel',
    target: { kind: 'tcp', address: '127.0.0.1', port: 5432 } as const,
  };
  const guide = tunnelGuide({ ...way, jump: 'me@bastion', identityFile: '/home/me/my keys/id' });
  expect(guide.config.split('\n').map((line) => line.trim())).toEqual([
    'Host db1.example-postgres',
    'HostName db1.example',
    'Port 2222',
    'User tunnel',
    'IdentityFile "/home/me/my keys/id"',
    'ProxyJump me@bastion',
    'LocalForward 5433 127.0.0.1:5432',
    'ExitOnForwardFailure yes',
    'RequestTTY no',
  ]);
  expect(guide.command).toBe('ssh -N db1.example-postgres');
  expect(guide.clients.map(({ name }) => name)).toEqual(['psql', 'pgAdmin', 'DBeaver']);
  expect(guide.clients[1]?.text).toContain('host db1.example, port 2222, user tunnel');
  const socket = tunnelGuide({ ...way, target: { kind: 'socket', path: '/run/pg/.s.PGSQL.5432' } });
  expect(socket.config).toContain('LocalForward 5433 /run/pg/.s.PGSQL.5432');
  expect(socket.clients[1]?.text).toMatch(/^host 127\.0\.0\.1, port 5433/);
});

it('names that could be read as something else are none', () => {
  for (const name of ['a', 'tunnel_1', 'svc$']) expect(plainAccountName(name)).toBe(true);
  for (const name of ['', '-x', 'a b', 'a*', 'a,b', 'a\nb', 'a@b'])
    expect(plainAccountName(name)).toBe(false);
});

describe('the greeting of a server', () => {
  /** A server without TLS that answers the startup packet with these bytes; what it got comes with the answer. */
  async function greeted(answer: Buffer | null, tls = 'N') {
    const [client, server] = duplexPair();
    let got = '';
    server.on('error', () => undefined);
    server.on('data', (chunk: Buffer) => {
      const first = got === '';
      got += chunk.toString('latin1');
      if (first) server.write(tls);
      else if (answer === null) server.end();
      else server.write(answer);
    });
    const greeting = await greet(client, 'app', 'shop', AbortSignal.timeout(2000)).catch(
      (error: Error) => error.message,
    );
    return { greeting, got, destroyed: client.destroyed };
  }
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.write(type, 'latin1');
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const request = (method: number): Buffer => message('R', Buffer.from([0, 0, 0, method]));
  const error = (fields: string): Buffer => message('E', Buffer.from(fields));

  it.each([
    ['asks for SCRAM', request(10), { kind: 'asks', method: 'a SCRAM password', tls: false }],
    ['asks for md5', request(5), { kind: 'asks', method: 'an md5 password', tls: false }],
    ['lets in', request(0), { kind: 'in', tls: false }],
    [
      'refuses',
      error('SFATAL\0C28000\0Mno pg_hba.conf entry for host "x"\0\0'),
      { kind: 'refused', code: '28000', message: 'no pg_hba.conf entry for host "x"', tls: false },
    ],
    ['is something else', message('Z', Buffer.from('I')), { kind: 'other' }],
    ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'it is no PostgreSQL server'],
    ['hangs up', null, 'the server closed the connection'],
  ])('%s', async (_, answer, expected) => {
    const { greeting, got, destroyed } = await greeted(answer);
    expect(greeting).toEqual(expected);
    expect(got).toContain('user\0app\0database\0shop\0');
    expect(destroyed).toBe(true);
  });

  it('one that says nothing is given up', async () => {
    const [client] = duplexPair();
    await expect(greet(client, 'a', 'b', AbortSignal.timeout(50))).rejects.toThrow(/in time/);
  });
});
