import { quoteLiteral } from '../lib/quoting.ts';

// Settings whose value is a list of names: each needs a literal of its own, or ALTER SYSTEM would make one name of the
// whole list (GUC_LIST_QUOTE in PostgreSQL's guc_tables.c; pg_dump keeps the same list).
const nameLists: readonly string[] = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
];

/** ALTER SYSTEM for one setting; null resets it. Throws on a name that no setting can have. */
export function alterSystem(name: string, value: string | null): string {
  if (!/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/.test(name))
    throw new Error(`Not the name of a setting: ${name}`);
  if (value === null) return `ALTER SYSTEM RESET ${name}`;
  if (!nameLists.includes(name) || value === '')
    return `ALTER SYSTEM SET ${name} = ${quoteLiteral(value).trim()}`;
  const items = value.split(',').map((item) => quoteLiteral(item.trim().replace(/^"(.*)"$/, '$1')).trim());
  return `ALTER SYSTEM SET ${name} = ${items.join(', ')}`;
}
