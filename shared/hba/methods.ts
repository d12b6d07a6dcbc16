import type { HbaOption, HbaRuleDraft, HbaType } from './types.ts';

/** What of a rule decides which options it may have. */
export interface MethodUse {
  readonly type: HbaType;
  readonly method: string;
  readonly major: number;
}

const everyMethod = [
  'trust',
  'reject',
  'ident',
  'peer',
  'password',
  'md5',
  'scram-sha-256',
  'gss',
  'sspi',
  'pam',
  'bsd',
  'ldap',
  'cert',
];

/** The authentication methods that a major version knows: RADIUS went with 19, OAuth came with 18. */
export function hbaMethods(major: number): readonly string[] {
  return [...everyMethod, ...(major < 19 ? ['radius'] : []), ...(major >= 18 ? ['oauth'] : [])];
}

/** Option name → methods that may have it, and how the server names these in its message. */
function optionMethods(major: number): ReadonlyMap<string, readonly [readonly string[], string]> {
  const mapMethods: readonly [readonly string[], string] =
    major >= 18
      ? [['ident', 'peer', 'gss', 'sspi', 'cert', 'oauth'], 'ident, peer, gssapi, sspi, cert, and oauth']
      : [['ident', 'peer', 'gss', 'sspi', 'cert'], 'ident, peer, gssapi, sspi, and cert'];
  const only = (method: string, names: readonly string[]) =>
    names.map((name): [string, readonly [readonly string[], string]] => [name, [[method], method]]);
  return new Map<string, readonly [readonly string[], string]>([
    ['map', mapMethods],
    ['krb_realm', [['gss', 'sspi'], 'gssapi and sspi']],
    ['include_realm', [['gss', 'sspi'], 'gssapi and sspi']],
    ...only('sspi', ['compat_realm', 'upn_username']),
    ...only('pam', ['pamservice', 'pam_use_hostname']),
    ...only('ldap', [
      ...['ldapurl', 'ldaptls', 'ldapscheme', 'ldapserver', 'ldapport', 'ldapbinddn', 'ldapbindpasswd'],
      ...['ldapsearchattribute', 'ldapsearchfilter', 'ldapbasedn', 'ldapprefix', 'ldapsuffix'],
    ]),
    ...(major < 19
      ? only('radius', ['radiusservers', 'radiusports', 'radiussecrets', 'radiusidentifiers'])
      : []),
    ...(major >= 18 ? only('oauth', ['issuer', 'scope', 'validator', 'delegate_ident_mapping']) : []),
  ]);
}

function clientCertProblem({ type, method, major }: MethodUse, value: string): string | null {
  if (type !== 'hostssl') return 'clientcert can only be configured for "hostssl" rows';
  if (value === 'verify-full') return null;
  if (value === 'verify-ca') {
    return method === 'cert' && major >= 14
      ? 'clientcert can only be set to "verify-full" when using "cert" authentication'
      : null;
  }
  if (major < 14 && value === '1') return null;
  if (major < 14 && (value === '0' || value === 'no-verify')) {
    return method === 'cert'
      ? 'clientcert can not be set to "no-verify" when using "cert" authentication'
      : null;
  }
  return `invalid value for clientcert: "${value}"`;
}

// C's atoi: leading blanks, a sign, digits, and the rest ignored.
const atoi = (text: string): number => Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0);

/** What the server says of one option (hba.c, parse_hba_auth_opt), or null. */
export function optionProblem(use: MethodUse, { name, value }: HbaOption): string | null {
  if (name === 'clientcert') return clientCertProblem(use, value);
  if (name === 'clientname' && use.major >= 14) {
    if (use.type !== 'hostssl') return 'clientname can only be configured for "hostssl" rows';
    return value === 'CN' || value === 'DN' ? null : `invalid value for clientname: "${value}"`;
  }
  const allowed = optionMethods(use.major).get(name);
  if (allowed === undefined) return `unrecognized authentication option name: "${name}"`;
  const [methods, words] = allowed;
  if (!methods.includes(use.method)) {
    return `authentication option "${name}" is only valid for authentication methods ${words}`;
  }
  if (name === 'ldapport' && atoi(value) === 0) return `invalid LDAP port number: "${value}"`;
  if (name === 'ldapurl' && !/^ldaps?:\/\//i.test(value)) return `could not parse LDAP URL "${value}"`;
  return null;
}

function ldapProblem(options: readonly HbaOption[], major: number): string | null {
  const has = (...names: readonly string[]) => options.some(({ name }) => names.includes(name));
  // An ldapurl may hold the base and the attribute, so what it leaves open is not an error of this file.
  const url = has('ldapurl');
  if (has('ldapprefix', 'ldapsuffix')) {
    if (!has('ldapbasedn', 'ldapbinddn', 'ldapbindpasswd', 'ldapsearchattribute', 'ldapsearchfilter'))
      return null;
    return major >= 17
      ? 'cannot mix options for simple bind and search+bind modes'
      : 'cannot use ldapbasedn, ldapbinddn, ldapbindpasswd, ldapsearchattribute, ldapsearchfilter, or ldapurl together with ldapprefix';
  }
  if (!url && !has('ldapbasedn')) {
    return 'authentication method "ldap" requires argument "ldapbasedn", "ldapprefix", or "ldapsuffix" to be set';
  }
  return has('ldapsearchattribute') && has('ldapsearchfilter')
    ? 'cannot use ldapsearchattribute together with ldapsearchfilter'
    : null;
}

function missing(method: string, names: readonly string[], options: readonly HbaOption[]): string | null {
  const absent = names.find((wanted) => !options.some(({ name }) => name === wanted));
  return absent === undefined
    ? null
    : `authentication method "${method}" requires argument "${absent}" to be set`;
}

/** What the server says of a method for its record type, before it reads the options; null when it is right. */
export function methodProblem(
  { type, method, major }: MethodUse,
  unsupported: readonly string[],
): string | null {
  if (!hbaMethods(major).includes(method)) return `invalid authentication method "${method}"`;
  if (unsupported.includes(method)) {
    return `invalid authentication method "${method}": not supported by this build`;
  }
  if (type === 'local' && method === 'gss') return 'gssapi authentication is not supported on local sockets';
  if (type !== 'local' && method === 'peer') {
    return 'peer authentication is only supported on local sockets';
  }
  if (type !== 'hostssl' && method === 'cert') {
    return 'cert authentication is only supported on hostssl connections';
  }
  return null;
}

/**
 * What the server says of a rule whose options are right one by one: mandatory ones that miss, ones that exclude each
 * other. Not judged, because it hangs on other settings: names of RADIUS servers and OAuth validators.
 */
export function optionSetProblem({ method, major }: MethodUse, options: readonly HbaOption[]): string | null {
  if (method === 'ldap') return ldapProblem(options, major);
  if (method === 'radius') return missing('radius', ['radiusservers', 'radiussecrets'], options);
  if (method !== 'oauth') return null;
  const absent = missing('oauth', ['scope', 'issuer'], options);
  if (absent !== null) return absent;
  const delegates = options.findLast(({ name }) => name === 'delegate_ident_mapping')?.value === '1';
  return delegates && options.some(({ name }) => name === 'map')
    ? 'map cannot be used in combination with delegate_ident_mapping'
    : null;
}

/** Options whose value is a secret: it must not reach a log, a journal or a report. */
const secretOptions: readonly string[] = ['ldapbindpasswd', 'radiussecrets'];

/** The rule with the values of secret options replaced, for everything that is shown or kept. */
export function withoutSecrets<T extends HbaRuleDraft>(rule: T): T {
  const options = rule.options.map(({ name, value }) => ({
    name,
    value: secretOptions.includes(name) ? '[redacted]' : value,
  }));
  return { ...rule, options };
}
