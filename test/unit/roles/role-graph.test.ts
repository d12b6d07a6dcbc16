import { describe, expect, it } from 'vitest';
import { predefinedRole } from '../../../shared/roles/predefined-roles.ts';
import { createRoleGraph } from '../../../shared/roles/role-graph.ts';
import type { RoleAttributes, RoleMembership } from '../../../shared/roles/role-graph.ts';

const role = (name: string, more: Partial<RoleAttributes> = {}): RoleAttributes => ({
  name,
  superuser: false,
  createRole: false,
  createDatabase: false,
  login: true,
  replication: false,
  bypassRls: false,
  ...more,
});
/** `member>group` with flags: i inherit, s set, a admin. */
const membership = (text: string): RoleMembership => {
  const [member = '', group = '', flags = ''] = text.split(/[>:]/);
  return {
    member,
    role: group,
    inherit: flags.includes('i'),
    set: flags.includes('s'),
    admin: flags.includes('a'),
  };
};
const graph = createRoleGraph(
  [
    role('postgres', { superuser: true }),
    role('dba'),
    role('ann'),
    role('bob'),
    role('app'),
    role('writer', { bypassRls: true }),
    role('lead'),
  ],
  [
    'dba>postgres:s',
    'ann>dba:is',
    'bob>dba:i',
    'app>writer:i',
    'lead>writer:a',
    'writer>pg_read_all_data:is',
    'bob>writer:sa',
    'x>y:is',
    'y>x:is',
  ].map(membership),
);

describe('createRoleGraph', () => {
  it('follows memberships over several steps, by option', () => {
    expect(graph.memberOf('ann', 'postgres')).toBe(true);
    expect(graph.memberOf('ann', 'postgres', 'set')).toBe(true);
    expect(graph.memberOf('bob', 'postgres', 'set')).toBe(false);
    expect(graph.memberOf('ann', 'postgres', 'inherit')).toBe(false);
    expect(graph.memberOf('app', 'pg_read_all_data', 'inherit')).toBe(true);
    expect(graph.memberOf('ann', 'ann')).toBe(true);
    expect(graph.groupsOf('app')).toEqual(['pg_read_all_data', 'writer']);
    expect(graph.membersOf('writer')).toEqual(['app', 'bob', 'lead']);
    expect(graph.membersOf('writer', 'admin')).toEqual(['bob', 'lead']);
  });

  it('names the shortest way and survives circles', () => {
    expect(graph.path('ann', 'postgres', 'set')).toEqual(['ann', 'dba', 'postgres']);
    expect(graph.path('ann', 'writer')).toBeNull();
    expect(graph.path('lead', 'writer', 'admin')).toEqual(['lead', 'writer']);
    expect(graph.path('ann', 'ann')).toEqual(['ann']);
    expect(graph.groupsOf('x')).toEqual(['y']);
  });

  it('finds who can become superuser and which attributes can be had', () => {
    expect(graph.effectiveSuperusers().map(({ name }) => name)).toEqual(['ann', 'dba', 'postgres']);
    expect(graph.reachableAttributes('bob')).toEqual(new Set(['bypassRls']));
    expect(graph.reachableAttributes('app')).toEqual(new Set());
    expect(graph.reachableAttributes('ann').size).toBe(5);
  });

  it('keeps SET ROLE and inherited privileges apart', () => {
    expect([graph.canBecome('bob', 'writer'), graph.hasPrivilegesOf('bob', 'writer')]).toEqual([true, false]);
    expect([graph.canBecome('app', 'writer'), graph.hasPrivilegesOf('app', 'writer')]).toEqual([false, true]);
    expect([graph.canBecome('ann', 'app'), graph.canBecome('ann', 'nobody')]).toEqual([true, false]);
    expect(graph.hasPrivilegesOf('postgres', 'app')).toBe(true);
  });
});

it('knows the predefined roles', () => {
  expect(predefinedRole('pg_execute_server_program')?.reach).toBe('operating-system');
  expect(predefinedRole('ann')).toBeNull();
});
