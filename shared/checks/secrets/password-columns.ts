import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { columnEvidence, columnSubjects, nothingBad, passwordColumns } from '../support/password-columns.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, listOf } from '../support/words.ts';

export const colPasswordPlain = defineCheck({
  id: 'col-password-plain',
  pillar: 'secrets',
  severity: 'critical',
  titles: {
    pass: 'No table holds passwords in clear text',
    fail: 'Tables hold passwords in clear text',
    topic: 'Passwords in tables',
  },
  why: 'People use one password in many places. A table with clear passwords gives away their mail and their bank with it. Nobody who runs the database, makes backups or reads a report needs to see them.',
  misuse: [
    'A flaw in the application lets one table be read, or a backup is lost.',
    'Each password in it works at once, here and elsewhere.',
  ],
  byHand: [
    'Hash in the application, with Argon2id or bcrypt, and store the hash alone.',
    "In the database pgcrypto can do it: UPDATE users SET password = crypt(password, gen_salt('bf', 12));",
    'Change the login of the application first; there is no way back from a hash.',
    'Old backups still have the clear passwords: delete them in time, and let people choose new ones.',
  ],
  references: {
    cis: ['6.11 (14-17)', '6.9 (12)'],
    stig: ['CD12-00-009500', 'CD16-00-003800'],
    documentation: [postgresPage('pgcrypto.html', 'pgcrypto, password hashing functions')],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({
    /** Up to this share of values without a known form the column is not taken for clear text as a whole. */
    strayShare: z.number().min(0).max(1).default(0.05),
  }),
  judge({ contents, skippedDatabases }, { parameters }) {
    const columns = passwordColumns(contents);
    const found = columns.filter(({ column }) => column.shapes.other > 0);
    if (found.length === 0) {
      return nothingBad(
        contents,
        skippedDatabases,
        columns,
        'Of the values that were looked at none is clear text',
      );
    }
    const whole = found.some(
      ({ column: { shapes, sampled } }) => shapes.other / Math.max(1, sampled) > parameters.strayShare,
    );
    return {
      status: 'fail',
      title: whole
        ? `${countOf(found.length, 'column holds', 'columns hold')} passwords in clear text`
        : `${countOf(found.length, 'column has', 'columns have')} a few passwords in no known form`,
      summary: `${listOf(
        found.map(
          ({ database, name, column }) =>
            `${name} of ${database} (${column.shapes.other} of ${column.sampled} values)`,
        ),
        4,
      )}. Values were counted on the server and not read out.`,
      evidence: [columnEvidence(columns)],
      subjects: columnSubjects(found),
      severity: whole ? 'critical' : 'medium',
    };
  },
});

export const colPasswordWeakhash = defineCheck({
  id: 'col-password-weakhash',
  pillar: 'secrets',
  severity: 'high',
  titles: {
    pass: 'Passwords in tables are hashed slowly and with salt',
    fail: 'Passwords in tables are hashed too weakly',
    topic: 'Hashes of passwords in tables',
  },
  why: 'md5, SHA-1 and SHA-256 were made to be fast. A graphics card tries billions of passwords a second against them, and without salt all people with the same password fall at once. Argon2 and bcrypt are made to be slow.',
  misuse: [
    'The table gets into wrong hands.',
    'Within hours most passwords are known, by comparing with lists that exist already.',
  ],
  byHand: [
    'Let the application hash with Argon2id or bcrypt whenever somebody logs in.',
    'Until all have: hash the old digest once more with bcrypt, and check in two steps.',
    'Delete the old column at the end, and old backups in time.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-009500', 'CD16-00-003800'],
    documentation: [postgresPage('pgcrypto.html', 'pgcrypto, password hashing functions')],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const columns = passwordColumns(contents);
    const weak = columns.filter(({ column: { shapes } }) => shapes.hexDigest + shapes.md5Crypt > 0);
    if (weak.length > 0) {
      const unsalted = weak.filter(({ column }) => column.shapes.hexDigest > 0 && column.duplicates > 0);
      return {
        status: 'fail',
        title: `${countOf(weak.length, 'column holds', 'columns hold')} passwords with a weak hash`,
        summary: `${listOf(
          weak.map(({ database, name }) => `${name} of ${database}`),
          4,
        )}.${unsalted.length > 0 ? ` Equal values in ${listOf(unsalted.map(({ name }) => name))} show that there is no salt.` : ''}`,
        evidence: [columnEvidence(columns)],
        subjects: columnSubjects(weak),
        severity: unsalted.length > 0 ? 'high' : 'medium',
      };
    }
    const reversible = columns.filter(({ column }) => column.shapes.encrypted > 0);
    if (reversible.length > 0) {
      return {
        status: 'manual',
        summary: `${listOf(reversible.map(({ database, name }) => `${name} of ${database}`))}: the values look encrypted, or like a digest in base64. Passwords should be hashed, so that nobody can turn them back.`,
        evidence: [columnEvidence(columns)],
      };
    }
    return nothingBad(
      contents,
      skippedDatabases,
      columns,
      'Of the values that were looked at none has a weak hash',
    );
  },
});
