import { z } from 'zod';
import { parseNetwork } from '../lib/cidr.ts';

export const mustWorkSchema = z.object({
  role: z.string().min(1).max(63),
  /** An address or a network; null for the Unix socket. */
  address: z
    .string()
    .max(60)
    .nullable()
    .refine((text) => text === null || parseNetwork(text) !== null),
  database: z.string().min(1).max(63),
});
/** Somebody who must still get in after a run, as the person named it. */
export type MustWork = z.infer<typeof mustWorkSchema>;

/** `app from 10.0.0.0/24 to shop` */
export function mustWorkText({ role, address, database }: MustWork): string {
  return `${role} ${address === null ? 'by the Unix socket' : `from ${address}`} to ${database}`;
}
