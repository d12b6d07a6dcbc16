import { z } from 'zod';

/** One gate on the way through a tunnel, in the order in which they are met. */
export const tunnelTestStepSchema = z.object({
  gate: z.enum(['login', 'forwarding', 'listener', 'server', 'hba']),
  state: z.enum(['passed', 'refused', 'unknown']),
  said: z.string(),
  /** What can be done about it. */
  next: z.string().nullable(),
});
export type TunnelTestStep = z.infer<typeof tunnelTestStepSchema>;

/** How far a tunnel came that was opened to try it; the first gate that refuses is the last step. */
export const tunnelTestSchema = z.object({
  account: z.string(),
  /** `127.0.0.1:5432` or the path of a socket. */
  target: z.string(),
  works: z.boolean(),
  steps: z.array(tunnelTestStepSchema),
});
export type TunnelTest = z.infer<typeof tunnelTestSchema>;

/** What clients write into their programs. */
export const tunnelGuideSchema = z.object({
  config: z.string(),
  command: z.string(),
  clients: z.array(z.object({ name: z.string(), text: z.string() })),
});
