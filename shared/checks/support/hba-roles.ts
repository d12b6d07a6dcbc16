import type { Membership, Role } from '../../facts/catalog.ts';
import type { HbaRule } from '../../hba/types.ts';
import type { FactSet } from '../../facts/facts.ts';
import { nameToken } from '../../hba/write.ts';
import { createRoleGraph } from '../../roles/role-graph.ts';
import { reachOf } from '../../hba/reach.ts';
import { contextOfFacts, rolesOfRule } from './hba-view.ts';
import type { HbaView } from './hba-view.ts';
import { amount, listOf } from './words.ts';

/** Roles with LOGIN that any of the rules stands for, in the order of the catalog. */
export function rolesOfRules(
  rules: readonly HbaRule[],
  roles: readonly Role[],
  memberships: readonly Membership[],
): readonly Role[] {
  const names = new Set(
    rules.flatMap((rule) => rolesOfRule(rule, roles, memberships).map(({ name }) => name)),
  );
  return roles.filter(({ name }) => names.has(name));
}

/** `Lets in 6 roles, 2 of them superusers: postgres and reporting.` */
export function whoIsLetIn(
  rules: readonly HbaRule[],
  roles: readonly Role[],
  memberships: readonly Membership[],
): string {
  const letIn = rolesOfRules(rules, roles, memberships);
  const superusers = letIn.filter(({ superuser }) => superuser).map(({ name }) => name);
  if (letIn.length === 0) return 'No role that may log in fits.';
  return superusers.length === 0
    ? `Lets in ${amount(letIn.length, 'role')}, no superuser: ${listOf(letIn.map(({ name }) => name))}.`
    : `Lets in ${amount(letIn.length, 'role')}, ${superusers.length} of them superuser: ${listOf(superusers)}.`;
}

/**
 * Roles of a rule that a change to scram-sha-256 would refuse: those whose stored verifier is none or md5. `unknown`
 * is for verifiers that could not be seen.
 */
export function withoutScram(
  rule: HbaRule,
  roles: readonly Role[],
  memberships: readonly Membership[],
): { readonly refused: readonly Role[]; readonly unknown: readonly Role[] } {
  const concerned = rolesOfRule(rule, roles, memberships);
  return {
    refused: concerned.filter(
      ({ verifier }) => verifier === 'none' || verifier === 'md5' || verifier === 'other',
    ),
    unknown: concerned.filter(({ verifier }) => verifier === 'unknown'),
  };
}

/** Roles with LOGIN that are or can become superuser, and for which some connection still comes to a rule. */
export function superusersOfRule(
  rule: HbaRule,
  view: HbaView,
  facts: Pick<FactSet, 'roles' | 'memberships' | 'interfaces'>,
): readonly string[] {
  if (facts.roles.state !== 'collected') return [];
  const memberships = facts.memberships.state === 'collected' ? facts.memberships.value : [];
  const superusers = new Set(
    createRoleGraph(facts.roles.value, memberships)
      .effectiveSuperusers()
      .map(({ name }) => name),
  );
  const context = contextOfFacts(facts);
  return rolesOfRule(rule, facts.roles.value, memberships)
    .map(({ name }) => name)
    .filter(
      (name) =>
        superusers.has(name) &&
        reachOf(view.rules, rule, context, { users: [nameToken(name)] }).transports.length > 0,
    );
}
