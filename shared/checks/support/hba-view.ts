import type { Membership, Role } from '../../facts/catalog.ts';
import type { ConfigurationFile } from '../../facts/files.ts';
import type { FactSet, FactValue } from '../../facts/facts.ts';
import type { Evidence, Subject } from '../../findings/finding.ts';
import { membershipTest } from '../../hba/context.ts';
import { userTokenMatches } from '../../hba/match.ts';
import type { HbaContext } from '../../hba/match.ts';
import { withoutSecrets } from '../../hba/methods.ts';
import { readHba } from '../../hba/read-files.ts';
import type { HbaReading, HbaView } from '../../hba/read-files.ts';
import type { HbaRule } from '../../hba/types.ts';
import { formatRule } from '../../hba/write.ts';
import { isLoopback, parseNetwork } from '../../lib/cidr.ts';
import type { Judgement } from '../define-check.ts';
import { fileEvidence } from './evidence.ts';
import { isLoopbackEntry } from './listening.ts';

export { readHba };
export type { HbaReading, HbaView };

/**
 * Judges the rules of pg_hba.conf. A file that could not be read is not assessed; neither is a pass over a file that
 * the server refuses to load, because then rules of an earlier load are in force that nobody can see.
 */
export function judgeRules(
  files: readonly ConfigurationFile[],
  major: number,
  judge: (view: HbaView) => Judgement,
): Judgement {
  const reading = readHba(files, major);
  if (!reading.ok) return { status: 'not-assessed', summary: reading.reason };
  const judgement = judge(reading.view);
  const [problem] = reading.view.problems;
  if (problem === undefined || judgement.status !== 'pass') return judgement;
  return {
    status: 'not-assessed',
    summary: `The server refuses line ${problem.line} of ${problem.file}, so rules loaded earlier are in force.`,
  };
}

/** `/etc/postgresql/15/main/pg_hba.conf:12` */
export function ruleKey({ file, line }: Pick<HbaRule, 'file' | 'line'>): string {
  return `${file}:${line}`;
}

export function ruleSubject(rule: HbaRule): Subject {
  return { kind: 'hba-line', name: ruleKey(rule) };
}

/** The rule on one line, without the padding of its columns and without secrets. */
export function ruleText(rule: HbaRule, major: number): string {
  try {
    return formatRule(withoutSecrets(rule), major).replace(/ {2,}/g, ' ').trim();
  } catch {
    // A name with a line break cannot be written again; nobody has one but to disturb.
    return `${rule.type} ${rule.method}`;
  }
}

/** The lines of the rules, marked, file by file in the order of the rules. */
export function ruleEvidence(view: HbaView, rules: readonly HbaRule[]): readonly Evidence[] {
  const paths = [...new Set(rules.map(({ file }) => file))];
  return paths.flatMap((path) => {
    const file = view.files.find((one) => one.path === path);
    const lines = rules.filter((rule) => rule.file === path).map(({ line }) => line);
    return file === undefined ? [] : (fileEvidence(file, lines) ?? []);
  });
}

/** `line 12`; with the file's name when it is not the main file. */
export function rulePlace(view: HbaView, { file, line }: Pick<HbaRule, 'file' | 'line'>): string {
  return file === view.path ? `line ${line}` : `${file} line ${line}`;
}

/**
 * Where clients of a rule sit: `socket` for local rules, `host` for loopback and samehost, `remote` for every address
 * that another machine may have.
 */
export function ruleReach({ address }: HbaRule): 'socket' | 'host' | 'remote' {
  if (address === null) return 'socket';
  switch (address.kind) {
    case 'samehost':
      return 'host';
    case 'network': {
      const network = address.prefix === null ? null : parseNetwork(`${address.address}/${address.prefix}`);
      return network !== null && isLoopback(network) ? 'host' : 'remote';
    }
    case 'host-name':
      return isLoopbackEntry(address.name) ? 'host' : 'remote';
    default:
      return 'remote';
  }
}

/** The address of a rule in words: `10.20.4.0/24`, `any address`, `the host itself`. */
export function addressWords({ address }: HbaRule): string {
  if (address === null) return 'the Unix socket';
  switch (address.kind) {
    case 'all':
      return 'any address';
    case 'samehost':
      return 'the host itself';
    case 'samenet':
      return "the host's own networks";
    case 'network':
      return address.prefix === 0
        ? `any ${address.family === 'ipv4' ? 'IPv4' : 'IPv6'} address`
        : address.prefix === null
          ? address.text
          : address.prefix === (address.family === 'ipv4' ? 32 : 128)
            ? address.address
            : `${address.address}/${address.prefix}`;
    case 'host-name':
      return address.name;
    case 'host-suffix':
      return `hosts of ${address.suffix.slice(1)}`;
  }
}

/** Group membership and the host's own addresses, for matching rules. Unknown facts stay unknown. */
export function hbaContext(
  memberships: readonly Membership[],
  interfaces: FactValue<'interfaces'> | null = null,
): HbaContext {
  return {
    memberships: membershipTest(memberships.map(({ role, member }) => [role, member])),
    hostNetworks: interfaces?.map(({ address, prefix }) => `${address}/${prefix}`) ?? null,
  };
}

/** The same from facts that may be missing: without memberships a group holds only itself. */
export function contextOfFacts({
  memberships,
  interfaces,
}: Partial<Pick<FactSet, 'memberships' | 'interfaces'>>): HbaContext {
  return hbaContext(
    memberships?.state === 'collected' ? memberships.value : [],
    interfaces?.state === 'collected' ? interfaces.value : null,
  );
}

/** Roles with LOGIN that a rule's user list stands for. A list that cannot be evaluated counts as standing for all. */
export function rolesOfRule(
  rule: HbaRule,
  roles: readonly Role[],
  memberships: readonly Membership[],
): readonly Role[] {
  const context = hbaContext(memberships);
  return roles.filter(
    ({ name, login }) =>
      login && rule.users.some((token) => userTokenMatches(token, name, context) !== false),
  );
}
