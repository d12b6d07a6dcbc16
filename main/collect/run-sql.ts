import { absent, collected, denied, failed } from '../../shared/facts/fact.ts';
import type { Fact } from '../../shared/facts/fact.ts';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import type { StatementResult } from '../postgres/connection.ts';
import type { SqlProbe, SqlRows } from './define-collector.ts';

/** An SQL probe under the name that its output is found by: `subject.probe`. */
export interface NamedSqlProbe {
  readonly name: string;
  readonly probe: SqlProbe;
}

/** Privileges that a statement lacked. */
const insufficientPrivilege = '42501';
const queryCanceled = '57014';

/**
 * The statement that is sent for a probe: its rows as one JSON text, so that a session and psql give the same, and
 * nothing above the probe's limit of bytes. Null when the server is too old for it.
 */
export function statementOf(probe: SqlProbe, major: number): string | null {
  if (major < probe.minMajor) return null;
  return `SELECT CASE WHEN octet_length(j) <= ${probe.capBytes} THEN j END AS j
FROM (SELECT coalesce(json_agg(q)::text, '[]') AS j FROM (${probe.text(major)}) q) w`;
}

/** The result of such a statement as a fact. */
export function sqlFact(probe: SqlProbe, result: StatementResult | null, major: number): Fact<SqlRows> {
  if (result === null)
    return absent(`PostgreSQL ${major} does not have this; it came with ${probe.minMajor}`);
  if (result.state === 'failed') return failureOf(result.code, result.message);
  return rowsOf(probe, result.rows[0]?.['j']);
}

/** The JSON text that a statement gave, as rows. */
export function rowsOf(probe: SqlProbe, text: unknown): Fact<SqlRows> {
  if (typeof text !== 'string')
    return failed(`the answer is larger than ${Math.round(probe.capBytes / 1_048_576)} MiB`);
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? collected(rows as SqlRows) : failed('unexpected output');
  } catch {
    return failed('unexpected output');
  }
}

/** An error of the server in words; a lack of rights is `denied`. */
export function failureOf(code: string, message: string): Fact<never> {
  const text = shorten(printable(message), 300);
  if (code === insufficientPrivilege) return denied(`needs more rights in PostgreSQL: ${text}`);
  if (code === queryCanceled) return failed('the server gave no answer within its time limit');
  return failed(`PostgreSQL refused: ${text}`);
}
