import fc from 'fast-check';
import type { Client, SslMode } from '../../shared/access/cut-off.ts';
import type { HbaEdit, HbaFields } from '../../shared/hba/edit.ts';
import { parseHba } from '../../shared/hba/parse.ts';
import type { HbaRule } from '../../shared/hba/types.ts';
import { bytesOfText } from '../../shared/lib/text-bytes.ts';
import type { FactChange, Operation } from '../../shared/plan/operation.ts';
import { account, databases, hasIpv6, roles } from './prediction-server.ts';
import { hbaLine } from './hba-rules.ts';

/** The first line of every file: the way of the test itself. No edit touches it. */
export const ownLine = 'local all postgres trust\n';
export const identText = `m ${account} ann\nm ${account} /^z\nc ann "Ann"\nc /^(.*)$ \\1\nc ann bob\n`;
export const wordsText = '"shop", staff # words\nreplication\n';

const passwordMethods = ['scram-sha-256', 'scram-sha-256', 'md5', 'password'];
const methods = (type: string): readonly string[] => {
  if (type === 'local') return ['trust', 'reject', ...passwordMethods, 'peer', 'peer map=m', 'peer'];
  const certificates = [
    ...['trust clientcert=verify-ca', 'scram-sha-256 clientcert=verify-full', 'md5 clientcert=verify-ca'],
    ...['cert', 'cert map=c', 'trust clientcert=verify-full'],
  ];
  return ['trust', 'trust', 'reject', ...passwordMethods, ...(type === 'hostssl' ? certificates : [])];
};
const line = hbaLine({
  databases: [
    ...['all', 'all', 'all', '"all"', 'sameuser', 'samerole', 'replication', '"replication"', 'shop', 'ann'],
    ...['Shop', '/^s', '"/^(an|al)+$"', 'samegroup', '@words', 'closed'],
  ],
  users: [
    ...['all', 'all', 'all', '"all"', '+staff', '+admins', '"+staff"', '+ann', 'ann', 'bob', 'Ann', 'rep'],
    ...['boss', '/n$', '"/^.{3}$"', '+gone', 'zoë', '"zoë"', '/ë$', 'guest', account],
  ],
  addresses: [
    ...[
      'all',
      'all',
      '0.0.0.0/0',
      '::1/128',
      '127.0.0.1/32',
      '::0/0',
      '127.0.0.0/8',
      '127.7.0.0/16',
      '127.7.8.9/32',
    ],
    ...[
      'samehost',
      'samenet',
      '10.0.0.0/8',
      '127.0.0.9 255.255.0.0',
      '127.0.0.1 0.0.0.255',
      '"all"',
      '127.7.8.9/9',
    ],
    'localhost',
  ],
  methods,
});

/** Lines by which many get in, so that changes have somebody to refuse. */
const wideLine = fc.constantFrom(
  ...[
    'host all all all scram-sha-256',
    'host all all all trust',
    'hostssl all all all scram-sha-256',
    'local all all trust',
  ],
  ...[
    'host all +admins all md5',
    'host replication all all trust',
    'local all all scram-sha-256',
    'host all all 127.0.0.0/8 md5',
  ],
  ...[
    'hostssl all all all trust clientcert=verify-ca',
    'local replication all trust',
    'hostnossl all all all trust',
  ],
);

/** A file, one character a byte. Unlike lines may shadow each other, contradict, or be there twice. */
export const hbaText = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 1, arbitrary: line }, { weight: 1, arbitrary: wideLine }),
      fc.constantFrom('\n', '\n', ' # note\n', '\n\n# all\n', '\r\n'),
    ),
    {
      minLength: 2,
      maxLength: 12,
    },
  )
  .map((lines) => bytesOfText(ownLine + lines.flat().join('')));

const addresses: readonly (string | null)[] = [
  null,
  '127.0.0.1',
  '127.0.0.9',
  '127.7.8.9',
  ...(hasIpv6 ? ['::1'] : []),
];

/** A client whose every property is known, as it is in the test. */
export const oracleClient: fc.Arbitrary<Client> = fc
  .record({
    role: fc.constantFrom(...roles, 'ann', 'ann', 'ann', 'bob', 'bob', 'zoë', account),
    database: fc.constantFrom(...databases, 'shop', 'shop', 'shop', 'ann', 'ann'),
    address: fc.constantFrom(...addresses),
    sslMode: fc.constantFrom<SslMode>('disable', 'disable', 'prefer', 'require', 'require', 'allow'),
    kind: fc.constantFrom('plain', 'plain', 'plain', 'plain', 'physical', 'logical'),
    password: fc.constantFrom(true, true, true, true, true, false),
    certificate: fc.constantFrom('/CN=ann', null),
    old: fc.constantFrom(true, false, false, false),
  })
  .map(({ address, kind, database, old, ...rest }) => ({
    ...rest,
    role:
      kind === 'plain' || rest.role === 'gone'
        ? rest.role
        : rest.role === 'bob'
          ? 'bob'
          : rest.role === 'boss'
            ? 'boss'
            : 'rep',
    address,
    ...(address === null ? { account } : { serverAddress: address === '::1' ? '::1' : '127.0.0.1' }),
    database: kind === 'physical' ? null : database,
    tls: address === null ? false : null,
    tlsVersion: old ? 'TLSv1.2' : 'TLSv1.3',
    replication: kind !== 'plain',
    sessionsNow: 1,
    logins: 0,
    lastAt: null,
  }));

/** A change as operations of a plan, with what really makes it and takes it back. */
export interface OracleChange {
  readonly operations: readonly Operation[];
  readonly statements: readonly string[];
  readonly inverse: readonly string[];
}

const role = (
  name: string,
  set: Extract<FactChange, { kind: 'role' }>['set'],
  sql: string,
  inverse: string,
): OracleChange =>
  sqlChange(
    [{ kind: 'role', role: name, set }],
    [`ALTER ROLE "${name}" ${sql}`],
    [`ALTER ROLE "${name}" ${inverse}`],
  );

function sqlChange(
  changes: readonly FactChange[],
  statements: readonly string[],
  inverse: readonly string[],
): OracleChange {
  const operation: Operation = {
    kind: 'sql',
    database: 'postgres',
    statements: [...statements],
    inverse: [...inverse],
    transactional: true,
    changes: [...changes],
    proof: 'SELECT true',
  };
  return { operations: [operation], statements, inverse };
}

/** A setting that a reload or, for those of listening, a restart puts in force. */
export function settingChange(name: string, value: string, effect: 'reload' | 'restart'): OracleChange {
  return {
    operations: [
      {
        kind: 'setting',
        name,
        value,
        via: 'alter-system',
        file: null,
        previous: { value: '', source: '' },
        effect,
      },
      effect === 'reload' ? { kind: 'reload' } : { kind: 'restart', reasons: [name] },
    ],
    statements: [
      `ALTER SYSTEM SET ${name} = ${
        value === ''
          ? "''"
          : value
              .split(',')
              .map((one) => `'${one}'`)
              .join(', ')
      }`,
    ],
    inverse: [`ALTER SYSTEM RESET ${name}`],
  };
}

const past = '2020-01-01T00:00:00.000Z';
const someRole = fc.constantFrom('ann', 'bob', 'Ann', 'boss', 'zoë', 'rep');
const statementChange: fc.Arbitrary<OracleChange> = fc.oneof(
  someRole.map((name) => role(name, { login: false }, 'NOLOGIN', 'LOGIN')),
  someRole.map((name) => role(name, { connectionLimit: 0 }, 'CONNECTION LIMIT 0', 'CONNECTION LIMIT -1')),
  someRole.map((name) => role(name, { validUntil: past }, `VALID UNTIL '${past}'`, "VALID UNTIL 'infinity'")),
  fc.constant(role('rep', { replication: false }, 'NOREPLICATION', 'REPLICATION')),
  fc.constant(role('rep', { connectionLimit: 0 }, 'CONNECTION LIMIT 0', 'CONNECTION LIMIT -1')),
  fc.constant(role('boss', { superuser: false }, 'NOSUPERUSER', 'SUPERUSER')),
  fc.constantFrom('staff', 'admins').map((group) => {
    const member = group === 'staff' ? 'ann' : 'zoë';
    return sqlChange(
      [{ kind: 'membership-removed', role: group, member }],
      [`REVOKE ${group} FROM "${member}"`],
      [`GRANT ${group} TO "${member}"`],
    );
  }),
  fc
    .constantFrom('shop', 'ann', 'all')
    .map((name) =>
      sqlChange(
        [{ kind: 'database-revoke', database: name, grantee: null, privilege: 'CONNECT' }],
        [`REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC`],
        [`GRANT CONNECT ON DATABASE "${name}" TO PUBLIC`],
      ),
    ),
);
const reloadChange: fc.Arbitrary<OracleChange> = fc.constantFrom(
  settingChange('ssl', 'off', 'reload'),
  settingChange('ssl', 'off', 'reload'),
  settingChange('ssl_min_protocol_version', 'TLSv1.3', 'reload'),
  settingChange('ssl_ca_file', '', 'reload'),
);

interface RawEdit {
  readonly kind: 'change' | 'disable' | 'insert' | 'copy';
  readonly at: number;
  readonly line: string;
  readonly fields: readonly ('type' | 'databases' | 'users' | 'address' | 'method')[];
}
const rawEdit: fc.Arbitrary<RawEdit> = fc.record({
  kind: fc.constantFrom('change', 'change', 'disable', 'disable', 'insert', 'copy'),
  at: fc.nat(20),
  line: line.map(bytesOfText),
  fields: fc.subarray(['type', 'databases', 'users', 'address', 'method'] as const, {
    minLength: 1,
    maxLength: 2,
  }),
});

/** Makes edits of the words drawn, for a file as it stands. */
function editsOf(raw: readonly RawEdit[], path: string, text: string, major: number): HbaEdit[] {
  const lines = parseHba(text, { path, major }).lines.filter(
    ({ kind }) => kind === 'rule' || kind === 'unresolved',
  );
  const touched = new Set<number>([1]);
  return raw.flatMap(({ kind, at, line: words, fields }): HbaEdit[] => {
    const [parsed] = parseHba(`${words}\n`, { path, major }).lines;
    const drawn: HbaRule | null =
      parsed?.kind === 'rule' || parsed?.kind === 'unresolved' ? parsed.rule : null;
    const target = lines[1 + (at % Math.max(1, lines.length - 1))];
    if (target === undefined || drawn === null) return [];
    const { file: _file, line: _line, ...rule } = drawn;
    if (kind === 'insert')
      return [
        {
          kind,
          file: path,
          before: at % 3 === 0 ? 'end' : target.line,
          rule,
          note: at % 2 === 0 ? '' : 'a note',
        },
      ];
    if (touched.has(target.line)) return [];
    touched.add(target.line);
    if (kind === 'disable')
      return [{ kind, file: path, line: target.line, note: 'a note', expected: target.text }];
    const some: HbaFields = Object.assign(
      {},
      ...fields.map((name) =>
        name === 'method' ? { method: rule.method, options: rule.options } : { [name]: rule[name] },
      ),
    ) as HbaFields;
    const copies = kind === 'copy' ? [{ users: rule.users }, { databases: rule.databases }] : [];
    return [
      {
        kind: 'change',
        file: path,
        line: target.line,
        fields: some,
        ...(copies.length > 0 ? { copies } : {}),
      },
    ];
  });
}

export interface DrawnChange {
  readonly edits: readonly RawEdit[];
  readonly others: readonly OracleChange[];
}

/** Edits of pg_hba.conf, a setting, statements; mostly one of them. */
export const drawnChange: fc.Arbitrary<DrawnChange> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      edits: fc.array(rawEdit, { minLength: 1, maxLength: 4 }),
      others: fc.constant([]),
    }),
  },
  { weight: 1, arbitrary: fc.record({ edits: fc.constant([]), others: fc.tuple(statementChange) }) },
  { weight: 1, arbitrary: fc.record({ edits: fc.constant([]), others: fc.tuple(reloadChange) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      edits: fc.array(rawEdit, { minLength: 1, maxLength: 2 }),
      others: fc.tuple(statementChange, reloadChange),
    }),
  },
);

/** The operations of a change for a file as it stands. */
export function operationsOf(
  change: DrawnChange,
  path: string,
  text: string,
  major: number,
): readonly Operation[] {
  const edits = editsOf(change.edits, path, text, major);
  const hba: Operation[] =
    edits.length === 0 ? [] : [{ kind: 'hba', file: path, major, edits }, { kind: 'reload' }];
  return [...change.others.flatMap(({ operations }) => operations), ...hba];
}
