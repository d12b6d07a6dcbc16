import { z } from 'zod';

/**
 * What is known of one subject. Only `collected` can let a check pass; the other three carry the reason that the
 * finding shows as "not assessed".
 * - absent: the subject does not exist or cannot exist on this target (no sshd installed, the practice server)
 * - denied: it exists and the rights were not enough
 * - failed: it was tried and broke (timeout, unreadable output, connection refused)
 */
export type Fact<T> =
  | { readonly state: 'collected'; readonly value: T }
  | { readonly state: 'absent' | 'denied' | 'failed'; readonly reason: string };

export type FactState = Fact<unknown>['state'];

export const collected = <T>(value: T): Fact<T> => ({ state: 'collected', value });
export const absent = (reason: string): Fact<never> => ({ state: 'absent', reason });
export const denied = (reason: string): Fact<never> => ({ state: 'denied', reason });
export const failed = (reason: string): Fact<never> => ({ state: 'failed', reason });

/** The schema of a fact whose value has the schema given. */
export function factSchema<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion('state', [
    z.object({ state: z.literal('collected'), value }),
    z.object({ state: z.literal('absent'), reason: z.string() }),
    z.object({ state: z.literal('denied'), reason: z.string() }),
    z.object({ state: z.literal('failed'), reason: z.string() }),
  ]);
}
