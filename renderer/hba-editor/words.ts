import type { EditorClient } from '../../shared/hba/editor/ground-schema.ts';
import type { ClientOnLine } from '../../shared/hba/editor/reading.ts';
import { counted } from '../format.ts';

/** `app to shop from 10.0.0.7 with TLS` */
export function clientWords({ role, database, address, tls, gss, replication }: EditorClient): string {
  const where = replication && database === null ? 'the replication stream' : (database ?? 'any database');
  const from = address === null ? 'over the Unix socket' : `from ${address}`;
  const how =
    address === null ? '' : gss ? ' with GSSAPI' : tls === null ? '' : tls ? ' with TLS' : ' without TLS';
  return `${role} to ${where} ${from}${how}`;
}

/** `2 sessions, 14 logins`; empty when nobody was seen. */
export function seenWords(clients: readonly ClientOnLine[]): string {
  const sessions = clients.reduce((sum, { client }) => sum + client.sessionsNow, 0);
  const logins = clients.reduce((sum, { client }) => sum + client.logins, 0);
  return [sessions === 0 ? '' : counted(sessions, 'session'), logins === 0 ? '' : counted(logins, 'login')]
    .filter(Boolean)
    .join(', ');
}
