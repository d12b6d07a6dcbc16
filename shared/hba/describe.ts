import { assertNever } from '../lib/assert-never.ts';
import type { HbaAddress, HbaRuleDraft, HbaToken } from './types.ts';

function join(words: readonly string[], last = 'and'): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;
}

function userWords(token: HbaToken): string {
  switch (token.kind) {
    case 'all':
      return 'every role';
    case 'group':
      return `every member of the role "${token.text.slice(1)}"`;
    case 'regex':
      return `every role whose name matches ${token.text.slice(1)}`;
    case 'file':
      return `the roles listed in the file ${token.text.slice(1)}`;
    default:
      return `the role "${token.text}"`;
  }
}

function databaseWords(token: HbaToken): string {
  switch (token.kind) {
    case 'all':
      return 'every database';
    case 'sameuser':
      return "the database with the role's own name";
    case 'samerole':
      return 'the databases named like a role that it is a member of';
    case 'replication':
      return 'the replication stream';
    case 'regex':
      return `every database whose name matches ${token.text.slice(1)}`;
    case 'file':
      return `the databases listed in the file ${token.text.slice(1)}`;
    default:
      return `the database "${token.text}"`;
  }
}

function networkWords({ address, prefix, family, text }: Extract<HbaAddress, { kind: 'network' }>): string {
  const version = family === 'ipv4' ? 'IPv4' : 'IPv6';
  if (prefix === 0) return `any ${version} address in the world`;
  if (address === '127.0.0.1' && prefix !== null && prefix >= 8) return 'this machine itself (IPv4)';
  if (address === '::1' && prefix === 128) return 'this machine itself (IPv6)';
  if (prefix === (family === 'ipv4' ? 32 : 128)) return `the address ${address}`;
  return prefix === null ? `the addresses ${text}` : `addresses in ${address}/${prefix}`;
}

function addressWords(address: HbaAddress): string {
  switch (address.kind) {
    case 'all':
      return 'any address in the world';
    case 'samehost':
      return "the server's own addresses";
    case 'samenet':
      return "the networks that the server's interfaces are in";
    case 'network':
      return networkWords(address);
    case 'host-name':
      return `the host ${address.name}`;
    case 'host-suffix':
      return `any host below ${address.suffix.slice(1)}`;
    default:
      return assertNever(address, 'address');
  }
}

function wayWords({ type, address }: HbaRuleDraft): string {
  const from = address === null ? '' : ` from ${addressWords(address)}`;
  switch (type) {
    case 'local':
      return 'over the Unix-domain socket of the server';
    case 'host':
      return `over the network${from}, encrypted or not,`;
    case 'hostssl':
      return `over the network${from} with TLS`;
    case 'hostnossl':
      return `over the network${from} without TLS`;
    case 'hostgssenc':
      return `over the network${from} with GSSAPI encryption`;
    case 'hostnogssenc':
      return `over the network${from} without GSSAPI encryption`;
    default:
      return assertNever(type, 'record type');
  }
}

const proofs: Readonly<Record<string, string>> = {
  trust: 'without any proof of who they are',
  ident: 'if the ident service of their machine vouches for them, which that machine can forge',
  peer: 'if they are the operating system user of the same name',
  password: 'with a password that is sent in clear text',
  md5: 'with a password, checked by the outdated MD5 method or by SCRAM',
  'scram-sha-256': 'with a password, checked by SCRAM',
  gss: 'with a Kerberos ticket',
  sspi: 'with their Windows login',
  pam: 'if PAM on the server accepts their password',
  bsd: 'if BSD authentication on the server accepts their password',
  ldap: 'if an LDAP server accepts their password',
  radius: 'if a RADIUS server accepts their password',
  cert: 'with a client certificate',
  oauth: 'with an OAuth token',
};

/** One plain sentence that says what a rule allows or refuses, for people who have never seen pg_hba.conf. */
export function describeRule(rule: HbaRuleDraft): string {
  const option = (name: string): string | undefined =>
    rule.options.findLast((one) => one.name === name)?.value;
  const users = join(rule.users.map(userWords));
  const databases = join(rule.databases.map(databaseWords));
  const rejects = rule.method === 'reject';
  const verb = rejects ? 'may not connect' : 'may connect';
  const certificate = option('clientcert');
  const mapped = option('map');
  const proof = rejects ? '' : ` ${proofs[rule.method] ?? `by the method ${rule.method}`}`;
  const extra = [
    ...(mapped === undefined || rejects ? [] : [`names are translated by the map "${mapped}"`]),
    ...(certificate?.startsWith('verify') === true && rule.method !== 'cert'
      ? ['a valid client certificate is needed too']
      : []),
  ];
  const way = wayWords(rule);
  const sentence = `${users} ${verb} to ${databases} ${rejects ? way.replace(/,$/, '') : way}${proof}`;
  const ending = extra.length === 0 ? '.' : `; ${join(extra)}.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1) + ending;
}
