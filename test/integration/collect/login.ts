import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../../main/host/host.ts';
import type { Prompter } from '../../../main/host/prompter.ts';
import { connectSsh } from '../../../main/ssh/connect.ts';
import type { SudoMode } from '../../../shared/contract/target.ts';
import type { TestHost } from '../../hosts/hosts.ts';

/** Answers every prompt of a kind with the same secret; the others are skipped. */
export function answering(secrets: Readonly<Record<string, string>>): Prompter & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    ask: async (prompt) => {
      asked.push(prompt.kind);
      const secret = secrets[prompt.kind];
      return secret === undefined ? { kind: 'skip' } : { kind: 'secrets', values: [secret] };
    },
    progress: () => undefined,
  };
}

export interface Login {
  readonly host: Host;
  readonly close: () => Promise<void>;
}

/** Logs in to a test host by its key, with a home folder of its own. */
export async function logIn(
  testHost: Pick<TestHost, 'address' | 'key'>,
  user: string,
  options: { readonly sudo?: SudoMode; readonly prompter?: Prompter; readonly signal?: AbortSignal } = {},
): Promise<Login> {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-login-'));
  const host = await connectSsh(
    {
      destination: `${user}@${testHost.address}`,
      jump: null,
      sudo: options.sudo ?? 'auto',
      identityFile: testHost.key,
      knownHostsFile: join(home, 'known_hosts'),
      acceptNewHostKey: true,
      home,
    },
    options.prompter ?? answering({}),
    options.signal ?? new AbortController().signal,
  );
  return {
    host,
    close: async () => {
      await host.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
