import { z } from 'zod';
import { openTransactionSchema, type Activity } from '../facts/activity.ts';
import type { FactSet } from '../facts/facts.ts';
import { estimateDowntime } from './restart-downtime.ts';
import { poolersSeen } from './restart-poolers.ts';

/** A transaction that has been open for this long is one that a restart should not cut off unasked. */
export const longTransactionSeconds = 300;

/** What the person wants when a long transaction or a base backup runs right before the restart. */
export const restartPolicySchema = z.object({
  /** `stop` ends the run and rolls it back; `wait` does so after `waitSeconds`; `over` restarts all the same. */
  busy: z.enum(['stop', 'wait', 'over']),
  /** For `wait`: how long at most. */
  waitSeconds: z.number().int().min(0).max(3600),
});
export type RestartPolicy = z.infer<typeof restartPolicySchema>;

export const stopWhenBusy: RestartPolicy = { busy: 'stop', waitSeconds: 0 };

export const restartOutlookSchema = z.object({
  /** Who is connected and loses the session, the most first. */
  clients: z.array(
    z.object({
      role: z.string(),
      application: z.string(),
      address: z.string().nullable(),
      count: z.number(),
    }),
  ),
  sessions: z.number(),
  longTransactions: z.array(openTransactionSchema),
  prepared: z.array(openTransactionSchema),
  backups: z.array(z.object({ role: z.string(), address: z.string().nullable(), application: z.string() })),
  standbys: z.array(
    z.object({
      application: z.string(),
      address: z.string().nullable(),
      sync: z.string(),
      behindBytes: z.number().nullable(),
    }),
  ),
  wraparoundVacuums: z.array(z.object({ database: z.string(), seconds: z.number() })),
  checkpoint: z.object({ secondsAgo: z.number(), replayBytes: z.number().nullable() }).nullable(),
  /** max_wal_size: what a crash would have to replay at most, about. */
  maxWalBytes: z.number().nullable(),
  downtime: z.object({ fromSeconds: z.number(), toSeconds: z.number(), reason: z.string() }),
  /** Poolers in front, each with what it does while the server is away. */
  poolers: z.array(z.object({ name: z.string(), behaviour: z.string() })),
  /** Why some of this is not known; null when all is. */
  unknown: z.string().nullable(),
});
/** What a restart in the plan means for those who use the server, as far as the inspection saw. */
export type RestartOutlook = z.infer<typeof restartOutlookSchema>;

/** What the facts say of a restart. Pure. */
export function restartOutlook(facts: FactSet): RestartOutlook {
  const sessions = facts.sessions.state === 'collected' ? facts.sessions.value : [];
  const activity: Activity | null = facts.activity.state === 'collected' ? facts.activity.value : null;
  const missing = [facts.sessions, facts.activity].find(({ state }) => state !== 'collected');
  return {
    clients: clientsOf(sessions.filter(({ replication }) => !replication)),
    sessions: sessions.length,
    longTransactions: (activity?.transactions ?? []).filter(
      ({ seconds }) => seconds >= longTransactionSeconds,
    ),
    prepared: activity?.prepared ?? [],
    backups: (activity?.backups ?? []).map(({ role, address, application }) => ({
      role,
      address,
      application,
    })),
    standbys: (activity?.standbys ?? []).map(({ application, address, sync, behindBytes }) => ({
      application,
      address,
      sync,
      behindBytes,
    })),
    wraparoundVacuums: activity?.wraparoundVacuums ?? [],
    checkpoint: activity?.checkpoint ?? null,
    maxWalBytes: maxWalBytes(facts),
    downtime: estimateDowntime(facts),
    poolers: poolersSeen(facts),
    unknown: missing === undefined || missing.state === 'collected' ? null : missing.reason,
  };
}

function clientsOf(
  sessions: readonly {
    readonly role: string;
    readonly application: string;
    readonly address: string | null;
  }[],
): RestartOutlook['clients'] {
  const clients = new Map<string, RestartOutlook['clients'][number]>();
  for (const { role, application, address } of sessions) {
    const key = JSON.stringify([role, application, address]);
    const count = (clients.get(key)?.count ?? 0) + 1;
    clients.set(key, { role, application, address, count });
  }
  return [...clients.values()].sort((one, other) => other.count - one.count);
}

/** pg_settings gives max_wal_size in MB. */
function maxWalBytes(facts: FactSet): number | null {
  if (facts.settings.state !== 'collected') return null;
  const row = facts.settings.value.find(({ name }) => name === 'max_wal_size');
  const size = Number(row?.value);
  return row?.unit === 'MB' && Number.isFinite(size) ? size * 1024 * 1024 : null;
}

/** Whether a run would stop before the restart, by what was seen, unless the person says otherwise. */
export function isBusy(outlook: Pick<RestartOutlook, 'longTransactions' | 'backups'>): boolean {
  return outlook.longTransactions.length > 0 || outlook.backups.length > 0;
}
