import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPlan } from '../../../main/apply/apply-plan.ts';
import type { ApplyRequest, ApplyRun } from '../../../main/apply/apply-plan.ts';
import type { OpenSession } from '../../../main/apply/step-tools.ts';
import type { Host } from '../../../main/host/host.ts';
import { discoveryFunctions } from '../../../main/postgres/discovery-script.ts';
import { openPostgres } from '../../../main/postgres/open-postgres.ts';
import { parseClusters } from '../../../main/postgres/parse-clusters.ts';
import { connectSsh } from '../../../main/ssh/connect.ts';
import type { ApplyEvent, ApplyOutcome } from '../../../shared/contract/apply.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { effectOf, isGuarded, isReversible, titleOf } from '../../../shared/plan/order.ts';
import type { Plan, Precondition } from '../../../shared/plan/plan.ts';
import { startHost } from '../../hosts/hosts.ts';
import type { Suite, TestHost } from '../../hosts/hosts.ts';

export const never = new AbortController().signal;

/** A test host with a login over ssh, as the program has it, and a data folder of the program. */
export interface Bench {
  readonly machine: TestHost;
  readonly host: Host;
  readonly cluster: Cluster;
  readonly home: string;
  readonly destination: string;
  close(): Promise<void>;
}

/** Logs in over ssh with the key of the test hosts. */
export async function logIn(machine: TestHost, home: string, user: string): Promise<Host> {
  return connectSsh(
    {
      destination: `${user}@${machine.address}`,
      identityFile: machine.key,
      knownHostsFile: join(home, 'known_hosts'),
      acceptNewHostKey: true,
      jump: null,
      sudo: 'auto',
      home,
    },
    {
      ask: (prompt) => Promise.reject(new Error(`unexpected question: ${prompt.kind}`)),
      progress: () => undefined,
    },
    never,
  );
}

export async function findCluster(host: Host): Promise<Cluster> {
  const as = host.description.privilege === 'none' ? { kind: 'login' as const } : { kind: 'root' as const };
  const found = await host.run(
    { script: `${discoveryFunctions}\npc_discover`, as, timeoutMs: 20_000 },
    never,
  );
  const [cluster] = parseClusters(found.stdout.toString('utf8'));
  if (cluster === undefined) throw new Error(`no cluster found: ${found.stderr}`);
  return cluster;
}

export async function openBench(suite: Suite, name: string, index: number, user = 'ops'): Promise<Bench> {
  const machine = await startHost({ suite, name, index, running: true });
  const home = await mkdtemp(join(tmpdir(), 'portcullis-apply-'));
  const host = await logIn(machine, home, user);
  const cluster = await findCluster(host);
  return {
    machine,
    host,
    cluster,
    home,
    destination: `${user}@${machine.address}`,
    async close() {
      await host.close();
      await machine.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export const openSession: OpenSession = (host, cluster, database, signal) =>
  openPostgres(host, cluster, { database, purpose: 'change' }, signal);

/** A plan of these operations in this order, as the planner would number and judge them. */
export function planOf(
  cluster: Cluster,
  operations: readonly Operation[],
  preconditions: readonly Precondition[] = [],
): Plan {
  return {
    id: 'plan-1',
    targetKey: 'test-host',
    targetLabel: 'test host',
    clusterId: cluster.id,
    createdAt: new Date().toISOString(),
    chosen: [],
    steps: operations.map((operation, index) => ({
      number: index + 1,
      title: titleOf(operation),
      operation,
      fixes: [],
      effect: effectOf(operation),
      reversible: isReversible(operation),
      guarded: isGuarded(operation),
    })),
    preconditions: [...preconditions],
    cutOff: [],
    restart: { reasons: [], included: true },
    notReversible: [],
  };
}

export interface Started {
  readonly run: ApplyRun;
  readonly events: ApplyEvent[];
  /** Resolves once an event fits; rejects when the run ends before. */
  until(fits: (event: ApplyEvent) => boolean): Promise<ApplyEvent>;
  log(): string;
}

/** Starts a run on the bench; what is not given is what most tests want. */
export function start(
  bench: Bench,
  plan: Plan,
  options: Partial<ApplyRequest> = {},
  signal: AbortSignal = never,
): Started {
  const events: ApplyEvent[] = [];
  const listeners = new Set<() => void>();
  const run = applyPlan(
    {
      host: bench.host,
      cluster: bench.cluster,
      plan,
      home: bench.home,
      by: 'tester@bench',
      title: 'a test',
      confirmWithinSeconds: 60,
      accept: { cutOff: false, unguarded: false, breakLock: false },
      openSession,
      autoKeep: false,
      ...options,
      onEvent: (event) => {
        events.push(event);
        for (const listener of [...listeners]) listener();
        options.onEvent?.(event);
      },
    },
    signal,
  );
  return {
    run,
    events,
    log: () =>
      events
        .map((event) => {
          if (event.kind === 'log') return `  ${event.topic}: ${event.text}`;
          if (event.kind === 'phase') return `== ${event.phase}`;
          if (event.kind === 'step')
            return `  step ${event.number} ${event.state} ${event.detail} ${event.elapsedMs ?? ''}`;
          if (event.kind === 'proof')
            return `  proof ${event.title} ${event.state} ${event.detail} ${event.elapsedMs ?? ''}`;
          return `  ${JSON.stringify(event)}`;
        })
        .join('\n'),
    until: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find(fits);
          const ended = events.at(-1)?.kind === 'outcome';
          if (found !== undefined || ended) listeners.delete(look);
          if (found !== undefined) resolve(found);
          else if (ended) reject(new Error(`the run ended: ${JSON.stringify(events.at(-1))}`));
        };
        listeners.add(look);
        look();
      }),
  };
}

export const inPhase = (phase: string) => (event: ApplyEvent) =>
  event.kind === 'phase' && event.phase === phase;

/** Applies a plan and keeps it. */
export async function applyAndKeep(
  bench: Bench,
  plan: Plan,
  options: Partial<ApplyRequest> = {},
): Promise<ApplyOutcome> {
  const started = start(bench, plan, { autoKeep: true, ...options });
  const outcome = await started.run.finished;
  if (outcome.result !== 'kept') throw new Error(`${JSON.stringify(outcome)}\n${started.log()}`);
  return outcome;
}

/**
 * All that must be as before: each file with bytes, mode, owner and time, the catalogs, the settings in force, and
 * nothing left of a run but its folder.
 */
export async function snapshot(bench: Bench, paths: readonly string[]): Promise<string> {
  const { machine, cluster } = bench;
  const all = [
    ...paths,
    cluster.hbaFile,
    cluster.configFile,
    `${cluster.dataDirectory}/postgresql.auto.conf`,
  ];
  const files = await machine.run(
    [...new Set(all)]
      .map(
        (path) =>
          `if [ -e '${path}' ]; then stat -c '%n %a %U:%G %y %F' '${path}'; [ -d '${path}' ] || sha256sum <'${path}'; else echo '${path} absent'; fi`,
      )
      .join('\n'),
  );
  const left = await machine.run(
    'ls -A /etc/systemd/system /etc/systemd/system/timers.target.wants /etc/cron.d /var/lib/systemd/timers 2>/dev/null | grep portcullis || echo nothing left; ls -d /var/lib/portcullis/lock 2>/dev/null; find /etc/postgresql /var/lib/postgresql /etc/ssh -name "*portcullis*"; ps -eo args | grep "[g]uard.sh" || true',
  );
  const catalogs = await machine.psql(`
    SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolconfig FROM pg_roles ORDER BY 1;
    SELECT relname, relrowsecurity, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
    SELECT datname, datacl FROM pg_database ORDER BY 1;
    SELECT nspname, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1;
    SELECT name, setting, source, pending_restart FROM pg_settings WHERE name NOT IN ('lc_messages') AND source IN ('configuration file') ORDER BY 1;
  `);
  return [files, left, catalogs].join('\n--\n');
}
