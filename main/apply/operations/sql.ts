import type { OperationOf } from '../../../shared/plan/operation.ts';
import type { Connection } from '../../postgres/connection.ts';
import { StepFailed } from '../apply-error.ts';
import type { OperationHandler, StepTools } from '../prepared-step.ts';

type SqlOperation = OperationOf<'sql'>;

const statementMs = 300_000;
/** CREATE INDEX CONCURRENTLY on a large table. */
const longStatementMs = 3_600_000;

const ended = (statement: string): string => statement.trim().replace(/;$/, '');

/**
 * The inverse for psql. Its transaction number is on disk before it can commit: `dd conv=fsync` writes to the file that
 * revert.sh opened as root, which psql's account could not open itself.
 */
export function undoForPsql({ inverse, transactional }: SqlOperation): string {
  const statements = inverse.map((statement) => `${ended(statement)}\n;`);
  if (!transactional) return ['SET statement_timeout = 0;', ...statements, ''].join('\n');
  return [
    'BEGIN;',
    'SELECT pg_current_xact_id() AS portcullis_xid \\gset',
    '\\setenv PORTCULLIS_XID :portcullis_xid',
    String.raw`\! printf '%s\n' "$PORTCULLIS_XID" | dd conv=fsync 2>/dev/null`,
    ...statements,
    'COMMIT;',
    '',
  ].join('\n');
}

const onOneLine = (text: string): string =>
  `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n')}'`;

/** A character as the server reads it in any encoding of a database (since 13): a statement there is not converted. */
const escapeUnicode = (text: string): string =>
  text.replace(
    /[\u{80}-\u{10ffff}]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );

/** The inverse for `postgres --single -j`: a statement ends at a semicolon with an empty line behind it. */
export function undoForSingleUser({ inverse, transactional }: SqlOperation): string {
  const statements = inverse.map((statement) => {
    const text = ended(statement);
    // eslint-disable-next-line no-control-regex -- ASCII begins with control characters
    if (!/;\n\n|[^\u0000-\u007f]/.test(text)) return text;
    return `DO ${escapeUnicode(onOneLine(`BEGIN EXECUTE ${onOneLine(text)}; END`))}`;
  });
  const all = transactional
    ? ['BEGIN', 'SELECT pg_current_xact_id() AS portcullis_xid', ...statements, 'COMMIT']
    : statements;
  return all.map((statement) => `${statement};\n\n`).join('');
}

async function inTransaction(
  session: Connection,
  operation: SqlOperation,
  number: string,
  tools: StepTools,
): Promise<void> {
  const { signal } = tools;
  await session.query('BEGIN', undefined, { signal });
  try {
    await session.query('SET LOCAL synchronous_commit = on', undefined, { signal });
    const [row] = await session.query('SELECT pg_current_xact_id()::text AS xid', undefined, { signal });
    // The number is on disk before the transaction can commit, and before it holds a lock: whatever happens from here
    // on, the rollback can ask the server whether it was committed.
    const xid = String(row?.xid);
    if (!/^\d+$/.test(xid)) throw new StepFailed('the server gave no transaction number');
    await tools.change([
      'mkdir -p "$RUN/xid"',
      `echo ${xid} >"$RUN/xid/${number}"; fsync "$RUN/xid/${number}" "$RUN/xid"`,
    ]);
    for (const statement of operation.statements) {
      tools.log('sql', statement);
      await session.query(statement, undefined, { signal, timeoutMs: statementMs });
    }
    await session.query('COMMIT', undefined, { signal });
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function oneByOne(session: Connection, operation: SqlOperation, tools: StepTools): Promise<void> {
  const { signal } = tools;
  await tools.change([]);
  await session.query('SET statement_timeout = 0', undefined, { signal });
  for (const statement of operation.statements) {
    tools.log('sql', statement);
    await session.query(statement, undefined, { signal, timeoutMs: longStatementMs });
  }
}

/** Statements in one database, undone by their inverse. */
export const sqlHandler: OperationHandler<SqlOperation> = {
  reads: () => [],
  prepare: (operation, _preparation, number) => ({
    undo:
      operation.inverse.length === 0
        ? [{ kind: 'nothing', text: `step ${Number(number)} has no inverse` }]
        : [{ kind: 'sql', database: operation.database, transactional: operation.transactional }],
    server: 'nothing',
    save: [],
    texts: [
      { name: `sql/${number}.undo`, content: undoForPsql(operation) },
      { name: `sql/${number}.single`, content: undoForSingleUser(operation) },
    ],
    budgetSeconds: operation.transactional ? 15 : 900,
    async run(tools) {
      const session = await tools.session(operation.database);
      if (operation.transactional) {
        await inTransaction(session, operation, number, tools);
        tools.later([`mark committed ${number}`]);
      } else await oneByOne(session, operation, tools);
      const [row] = await session.query(operation.proof, undefined, { signal: tools.signal });
      if (row === undefined || Object.values(row)[0] !== true) {
        throw new StepFailed('The statements ran, but the change is not in force.');
      }
      return 'committed, read back';
    },
  }),
};
