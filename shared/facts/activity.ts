import { z } from 'zod';

/** A transaction, prepared or not, that has been open for a while. No text of a statement, only its first word. */
export const openTransactionSchema = z.object({
  role: z.string(),
  database: z.string().nullable(),
  /** null for the Unix socket. */
  address: z.string().nullable(),
  application: z.string(),
  /** `active`, `idle in transaction`, `idle in transaction (aborted)`, `prepared`, … */
  state: z.string(),
  /** The first word of the statement that runs or ran last: `UPDATE`; empty when it is not known. */
  command: z.string(),
  /** Seconds since it began. */
  seconds: z.number(),
});
export type OpenTransaction = z.infer<typeof openTransactionSchema>;

/** What goes on in the server that a restart would interrupt, and how much it would have to make up for. */
export const activitySchema = z.object({
  /** Transactions that have been open for a minute or longer, the oldest first, at most 200. */
  transactions: z.array(openTransactionSchema),
  prepared: z.array(openTransactionSchema),
  /** Base backups that are being taken. */
  backups: z.array(
    z.object({
      role: z.string(),
      address: z.string().nullable(),
      application: z.string(),
      phase: z.string(),
    }),
  ),
  /** Standbys and receivers of WAL that follow this server. */
  standbys: z.array(
    z.object({
      role: z.string(),
      address: z.string().nullable(),
      application: z.string(),
      state: z.string(),
      /** `async`, `sync`, `quorum`, `potential` */
      sync: z.string(),
      /** Bytes of WAL that it has not written yet; null when it is not known. */
      behindBytes: z.number().nullable(),
    }),
  ),
  /** Autovacuum workers that prevent transaction ids from running out; they begin anew after a restart. */
  wraparoundVacuums: z.array(z.object({ database: z.string(), seconds: z.number() })),
  /** The last checkpoint; null when it may not be asked for. */
  checkpoint: z.object({ secondsAgo: z.number(), replayBytes: z.number().nullable() }).nullable(),
});
export type Activity = z.infer<typeof activitySchema>;
