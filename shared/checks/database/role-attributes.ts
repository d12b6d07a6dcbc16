import { z } from 'zod';
import type { Role } from '../../facts/catalog.ts';
import type { References, Severity } from '../../findings/finding.ts';
import { defineCheck, type AnyCheck, type CheckTexts } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

interface AttributeRule extends Omit<CheckTexts, 'references'> {
  readonly id: string;
  readonly severity: Severity;
  readonly attribute: 'createRole' | 'createDatabase' | 'bypassRls';
  readonly keyword: string;
  readonly references: Pick<References, 'cis' | 'stig'>;
  /** Where a newer major made the attribute weaker. */
  readonly milder?: { readonly since: number; readonly severity: Severity; readonly note: string };
}

const rules: readonly AttributeRule[] = [
  {
    id: 'role-createrole',
    severity: 'high',
    attribute: 'createRole',
    keyword: 'CREATEROLE',
    titles: {
      pass: 'No ordinary role may manage roles',
      fail: 'Ordinary roles may manage roles',
      topic: 'Roles with CREATEROLE',
    },
    why: 'CREATEROLE lets a role make others and hand out memberships. Before PostgreSQL 16 that includes membership of the roles that run programs on the host, so it is nearly superuser.',
    misuse: [
      'Whoever has the role makes a role of their own.',
      'Before 16 they grant it `pg_execute_server_program` and run programs on the host.',
    ],
    byHand: [
      'See them: `SELECT rolname FROM pg_roles WHERE rolcreaterole AND NOT rolsuper;`',
      '`ALTER ROLE name NOCREATEROLE;`',
      'Let an administrator make roles.',
    ],
    references: { cis: ['4.3 (14-17)', '4.2 (12)'], stig: ['CD12-00-011700', 'CD16-00-006800'] },
    milder: {
      since: 16,
      severity: 'medium',
      note: 'From PostgreSQL 16 on it reaches only roles that it has ADMIN over.',
    },
  },
  {
    id: 'role-createdb',
    severity: 'low',
    attribute: 'createDatabase',
    keyword: 'CREATEDB',
    titles: {
      pass: 'No ordinary role may create databases',
      fail: 'Ordinary roles may create databases',
      topic: 'Roles with CREATEDB',
    },
    why: 'A role that may create databases can fill the disk with copies, and owns what it made: its rules there are its own.',
    misuse: [
      'A stolen login copies a template until the disk is full.',
      'The server stops, and with it every database.',
    ],
    byHand: [
      'See them: `SELECT rolname FROM pg_roles WHERE rolcreatedb AND NOT rolsuper;`',
      '`ALTER ROLE name NOCREATEDB;`',
    ],
    references: { cis: ['4.3 (14-17)', '4.2 (12)'], stig: ['CD12-00-001300', 'CD16-00-003000'] },
  },
  {
    id: 'role-bypassrls',
    severity: 'high',
    attribute: 'bypassRls',
    keyword: 'BYPASSRLS',
    titles: {
      pass: 'No ordinary role passes by row level security',
      fail: 'Ordinary roles pass by row level security',
      topic: 'Roles with BYPASSRLS',
    },
    why: 'BYPASSRLS switches every row policy off for the role. Data that policies were made to protect, health or personal data say, is open to it in full.',
    misuse: [
      'The login of a report or a copy job is stolen.',
      'It reads the rows of all tenants or patients, as if there were no policy.',
    ],
    byHand: [
      'See them: `SELECT rolname FROM pg_roles WHERE rolbypassrls AND NOT rolsuper;`',
      '`ALTER ROLE name NOBYPASSRLS;`',
      'A role that dumps whole tables may need it: then waive it, with an end date.',
    ],
    references: {
      cis: ['4.3 (14-17)', '4.7 (14-17)', '4.2 (12)'],
      stig: ['CD12-00-002200', 'CD16-00-006700'],
    },
  },
];

/** Roles that hold the attribute although they are no superuser: what the check reports and the fix offers. */
export function holdersOf(
  roles: readonly Role[],
  attribute: AttributeRule['attribute'],
  allowed: readonly string[],
): readonly Role[] {
  return roles.filter(
    (role) =>
      role[attribute] &&
      !role.superuser &&
      !role.predefined &&
      !role.bootstrap &&
      !allowed.includes(role.name),
  );
}

/** One rule over three attributes. */
export const roleAttributeChecks: readonly AnyCheck[] = rules.map((rule) =>
  defineCheck({
    id: rule.id,
    pillar: 'database',
    severity: rule.severity,
    titles: rule.titles,
    why: rule.why,
    misuse: rule.misuse,
    byHand: rule.byHand,
    references: {
      ...rule.references,
      documentation: [postgresPage('role-attributes.html', 'Role attributes')],
    },
    needs: ['roles', 'server'],
    parameters: z.object({
      /** Roles that may have it, by name. */
      allowed: z.array(z.string()).default([]),
    }),
    judge({ roles, server }, { parameters }) {
      const holders = holdersOf(roles, rule.attribute, parameters.allowed);
      if (holders.length === 0)
        return { status: 'pass', summary: `No role but superusers has ${rule.keyword}.`, evidence: [] };
      const names = holders.map(({ name }) => name);
      const milder = rule.milder !== undefined && server.major >= rule.milder.since ? rule.milder : undefined;
      return {
        status: 'fail',
        summary: `${listOf(names)} ${names.length === 1 ? 'has' : 'have'} ${rule.keyword}.${milder === undefined ? '' : ` ${milder.note}`}`,
        evidence: [
          tableEvidence(
            ['Role', 'May log in'],
            holders.map(({ name, login }) => [name, login ? 'yes' : 'no']),
          ),
        ],
        subjects: names.map((name) => ({ kind: 'role', name })),
        ...(milder === undefined ? {} : { severity: milder.severity }),
      };
    },
  }),
);
