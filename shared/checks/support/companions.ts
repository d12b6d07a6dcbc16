import type { Listener } from '../../facts/network.ts';

/** A program that stands beside PostgreSQL and opens the way to it, or to its state, by a port of its own. */
export interface Companion {
  readonly pattern: RegExp;
  readonly ports: readonly number[];
  readonly what: string;
}

export const companions: readonly Companion[] = [
  { pattern: /^postgres$|^postmaster$/, ports: [], what: 'another PostgreSQL server' },
  { pattern: /^pgbouncer/, ports: [6432], what: 'PgBouncer' },
  { pattern: /^pgpool/, ports: [9999, 9898], what: 'Pgpool-II' },
  { pattern: /^odyssey$/, ports: [], what: 'Odyssey' },
  { pattern: /^patroni/, ports: [8008], what: 'the control interface of Patroni' },
  { pattern: /^etcd$/, ports: [2379, 2380], what: 'etcd' },
  { pattern: /^postgres_export/, ports: [9187], what: 'the metrics of postgres_exporter' },
  { pattern: /^pgadmin/, ports: [5050], what: 'pgAdmin' },
  { pattern: /^postgrest/, ports: [], what: 'PostgREST' },
];

/**
 * Which companion a listener is: by its program, and by its port where the program is not seen or is only a shell around
 * it (an interpreter, a web server, the proxy of a container).
 */
export function companionOf({ process, port }: Listener): Companion | null {
  const byName = process === null ? undefined : companions.find(({ pattern }) => pattern.test(process));
  if (byName !== undefined) return byName;
  const known =
    process !== null &&
    !/^(python|gunicorn|uwsgi|apache2|httpd|nginx|node|java|perl|docker-pr|rootlessport|conmon)/.test(
      process,
    );
  return known ? null : (companions.find(({ ports }) => ports.includes(port)) ?? null);
}
