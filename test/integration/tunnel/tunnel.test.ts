import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testTunnel, type TunnelTry } from '../../../main/engine/tunnel.ts';
import type { Host } from '../../../main/host/host.ts';
import { connectSsh } from '../../../main/ssh/connect.ts';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { answering } from '../collect/login.ts';
import { hardenedFacts, withFact, withSettings } from '../../unit/support/facts.ts';

const signal = new AbortController().signal;
const facts = withSettings(hardenedFacts(), { listen_addresses: '*' });

describe.skipIf(hostsAvailable() !== null)('a tunnel through SSH', () => {
  let machine: TestHost;
  let host: Host;
  let home: string;
  let knownHosts: string;

  beforeAll(async () => {
    machine = await startHost({ suite: 'bookworm', name: 'tunnel181', index: 181, running: true });
    home = mkdtempSync(join(tmpdir(), 'portcullis-tunnel-'));
    knownHosts = join(home, 'known_hosts');
    host = await connectSsh(
      {
        destination: `ops@${machine.address}`,
        jump: null,
        sudo: 'auto',
        identityFile: machine.key,
        knownHostsFile: knownHosts,
        acceptNewHostKey: true,
        home,
      },
      answering({}),
      signal,
    );
    // An account for tunnels, as the fix makes it: no shell, no terminal, PostgreSQL and nothing else.
    await machine.run(`set -e
cat > /etc/ssh/sshd_config.d/10-portcullis-tunnels.conf <<'CONF'
Match User plain
  AllowTcpForwarding local
  PermitOpen 127.0.0.1:5432 localhost:5432 [::1]:5432
  AllowStreamLocalForwarding no
  PermitTTY no
  ForceCommand /usr/sbin/nologin
Match all
CONF
sshd -t; systemctl reload ssh`);
  }, 60_000);

  afterAll(async () => {
    await host.close();
    rmSync(home, { recursive: true, force: true });
    await machine.stop();
  });

  const asked = (parts: Partial<TunnelTry> = {}): TunnelTry => ({
    target: {
      kind: 'ssh',
      destination: `ops@${machine.address}`,
      identityFile: machine.key,
      knownHostsFile: knownHosts,
      jump: null,
    },
    as: { account: 'plain', identityFile: machine.key },
    role: 'postgres',
    database: 'postgres',
    prompter: answering({}),
    home,
    ...parts,
  });
  /** `login passed, forwarding refused`, and what the last gate said. */
  const outcome = async (parts: Partial<TunnelTry> = {}, known = facts) => {
    const { steps, works } = await testTunnel(host, known, asked(parts), signal);
    const last = steps.at(-1);
    return {
      works,
      gates: steps.map(({ gate, state }) => `${gate} ${state}`).join(', '),
      said: `${last?.said} ${last?.next ?? ''}`,
    };
  };

  it('comes to PostgreSQL without a shell and without a password', async () => {
    expect(await outcome()).toEqual({
      works: true,
      gates: 'login passed, forwarding passed, listener passed, server passed, hba passed',
      said: expect.stringContaining('It asks postgres for a SCRAM password') as string,
    });
    expect(await outcome({ as: null })).toMatchObject({
      works: true,
      gates: expect.stringMatching(/hba passed$/) as string,
    });
  });

  it('says which gate refuses: sshd, the listener, pg_hba.conf, the login', async () => {
    const elsewhere = withSettings(facts, { port: '5999' });
    const refused = await outcome({}, elsewhere);
    expect(refused).toMatchObject({ works: false, gates: 'login passed, forwarding refused' });
    expect(refused.said).toMatch(/sshd forbids forwarding to 127\.0\.0\.1 port 5999.*PermitOpen/);
    expect(await outcome({ as: null }, elsewhere)).toMatchObject({
      works: false,
      gates: 'login passed, forwarding passed, listener refused',
    });
    // An account without forwarding to sockets.
    const bySocket = withSettings(facts, { listen_addresses: '' });
    expect((await outcome({}, bySocket)).gates).toBe('login passed, forwarding refused');
    expect((await outcome({ as: null }, bySocket)).gates).toMatch(/server passed/);

    await machine.run(
      "f=$(ls -d /etc/postgresql/*/main)/pg_hba.conf; cp -p $f /root/hba; sed -i '/^host/d' $f; systemctl reload postgresql; sleep 0.3",
    );
    const closed = await outcome();
    await machine.run(
      'cp -p /root/hba $(ls -d /etc/postgresql/*/main)/pg_hba.conf; systemctl reload postgresql',
    );
    expect(closed).toMatchObject({
      works: false,
      gates: expect.stringMatching(/server passed, hba refused$/) as string,
    });
    expect(closed.said).toContain('no pg_hba.conf entry for host "127.0.0.1", user "postgres"');

    const noKey = await outcome({ as: { account: 'nobody-here', identityFile: machine.key } });
    expect(noKey).toMatchObject({ works: false, gates: 'login refused' });
  });

  it('stops at another host key, and when it is cancelled', async () => {
    const stranger = { ...asked().target, knownHostsFile: join(home, 'empty') };
    writeFileSync(join(home, 'empty'), '');
    expect((await outcome({ target: stranger })).gates).toBe('login refused');
    await expect(testTunnel(host, facts, asked(), AbortSignal.abort())).rejects.toBeDefined();
  });

  it('a server that is down is a refusal of the listener', async () => {
    await machine.run('systemctl stop postgresql@15-main');
    const down = await outcome({}, withFact(facts, 'sessions', []));
    expect(down.gates).toBe('login passed, forwarding passed, listener refused');
  });
});
