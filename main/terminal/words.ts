import type { RollbackChoice, RollbackDecision } from '../../shared/contract/apply.ts';
import type { Target } from '../../shared/contract/target.ts';
import type { FixChoice } from '../../shared/plan/plan.ts';
import type { NamedRole } from '../../shared/access/must-work.ts';
import { parseNetwork } from '../../shared/lib/cidr.ts';
import { UsageError } from './command.ts';

/** A target as it is typed: practice, local, or whatever ssh would take. */
export function parseTarget(
  word: string,
  options: { readonly identity?: string; readonly knownHosts?: string; readonly jump?: string } = {},
): Target {
  if (word === 'practice') return { kind: 'practice' };
  if (word === 'local') return { kind: 'local' };
  return {
    kind: 'ssh',
    destination: word,
    identityFile: options.identity ?? null,
    knownHostsFile: options.knownHosts ?? null,
    jump: options.jump ?? null,
  };
}

/** `ROLE[@ADDRESS][/DATABASE]`; the address may be a network, or `local` for the Unix socket. Throws UsageError. */
export function parseMustWork(text: string): NamedRole {
  const match = /^([^@/]+)(?:@(local|[0-9a-fA-F:.]+(?:\/\d{1,3}(?=$|\/))?))?(?:\/(.+))?$/s.exec(text);
  const [, role, place, database] = match ?? [];
  if (role === undefined || (place !== undefined && place !== 'local' && parseNetwork(place) === null))
    throw new UsageError(`--must-work takes ROLE[@ADDRESS][/DATABASE], not "${text}".`);
  return { role, address: place === 'local' ? null : place, database: database ?? null };
}

/**
 * `ID` or `ID:key=value,key=value`. A comma belongs to the value before it unless a new `key=` follows, so that lists can be
 * written as they are: `firewall:networks=10.0.0.0/24,10.0.1.0/24,port=5432`. A comma of a name is written `\,`.
 */
export function parseFix(text: string): FixChoice {
  const colon = text.indexOf(':');
  if (colon < 0) return { fix: text, answers: {} };
  const answers: Record<string, string> = {};
  for (const part of text.slice(colon + 1).split(/(?<!\\),(?=[A-Za-z][A-Za-z0-9-]*=)/)) {
    const equals = part.indexOf('=');
    if (equals < 1) throw new UsageError(`"${part}" in --fix ${text} is not key=value.`);
    answers[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return { fix: text.slice(0, colon), answers };
}

/** `--leave 3 --leave 4,7`: what becomes of single steps. Throws UsageError. */
export function parseSteps(
  words: readonly string[] | undefined,
  option: string,
  choice: RollbackChoice,
): readonly RollbackDecision[] {
  return (words ?? []).flatMap((word) =>
    word.split(',').map((part) => {
      const step = Number(part);
      if (!/^\d{1,3}$/.test(part) || step === 0)
        throw new UsageError(`${option} takes the number of a step, not "${part}".`);
      return { step, choice };
    }),
  );
}
