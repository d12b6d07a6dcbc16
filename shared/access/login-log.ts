import type { FactSet } from '../facts/facts.ts';
import type { Setting } from '../facts/cluster.ts';
import { parseAddress } from '../lib/cidr.ts';

/** How much the server's log tells of who logged in: without it, nobody seen does not mean nobody there. */
export type LoginLog =
  | {
      readonly ok: true;
      /** The first line about a connection that was read, ISO 8601. */
      readonly since: string;
      /** Whole days from then to the scan, by the host's clock. */
      readonly days: number;
      /** Why it cannot be told from where somebody came; null when it can. */
      readonly addressesUnknown: string | null;
    }
  | { readonly ok: false; readonly reason: string };

const dayMs = 86_400_000;

const valueOf = (settings: readonly Setting[], name: string): string =>
  settings.find((setting) => setting.name === name)?.value ?? '';

const listOf = (value: string): readonly string[] =>
  value.split(',').map((word) => word.trim().toLowerCase());

/** Whether a login is written down once it succeeded: on, or since 18 a list of what is written. */
const writesLogins = (value: string): boolean =>
  listOf(value).some((word) => ['on', 'true', 'yes', '1', 'all', 'authorization'].includes(word));

/**
 * Where the address of a client stands: in each line (%h, %r, csvlog, jsonlog), or in the line about its arrival, which
 * has to be tied to the login by the process.
 */
function addressesUnknown(settings: readonly Setting[]): string | null {
  const prefix = valueOf(settings, 'log_line_prefix');
  const written = listOf(valueOf(settings, 'log_connections'));
  const arrivals = !written.includes('authorization') || written.some((word) => /^(all|receipt)$/.test(word));
  if (listOf(valueOf(settings, 'log_destination')).some((word) => /^(csvlog|jsonlog)$/.test(word)))
    return null;
  if (/%-?\d*[hr]/.test(prefix) || (arrivals && /%-?\d*[pc]/.test(prefix))) return null;
  return 'the log does not tell from where a login came: log_line_prefix has neither %h nor %p';
}

/** What the log of logins is worth. Pure; times are the host's. */
export function loginLog({
  logins,
  settings,
  system,
}: Pick<FactSet, 'logins' | 'settings' | 'system'>): LoginLog {
  if (logins.state !== 'collected') return { ok: false, reason: logins.reason };
  if (settings.state !== 'collected') return { ok: false, reason: settings.reason };
  if (system.state !== 'collected') return { ok: false, reason: system.reason };
  if (!writesLogins(valueOf(settings.value, 'log_connections')))
    return { ok: false, reason: 'log_connections is off, so no log tells who logs in' };
  const { since } = logins.value;
  const days = since === null ? NaN : (Date.parse(system.value.time) - Date.parse(since)) / dayMs;
  if (since === null || Number.isNaN(days))
    return { ok: false, reason: 'the log does not tell since when logins are written down' };
  // A name in the place of an address (log_hostname) is as good as none: rules are for addresses.
  const unclear = logins.value.logins.some(({ address, tls, gss }) =>
    address === null ? tls === true || gss === true : parseAddress(address) === null,
  );
  return {
    ok: true,
    since,
    days: Math.floor(days),
    addressesUnknown: unclear
      ? 'logins stand in the log without their address'
      : addressesUnknown(settings.value),
  };
}
