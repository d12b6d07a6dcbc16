import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../../main/host/host.ts';
import type { Prompter } from '../../../main/host/prompter.ts';
import { connectSsh, type ConnectSshOptions } from '../../../main/ssh/connect.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { silentPrompter } from './prompters.ts';

/** A home folder of its own, with an ssh config. */
export class TestHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'portcullis-ssh-'));

  constructor(config = '') {
    mkdirSync(join(this.folder, '.ssh'), { mode: 0o700 });
    this.write('config', config);
  }

  path(name: string): string {
    return join(this.folder, '.ssh', name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One more sshd on a test host, on a port of its own, with other settings than the first. */
export async function extraSshd(
  host: TestHost,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const options = Object.entries(settings).map(([name, value]) => `-o '${name}=${value}'`);
  await host.run(
    `install -d /run/sshd && /usr/sbin/sshd -p ${port} -o PidFile=none -o StrictModes=no ${options.join(' ')}`,
  );
}

/** Takes away the two seconds that PAM waits after a wrong password. */
export async function withoutDelay(host: TestHost): Promise<void> {
  await host.run("sed -i 's/pam_unix.so nullok/& nodelay/' /etc/pam.d/common-auth");
}

/** Connects with options that a test rarely changes filled in; unknown host keys are taken. */
export function connect(
  home: TestHome,
  options: Partial<ConnectSshOptions> & Pick<ConnectSshOptions, 'destination'>,
  prompter: Prompter = silentPrompter,
  signal: AbortSignal = new AbortController().signal,
): Promise<Host> {
  return connectSsh(
    {
      identityFile: null,
      knownHostsFile: null,
      jump: null,
      acceptNewHostKey: true,
      sudo: 'none',
      home: home.folder,
      ...options,
    },
    prompter,
    signal,
  );
}

export const loginScript = (script: string) =>
  ({ script, as: { kind: 'login' }, timeoutMs: 20_000 }) as const;
export const rootScript = (script: string) => ({ script, as: { kind: 'root' }, timeoutMs: 20_000 }) as const;

/** Standard output of a script without its last newline. */
export async function output(host: Host, script: string, as: 'login' | 'root' = 'login'): Promise<string> {
  const request = as === 'login' ? loginScript(script) : rootScript(script);
  const { stdout } = await host.run(request, new AbortController().signal);
  return stdout.toString().replace(/\n$/, '');
}

/** Waits until the condition holds; throws after five seconds. */
export async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within five seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
