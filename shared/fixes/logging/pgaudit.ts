import { auditIsLoaded, auditClasses, classesOf } from '../../checks/support/pgaudit.ts';
import { findSetting, listEntries, settingValue } from '../../checks/support/settings.ts';
import { joinList, splitList } from '../../config/lists.ts';
import type { FactSet, FactValue } from '../../facts/facts.ts';
import { quoteIdentifier } from '../../lib/quoting.ts';
import type { Operation, OperationOf } from '../../plan/operation.ts';
import { auditPackage } from '../../updates/packages.ts';
import { auditVersionFor } from '../../checks/support/pgaudit.ts';
import type { Answers } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import { type OfferAnswer, allOffered, notOffered, offered, settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';
import { sqlOperation, ticked } from '../support/sql.ts';

/** True when the files of the extension are on the host. */
function isInstalled({ availableExtensions }: FactSet): boolean {
  return (
    availableExtensions.state === 'collected' &&
    availableExtensions.value.some(({ name }) => name === 'pgaudit')
  );
}

/** The operation that brings the files; null when no package is known. */
function installation(all: FactSet, major: number): OperationOf<'package'> | null {
  if (all.packages.state !== 'collected') return null;
  const { manager } = all.packages.value;
  const found = manager === 'none' ? null : auditPackage(all.packages.value, major);
  return found === null || manager === 'none'
    ? null
    : { kind: 'package', manager, action: 'install', names: [found.name], expects: [] };
}

/** Databases in which the extension is missing and can be made, with the schema for its functions. */
function lacking(all: FactSet): readonly { readonly database: string; readonly schema: string }[] {
  if (all.contents.state !== 'collected') return [];
  const databases = all.databases.state === 'collected' ? all.databases.value : [];
  const closed = new Set(
    databases
      .filter(({ template, allowConnections }) => template || !allowConnections)
      .map(({ name }) => name),
  );
  return all.contents.value
    .filter(
      ({ database, extensions }) =>
        !closed.has(database) && !extensions.some(({ name }) => name === 'pgaudit'),
    )
    .map(({ database, schemas }) => ({
      database,
      schema: schemas.some(({ name }) => name === 'public') ? 'public' : 'pg_catalog',
    }));
}

function extensionOperation(
  { database, schema }: { readonly database: string; readonly schema: string },
  version: string,
): Operation {
  return sqlOperation({
    database,
    statements: [`CREATE EXTENSION pgaudit WITH SCHEMA ${quoteIdentifier(schema)}`],
    inverse: ['DROP EXTENSION pgaudit'],
    changes: [{ kind: 'extension-added', database, extension: { name: 'pgaudit', version, schema } }],
    proof: "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pgaudit')",
  });
}

/** The version that CREATE EXTENSION will make, as far as the facts tell. */
function comingVersion(all: FactSet, major: number): string {
  const available =
    all.availableExtensions.state === 'collected'
      ? all.availableExtensions.value.find(({ name }) => name === 'pgaudit')?.version
      : undefined;
  return available ?? auditVersionFor(major);
}

type Facts = { readonly settings: FactValue<'settings'>; readonly cluster: FactValue<'cluster'> };

/** Whether pgAudit is loaded or can be. */
function loadable({ settings, cluster }: Facts, all: FactSet): OfferAnswer {
  if (auditIsLoaded(settings)) return offered;
  return allOffered(
    settable(settings, ['shared_preload_libraries']),
    isInstalled(all) || installation(all, cluster.major) !== null
      ? offered
      : notOffered(
          all.packages.state === 'collected'
            ? `pgAudit is not installed, and the package manager knows no package of it for PostgreSQL ${cluster.major}.`
            : `pgAudit is not installed, and it cannot be installed from here: ${all.packages.reason}.`,
        ),
  );
}

const chosenDatabases = (all: FactSet, answers: Answers) => {
  const rows = lacking(all);
  const names = rows.map(({ database }) => database);
  const chosen = answers['databases'] === undefined ? names : ticked(answers, 'databases', names);
  return rows.filter(({ database }) => chosen.includes(database));
};

export const loadPgaudit = defineFix({
  id: 'load-pgaudit',
  resolves: ['audit-pgaudit-loaded'],
  title: 'Load pgAudit',
  description:
    'The package is installed where it is missing, pgAudit is added to shared_preload_libraries, PostgreSQL is restarted, and the extension is made in the chosen databases. It logs nothing until it is told what: the next fix does that. A rollback leaves the package installed, unused.',
  effect: 'restart',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster', 'server'],
  offer: (facts, finding, all) => {
    const repairable =
      !auditIsLoaded(facts.settings) ||
      lacking(all).some(({ database }) => finding.subjects.some(({ name }) => name === database));
    if (!repairable)
      return notOffered(
        'The extension has a version for another PostgreSQL: drop it and make it anew by hand.',
      );
    return auditIsLoaded(facts.settings) && facts.server.inRecovery
      ? notOffered('This is a standby: make the extension on the primary.')
      : loadable(facts, all);
  },
  choices: ({ server }, _finding, all) =>
    server.inRecovery
      ? []
      : [
          {
            kind: 'many',
            key: 'databases',
            label: 'In which databases are structural changes audited with their objects?',
            options: lacking(all).map(({ database }) => ({
              value: database,
              label: database,
              seen: '',
              chosen: true,
            })),
          },
        ],
  plan({ settings, cluster, server }, _finding, answers, preferences, all) {
    const libraries = findSetting(settings, 'shared_preload_libraries');
    const present = libraries === undefined ? [] : listEntries(libraries);
    const loading: Operation[] = [];
    if (!auditIsLoaded(settings)) {
      const place = { settings, cluster, preferences };
      const install = isInstalled(all) ? null : installation(all, cluster.major);
      if (!isInstalled(all) && install === null)
        return { ok: false, reason: 'The package manager knows no package of pgAudit.' };
      if (install !== null) loading.push(install);
      loading.push(
        setting(place, 'shared_preload_libraries', joinList([...present, 'pgaudit'], 'directories')),
        // Neither the extension nor its settings exist before: the restart has to be part of the plan.
        { kind: 'restart', reasons: ['shared_preload_libraries'] },
      );
    }
    const version = comingVersion(all, server.major);
    const extensions = server.inRecovery
      ? []
      : chosenDatabases(all, answers).map((row) => extensionOperation(row, version));
    const operations = [...loading, ...extensions];
    return operations.length > 0 ? { ok: true, operations } : { ok: false, reason: 'No database is chosen.' };
  },
});

const wanted = ['ddl', 'role', 'write'] as const;

/** The present value with the wanted classes added; what it says of other classes stays. */
function withClasses(present: string): string {
  const entries = (splitList(present, 'identifiers') ?? []).filter(
    (entry) => entry !== 'none' && !wanted.some((name) => entry === `-${name}`) && entry !== '-all',
  );
  const known = entries.filter((entry) =>
    ['all', ...auditClasses].some((name) => entry === name || entry === `-${name}`),
  );
  const covered = classesOf(known.join(','));
  return [...known, ...wanted.filter((name) => !covered.has(name))].join(', ');
}

export const auditClassesSet = defineFix({
  id: 'audit-classes',
  resolves: ['audit-pgaudit-classes'],
  title: 'Audit changes of structure, roles and data',
  description:
    'pgaudit.log gets the classes ddl, role and write. Each statement that changes data is logged: on a busy server the log grows by as much.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster'],
  offer: (facts, _finding, all) =>
    allOffered(settable(facts.settings, ['pgaudit.log']), loadable(facts, all)),
  choices: () => [],
  plan({ settings, cluster }, _finding, _answers, preferences) {
    // Facts of a plan that loads pgAudit have it loaded already.
    if (!auditIsLoaded(settings))
      return { ok: false, reason: 'pgAudit is not loaded. Choose "Load pgAudit" too.' };
    const value = withClasses(settingValue(settings, 'pgaudit.log') ?? '');
    return {
      ok: true,
      operations: [setting({ settings, cluster, preferences }, 'pgaudit.log', value)],
    };
  },
});
