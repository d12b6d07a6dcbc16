import { z } from 'zod';
import type { AnyCheck } from '../define-check.ts';
import type { HbaRule } from '../../hba/types.ts';
import { worldReadable } from '../support/accounts.ts';
import { hbaRuleCheck, optionOf } from '../support/hba-rule-check.ts';
import { superusersOfRule } from '../support/hba-roles.ts';
import { ruleReach } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';
import { listEntries, findSetting } from '../support/settings.ts';
import { listOf } from '../support/words.ts';

/** Rules of pg_hba.conf whose method, or what it is told, is the weakness. */

const loginAnew = 'SELECT pg_reload_conf(); then ask pg_hba_file_rules for errors, and log in anew.';
const methodsPage = postgresPage('auth-methods.html', 'Authentication methods');

const hbaIdentHost = hbaRuleCheck({
  id: 'hba-ident-host',
  severity: 'high',
  titles: {
    pass: 'No TCP rule believes the machine of the client',
    fail: 'TCP rules believe the machine of the client',
    topic: 'TCP rules with ident',
  },
  why: 'With ident the server asks the machine of the client who sits there, and believes the answer. Whoever rules that machine, or can put his own at its address, is whichever role he names.',
  misuse: [
    'An attacker starts an ident program of his own on a machine in that network.',
    'It answers each question with postgres, and the server lets him in without a password.',
  ],
  byHand: [
    'Give every role that uses the line a password, with \\password in psql.',
    'In pg_hba.conf, put scram-sha-256 in the place of ident.',
    loginAnew,
  ],
  references: {
    cis: ['5.4 (14-17)', '5.2 (12)'],
    stig: [],
    documentation: [postgresPage('auth-ident.html', 'Ident authentication')],
  },
  objection: ({ type, method }) =>
    type !== 'local' && method === 'ident' ? { severity: 'high', note: 'the client says who it is' } : null,
  none: 'No TCP rule uses ident.',
  one: 'believes the machine of the client',
  many: 'believe the machine of the client',
  because: 'ident, so the other machine says who comes',
});

const hbaRadius = hbaRuleCheck({
  id: 'hba-radius',
  severity: 'high',
  titles: {
    pass: 'No rule asks a RADIUS server',
    fail: 'Rules ask a RADIUS server',
    topic: 'Rules that ask a RADIUS server',
  },
  why: 'PostgreSQL speaks RADIUS over UDP only, with passwords that are hidden by MD5 and a shared secret that stands in pg_hba.conf. Answers can be forged by somebody on the way. PostgreSQL 19 no longer has the method: a server with such a line does not start after the upgrade.',
  misuse: [
    'Somebody between the server and the RADIUS server changes a refusal into an acceptance.',
    'He is then logged in as the role that he named.',
  ],
  byHand: [
    'Choose what takes its place: scram-sha-256, ldap with TLS, certificates, or oauth from 18 on.',
    'With scram-sha-256: give each role a password first, with \\password in psql.',
    'Change the method in pg_hba.conf and take the radius options away.',
    loginAnew,
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [methodsPage],
  },
  since: (major) => (major >= 19 ? 'PostgreSQL 19 and newer have no method radius.' : null),
  objection: ({ method }) =>
    method === 'radius' ? { severity: 'high', note: 'UDP, MD5, and gone in PostgreSQL 19' } : null,
  none: 'No rule uses radius.',
  one: 'asks a RADIUS server',
  many: 'ask a RADIUS server',
  because: 'radius, whose answers can be forged on the way',
});

/** True when the password goes to the directory in an encrypted connection. */
function ldapEncrypted(rule: HbaRule): boolean {
  return (
    optionOf(rule, 'ldapscheme')?.toLowerCase() === 'ldaps' ||
    optionOf(rule, 'ldaptls') === '1' ||
    /^ldaps:/i.test(optionOf(rule, 'ldapurl') ?? '')
  );
}

const hbaLdapPlain = hbaRuleCheck({
  id: 'hba-ldap-plain',
  severity: 'high',
  titles: {
    pass: 'Passwords go to the LDAP server encrypted',
    fail: 'Passwords go to the LDAP server in clear',
    topic: 'Rules that ask an LDAP server',
  },
  why: 'With ldap the server passes each password on to a directory. Without ldaps or StartTLS it travels as it was typed, and the answer can be forged. Such passwords open much more than this database.',
  misuse: [
    'Somebody between the database and the directory records one login.',
    'The password is that of the whole company account: mail, files, other servers.',
  ],
  byHand: [
    'In pg_hba.conf, add ldaptls=1 to the line, or ldapscheme=ldaps, or write ldapurl="ldaps://…".',
    'Let the server trust the certificate of the directory: TLS_CACERT in /etc/ldap/ldap.conf.',
    'Keep ldapbindpasswd out of files that others may read: chmod 0640 pg_hba.conf, or use ldapprefix and ldapsuffix, which need none.',
    loginAnew,
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000800', 'CD16-00-003900'],
    documentation: [postgresPage('auth-ldap.html', 'LDAP authentication')],
  },
  objection(rule, { view }) {
    if (rule.method !== 'ldap') return null;
    if (!ldapEncrypted(rule)) return { severity: 'high', note: 'neither ldaps nor StartTLS' };
    const file = view.files.find(({ path }) => path === rule.file);
    return optionOf(rule, 'ldapbindpasswd') !== null && file !== undefined && worldReadable(file.status)
      ? { severity: 'medium', note: 'its bind password stands in a file that every account may read' }
      : null;
  },
  none: 'No rule passes a password on to a directory in clear.',
  one: 'passes passwords on in clear',
  many: 'pass passwords on in clear',
  because: 'the password is not protected on its way to the directory',
});

const hbaGssRealm = hbaRuleCheck({
  id: 'hba-gss-realm',
  severity: 'medium',
  titles: {
    pass: 'Kerberos rules look at the realm',
    fail: 'Kerberos rules do not look at the realm',
    topic: 'Rules that use Kerberos',
  },
  why: 'A Kerberos name has two parts: who, and of which realm. With include_realm=0 the realm is thrown away, so anna of any realm that is trusted becomes anna of this database.',
  misuse: [
    'Two companies trust each other in Kerberos, for mail, say.',
    'An account of the same name in the other company is let in as this role.',
  ],
  byHand: [
    'In pg_hba.conf, take include_realm=0 away and map names in pg_ident.conf, or add krb_realm=EXAMPLE.COM.',
    loginAnew,
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('gssapi-auth.html', 'GSSAPI authentication')],
  },
  objection: (rule) =>
    ['gss', 'sspi'].includes(rule.method) &&
    optionOf(rule, 'include_realm') === '0' &&
    (optionOf(rule, 'krb_realm') ?? '') === ''
      ? { severity: 'medium', note: 'a name of any trusted realm fits' }
      : null,
  none: 'No rule throws the realm of a Kerberos name away.',
  one: 'does not look at the realm',
  many: 'do not look at the realm',
  because: 'include_realm=0 without krb_realm',
});

const hbaOauth = hbaRuleCheck({
  id: 'hba-oauth',
  severity: 'medium',
  titles: {
    pass: 'OAuth rules say whom they trust, and for what',
    fail: 'OAuth rules leave too much open',
    topic: 'Rules that use OAuth',
  },
  why: 'With OAuth another server says who a client is. The line has to name that server by https, ask for a scope that is meant for this database, and let PostgreSQL decide which role the client may be.',
  misuse: [
    'A token that was made for another program is used here: without a scope of its own nothing tells them apart.',
    'With delegate_ident_mapping the validator alone decides on the role, postgres included.',
  ],
  byHand: [
    'In pg_hba.conf, write issuer=https://… and a scope that only this database has.',
    'Take delegate_ident_mapping=1 away and map names in pg_ident.conf.',
    'Name the validator: oauth_validator_libraries in postgresql.conf.',
    loginAnew,
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('auth-oauth.html', 'OAuth authorization')],
  },
  since: (major) => (major < 18 ? 'OAuth came with PostgreSQL 18.' : null),
  objection(rule, { settings }) {
    if (rule.method !== 'oauth') return null;
    const libraries = findSetting(settings, 'oauth_validator_libraries');
    const problems = [
      ...(/^https:\/\//i.test(optionOf(rule, 'issuer') ?? '') ? [] : ['the issuer is not named by https']),
      ...((optionOf(rule, 'scope') ?? '').trim() === '' ? ['no scope is asked for'] : []),
      ...(optionOf(rule, 'delegate_ident_mapping') === '1'
        ? ['the validator alone decides on the role']
        : []),
      ...(libraries === undefined || listEntries(libraries).length === 0 ? ['no validator is set'] : []),
    ];
    return problems.length === 0 ? null : { severity: 'medium', note: listOf(problems) };
  },
  none: 'No rule with OAuth leaves anything open.',
  one: 'with OAuth leaves too much open',
  many: 'with OAuth leave too much open',
  because: 'see the note of each line',
});

const udsHbaLocalNotPeer = hbaRuleCheck({
  id: 'uds-hba-local-not-peer',
  severity: 'medium',
  titles: {
    pass: 'Local logins are vouched for by the operating system',
    fail: 'Local logins are not vouched for by the operating system',
    topic: 'Methods of local rules',
  },
  why: 'On the Unix socket the operating system itself tells the server which account is there. With peer nothing can be guessed, stolen or left in a file. A superuser has no need for anything else on the host.',
  misuse: [
    'A script of the administrator holds the password of postgres, for the socket.',
    'Whoever reads that file is superuser, from any account of the host.',
  ],
  byHand: [
    'In pg_hba.conf, as the first line: local all postgres peer',
    'For the other lines: peer, with a map in pg_ident.conf where account and role differ; scram-sha-256 for programs that need a password.',
    loginAnew,
  ],
  references: {
    cis: ['5.3 (14-17)', '5.1 (12)'],
    stig: ['CD12-00-011500', 'CD16-00-003600'],
    documentation: [postgresPage('auth-peer.html', 'Peer authentication')],
  },
  needs: ['roles'],
  parameters: z.object({
    /** Methods that local rules may have for roles that are no superusers. */
    methods: z.array(z.string()).default(['peer', 'scram-sha-256']),
  }),
  objection(rule, state) {
    // trust is what uds-hba-local-trust is about.
    if (ruleReach(rule) !== 'socket' || ['reject', 'peer', 'trust'].includes(rule.method)) return null;
    if (!state.parameters.methods.includes(rule.method))
      return { severity: 'medium', note: `asks by ${rule.method}` };
    const superusers = superusersOfRule(rule, state.view, state.facts);
    return superusers.length === 0
      ? null
      : { severity: 'medium', note: `superuser ${listOf(superusers)} comes in by ${rule.method}` };
  },
  none: 'Local rules use peer, and passwords as SCRAM where roles that are no superusers need them.',
  one: 'for local logins does not use peer',
  many: 'for local logins do not use peer',
  because: 'what a password has to prove, the operating system knows',
});

/** Checks of methods, in the order in which they are shown. */
export const hbaMethodChecks: readonly AnyCheck[] = [
  hbaIdentHost,
  hbaRadius,
  hbaLdapPlain,
  hbaGssRealm,
  hbaOauth,
  udsHbaLocalNotPeer,
];
