import { z } from 'zod';
import type { Answer, Exposure, ExposureReport, SocketExposure, UnknownPart } from './exposure.ts';

const gateSchema = z.enum(['firewall', 'listener', 'hba', 'role']);
const placeSchema = z.object({ file: z.string(), line: z.number() });
const endpointSchema = z.object({ address: z.string(), port: z.number() });
const certaintySchema = z.enum(['certain', 'possible']);

/** What `reach --format json` writes when address, role and database are given. */
export const reachAnswerSchema = z.object({
  verdict: z.enum(['allowed', 'refused', 'unknown']),
  because: z.object({
    gate: gateSchema,
    rule: z.string().nullable(),
    file: z.string().nullable(),
    line: z.number().nullable(),
  }),
  method: z.string().nullable(),
  transport: z.enum(['local', 'tcp-plain', 'tls', 'gss']).nullable(),
});

/** One role on one database from some networks; without names for a port that was not inspected. */
export const exposureRowSchema = z.object({
  from: z.array(z.string()),
  to: endpointSchema,
  /** Where the firewall leads the connection on to; null for most. */
  redirectedTo: endpointSchema.nullable(),
  database: z.string().nullable(),
  role: z.string().nullable(),
  method: z.string(),
  transport: z.enum(['tcp-plain', 'tls', 'gss']).nullable(),
  firewallRule: z.string().nullable(),
  hba: placeSchema.nullable(),
  certainty: certaintySchema,
});
export type ExposureRow = z.infer<typeof exposureRowSchema>;

/** What `reach --format json` writes otherwise. */
export const reachListSchema = z.object({
  exposures: z.array(exposureRowSchema),
  sockets: z.array(
    z.object({
      path: z.string(),
      accounts: z.array(z.string()),
      database: z.string(),
      role: z.string(),
      method: z.string(),
      hba: placeSchema,
      certainty: certaintySchema,
    }),
  ),
  unknown: z.array(
    z.object({
      gate: gateSchema,
      reason: z.string(),
      from: z.array(z.string()),
      to: endpointSchema.nullable(),
      firewallRule: z.string().nullable(),
      hba: placeSchema.nullable(),
    }),
  ),
});
export type ReachList = z.infer<typeof reachListSchema>;

/** Both forms that `reach --format json` has. */
export const reachSchema = z.union([reachAnswerSchema, reachListSchema]);

/** More rows than this are not written one by one: names then stand in one row, with commas, as in pg_hba.conf. */
const mostRows = 50_000;

function pairs(
  { roles, databases }: Pick<Exposure, 'roles' | 'databases'>,
  whole: boolean,
): readonly { readonly role: string | null; readonly database: string | null }[] {
  if (roles.length === 0) return [{ role: null, database: null }];
  if (whole) return [{ role: roles.join(','), database: databases.join(',') }];
  return databases.flatMap((database) => roles.map((role) => ({ role, database })));
}

function rowOf(
  { from, to, redirectedTo, method, transport, firewallRule, hba, certainty }: Exposure,
  names: { readonly role: string | null; readonly database: string | null },
): ExposureRow {
  return { from: [...from], to, redirectedTo, ...names, method, transport, firewallRule, hba, certainty };
}

const count = (list: readonly (Exposure | SocketExposure)[]): number =>
  list.reduce((sum, { roles, databases }) => sum + Math.max(1, roles.length * databases.length), 0);

/** The report as it is written: a row a role and database. */
export function reachList({
  network,
  sockets,
  unknown,
}: Pick<ExposureReport, 'network' | 'sockets' | 'unknown'>): ReachList {
  const whole = count(network) + count(sockets) > mostRows;
  return {
    exposures: network.flatMap((exposure) => pairs(exposure, whole).map((names) => rowOf(exposure, names))),
    sockets: sockets.flatMap((exposure) =>
      pairs(exposure, whole).map(({ role, database }) => ({
        path: exposure.path,
        accounts: [...exposure.accounts],
        database: database ?? '',
        role: role ?? '',
        method: exposure.method,
        hba: exposure.hba,
        certainty: exposure.certainty,
      })),
    ),
    unknown: unknown.map((part: UnknownPart) => ({ ...part, from: [...part.from] })),
  };
}

/** The answer as it is written. */
export function reachAnswer(answer: Answer): z.infer<typeof reachAnswerSchema> {
  return answer;
}
