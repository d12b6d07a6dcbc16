import type { Fact } from '../facts/fact.ts';
import { readFirewall } from '../firewall/read-firewall.ts';
import { readHba } from '../hba/read-files.ts';
import { parseAddress } from '../lib/cidr.ts';
import type { ReachFacts, ReachGround, ReachListener } from './exposure.ts';

/** The value of a fact that is collected; null for every other. */
export function known<T>(fact: Fact<T> | undefined): T | null {
  return fact?.state === 'collected' ? fact.value : null;
}

function whyNot(fact: Fact<unknown> | undefined, what: string): string {
  return fact === undefined || fact.state === 'collected'
    ? `${what} was not collected`
    : `${what} is not known: ${fact.reason}`;
}

/** The value of a setting in force; null when it is not known. */
export function settingOf(facts: ReachFacts, name: string): string | null {
  return known(facts.settings)?.find((setting) => setting.name === name)?.value ?? null;
}

const isServer = (process: string | null): boolean =>
  process !== null && /^(postgres|postmaster|edb-postgres)\b/.test(process);

/** What else speaks for PostgreSQL or runs beside it, by its usual port. */
const companions: ReadonlyMap<number, string> = new Map([
  [6432, 'pgbouncer'],
  [8008, 'patroni'],
  [2379, 'etcd'],
  [2380, 'etcd'],
  [9187, 'postgres_exporter'],
  [5050, 'pgAdmin'],
]);
const companionProcess = /^(pgbouncer|pgpool|odyssey|pgcat|patroni|etcd|postgres_export|pgadmin)/;

/** Whether a port belongs to PostgreSQL or to what usually runs beside it. */
export function concernsPostgres({ port, process }: Pick<ReachListener, 'port' | 'process'>): boolean {
  return (
    isServer(process) ||
    (process !== null && companionProcess.test(process)) ||
    companions.has(port) ||
    (port >= 5432 && port <= 5439)
  );
}

/** The name of the process, or that of the program that usually has the port. */
export function processName({ port, process }: Pick<ReachListener, 'port' | 'process'>): string | null {
  const usual = companions.get(port);
  return process ?? (usual === undefined ? null : `perhaps ${usual}`);
}

/** What listens as the kernel shows it; from the settings when nobody could ask the kernel. */
function listenersOf(facts: ReachFacts, port: number): Pick<ReachGround, 'listeners' | 'listenersReason'> {
  const seen = known(facts.listeners);
  const others = known(facts.clusters)?.filter((one) => one.port !== port) ?? [];
  if (seen !== null) {
    const listeners = seen
      .map((one): ReachListener => {
        const cluster = others.find((other) => other.port === one.port);
        const process = one.process ?? (cluster === undefined ? null : 'postgres');
        return {
          address: one.address,
          port: one.port,
          process,
          inspected: one.port === port && (process === null || isServer(process)),
        };
      })
      .filter((one) => one.inspected || concernsPostgres(one));
    return { listeners, listenersReason: null };
  }
  const reason = whyNot(facts.listeners, 'What listens on the host');
  const addresses = settingOf(facts, 'listen_addresses');
  // Without the settings either, every address is possible.
  const words = (addresses ?? '*').split(',').map((word) => word.trim());
  const listeners = words.flatMap((word): readonly ReachListener[] => {
    const at = (address: string): ReachListener => ({ address, port, process: null, inspected: true });
    if (word === '') return [];
    if (word === '*') return [at('0.0.0.0'), at('::')];
    if (word === 'localhost') return [at('127.0.0.1'), at('::1')];
    // A name stands for addresses that only the host knows.
    return parseAddress(word) === null ? [at('0.0.0.0'), at('::')] : [at(word)];
  });
  return { listeners, listenersReason: reason };
}

/** Reads the facts once. Nothing is guessed: what is missing is named in the ground. */
export function readGround(facts: ReachFacts): ReachGround {
  const cluster = known(facts.cluster);
  const port = Number(settingOf(facts, 'port') ?? cluster?.port ?? 5432);
  const files = known(facts.configurationFiles);
  const reading =
    files === null || cluster === null
      ? {
          ok: false as const,
          reason:
            files === null
              ? whyNot(facts.configurationFiles, 'pg_hba.conf')
              : whyNot(facts.cluster, 'The cluster'),
        }
      : readHba(files, cluster.major);
  const raw = known(facts.firewall);
  const ssl = settingOf(facts, 'ssl');
  return {
    facts,
    rules: reading.ok ? reading.view.rules : null,
    hbaProblems: reading.ok ? reading.view.problems : [],
    hbaReason: reading.ok ? null : reading.reason,
    firewall: raw === null ? null : readFirewall(raw),
    firewallReason: raw === null ? whyNot(facts.firewall, 'The firewall') : null,
    ...listenersOf(facts, port),
    port,
    ssl: ssl === null ? null : ssl === 'on',
    gss:
      reading.ok && reading.view.rules.some(({ type }) => type === 'hostgssenc' || type === 'hostnogssenc'),
    major: cluster?.major ?? 0,
  };
}
