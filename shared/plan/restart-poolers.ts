import type { FactSet } from '../facts/facts.ts';

interface Pooler {
  readonly name: string;
  readonly pattern: RegExp;
  readonly behaviour: string;
}

// By the manuals: PgBouncer's query_wait_timeout, Pgpool-II's failover and health check, Odyssey's and PgCat's pools.
const poolers: readonly Pooler[] = [
  {
    name: 'PgBouncer',
    pattern: /pgbouncer/i,
    behaviour:
      'lets clients wait for query_wait_timeout (120 s unless changed) and connects again by itself; transactions that are open fail',
  },
  {
    name: 'Pgpool-II',
    pattern: /pgpool/i,
    behaviour:
      'may take the server out of service when it stops: look at its failover and health check first',
  },
  {
    name: 'Odyssey',
    pattern: /odyssey/i,
    behaviour: 'connects again by itself; statements that run meanwhile fail',
  },
  {
    name: 'PgCat',
    pattern: /pgcat/i,
    behaviour: 'bans the server for ban_time (60 s unless changed) after a failed connection',
  },
  {
    name: 'pools inside applications',
    pattern: /jdbc|hikari|npgsql|sequelize|sqlalchemy|asyncpg|rails|puma|unicorn|sidekiq/i,
    behaviour: 'connect again when a connection is next asked for; statements that run meanwhile fail',
  },
];

/** The connection poolers that the inspection saw, on the host or by the names of applications. */
export function poolersSeen(facts: FactSet): { readonly name: string; readonly behaviour: string }[] {
  const names = [
    ...(facts.listeners.state === 'collected'
      ? facts.listeners.value.map(({ process }) => process ?? '')
      : []),
    ...(facts.sessions.state === 'collected'
      ? facts.sessions.value.flatMap(({ application, role }) => [application, role])
      : []),
  ];
  return poolers
    .filter(({ pattern }) => names.some((name) => pattern.test(name)))
    .map(({ name, behaviour }) => ({ name, behaviour }));
}
