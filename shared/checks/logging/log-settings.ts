import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { connectionAspects, loggedAspects, prefixEscapes, prefixMatters } from '../support/log-settings.ts';
import { auditedClasses } from '../support/pgaudit.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { listOf } from '../support/words.ts';

const loggingPage = (setting: string) => [
  postgresPage('runtime-config-logging.html', `Error reporting and logging, ${setting}`),
];

export const logConnections = defineCheck({
  id: 'log-connections',
  pillar: 'logging',
  severity: 'high',
  titles: {
    pass: 'Logins are logged',
    fail: 'Logins are not logged',
    topic: 'Logging of logins',
  },
  why: 'Only this log tells who came, from where, to which database and when. Without it nobody can say after a break-in which login was used, and this program cannot name those whom a change would refuse.',
  misuse: [
    'A stolen password is tried from a strange address, and works.',
    'Nothing in the log shows that it ever happened.',
  ],
  byHand: [
    'ALTER SYSTEM SET log_connections = on; SELECT pg_reload_conf();',
    "From PostgreSQL 18 on: ALTER SYSTEM SET log_connections = 'receipt,authentication,authorization';",
    'It counts for sessions that begin afterwards. A pool keeps the log short.',
  ],
  references: {
    cis: ['3.1.20 (12, 14-17)', '6.2 (12, 14-17)'],
    stig: [
      'CD12-00-005100',
      'CD16-00-011200',
      'CD12-00-004600',
      'CD16-00-011300',
      'CD12-00-004700',
      'CD16-00-011600',
    ],
    documentation: loggingPage('log_connections'),
  },
  needs: ['settings'],
  parameters: z.object({
    /** What has to be logged of each login. */
    aspects: z.array(z.enum(connectionAspects)).default(['receipt', 'authentication', 'authorization']),
  }),
  judge({ settings }, { parameters }) {
    const setting = findSetting(settings, 'log_connections');
    if (setting === undefined) return settingMissing('log_connections');
    const logged = loggedAspects(setting.value);
    const missing = parameters.aspects.filter((aspect) => !logged.includes(aspect));
    const evidence = [settingEvidence(setting, missing.length === 0 ? null : listOf(parameters.aspects))];
    if (missing.length === 0) return { status: 'pass', summary: `Logged is: ${listOf(logged)}.`, evidence };
    return {
      status: 'fail',
      ...(logged.length === 0 ? {} : { title: `Of logins the log lacks ${listOf(missing)}` }),
      summary:
        logged.length === 0
          ? 'The log does not tell who logs in.'
          : `The log has ${listOf(logged)} and lacks ${listOf(missing)}.`,
      evidence,
      subjects: [settingSubject('log_connections')],
      severity: logged.includes('authorization') ? 'medium' : 'high',
    };
  },
});

const statementLevels = ['none', 'ddl', 'mod', 'all'] as const;

export const logStatement = defineCheck({
  id: 'log-statement',
  pillar: 'logging',
  severity: 'medium',
  titles: {
    pass: 'Changes of the structure are logged',
    fail: 'Changes of the structure are not logged',
    topic: 'Logging of statements',
  },
  why: 'New tables, changed functions, new roles and grants: who made them is asked after every incident. log_statement = ddl writes each such statement into the log.',
  misuse: [
    'An intruder grants himself rights, takes the data and revokes them again.',
    'Nothing tells that he was there.',
  ],
  byHand: [
    'ALTER SYSTEM SET log_statement = ddl; SELECT pg_reload_conf();',
    'Set passwords with \\password in psql then: CREATE ROLE with a password in the statement would stand in the log as it was typed.',
    'pgAudit with the classes ddl and role tells the same with more detail.',
  ],
  references: {
    cis: ['3.1.25 (12, 14-17)'],
    stig: ['CD12-00-007400', 'CD16-00-000500'],
    documentation: loggingPage('log_statement'),
  },
  needs: ['settings'],
  parameters: z.object({
    minimum: z.enum(statementLevels).default('ddl'),
    /** pgAudit with ddl and role does instead. */
    auditCounts: z.boolean().default(true),
  }),
  judge({ settings }, { parameters }) {
    const setting = findSetting(settings, 'log_statement');
    if (setting === undefined) return settingMissing('log_statement');
    const level = statementLevels.findIndex((one) => one === setting.value);
    const evidence = [settingEvidence(setting, `${parameters.minimum} or more`)];
    if (level === -1)
      return {
        status: 'not-assessed',
        summary: `${setting.value} is no level that is known here.`,
        evidence,
      };
    if (level >= statementLevels.indexOf(parameters.minimum)) {
      const more = setting.value === 'all' ? ' That includes the data in them, and passwords.' : '';
      return { status: 'pass', summary: `log_statement is ${setting.value}.${more}`, evidence };
    }
    const audited = auditedClasses(settings);
    if (parameters.auditCounts && audited.has('ddl') && audited.has('role'))
      return { status: 'pass', summary: 'pgAudit logs the classes ddl and role.', evidence };
    return {
      status: 'fail',
      summary: `log_statement is ${setting.value}.`,
      evidence,
      subjects: [settingSubject('log_statement')],
    };
  },
});

/** What the escapes of log_line_prefix stand for; those of one row tell the same. */
const escapeGroups: readonly { readonly letters: string; readonly meaning: string }[] = [
  { letters: 'mtns', meaning: 'time' },
  { letters: 'pc', meaning: 'process' },
  { letters: 'u', meaning: 'role' },
  { letters: 'd', meaning: 'database' },
  { letters: 'hr', meaning: 'address of the client' },
  { letters: 'a', meaning: 'application' },
  { letters: 'l', meaning: 'number of the line' },
  { letters: 'e', meaning: 'error code' },
];

/** `time` for `%m`; the escape itself where it has no row. */
const meaningOf = (letter: string): string =>
  escapeGroups.find(({ letters }) => letters.includes(letter))?.meaning ?? `%${letter}`;

/** True when the prefix has the letter or one that tells the same. */
function tells(escapes: ReadonlySet<string>, letter: string): boolean {
  const same = escapeGroups.find(({ letters }) => letters.includes(letter))?.letters ?? letter;
  // %s is the start of the session: it dates the session, not the line.
  return [...same].some((one) => escapes.has(one) && one !== 's');
}

export const logLinePrefix = defineCheck({
  id: 'log-line-prefix',
  pillar: 'logging',
  severity: 'high',
  titles: {
    pass: 'Each log line names time, role, database and client',
    fail: 'Log lines do not say enough',
    topic: 'Start of each log line',
  },
  why: 'A line of the log is worth what its beginning tells. "Permission denied" without role, database and address helps nobody to find out who tried.',
  misuse: [
    'Somebody tries one table after the other for hours.',
    'The log has each refusal, and not where they came from.',
  ],
  byHand: [
    "ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%h %u@%d app=%a line=%l code=%e '; SELECT pg_reload_conf();",
    'Programs that read the log, such as pgBadger or fail2ban, have to know the new form.',
  ],
  references: {
    cis: ['3.1.24 (12, 14-17)'],
    stig: [
      'CD12-00-007800',
      'CD16-00-001500',
      'CD12-00-007100',
      'CD16-00-001200',
      'CD12-00-011100',
      'CD16-00-001100',
      'CD12-00-007700',
      'CD16-00-007600',
      'CD12-00-008800',
      'CD16-00-001300',
      'CD12-00-010400',
      'CD16-00-001000',
      'CD12-00-006200',
      'CD16-00-011700',
    ],
    documentation: loggingPage('log_line_prefix'),
  },
  needs: ['settings'],
  parameters: z.object({
    /** Escapes that have to be there, without the percent sign; one that tells the same does too (t for m, r for h). */
    escapes: z.array(z.string().regex(/^[a-zA-Z]$/)).default(['m', 'p', 'u', 'd', 'h']),
  }),
  judge({ settings }, { parameters }) {
    const setting = findSetting(settings, 'log_line_prefix');
    if (setting === undefined) return settingMissing('log_line_prefix');
    if (!prefixMatters(settings)) {
      return {
        status: 'not-applicable',
        summary: 'The log is written as csvlog or jsonlog, which has each field by itself.',
      };
    }
    const escapes = prefixEscapes(setting.value);
    const missing = parameters.escapes.filter((letter) => !tells(escapes, letter));
    const evidence = [
      settingEvidence(
        setting,
        missing.length === 0
          ? null
          : `with ${listOf(
              parameters.escapes.map((one) => `%${one}`),
              12,
            )}`,
      ),
    ];
    if (missing.length === 0)
      return {
        status: 'pass',
        summary: `Each line tells ${listOf(parameters.escapes.map(meaningOf), 12)}.`,
        evidence,
      };
    return {
      status: 'fail',
      title: `Log lines lack ${listOf(missing.map(meaningOf))}`,
      summary: `log_line_prefix has no ${listOf(missing.map((letter) => `%${letter}`))}.`,
      evidence,
      subjects: [settingSubject('log_line_prefix')],
      // Who and from where are what an inquiry cannot do without.
      severity: missing.some((letter) => 'mtnudhr'.includes(letter)) ? 'high' : 'low',
    };
  },
});
