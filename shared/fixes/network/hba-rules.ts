import { superusersOfRule } from '../../checks/support/hba-roles.ts';
import { optionOf } from '../../checks/support/hba-rule-check.ts';
import { rulePlace } from '../../checks/support/hba-view.ts';
import { isOn } from '../../checks/support/settings.ts';
import { listOf, unique } from '../../checks/support/words.ts';
import { clientsSeen } from '../../access/cut-off.ts';
import type { FactSet } from '../../facts/facts.ts';
import { hbaAddress } from '../../hba/address.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import type { HbaOption, HbaRule } from '../../hba/types.ts';
import { keywordToken } from '../../hba/write.ts';
import { parseAddress } from '../../lib/cidr.ts';
import { clientsAreVisible, logGoesBack, passwordMethod } from '../support/clients.ts';
import { changeRule, disableRule, nameInFile } from '../support/hba.ts';
import { allOffered, notOffered, offered } from '../support/offers.ts';
import { ruleFix } from '../support/rule-fix.ts';

/** Fixes of what single rules say: their method's options, whom replication is for, how the administrator comes in. */

/** The options of a rule with one set to a value, in the place where it was. */
function withOption(rule: HbaRule, name: string, value: string): readonly HbaOption[] {
  const others = rule.options.filter((option) => option.name !== name);
  return [...others, { name, value }];
}

export const ldapWithTls = ruleFix({
  id: 'ldap-with-tls',
  check: 'hba-ldap-plain',
  title: 'Talk to the LDAP server encrypted',
  description:
    'Lines for ldap ask for StartTLS (ldaptls=1), lines with an ldapurl for ldaps. The directory has to offer it, with a certificate that the server trusts; otherwise nobody gets in by these lines. Try it with ldapsearch -ZZ first.',
  cutsOff: true,
  // Whether the directory speaks TLS is known only once it is asked.
  safe: false,
  offer: ({ rules }) =>
    rules.some((rule) => optionOf(rule, 'ldaptls') !== '1')
      ? offered
      : notOffered(
          'Only the rights on the file are wrong, see "Make pg_hba.conf and pg_ident.conf private".',
        ),
  edits: ({ rules }) =>
    rules.map((rule) => {
      const url = optionOf(rule, 'ldapurl');
      return changeRule(rule, {
        options:
          url === null || !/^ldap:/i.test(url)
            ? withOption(rule, 'ldaptls', '1')
            : withOption(rule, 'ldapurl', url.replace(/^ldap:/i, 'ldaps:')),
      });
    }),
});

export const pinRealm = ruleFix({
  id: 'pin-kerberos-realm',
  check: 'hba-gss-realm',
  title: 'Let in names of one Kerberos realm only',
  description:
    'Each line that throws the realm away gets krb_realm with the realm that you name. Names of another realm are refused from then on.',
  cutsOff: true,
  // Nobody can see of which realm the clients are.
  safe: false,
  choices: () => [
    {
      kind: 'text',
      key: 'realm',
      label: 'Which realm are the clients of?',
      value: '',
      help: 'In capital letters, as klist shows it behind the @: EXAMPLE.COM',
    },
  ],
  edits({ rules }, answers) {
    const realm = (answers['realm'] ?? '').trim();
    if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(realm)) return 'Name the realm, such as EXAMPLE.COM.';
    return rules.map((rule) => changeRule(rule, { options: withOption(rule, 'krb_realm', realm) }));
  },
});

/** Standbys that replicate now or did lately: role and address. */
function standbys(all: FactSet): readonly { readonly role: string; readonly address: string }[] {
  return clientsSeen(all).flatMap(({ role, address, replication }) =>
    replication && address !== null ? { role, address } : [],
  );
}

const replicatingRoles = (all: FactSet): readonly string[] =>
  all.roles.state === 'collected'
    ? all.roles.value.filter(({ replication, login }) => replication && login).map(({ name }) => name)
    : [];

export const narrowReplication = ruleFix({
  id: 'narrow-replication',
  check: 'hba-replication-broad',
  title: 'Open replication to the standbys only',
  description:
    'Each such line is for one role and the addresses of the standbys from then on, and requires TLS where the server has it. Databases that stand beside replication in the line keep a line of their own. Without a standby the line is commented out. A running replication goes on.',
  needs: ['settings', 'roles'],
  cutsOff: true,
  safe: true,
  // A weekly base backup is a client too, and a short log does not show it.
  safeFor: (_found, all) => clientsAreVisible(all) && logGoesBack(all),
  choices: (_found, all) => {
    const seen = standbys(all);
    const roles = unique([...seen.map(({ role }) => role), ...replicatingRoles(all)]);
    return [
      {
        kind: 'text',
        key: 'standbys',
        label: 'Addresses of the standbys',
        value: unique(seen.map(({ address }) => address)).join(', '),
        help: 'With commas between them. Leave it empty when no other machine replicates.',
        optional: true,
      },
      ...(roles.length === 0
        ? []
        : [
            {
              kind: 'one',
              key: 'role',
              label: 'As which role do they come?',
              options: roles.map((name, index) => ({
                value: name,
                label: name,
                seen: seen.some(({ role }) => role === name) ? 'replicates now' : '',
                chosen: index === 0,
              })),
            } as const,
          ]),
    ];
  },
  edits({ rules }, answers, all) {
    const texts = (answers['standbys'] ?? '').split(',').map((text) => text.trim());
    const wanted = texts.filter((text) => text !== '');
    const bad = wanted.find((text) => parseAddress(text) === null);
    if (bad !== undefined) return `"${bad}" is no address. Write one such as 10.20.30.7.`;
    const role = answers['role'] ?? '';
    if (wanted.length > 0 && role === '')
      return 'No role may replicate. Give one the attribute REPLICATION first.';
    const addresses = wanted.map((text) => hbaAddress(`${text}/${text.includes(':') ? 128 : 32}`));
    const ssl = all.settings.state === 'collected' && isOn(all.settings.value, 'ssl');
    return rules.flatMap((rule): HbaEdit[] => {
      const others = rule.databases.filter(({ kind }) => kind !== 'replication');
      const [first, ...more] = addresses;
      const fields = {
        type: ssl ? ('hostssl' as const) : rule.type,
        databases: [keywordToken('replication')],
        users: [nameInFile(role)],
      };
      // What else the line is for stays as it is, in a line of its own.
      const rest = { databases: others };
      if (first === undefined) {
        return [
          others.length > 0
            ? changeRule(rule, rest)
            : disableRule(rule, 'opened replication, and no standby was named'),
        ];
      }
      const copies = more.map((address) => ({ ...fields, address }));
      const own = { type: rule.type, users: rule.users, address: rule.address, databases: others };
      return [changeRule(rule, { ...fields, address: first }, others.length > 0 ? [...copies, own] : copies)];
    });
  },
});

/** The superuser named like the account of the server. */
function ownersRole({ cluster, roles }: FactSet): string | null {
  if (cluster.state !== 'collected' || roles.state !== 'collected') return null;
  const { owner } = cluster.value;
  return roles.value.some(({ name, login, superuser }) => name === owner && login && superuser)
    ? owner
    : null;
}

const asksPassword = ({ method }: HbaRule): boolean => method === 'password' || method === 'md5';

export const localSuperuserPeer = ruleFix({
  id: 'local-superuser-peer',
  check: 'uds-hba-local-not-peer',
  title: 'Let the administrator in by his account of the host',
  description:
    'A first line lets the account of the server in as the role of its name, by peer. Passwords that other local lines ask for in clear or as md5 are asked for as SCRAM.',
  needs: ['roles'],
  cutsOff: true,
  // Scripts may hold the password of the superuser and run as another account.
  safe: false,
  offer({ view, rules }, all) {
    const owner = ownersRole(all);
    const others = unique(rules.flatMap((rule) => superusersOfRule(rule, view, all))).filter(
      (name) => name !== owner,
    );
    const old = rules.filter((rule) => asksPassword(rule) && passwordMethod(rule, all) === 'md5');
    const other = rules.find(({ method }) => !['password', 'md5', 'scram-sha-256'].includes(method));
    return allOffered(
      other === undefined
        ? offered
        : notOffered(`Nobody can tell what should take the place of ${other.method}. Decide by hand.`),
      others.length === 0
        ? offered
        : notOffered(
            `Superuser ${listOf(others)} comes in by a password too. Which account of the host stands behind cannot be seen: add a line with peer and a map by hand.`,
          ),
      old.length === 0
        ? offered
        : notOffered(
            `A role of ${listOf(old.map((rule) => rulePlace(view, rule)))} has its password stored as md5. Let it be set anew first, with \\password in psql.`,
          ),
    );
  },
  edits({ view, rules }, _answers, all) {
    const owner = ownersRole(all);
    const first = view.rules.find(({ type }) => type === 'local');
    const needed = owner !== null && rules.some((rule) => superusersOfRule(rule, view, all).includes(owner));
    const insert: HbaEdit[] =
      !needed || first === undefined
        ? []
        : [
            {
              kind: 'insert',
              file: first.file,
              before: first.line,
              note: 'the administrator of the host',
              rule: {
                type: 'local',
                databases: [keywordToken('all')],
                users: [nameInFile(owner)],
                address: null,
                method: 'peer',
                options: [],
              },
            },
          ];
    return [
      ...insert,
      ...rules.filter(asksPassword).map((rule) => changeRule(rule, { method: 'scram-sha-256' })),
    ];
  },
});
