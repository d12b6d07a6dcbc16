import { z } from 'zod';
import { closedDatabase } from '../../facts/catalog.ts';
import { defineCheck } from '../define-check.ts';
import { presentEvidence, tableEvidence } from '../support/evidence.ts';
import {
  auditClasses,
  auditedClasses,
  auditIsLoaded,
  auditVersionFits,
  auditVersionFor,
} from '../support/pgaudit.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { countOf, listOf } from '../support/words.ts';

export const auditPgauditLoaded = defineCheck({
  id: 'audit-pgaudit-loaded',
  pillar: 'logging',
  severity: 'high',
  titles: {
    pass: 'pgAudit is loaded',
    fail: 'pgAudit is not loaded',
    topic: 'The audit extension pgAudit',
  },
  why: 'The ordinary log has the text of statements. pgAudit writes what was done to which object, also inside functions and DO blocks, in a form that programs can read. Laws and standards that ask for an audit trail mean this.',
  misuse: [
    'Somebody builds a statement from parts inside a DO block.',
    'The ordinary log shows the block, not the table that it read.',
  ],
  byHand: [
    'Install the package: apt-get install postgresql-15-pgaudit',
    "Add it to what is there: ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', 'pgaudit';",
    'Restart PostgreSQL, then in each database: CREATE EXTENSION pgaudit;',
    "ALTER SYSTEM SET pgaudit.log = 'ddl, role, write'; SELECT pg_reload_conf();",
  ],
  references: {
    cis: ['3.2 (12, 14-17)'],
    stig: [
      'CD12-00-008600',
      'CD12-00-011200',
      'CD12-00-007400',
      'CD16-00-000900',
      'CD16-00-002500',
      'CD16-00-000500',
    ],
    documentation: [postgresPage('runtime-config-client.html', 'Client settings, shared_preload_libraries')],
  },
  needs: ['settings', 'server'],
  uses: ['contents', 'skippedDatabases', 'databases', 'availableExtensions'],
  parameters: z.object({}),
  judge({ settings, server }, _context, { contents, skippedDatabases, databases, availableExtensions }) {
    const libraries = findSetting(settings, 'shared_preload_libraries');
    if (libraries === undefined) return settingMissing('shared_preload_libraries');
    if (!auditIsLoaded(settings)) {
      const installed =
        availableExtensions.state === 'collected' &&
        availableExtensions.value.some(({ name }) => name === 'pgaudit');
      return {
        status: 'fail',
        summary: `shared_preload_libraries does not name it${installed ? ', although it is installed' : ''}.`,
        evidence: [settingEvidence(libraries, 'a list with pgaudit')],
        subjects: [settingSubject('shared_preload_libraries')],
      };
    }
    if (contents.state !== 'collected')
      return {
        status: 'not-assessed',
        summary: `It is loaded. Its extension was not seen: ${contents.reason}.`,
      };
    const templates = new Set(
      databases.state === 'collected'
        ? databases.value.filter(({ template }) => template).map(({ name }) => name)
        : [],
    );
    const rows = contents.value
      .filter(({ database }) => !templates.has(database))
      .map(({ database, extensions }) => ({
        database,
        version: extensions.find(({ name }) => name === 'pgaudit')?.version ?? null,
      }));
    const evidence = presentEvidence(
      settingEvidence(libraries, null),
      tableEvidence(
        ['Database', 'Extension pgaudit'],
        rows.map(({ database, version }) => [database, version ?? 'missing']),
      ),
    );
    const strange = rows.filter(
      ({ version }) => version !== null && !auditVersionFits(version, server.major),
    );
    const without = rows.filter(({ version }) => version === null);
    const subjects = [...strange, ...without].map(({ database }) => ({ kind: 'database', name: database }));
    if (strange.length > 0) {
      return {
        status: 'fail',
        title: 'pgAudit has a version for another PostgreSQL',
        summary: `${listOf(strange.map(({ database, version }) => `${database} has ${version ?? ''}`))}; PostgreSQL ${server.major} needs ${auditVersionFor(server.major)}.`,
        evidence,
        subjects,
        severity: 'medium',
      };
    }
    if (without.length > 0) {
      return {
        status: 'fail',
        title: `pgAudit is loaded, and ${countOf(without.length, 'database lacks', 'databases lack').toLowerCase()} its extension`,
        summary: `In ${listOf(without.map(({ database }) => database))} the audit of structural changes does not name the objects.`,
        evidence,
        subjects,
        severity: 'low',
      };
    }
    const unseen =
      skippedDatabases.state === 'collected'
        ? skippedDatabases.value.filter(({ reason }) => reason !== closedDatabase)
        : [];
    return unseen.length > 0
      ? {
          status: 'not-assessed',
          summary: `It is loaded, but ${listOf(unseen.map(({ database }) => database))} could not be looked into.`,
          evidence,
        }
      : { status: 'pass', summary: 'It is loaded, and its extension is in every database.', evidence };
  },
});

export const auditPgauditClasses = defineCheck({
  id: 'audit-pgaudit-classes',
  pillar: 'logging',
  severity: 'high',
  titles: {
    pass: 'pgAudit logs what matters',
    fail: 'pgAudit logs too little',
    topic: 'What pgAudit logs',
  },
  why: 'pgAudit logs nothing until it is told which classes of statements count. Changes of structure, of roles and of data are the least.',
  misuse: [
    'pgAudit is loaded and everybody relies on it.',
    'The one statement that mattered is not in the log.',
  ],
  byHand: [
    "ALTER SYSTEM SET pgaudit.log = 'ddl, role, write'; SELECT pg_reload_conf();",
    'Look whether it counts for every role: SELECT rolname, rolconfig FROM pg_roles WHERE rolconfig IS NOT NULL;',
    'Reading can be audited table by table, with pgaudit.role.',
  ],
  references: {
    cis: ['3.2 (12, 14-17)'],
    stig: [
      'CD12-00-004900',
      'CD12-00-006400',
      'CD12-00-006100',
      'CD12-00-005200',
      'CD12-00-006600',
      'CD12-00-006000',
      'CD12-00-012600',
      'CD16-00-009800',
      'CD16-00-010000',
      'CD16-00-010600',
      'CD16-00-010800',
      'CD16-00-010200',
      'CD16-00-009400',
      'CD16-00-011800',
    ],
    documentation: [postgresPage('runtime-config-custom.html', 'Customized options')],
  },
  needs: ['settings'],
  parameters: z.object({
    classes: z.array(z.enum(auditClasses)).default(['ddl', 'role', 'write']),
  }),
  judge({ settings }, { parameters }) {
    const subjects = [settingSubject('pgaudit.log')];
    const setting = findSetting(settings, 'pgaudit.log');
    const evidence = presentEvidence(setting && settingEvidence(setting, listOf(parameters.classes)));
    if (!auditIsLoaded(settings)) {
      return {
        status: 'fail',
        title: 'Nothing is audited',
        summary: 'pgAudit is not loaded, so pgaudit.log counts for nothing.',
        evidence,
        subjects,
      };
    }
    const audited = auditedClasses(settings);
    const missing = parameters.classes.filter((one) => !audited.has(one));
    if (missing.length === 0)
      return { status: 'pass', summary: `Audited are ${listOf([...audited], 7)}.`, evidence };
    return {
      status: 'fail',
      ...(audited.size === 0 ? { title: 'pgAudit is loaded and logs nothing' } : {}),
      summary: `pgaudit.log lacks ${listOf(missing)}.`,
      evidence,
      subjects,
    };
  },
});
