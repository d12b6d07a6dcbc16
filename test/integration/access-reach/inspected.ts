import { connect } from 'node:net';
import { collectFacts } from '../../../main/collect/collect-facts.ts';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import type { Exposure, ExposureReport, ReachGround } from '../../../shared/access/exposure.ts';
import { readGround } from '../../../shared/access/ground.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { logIn } from '../collect/login.ts';

/** True when a server of PostgreSQL answers at the port at all. */
export function answers(source: string, address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress: source });
    const end = (result: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(false), 1000);
    // SSLRequest of the protocol: a server says S or N.
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
  });
}

export interface Inspected {
  readonly ground: ReachGround;
  readonly report: ExposureReport;
}

/** Inspects the host as the program does. */
export async function inspect(host: TestHost, cluster: string): Promise<Inspected> {
  const login = await logIn(host, 'ops');
  try {
    const file = await collectFacts(login.host, { cluster }, AbortSignal.timeout(60_000));
    const ground = readGround(file.facts);
    return { ground, report: exposuresOf(ground) };
  } finally {
    await login.close();
  }
}

/** What other machines can reach. */
export const remote = ({ network }: ExposureReport): readonly Exposure[] =>
  network.filter(({ scope }) => scope === 'remote');
