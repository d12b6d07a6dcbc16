import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connectTarget } from '../../../main/engine/connect.ts';
import { Session } from '../../../main/engine/session.ts';
import type { Host } from '../../../main/host/host.ts';
import { createPracticeServer } from '../../../main/practice/practice-server.ts';
import type { ApplyEvent } from '../../../shared/contract/apply.ts';
import type { FixOffer, Preview } from '../../../shared/contract/values.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import type { FixPreferences } from '../../../shared/fixes/define-fix.ts';
import { defaultAnswers } from '../../../shared/plan/offers.ts';
import type { FixChoice } from '../../../shared/plan/plan.ts';
import type { Report } from '../../../shared/report/model.ts';
import { isOpen } from '../../../shared/report/score.ts';
import { startHost, type Suite, type TestHost } from '../../hosts/hosts.ts';
import { silentPrompter } from '../ssh/prompters.ts';

export const never = new AbortController().signal;

/** A test host and an inspected target as the program has it, over ssh and sudo. */
export interface Bench {
  readonly machine: TestHost;
  readonly host: Host;
  readonly session: Session;
  /** The cluster that was found. */
  readonly cluster: Cluster | null;
  scan(profile?: string): Promise<Report>;
  /** Connects anew, as after a reboot; `host` and `session` are new ones from then on. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

export async function openBench(suite: Suite, name: string, index: number): Promise<Bench> {
  const machine = await startHost({ suite, name, index, running: true });
  const home = await mkdtemp(join(tmpdir(), 'portcullis-fixes-'));
  const connect = async () => {
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
        cluster: null,
        acceptNewHostKey: true,
      },
      silentPrompter,
      createPracticeServer({ directory: join(home, 'practice') }),
      never,
    );
    if (connected.kind !== 'live') throw new Error('no live target');
    const { host, cluster, clusters } = connected;
    const session = new Session(host, null, {
      version: 'test',
      home,
      prompter: silentPrompter,
      cluster,
      clusters,
      waivers: () => Promise.resolve([]),
    });
    return { host, session, cluster };
  };
  let now = await connect();
  return {
    machine,
    get host() {
      return now.host;
    },
    get session() {
      return now.session;
    },
    get cluster() {
      return now.cluster;
    },
    scan: (profile = 'baseline') => now.session.scan(profile, () => undefined, never),
    async reconnect() {
      await now.session.close();
      now = await connect();
    },
    async close() {
      await now.session.close();
      await machine.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Ids of the checks that a report has open, sorted. */
export const openChecks = (report: Report): readonly string[] =>
  report.findings
    .filter(isOpen)
    .map(({ check }) => check)
    .sort();

/** The offers of these fixes, each of which has to be offered. */
export function offersOf(session: Session, ids: readonly string[], preferences: FixPreferences): FixOffer[] {
  const offers = session.offers(preferences);
  return ids.map((id) => {
    const offer = offers.find((one) => one.id === id);
    if (offer === undefined) throw new Error(`${id} is not offered: its checks do not fail`);
    if (offer.unavailable !== null) throw new Error(`${id} is not available: ${offer.unavailable}`);
    return offer;
  });
}

/** Plans these fixes with the default answers, and those given in their place. */
export async function planFixes(
  session: Session,
  offers: readonly FixOffer[],
  answers: Readonly<Record<string, Readonly<Record<string, string>>>>,
  preferences: FixPreferences,
): Promise<Preview> {
  const chosen = offers.map(({ id, choices }): FixChoice => {
    const unknown = Object.keys(answers[id] ?? {}).filter((key) => !choices.some((one) => one.key === key));
    expect(unknown, `answers to questions that ${id} does not ask`).toEqual([]);
    return { fix: id, answers: { ...defaultAnswers(choices), ...answers[id] } };
  });
  const result = await session.plan(chosen, true, preferences);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.preview;
}

/** Applies the plan and keeps it; gives the id of the run. */
export async function applyAndKeep(session: Session, { plan }: Preview): Promise<string> {
  const events: ApplyEvent[] = [];
  const run = session.apply(
    plan.id,
    { confirmWithinSeconds: 60, acceptCutOff: true, acceptUnguarded: false, autoKeep: true },
    (event) => events.push(event),
    never,
  );
  const outcome = await run.finished;
  const log = events.flatMap((event) =>
    event.kind === 'log'
      ? [`${event.topic}: ${event.text}`]
      : event.kind === 'step' || event.kind === 'proof'
        ? [
            `${event.kind} ${event.kind === 'step' ? event.number : event.title}: ${event.state} ${event.detail}`,
          ]
        : [],
  );
  expect(outcome.result, `${outcome.reason}\n${log.join('\n')}`).toBe('kept');
  return outcome.runId ?? '';
}

export async function rollBack(session: Session, runId: string): Promise<void> {
  const log: string[] = [];
  const { outcome, drift } = await session.history.rollBack(
    runId,
    { force: false, decisions: [], breakLock: false },
    (event) => {
      if (event.kind === 'log') log.push(event.text);
    },
    never,
  );
  expect(outcome.result, `${outcome.reason} ${JSON.stringify(drift)}\n${log.join('\n')}`).toBe('rolled-back');
  expect(outcome.reason).toBe('Everything is as it was before the run.');
}
