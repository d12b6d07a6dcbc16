import type { Grant } from '../../facts/catalog.ts';
import type { FactSet } from '../../facts/facts.ts';
import { quoteIdentifier } from '../../lib/quoting.ts';
import type { FactChange, OperationOf } from '../../plan/operation.ts';
import { splitAnswer } from '../answers.ts';
import type { Answers } from '../define-fix.ts';

export interface SqlParts {
  readonly database: string;
  readonly statements: readonly string[];
  /** Undo, in the order to run. */
  readonly inverse: readonly string[];
  readonly changes: readonly FactChange[];
  /** A query that gives one boolean: true once it is in force. */
  readonly proof: string;
  readonly transactional?: boolean;
}

/** SQL as an operation, in one transaction unless it cannot be. */
export function sqlOperation({ transactional = true, ...parts }: SqlParts): OperationOf<'sql'> {
  return {
    kind: 'sql',
    database: parts.database,
    statements: [...parts.statements],
    inverse: [...parts.inverse],
    transactional,
    changes: [...parts.changes],
    proof: parts.proof,
  };
}

/** The database in which statements about roles and databases run: any that lets itself be connected to. */
export function maintenanceDatabase(all: FactSet): string {
  if (all.databases.state !== 'collected') return 'postgres';
  const open = all.databases.value
    .filter(({ allowConnections, template }) => allowConnections && !template)
    .map(({ name }) => name);
  return open.includes('postgres') ? 'postgres' : (open[0] ?? 'postgres');
}

/** The values of a list that the person ticked, of those that are offered. */
export function ticked(answers: Answers, key: string, offered: readonly string[]): readonly string[] {
  // A name may begin or end with blanks; those around a name that a person typed are none of it.
  const wanted = splitAnswer(answers[key]).map((value) => (offered.includes(value) ? value : value.trim()));
  return offered.filter((name) => wanted.includes(name));
}

/** PUBLIC, or the role quoted. */
export const granteeName = (grantee: string | null): string =>
  grantee === null ? 'PUBLIC' : quoteIdentifier(grantee);

/**
 * Statements run as the one who granted: a superuser's REVOKE counts as the owner's and leaves alone what somebody else
 * granted. RESET gives back the session's own role.
 */
export function asGrantor(owner: string, grantor: string, statements: readonly string[]): readonly string[] {
  return grantor === owner
    ? statements
    : [`SET LOCAL ROLE ${quoteIdentifier(grantor)}`, ...statements, 'RESET ROLE'];
}

/** ` WITH GRANT OPTION` where the grant had it; PUBLIC cannot have it. */
export const grantOption = ({ grantee, grantable }: Pick<Grant, 'grantee' | 'grantable'>): string =>
  grantable && grantee !== null ? ' WITH GRANT OPTION' : '';
