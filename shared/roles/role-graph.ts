/** What the graph needs of a role; the fact `roles` has it. */
export interface RoleAttributes {
  readonly name: string;
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
}

/** A direct membership: `member` belongs to `role`. Before 16, `inherit` is the member's INHERIT and `set` is true. */
export interface RoleMembership {
  readonly role: string;
  readonly member: string;
  readonly inherit: boolean;
  readonly set: boolean;
  readonly admin: boolean;
}

/**
 * By which options a membership is followed. `member`: any; `inherit`: the group's privileges hold without more;
 * `set`: SET ROLE is allowed; `admin`: the membership can be granted on.
 */
export type MembershipVia = 'member' | 'inherit' | 'set' | 'admin';

/** Attributes that are never inherited but can be had by SET ROLE. */
export const roleAttributeNames = [
  'superuser',
  'createRole',
  'createDatabase',
  'replication',
  'bypassRls',
] as const;
export type RoleAttributeName = (typeof roleAttributeNames)[number];

/** Questions about who is in effect what. Roles that do not exist have no rights and no members. */
export interface RoleGraph {
  /** True when `role` is `group` or belongs to it over one or more memberships that all allow `via`. */
  readonly memberOf: (role: string, group: string, via?: MembershipVia) => boolean;
  /** Every group of the role by `via`, without itself, sorted. Superusers: only what they were granted. */
  readonly groupsOf: (role: string, via?: MembershipVia) => readonly string[];
  /** Every role that belongs to the group by `via`, without itself, sorted. */
  readonly membersOf: (group: string, via?: MembershipVia) => readonly string[];
  /** The chain of roles from `role` to `group` with the fewest steps, both included; null when there is none. */
  readonly path: (role: string, group: string, via?: MembershipVia) => readonly string[] | null;
  /** Attributes that the role has or can take by SET ROLE. */
  readonly reachableAttributes: (role: string) => ReadonlySet<RoleAttributeName>;
  /** Superusers, and roles that can become one by SET ROLE, each with the way, sorted by name. */
  readonly effectiveSuperusers: () => readonly { readonly name: string; readonly path: readonly string[] }[];
  /** True when `role` may run as `other`: itself, SET ROLE, or any role for a superuser. */
  readonly canBecome: (role: string, other: string) => boolean;
  /** True when the privileges granted to `group` hold for `role` at once, without SET ROLE. */
  readonly hasPrivilegesOf: (role: string, group: string) => boolean;
}

/**
 * Rights over roles as PostgreSQL computes them (roles_is_member_of in acl.c). A path of INHERIT needs INHERIT at every
 * step. A path of SET needs SET at every step; ADMIN over a role lets the holder grant itself more, but only with that
 * further command, so it counts for `admin` alone: the last step must have ADMIN, the steps before it INHERIT.
 */
export function createRoleGraph(
  roles: readonly RoleAttributes[],
  memberships: readonly RoleMembership[],
): RoleGraph {
  const byName = new Map(roles.map((role) => [role.name, role]));
  const byMember = new Map<string, RoleMembership[]>();
  for (const membership of memberships) {
    byMember.set(membership.member, [...(byMember.get(membership.member) ?? []), membership]);
  }

  const walk = (
    start: string,
    follow: (membership: RoleMembership) => boolean,
  ): Map<string, string | null> => {
    const cameFrom = new Map<string, string | null>([[start, null]]);
    // A Map may grow while it is walked: this is a breadth-first search.
    for (const role of cameFrom.keys()) {
      for (const membership of byMember.get(role) ?? []) {
        if (follow(membership) && !cameFrom.has(membership.role)) cameFrom.set(membership.role, role);
      }
    }
    return cameFrom;
  };

  const reach = (start: string, via: MembershipVia): Map<string, string | null> => {
    if (via === 'member') return walk(start, () => true);
    if (via !== 'admin') return walk(start, (membership) => membership[via]);
    const inherited = walk(start, ({ inherit }) => inherit);
    const result = new Map<string, string | null>([[start, null]]);
    for (const role of inherited.keys()) {
      for (const membership of byMember.get(role) ?? []) {
        if (membership.admin && !result.has(membership.role)) result.set(membership.role, role);
      }
    }
    return result;
  };

  const path: RoleGraph['path'] = (role, group, via = 'member') => {
    const cameFrom = reach(role, via);
    if (!cameFrom.has(group)) return null;
    const steps = [group];
    const inherited = via === 'admin' ? walk(role, ({ inherit }) => inherit) : cameFrom;
    let step = group === role ? null : (cameFrom.get(group) ?? null);
    while (step !== null) {
      steps.unshift(step);
      step = inherited.get(step) ?? null;
    }
    return steps;
  };

  const memberOf: RoleGraph['memberOf'] = (role, group, via = 'member') => reach(role, via).has(group);
  const isSuperuser = (name: string) => byName.get(name)?.superuser === true;

  const reachableAttributes: RoleGraph['reachableAttributes'] = (role) => {
    const reached = [...reach(role, 'set').keys()].flatMap((name) => byName.get(name) ?? []);
    if (reached.some(({ superuser }) => superuser)) return new Set(roleAttributeNames);
    return new Set(roleAttributeNames.filter((attribute) => reached.some((one) => one[attribute])));
  };

  return {
    memberOf,
    path,
    reachableAttributes,
    groupsOf: (role, via = 'member') => [...reach(role, via).keys()].filter((name) => name !== role).sort(),
    membersOf: (group, via = 'member') =>
      roles
        .map(({ name }) => name)
        .filter((name) => name !== group && memberOf(name, group, via))
        .sort(),
    effectiveSuperusers: () =>
      roles
        .flatMap(({ name }) => {
          const superuser = [...reach(name, 'set').keys()].find(isSuperuser);
          const way = superuser === undefined ? null : path(name, superuser, 'set');
          return way === null ? [] : [{ name, path: way }];
        })
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    canBecome: (role, other) =>
      byName.has(other) && (memberOf(role, other, 'set') || reachableAttributes(role).has('superuser')),
    hasPrivilegesOf: (role, group) => isSuperuser(role) || memberOf(role, group, 'inherit'),
  };
}
