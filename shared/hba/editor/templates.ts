import { hbaAddress } from '../address.ts';
import type { HbaAddress, HbaRuleDraft, HbaToken } from '../types.ts';
import { keywordToken, nameToken } from '../write.ts';

export const templateIds = [
  'application',
  'administrator',
  'standby',
  'monitoring',
  'refuse',
  'empty',
] as const;
export type TemplateId = (typeof templateIds)[number];

/** A field that a template asks for; `name` is what it stands for in the answers. */
export interface TemplateField {
  readonly name: 'role' | 'database' | 'address';
  readonly label: string;
  readonly value: string;
  readonly help: string;
}

/** Lines for a usual case. */
export interface Template {
  readonly id: TemplateId;
  readonly title: string;
  /** One sentence: what it gives. */
  readonly what: string;
  readonly fields: readonly TemplateField[];
  /** True for what has to stand behind everything else. */
  readonly last: boolean;
}

const role = (value: string): TemplateField => ({
  name: 'role',
  label: 'Role',
  value,
  help: 'The name that it logs in with.',
});
const database = (value: string): TemplateField => ({
  name: 'database',
  label: 'Database',
  value,
  help: 'all for every one.',
});
const address: TemplateField = {
  name: 'address',
  label: 'Address or network',
  value: '',
  help: 'Such as 10.20.4.0/24, or one address.',
};

/** The templates, with first answers for a server whose files belong to `owner`. */
export function templates(owner: string): readonly Template[] {
  return [
    {
      id: 'application',
      title: 'An application from its network',
      what: 'One role, one database, from one network, with TLS and a SCRAM password.',
      fields: [role(''), database(''), address],
      last: false,
    },
    {
      id: 'administrator',
      title: 'The administrator on this host',
      what: 'Over the Unix socket, without a password, as the account of the same name.',
      fields: [role(owner)],
      last: false,
    },
    {
      id: 'standby',
      title: 'A standby that replicates',
      what: 'The replication stream, from one address, with TLS and a SCRAM password.',
      fields: [role('replicator'), address],
      last: false,
    },
    {
      id: 'monitoring',
      title: 'Monitoring on this host',
      what: 'One role from the host itself, over IPv4 and IPv6, with a SCRAM password.',
      fields: [role(''), database('postgres')],
      last: false,
    },
    {
      id: 'refuse',
      title: 'Refuse everybody else',
      what: 'Turns away over the network whom no line before it lets in. PostgreSQL does so anyway; this says it.',
      fields: [],
      last: true,
    },
    {
      id: 'empty',
      title: 'A line of your own',
      what: 'With TLS and a SCRAM password; change it as you need.',
      fields: [role('all'), database('all'), { ...address, value: '127.0.0.1/32' }],
      last: false,
    },
  ];
}

export type TemplateAnswers = Partial<Readonly<Record<TemplateField['name'], string>>>;

/** The lines of a template, or what is wrong with an answer. */
export type TemplateLines =
  | { readonly ok: true; readonly drafts: readonly HbaRuleDraft[] }
  | { readonly ok: false; readonly field: TemplateField['name']; readonly reason: string };

/** A name, or the keyword all. */
const nameOrAll = (text: string): HbaToken => (text === 'all' ? keywordToken('all') : nameToken(text));

/**
 * Reads an address or a network as a person writes it; one address alone stands for itself. Or says what is wrong with
 * it.
 */
export function readAddress(text: string): HbaAddress | string {
  const words = text.trim();
  if (words === '') return 'Write an address or a network.';
  if (/[",#]/.test(words)) return 'Write one address or network, without quotes.';
  return (
    hbaAddress(words) ??
    'That is no address. Write one as 10.1.2.3 or fd00::1, a network as 10.1.2.0/24, or all, samehost, samenet.'
  );
}

const scram = { method: 'scram-sha-256', options: [] } as const;

/** Makes the lines of a template. Names and addresses are checked; whether the role exists is the validation's matter. */
export function templateLines(id: TemplateId, answers: TemplateAnswers): TemplateLines {
  const text = (name: TemplateField['name']): string => (answers[name] ?? '').trim();
  const fail = (field: TemplateField['name'], reason: string): TemplateLines => ({
    ok: false,
    field,
    reason,
  });
  const asked = fieldsOf(id);
  for (const name of ['role', 'database'] as const) {
    if (asked.includes(name) && text(name) === '') return fail(name, 'Write a name.');
    if (/[\p{Cc}]/u.test(text(name))) return fail(name, 'A name cannot have a line break here.');
  }
  const users = [nameOrAll(text('role'))];
  const databases = [nameOrAll(text('database'))];
  const from = asked.includes('address') ? readAddress(text('address')) : null;
  if (typeof from === 'string') return fail('address', from);
  switch (id) {
    case 'application':
    case 'empty':
      return { ok: true, drafts: [{ type: 'hostssl', databases, users, address: from, ...scram }] };
    case 'administrator':
      return {
        ok: true,
        drafts: [
          {
            type: 'local',
            databases: [keywordToken('all')],
            users,
            address: null,
            method: 'peer',
            options: [],
          },
        ],
      };
    case 'standby':
      return {
        ok: true,
        drafts: [
          { type: 'hostssl', databases: [keywordToken('replication')], users, address: from, ...scram },
        ],
      };
    case 'monitoring':
      return {
        ok: true,
        drafts: ['127.0.0.1/32', '::1/128'].flatMap((own) => {
          const itself = readAddress(own);
          return typeof itself === 'string'
            ? []
            : [{ type: 'host' as const, databases, users, address: itself, ...scram }];
        }),
      };
    case 'refuse':
      return {
        ok: true,
        drafts: (['all', 'replication'] as const).map((database) => ({
          type: 'host' as const,
          databases: [keywordToken(database)],
          users: [keywordToken('all')],
          address: { kind: 'all' as const },
          method: 'reject',
          options: [],
        })),
      };
  }
}

const fieldsOf = (id: TemplateId): readonly TemplateField['name'][] =>
  templates('')
    .find((template) => template.id === id)
    ?.fields.map(({ name }) => name) ?? [];
