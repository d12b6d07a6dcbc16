import { z } from 'zod';

/** Where to connect to, as the person chose it. Holds no secret and may be stored. */
export const targetSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ssh'),
    /** `user@host:port`, `ssh://…`, or an alias of ~/.ssh/config. */
    destination: z.string().min(1),
    identityFile: z.string().nullable(),
    knownHostsFile: z.string().nullable(),
    /** Jump hosts in place of those of the ssh config: `bastion`, `me@a,b:2222`; null leaves it to the config. */
    jump: z.string().nullable(),
  }),
  z.object({ kind: z.literal('local') }),
  z.object({ kind: z.literal('practice') }),
  z.object({ kind: z.literal('recorded'), path: z.string() }),
]);
export type Target = z.infer<typeof targetSchema>;

/** `none` never tries sudo; `auto` uses it when no password is asked; `ask` asks for the password when needed. */
export const sudoModeSchema = z.enum(['none', 'auto', 'ask']);
export type SudoMode = z.infer<typeof sudoModeSchema>;

export const connectOptionsSchema = z.object({
  target: targetSchema,
  sudo: sudoModeSchema,
  /** The id of a cluster (`15/main`); null asks when there are several. */
  cluster: z.string().nullable(),
  /** Take an unknown host key without asking (terminal option; a changed key still stops). */
  acceptNewHostKey: z.boolean(),
});
export type ConnectOptions = z.infer<typeof connectOptionsSchema>;
