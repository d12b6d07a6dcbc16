import type { Membership, Role } from '../../facts/catalog.ts';
import type { Setting } from '../../facts/cluster.ts';
import type { FactValue } from '../../facts/facts.ts';
import type { HbaRule } from '../../hba/types.ts';
import { userTokenMatches } from '../../hba/match.ts';
import { nameToken } from '../../hba/write.ts';
import { createRoleGraph } from '../../roles/role-graph.ts';
import { liveTransports } from './hba-findings.ts';
import { reachOf } from '../../hba/reach.ts';
import { hbaContext, ruleReach } from './hba-view.ts';
import type { HbaView } from './hba-view.ts';

/** A rule by which a superuser may come from another machine. */
export interface RemoteSuperuser {
  readonly role: string;
  /** From the role to the superuser that it is or can become by SET ROLE. */
  readonly path: readonly string[];
  readonly rule: HbaRule;
}

/**
 * Every rule for other machines that still decides on a login of a superuser after first match, and does not reject
 * it. Replication alone is left out: no statement can be run over it. Who cannot be told counts as let in.
 */
export function remoteSuperuserRules(
  view: HbaView,
  roles: readonly Role[],
  memberships: readonly Membership[],
  settings: readonly Setting[],
  interfaces: FactValue<'interfaces'> | null,
): readonly RemoteSuperuser[] {
  const context = hbaContext(memberships, interfaces);
  const transports = liveTransports(settings);
  const login = new Set(roles.filter((role) => role.login).map(({ name }) => name));
  const superusers = createRoleGraph(roles, memberships)
    .effectiveSuperusers()
    .filter(({ name }) => login.has(name));
  const remote = view.rules.filter((rule) => rule.method !== 'reject' && ruleReach(rule) === 'remote');
  return superusers.flatMap(({ name, path }) =>
    remote
      .filter((rule) => {
        if (rule.users.every((token) => userTokenMatches(token, name, context) === false)) return false;
        const databases = rule.databases.filter(({ kind }) => kind !== 'replication');
        const narrowed = { databases, users: [nameToken(name)], transports };
        return databases.length > 0 && reachOf(view.rules, rule, context, narrowed).transports.length > 0;
      })
      .map((rule) => ({ role: name, path, rule })),
  );
}
