import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestHost } from '../../hosts/hosts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';

/** Milliseconds until the host's sshd has sent its banner: a round trip for the connection, and half of one. */
function timeToBanner(address: string): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: 22 });
    socket.once('data', () => {
      socket.destroy();
      resolve(performance.now() - started);
    });
    socket.once('error', reject);
  });
}

describe.skipIf(hostsAvailable() !== null)('a test host', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({ suite: 'bookworm-old', name: 'setup-hosts', index: 91 });
  });
  afterAll(() => host.stop());

  it('runs PostgreSQL one security release behind, with the newer one in its package source', async () => {
    const installed = await host.psql('show server_version');
    const newer = await host.run(`apt-cache policy postgresql-15 | sed -n 's/ *Candidate: //p'`);
    expect(installed).toMatch(/^15\./);
    expect(newer).toMatch(/^15\.\d/);
    expect(Number(newer.split(/[.-]/)[1])).toBeGreaterThan(Number(installed.split(/[. ]/)[1]));
  });

  it('can install pgAudit without a network', async () => {
    await host.run('apt-get install -y -qq postgresql-15-pgaudit');
    expect(await host.exec('ls /usr/share/postgresql/15/extension/pgaudit.control')).toMatchObject({
      exitCode: 0,
    });
  });

  it('keeps files over a reboot, and delays what is sent to it', async () => {
    const text = `it's "kept"\n\n`;
    await host.writeFile('/etc/kept', text);
    const before = host.leader();
    await host.delay(40);
    await host.reboot();
    expect(host.leader()).not.toBe(before);
    expect(await host.readFile('/etc/kept')).toBe(text);
    // The connection's round trip, and half of one for the banner itself.
    expect(await timeToBanner(host.address)).toBeGreaterThan(59);
    await host.delay(0);
    expect(await timeToBanner(host.address)).toBeLessThan(59);
  });

  it('runs commands as the user that was asked for, and says how they ended', async () => {
    expect(await host.run('id -un', { user: 'postgres' })).toBe('postgres');
    expect(await host.exec('cat; exit 3', { input: 'in' })).toEqual({
      exitCode: 3,
      stdout: 'in',
      stderr: '',
    });
    await expect(host.run('exit 3')).rejects.toThrow('exit code 3');
  });
});
