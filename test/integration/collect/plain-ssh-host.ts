import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import type { ClientChannel } from 'ssh2';
import { HostError } from '../../../main/host/host.ts';
import type { Host, Privilege, RunAs, RunRequest, RunResult } from '../../../main/host/host.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';

/** The least that a Host over ssh can be: what the collectors are tested against without the whole of main/ssh. */
export async function plainSshHost(options: {
  address: string;
  user: string;
  key: string;
  privilege: Privilege;
}): Promise<Host> {
  const client = new Client();
  await new Promise<void>((resolve, reject) => {
    client.once('ready', () => resolve()).once('error', reject);
    client.connect({
      host: options.address,
      username: options.user,
      privateKey: readFileSync(options.key),
      hostVerifier: () => true,
    });
  });
  const exec = (command: string) =>
    new Promise<ClientChannel>((resolve, reject) =>
      client.exec(command, (error, channel) =>
        error === undefined ? resolve(channel) : reject(new HostError('session-refused', error.message, '')),
      ),
    );
  const through = (as: RunAs): string => {
    if (as.kind === 'login') return '';
    if (options.privilege === 'none') throw new HostError('denied', 'no way to root', '');
    const sudo = options.privilege === 'root' ? '' : 'sudo -n ';
    return as.kind === 'root' ? sudo : `${sudo}runuser -u ${quoteShell(as.name)} -- `;
  };
  const host: Host = {
    description: {
      kind: 'ssh',
      key: `${options.user}@${options.address}:22`,
      label: options.address,
      loginUser: options.user,
      privilege: options.privilege,
      address: options.address,
      clientAddress: null,
      port: 22,
    },
    async run(request: RunRequest): Promise<RunResult> {
      const script = 'export LC_ALL=C; s=$(cat); exec </dev/null; eval "$s"';
      const channel = await exec(`${through(request.as)}sh -c ${quoteShell(script)}`);
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      channel.on('data', (chunk: Buffer) => out.push(chunk));
      channel.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      channel.end(request.script);
      const exitCode = await new Promise<number | null>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new HostError('timeout', 'the command took too long', '')),
          request.timeoutMs,
        );
        let code: number | null = null;
        channel.on('exit', (value: number | null) => (code = value));
        channel.on('close', () => {
          clearTimeout(timer);
          resolve(code);
        });
      });
      return {
        exitCode,
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err).toString(),
        truncated: false,
      };
    },
    openSocket: (path) =>
      new Promise<Duplex>((resolve, reject) =>
        client.openssh_forwardOutStreamLocal(path, (error, channel) =>
          error === undefined
            ? resolve(channel)
            : reject(new HostError('forwarding-refused', error.message, '')),
        ),
      ),
    openTcp: (address, port) =>
      new Promise<Duplex>((resolve, reject) =>
        client.forwardOut('127.0.0.1', 0, address, port, (error, channel) =>
          error === undefined
            ? resolve(channel)
            : reject(new HostError('forwarding-refused', error.message, '')),
        ),
      ),
    async openProgram(argv, as) {
      return await exec(through(as) + argv.map(quoteShell).join(' '));
    },
    loginAgain: () => plainSshHost(options),
    onLost: () => () => undefined,
    close: async () => {
      client.end();
    },
  };
  return host;
}
