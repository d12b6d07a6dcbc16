import type { DatabaseContent } from '../../facts/catalog.ts';
import type { FactValue } from '../../facts/facts.ts';
import { closedDatabase } from '../../facts/catalog.ts';
import type { Evidence } from '../../findings/finding.ts';
import type { Judgement } from '../define-check.ts';
import { tableEvidence } from './evidence.ts';
import { notEveryDatabase } from './databases.ts';
import { listOf } from './words.ts';

export interface PasswordColumn {
  readonly database: string;
  /** `public.users.password` */
  readonly name: string;
  readonly column: DatabaseContent['passwordColumns'][number];
}

/** Names that speak of a password and hold something about it. */
const aboutPassword =
  /(hint|token|reset|changed|change_|expir|salt|algo|scheme|question|policy|attempt|updated|created|_at$|_on$|_date$|_url$|strength|version|cost|iterations)/i;

/** The columns of all databases whose name says that they hold passwords. */
export function passwordColumns(contents: FactValue<'contents'>): readonly PasswordColumn[] {
  return contents.flatMap(({ database, passwordColumns: columns }) =>
    columns
      .filter(({ column }) => !aboutPassword.test(column))
      .map((column) => ({
        database,
        name: `${column.schema}.${column.table}.${column.column}`,
        column,
      })),
  );
}

const words: Readonly<Record<keyof PasswordColumn['column']['shapes'], string>> = {
  bcrypt: 'bcrypt',
  argon2: 'Argon2',
  shaCrypt: 'SHA-crypt',
  pbkdf2OrScrypt: 'PBKDF2, scrypt or SCRAM',
  md5Crypt: 'md5-crypt',
  hexDigest: 'bare digest',
  encrypted: 'encrypted or base64',
  other: 'no known form',
};

/** `38 bcrypt, 2 no known form`; never a value. */
export function shapesText({ sampled, shapes, problem }: PasswordColumn['column']): string {
  if (problem !== null) return problem;
  if (sampled === 0) return 'empty';
  return Object.entries(shapes)
    .filter(([, count]) => count > 0)
    .map(([shape, count]) => `${count} ${words[shape as keyof typeof words]}`)
    .join(', ');
}

/** Columns with the counts of what stands in them. */
export function columnEvidence(columns: readonly PasswordColumn[]): Evidence {
  return tableEvidence(
    ['Database', 'Column', 'Values looked at', 'Forms', 'Equal values'],
    columns.map(({ database, name, column }) => [
      database,
      name,
      String(column.sampled),
      shapesText(column),
      String(column.duplicates),
    ]),
  );
}

/** The subjects of a finding over columns. */
export const columnSubjects = (columns: readonly PasswordColumn[]) =>
  columns.map(({ database, name }) => ({ kind: 'column', name: `${database}.${name}` }));

/**
 * What is said when no column is bad: a pass where every column and database could be looked into. `clean` is the
 * beginning of a sentence.
 */
export function nothingBad(
  contents: FactValue<'contents'>,
  skipped: FactValue<'skippedDatabases'>,
  columns: readonly PasswordColumn[],
  clean: string,
): Judgement {
  const evidence = columns.length === 0 ? [] : [columnEvidence(columns)];
  const unread = columns.filter(({ column }) => column.problem !== null);
  if (unread.length > 0) {
    return {
      status: 'not-assessed',
      summary: `${listOf(
        unread.map(({ name, column }) => `${name}: ${column.problem ?? ''}`),
        3,
      )}.`,
      evidence,
    };
  }
  const none = columns.length === 0 && skipped.every(({ reason }) => reason === closedDatabase);
  const all = notEveryDatabase(contents, skipped, none ? 'No column has a name that says password' : clean);
  return all.status === 'pass' ? { ...all, evidence } : all;
}
