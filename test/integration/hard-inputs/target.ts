import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTarget } from '../../../main/engine/connect.ts';
import { Session } from '../../../main/engine/session.ts';
import { createPracticeServer } from '../../../main/practice/practice-server.ts';
import type { Report } from '../../../shared/report/model.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { never } from '../fixes/bench.ts';
import { silentPrompter } from '../ssh/prompters.ts';

/** One cluster of a test host, as the program has it over ssh and sudo. */
export interface Target {
  readonly session: Session;
  scan(): Promise<Report>;
  close(): Promise<void>;
}

/** Connects to a cluster of a test host by its id (`17/second`); null where there is only one. */
export async function openTarget(
  machine: TestHost,
  cluster: string | null,
  signal: AbortSignal = never,
): Promise<Target> {
  const home = await mkdtemp(join(tmpdir(), 'portcullis-hard-'));
  const connected = await connectTarget(
    {
      target: {
        kind: 'ssh',
        destination: `ops@${machine.address}`,
        identityFile: machine.key,
        knownHostsFile: join(home, 'known_hosts'),
        jump: null,
      },
      sudo: 'auto',
      cluster,
      acceptNewHostKey: true,
    },
    silentPrompter,
    createPracticeServer({ directory: join(home, 'practice') }),
    signal,
  );
  if (connected.kind !== 'live') throw new Error('no live target');
  const session = new Session(connected.host, null, {
    version: 'test',
    home,
    prompter: silentPrompter,
    cluster: connected.cluster,
    clusters: connected.clusters,
    waivers: () => Promise.resolve([]),
  });
  return {
    session,
    scan: () => session.scan('baseline', () => undefined, signal),
    async close() {
      await session.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
