import type { AnyCheck } from '../define-check.ts';
import { fnSecdefPath } from './fn-secdef-path.ts';
import { privPublicSchemaCreate, privPublicTables } from './priv-public.ts';
import { rlsAlwaysTrue, rlsIndexSupport, rlsNoPolicy, rlsPolicyDisabled } from './rls-tables.ts';
import { rlsViewBypass } from './rls-view-bypass.ts';
import { roleAttributeChecks } from './role-attributes.ts';
import { roleOsAccess } from './role-os-access.ts';
import { roleSuperuserCount } from './role-superuser-count.ts';
import { sepDbGrants } from './sep-db-grants.ts';

export const databaseChecks: readonly AnyCheck[] = [
  roleSuperuserCount,
  ...roleAttributeChecks,
  roleOsAccess,
  privPublicSchemaCreate,
  privPublicTables,
  rlsPolicyDisabled,
  rlsNoPolicy,
  rlsAlwaysTrue,
  rlsIndexSupport,
  rlsViewBypass,
  fnSecdefPath,
  sepDbGrants,
];
