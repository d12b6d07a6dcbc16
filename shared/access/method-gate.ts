import type { Role } from '../facts/catalog.ts';
import { matchIdent } from '../hba/ident.ts';
import type { HbaContext } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import type { Client } from './client.ts';
import { refusedBy, settingOf } from './entry.ts';
import type { AccessState, Entry } from './entry.ts';
import { passwordExpired } from './login-gates.ts';

export interface MethodQuestion {
  readonly state: AccessState;
  readonly rule: HbaRule;
  readonly client: Client;
  /** undefined when the role does not exist, null when the roles are not known. */
  readonly role: Role | undefined | null;
  /** The rule by which it got in before the change; null when that is the question. */
  readonly usedBefore: HbaRule | null;
  readonly context: HbaContext;
}

const asksPassword: readonly string[] = ['scram-sha-256', 'md5', 'password'];

/** The value of an option; the last one counts. */
const optionOf = (rule: HbaRule, name: string): string | null =>
  rule.options.findLast((option) => option.name === name)?.value ?? null;

/** Whether the client can give what the rule's method and options ask for, as far as it can be seen. */
export function methodGate(question: MethodQuestion): Entry {
  const { rule } = question;
  if (rule.method === 'reject') return refusedBy(rule, 'rejects it', 'certain');
  const certificate = certificateGate(question);
  if (certificate.verdict === 'refused') return certificate;
  if (rule.method === 'trust') return { verdict: 'allowed', rule };
  if (asksPassword.includes(rule.method)) return passwordGate(question);
  if (rule.method === 'cert') return certificate;
  if (rule.method === 'peer') return peerGate(question);
  return sameAsBefore(question);
}

function passwordGate({ state, rule, client, role, usedBefore }: MethodQuestion): Entry {
  const name = role?.name ?? 'the role';
  if (role === undefined)
    return refusedBy(rule, 'asks for the password of a role that does not exist', 'certain');
  const verifier = role?.verifier ?? 'unknown';
  if (verifier === 'none')
    return refusedBy(rule, `asks for a password and ${name} has none`, 'certain', 'role');
  if (rule.method === 'scram-sha-256' && verifier === 'md5') {
    return refusedBy(
      rule,
      `asks for scram-sha-256 and the stored password of ${name} is md5`,
      'certain',
      'role',
    );
  }
  if (role !== null && passwordExpired(state.facts, role))
    return refusedBy(rule, `asks for a password and that of ${name} is no longer valid`, 'certain', 'role');
  if (client.password === false)
    return refusedBy(rule, 'asks for a password, which it does not have', 'certain');
  // Whoever gave a password before gives it again; whoever was never asked may not have one at hand.
  if (client.password === undefined && usedBefore !== null && !asksPassword.includes(usedBefore.method))
    return refusedBy(rule, 'asks for a password, which was not asked for before', 'possible');
  return { verdict: 'allowed', rule };
}

/** `clientcert`, and the method cert, which asks for the same and for a name that fits. */
function certificateGate(question: MethodQuestion): Entry {
  const { state, rule, client, usedBefore } = question;
  const wanted = rule.method === 'cert' ? 'verify-full' : (optionOf(rule, 'clientcert') ?? 'no-verify');
  if (!['verify-ca', 'verify-full', '1'].includes(wanted)) return { verdict: 'allowed', rule };
  if (settingOf(state.facts, 'ssl_ca_file') === '')
    return refusedBy(
      rule,
      'asks for a client certificate and ssl_ca_file names none to check it by',
      'certain',
      'tls',
    );
  if (client.certificate === null)
    return refusedBy(rule, 'asks for a client certificate, which it does not have', 'certain', 'tls');
  if (client.certificate === undefined) {
    const asked = usedBefore === null || certificateOf(usedBefore) === certificateOf(rule);
    return asked
      ? { verdict: 'allowed', rule }
      : refusedBy(rule, 'asks for a client certificate, which was not asked for before', 'possible', 'tls');
  }
  if (wanted !== 'verify-full') return { verdict: 'allowed', rule };
  // With clientname=DN the whole subject is the name, in a form that only a map knows.
  const name = /(?:^|[/,])CN=([^/,]*)/.exec(client.certificate)?.[1];
  if (name === undefined || optionOf(rule, 'clientname') === 'DN')
    return usedBefore === null || certificateOf(usedBefore) === certificateOf(rule)
      ? { verdict: 'allowed', rule }
      : refusedBy(rule, 'asks for a certificate with another name, as far as can be seen', 'possible', 'tls');
  return mappedName(
    question,
    rule.method === 'cert' ? optionOf(rule, 'map') : null,
    name,
    'of the certificate',
  );
}

const certificateOf = (rule: HbaRule): string =>
  JSON.stringify([
    rule.method === 'cert',
    ...['clientcert', 'clientname', 'map'].map((name) => optionOf(rule, name)),
  ]);

/** Whether a name of another system may log in as the role: the same name, or by the map (hba.c, check_usermap). */
function mappedName(
  { state, rule, client, context }: MethodQuestion,
  map: string | null,
  name: string,
  what: string,
): Entry {
  const refused = `takes ${client.role} only from another name than ${name} ${what}`;
  if (map === null)
    return name === client.role ? { verdict: 'allowed', rule } : refusedBy(rule, refused, 'certain');
  if (state.mappings === null || state.mappings === undefined) {
    return refusedBy(rule, `takes ${name} ${what} by the map ${map}, which is not known`, 'possible');
  }
  const match = matchIdent(state.mappings, { map, systemName: name, role: client.role }, context);
  if (match.outcome === 'match') return { verdict: 'allowed', rule };
  return refusedBy(rule, `${refused} (map ${map})`, match.outcome === 'none' ? 'certain' : 'possible');
}

function peerGate(question: MethodQuestion): Entry {
  const { state, rule, client, usedBefore } = question;
  const map = optionOf(rule, 'map');
  if (client.account !== undefined) return mappedName(question, map, client.account, 'of the host');
  if (usedBefore === null || (usedBefore.method === 'peer' && optionOf(usedBefore, 'map') === map))
    return { verdict: 'allowed', rule };
  // sudo to the server's account is how administrators and their scripts come in by the socket.
  const owner = state.facts.cluster.state === 'collected' ? state.facts.cluster.value.owner : null;
  if (map === null && client.role === owner) return { verdict: 'allowed', rule };
  return refusedBy(rule, 'asks for peer, which was not asked for before', 'possible');
}

/** Methods whose outcome hangs on another system: the same question as before gets the same answer. */
function sameAsBefore({ rule, usedBefore }: MethodQuestion): Entry {
  const question = (one: HbaRule): string => JSON.stringify([one.method, one.options]);
  if (usedBefore === null || question(usedBefore) === question(rule)) return { verdict: 'allowed', rule };
  const because =
    usedBefore.method === rule.method
      ? `asks for ${rule.method} in another way than before`
      : `asks for ${rule.method}, which was not asked for before`;
  return refusedBy(rule, because, 'possible');
}
