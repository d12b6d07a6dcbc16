import { networkInterfaces } from 'node:os';
import { settingOf } from '../../shared/access/entry.ts';
import type { AccessState } from '../../shared/access/cut-off.ts';
import {
  clientsOf,
  judgeMustWork,
  mustWorkText,
  type MustWork,
  type MustWorkVerdict,
} from '../../shared/access/must-work.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { FactSet } from '../../shared/facts/facts.ts';
import type { HbaRule } from '../../shared/hba/types.ts';
import { contains, isLoopback, parseNetwork } from '../../shared/lib/cidr.ts';
import type { Secret } from '../../shared/lib/secret.ts';
import { accessChange, type AccessChange } from '../../shared/plan/cut-off.ts';
import type { Host } from '../host/host.ts';
import { StatementError } from '../postgres/connection.ts';
import { socketPaths } from '../postgres/parse-clusters.ts';
import { tryLogin, type LoginPath } from '../postgres/try-login.ts';
import { ApplyRefused, StepFailed } from './apply-error.ts';
import type { ExtraProof } from './prove.ts';

/** Somebody who must still get in, with the password to try it with; null leaves it at computing. */
export interface NamedMustWork {
  readonly entry: MustWork;
  readonly password: Secret | null;
}

/** Judges by what the plan is predicted to do, at once and from the next restart on. */
export function judgePlanned(access: AccessChange, { entry, password }: NamedMustWork): MustWorkVerdict {
  const clients = clientsOf(access.before.facts, entry, password !== null);
  const soon = judgeMustWork(access.before, access.after, clients);
  if (soon.verdict === 'refused' || access.later === null) return soon;
  const later = judgeMustWork(access.before, access.later, clients);
  return later.verdict === 'refused'
    ? { ...later, because: `${later.because}, from the next restart on` }
    : soon;
}

/** Why the plan is refused outright; null when everybody named gets in. */
export function refusedMustWork(access: AccessChange, named: readonly NamedMustWork[]): string | null {
  for (const one of named) {
    const { verdict, because } = judgePlanned(access, one);
    if (verdict === 'refused')
      return `This must still work and would not: ${mustWorkText(one.entry)} (${because}).`;
  }
  return null;
}

interface Trial {
  readonly path: LoginPath;
  /** What the attempt stands for, in words. */
  readonly shows: string;
}

type Tryable = Trial | { readonly path: null; readonly why: string };

const asksPassword: readonly string[] = ['scram-sha-256', 'md5', 'password'];
const sameLine = (one: HbaRule | null, other: HbaRule | null): boolean =>
  one !== null && other !== null && one.file === other.file && one.line === other.line;

const isOwnAddress = (address: string | null): boolean =>
  address !== null &&
  Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address) === true);

/** The way in which a login can be tried, if there is one that shows something. */
export function trialOf(
  host: Host,
  cluster: Cluster,
  state: AccessState,
  { entry, password }: NamedMustWork,
  rule: HbaRule | null,
): Tryable {
  const no = (why: string): Tryable => ({ path: null, why });
  if (rule === null) return no('which line decides is not known');
  const withPassword = asksPassword.includes(rule.method);
  if (withPassword && password === null) return no('no password was given');
  const port = Number(settingOf(state.facts, 'port') ?? cluster.port);
  if (entry.address === null) {
    const path = socketPaths({ ...cluster, port })[0];
    if (path === undefined) return no('there is no socket');
    const peer = rule.method === 'peer' && rule.options.length === 0;
    if (!withPassword && rule.method !== 'trust' && !peer) return no(`${rule.method} cannot be tried`);
    const as = { kind: 'user', name: peer ? entry.role : cluster.owner } as const;
    return { path: { kind: 'socket', path, as }, shows: 'tried by the socket' };
  }
  if (!withPassword && rule.method !== 'trust') return no(`${rule.method} cannot be tried`);
  const network = parseNetwork(entry.address);
  if (network === null) return no('the address is none');
  const { kind, address, clientAddress } = host.description;
  const loopback = network.family === 'ipv6' ? '::1' : '127.0.0.1';
  if (isLoopback(network)) {
    return { path: { kind: 'tcp', address: loopback, port }, shows: `tried from ${loopback}` };
  }
  const own = clientAddress === null ? null : parseNetwork(clientAddress);
  if (
    kind === 'ssh' &&
    address !== null &&
    own !== null &&
    contains(network, own) &&
    isOwnAddress(clientAddress)
  ) {
    const rest = network.prefix === own.prefix ? '' : '; the rest of the network computed';
    return { path: { kind: 'direct', address, port }, shows: `tried from ${clientAddress ?? ''}${rest}` };
  }
  const near = clientsOf(state.facts, { ...entry, address: loopback }, password !== null);
  if (sameLine(judgeMustWork(state, state, near).rule, rule)) {
    return {
      path: { kind: 'tcp', address: loopback, port },
      shows: `its login tried on the host by the same line; listener and firewall computed`,
    };
  }
  return no('it comes from elsewhere');
}

export interface MustWorkContext {
  readonly access: AccessChange;
  readonly cluster: Cluster;
  /** Inspects anew through the new login. */
  readonly collect: (host: Host, signal: AbortSignal) => Promise<FactSet>;
}

/**
 * One proof for each that was named. Before the run each login that can be tried is tried, so that afterwards a failure
 * can only come of the change. Afterwards: computed from what is live then, and tried where it worked before.
 */
export function mustWorkProofs(
  { access, cluster, collect }: MustWorkContext,
  named: readonly NamedMustWork[],
): readonly ExtraProof[] {
  let inspected: Promise<AccessState> | null = null;
  const live = (host: Host, signal: AbortSignal): Promise<AccessState> => {
    inspected ??= collect(host, signal).then((facts) => accessChange(facts, facts, []).after);
    return inspected;
  };
  return named.map((one): ExtraProof => {
    const { entry, password } = one;
    const clients = clientsOf(access.before.facts, entry, password !== null);
    const attempt = (host: Host, path: LoginPath, signal: AbortSignal) =>
      tryLogin(host, { path, role: entry.role, database: entry.database, password }, signal);
    let worked: LoginPath['kind'] | null = null;
    let why = '';
    return {
      title: `Still gets in: ${mustWorkText(entry)}`,
      async before(host, signal) {
        const { rule } = judgeMustWork(access.before, access.before, clients);
        const trial = trialOf(host, cluster, access.before, one, rule);
        if (trial.path === null) {
          why = trial.why;
          return;
        }
        try {
          await attempt(host, trial.path, signal);
          worked = trial.path.kind;
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof StatementError && error.code === '28P01' && password !== null) {
            throw new ApplyRefused(
              `${mustWorkText(entry)}: the server does not take this password today.`,
              'Give the right one, or none: then it is computed only.',
              { cause: error },
            );
          }
          why = 'it could not be tried before the change either';
        }
      },
      async run(host, signal) {
        const state = await live(host, signal);
        const { verdict, because, rule } = judgeMustWork(access.before, state, clients);
        if (verdict === 'refused') throw new StepFailed(because);
        const trial: Tryable =
          worked === null ? { path: null, why } : trialOf(host, cluster, state, one, rule);
        if (trial.path === null || trial.path.kind !== worked) {
          const reason = trial.path === null ? trial.why : 'it comes in by another line now';
          return `computed, not tried (${reason}): ${because}`;
        }
        const { tls } = await attempt(host, trial.path, signal);
        return `${trial.shows}${tls ? ', TLS' : ''}: ${because}`;
      },
    };
  });
}
