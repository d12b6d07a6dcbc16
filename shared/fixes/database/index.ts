import type { AnyFix } from '../define-fix.ts';
import { definerSearchPath } from './definer-path.ts';
import { noOsAccess } from './os-access.ts';
import { noPublicCreate, noPublicTables } from './public-privileges.ts';
import { noSuperuser, roleAttributeFixes } from './role-attributes.ts';
import { enableRls, indexPolicyColumns, invokerViews } from './row-level-security.ts';
import { separateDatabases } from './separate-databases.ts';

export const databaseFixes: readonly AnyFix[] = [
  noSuperuser,
  ...roleAttributeFixes,
  noOsAccess,
  noPublicCreate,
  noPublicTables,
  enableRls,
  indexPolicyColumns,
  invokerViews,
  definerSearchPath,
  separateDatabases,
];
