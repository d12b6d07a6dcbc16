import { networkNumbers } from '../address.ts';
import { reachOf } from '../reach.ts';
import type { HbaRule, HbaToken } from '../types.ts';
import type { EditorGround } from './ground-schema.ts';
import { plainProblem } from './plain-problem.ts';
import type { PlainWords } from './plain-problem.ts';
import type { EditorReading } from './reading.ts';

/** Something about a line, in plain words. */
export interface LineRemark extends PlainWords {
  readonly file: string;
  readonly line: number;
  /** `error`: the server refuses the file. `warning`: hardly meant so. `note`: good to know. */
  readonly level: 'error' | 'warning' | 'note';
}

type Words = Omit<LineRemark, 'file' | 'line'>;
type Lens = (rule: HbaRule, ground: EditorGround) => Words | null;

const note = (what: string, why: string, todo: string): Words => ({ level: 'note', what, why, todo });
const warning = (what: string, why: string, todo: string): Words => ({ level: 'warning', what, why, todo });

function isHere({ type, address }: HbaRule): boolean {
  if (type === 'local' || address === null || address.kind === 'samehost') return true;
  if (address.kind !== 'network' || address.prefix === null) return false;
  return address.family === 'ipv4'
    ? address.address.startsWith('127.') && address.prefix >= 8
    : address.address === '::1' && address.prefix === 128;
}

const names = (tokens: readonly HbaToken[]): readonly string[] =>
  tokens.filter(({ kind }) => kind === 'name').map(({ text }) => text);

const quotedList = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');

const lenses: readonly Lens[] = [
  (rule) =>
    rule.method === 'trust'
      ? warning(
          'Whoever comes to this line gets in without a password.',
          rule.type === 'local'
            ? 'Every account of the host can be any role of the line.'
            : 'trust believes the name that a client gives, also that of a superuser.',
          rule.type === 'local' ? 'Use peer.' : 'Use scram-sha-256.',
        )
      : null,
  (rule) =>
    rule.method === 'password'
      ? warning(
          'The password is sent in clear text.',
          'Whoever hears it on the way can use it.',
          'Use scram-sha-256.',
        )
      : null,
  (rule) =>
    rule.method === 'ident' && rule.type !== 'local'
      ? warning(
          'The machine of the client says who the client is.',
          'A machine that somebody else runs can say what it likes.',
          'Use scram-sha-256.',
        )
      : null,
  (rule) =>
    rule.method === 'md5'
      ? note(
          'md5 is outdated.',
          'A stolen MD5 verifier is as good as the password. Passwords that are stored for SCRAM work by this line too.',
          'Use scram-sha-256 once every role of the line has a SCRAM password.',
        )
      : null,
  (rule, { ssl }) =>
    rule.type === 'hostssl' && ssl === false
      ? warning(
          'Nobody comes to this line now.',
          'It is for clients with TLS, and TLS is switched off in the server (ssl = off).',
          'Switch TLS on first: there is a fix for it.',
        )
      : null,
  (rule) =>
    (rule.type === 'host' || rule.type === 'hostnossl') && !isHere(rule) && rule.method !== 'reject'
      ? note(
          'Clients may come without TLS.',
          'What they send and get can be read on the way.',
          'Use hostssl, which demands TLS.',
        )
      : null,
  ({ address }) => {
    if (address?.kind !== 'network' || address.prefix === null) return null;
    const { value, mask } = networkNumbers(address);
    return (value & mask) === value
      ? null
      : note(
          `${address.text} stands for all addresses that begin alike, not for one.`,
          `The server looks at the first ${address.prefix} bits only.`,
          `For the one address write ${address.address}/${address.family === 'ipv4' ? 32 : 128}.`,
        );
  },
  ({ address }) =>
    address?.kind === 'host-name' || address?.kind === 'host-suffix'
      ? note(
          'The server looks the host name up each time somebody connects.',
          'Who rules the name service decides who comes to the line; a slow one makes logins slow.',
          'Write the address where it is fixed.',
        )
      : null,
  (rule, { roles }) => {
    const known = new Set(roles?.map(({ name }) => name));
    const missing = roles === null ? [] : names(rule.users).filter((name) => !known.has(name));
    return missing.length === 0
      ? null
      : warning(
          `There is no role ${quotedList(missing)}.`,
          'The line does nothing for it.',
          'Check how it is written, or make the role.',
        );
  },
  (rule, { databases }) => {
    const missing =
      databases === null ? [] : names(rule.databases).filter((name) => !databases.includes(name));
    return missing.length === 0
      ? null
      : warning(
          `There is no database ${quotedList(missing)}.`,
          'The line does nothing for it.',
          'Check how it is written, or make the database.',
        );
  },
  (rule, { roles }) => {
    if (rule.method !== 'scram-sha-256' || roles === null) return null;
    const listed = names(rule.users);
    const old = roles.filter(({ name, verifier }) => listed.includes(name) && verifier === 'md5');
    return old.length === 0
      ? null
      : warning(
          `The password of ${quotedList(old.map(({ name }) => name))} is stored for MD5.`,
          'By SCRAM it cannot be checked, so the login fails.',
          'Set the password anew with password_encryption = scram-sha-256, then use this line.',
        );
  },
];

/** Of so many lines is it told which never decide: that takes time in a long file. */
const mostShadowed = 3000;

function shadowRemark(rule: HbaRule, { rules, context }: EditorReading): Words | null {
  const { transports, takenBy } = reachOf(rules, rule, context);
  const [first, ...more] = takenBy;
  if (transports.length > 0 || first === undefined) return null;
  const place = first.file === rule.file ? `line ${first.line}` : `line ${first.line} of ${first.file}`;
  return warning(
    `Nobody ever comes to this line: ${place}${more.length === 0 ? '' : ' and others'} before it ${more.length === 0 ? 'takes' : 'take'} all of its clients.`,
    'The server takes the first line that fits.',
    `Move it before ${place}, or remove it.`,
  );
}

/** All that is to say about the lines, in their order: what the server refuses, and what is hardly meant so. */
export function remarksOn(ground: EditorGround, reading: EditorReading): readonly LineRemark[] {
  const errors = reading.problems.map(({ file, line, message }): LineRemark => ({
    file,
    line,
    level: 'error',
    ...plainProblem(message),
  }));
  const others = reading.rules.flatMap((rule): readonly LineRemark[] => {
    const { file, line } = rule;
    const said = lenses.map((lens) => lens(rule, ground));
    const shadow = reading.rules.length <= mostShadowed ? shadowRemark(rule, reading) : null;
    return [shadow, ...said].flatMap((words) => (words === null ? [] : [{ file, line, ...words }]));
  });
  return [...errors, ...others];
}
