import type { Operation, OperationOf } from '../../../shared/plan/operation.ts';
import type { Bench } from './bench.ts';

/** Operations as fixes would make them, for the host of a bench. */
export const setting = (
  name: string,
  value: string | null,
  effect: 'reload' | 'restart' = 'reload',
): OperationOf<'setting'> => ({
  kind: 'setting',
  name,
  value,
  via: 'alter-system',
  file: null,
  previous: { value: '', source: 'default' },
  effect,
});

export const settingInFile = (name: string, value: string, file: string): OperationOf<'setting'> => ({
  ...setting(name, value),
  via: 'file',
  file,
});

export const sql = (
  statements: readonly string[],
  inverse: readonly string[],
  proof: string,
  options: { readonly transactional?: boolean; readonly database?: string } = {},
): OperationOf<'sql'> => ({
  kind: 'sql',
  database: options.database ?? 'postgres',
  statements: [...statements],
  inverse: [...inverse],
  transactional: options.transactional ?? true,
  changes: [],
  proof,
});

/** A role whose name wants quotes loses and gets back CREATEROLE. */
export const roleChange: Operation = sql(
  [`ALTER ROLE "o'dd ""app\\" NOCREATEROLE CONNECTION LIMIT 7`],
  [`ALTER ROLE "o'dd ""app\\" CREATEROLE CONNECTION LIMIT -1`],
  `SELECT NOT rolcreaterole AND rolconnlimit = 7 FROM pg_roles WHERE rolname = 'o''dd "app' || chr(92)`,
);

export const restrict = (path: string, mode: number, previous: number): OperationOf<'file-mode'> => ({
  kind: 'file-mode',
  path,
  mode,
  owner: null,
  group: null,
  previous: { mode: previous, owner: 'postgres', group: 'postgres' },
});

/** Changes the method of the rule that matches, and puts a rule in front. */
export async function hbaChange(bench: Bench, rule: RegExp, method: string): Promise<OperationOf<'hba'>> {
  const file = bench.cluster.hbaFile;
  const lines = (await bench.machine.readFile(file)).split('\n');
  const line = lines.findIndex((text) => rule.test(text)) + 1;
  if (line === 0) throw new Error(`no such rule: ${lines.join('\n')}`);
  return {
    kind: 'hba',
    file,
    major: bench.cluster.major,
    edits: [
      { kind: 'change', file, line, fields: { method } },
      {
        kind: 'insert',
        file,
        before: 'end',
        rule: {
          type: 'host',
          databases: [{ kind: 'all', text: 'all', quoted: false }],
          users: [{ kind: 'all', text: 'all', quoted: false }],
          address: {
            kind: 'network',
            family: 'ipv4',
            address: '10.9.0.0',
            netmask: '255.255.0.0',
            prefix: 16,
            text: '10.9.0.0/16',
          },
          method: 'reject',
          options: [],
        },
        note: 'nobody from there',
      },
    ],
  };
}

/** nft rules of our own: PostgreSQL from one network, ssh left open unless told. */
export const firewall = (cutSsh = false): OperationOf<'firewall'> => ({
  kind: 'firewall',
  manager: 'nft',
  port: 5432,
  allow: ['10.231.0.0/16'],
  sshPorts: [22],
  commands: [
    `printf '%s\\n' 'table inet portcullis {' ' chain input {' '  type filter hook input priority -5; policy accept;' '  tcp dport 5432 ip saddr != 10.231.0.0/16 counter drop' ${cutSsh ? `'  tcp dport 22 ct state new drop'` : ''} ' }' '}' >/etc/nftables.d-portcullis.conf`,
    'nft -f /etc/nftables.d-portcullis.conf',
  ],
  files: ['/etc/nftables.d-portcullis.conf', '/etc/nftables.conf'],
  save: ['nft list ruleset >"$SAVE/ruleset.nft"'],
  restore: ['{ echo flush ruleset; cat "$SAVE/ruleset.nft"; } | nft -f -'],
  before: [],
  after: [],
  expects: [],
});

export const certificate = (folder: string, passphrase = false): OperationOf<'certificate'> => ({
  kind: 'certificate',
  certificatePath: `${folder}/portcullis-server.crt`,
  keyPath: `${folder}/portcullis-server.key`,
  owner: 'postgres',
  group: 'postgres',
  commonName: 'db1.example.internal',
  alternativeNames: ['DNS:db1.example.internal', 'IP:10.0.0.1', 'IP:fd99::1'],
  days: 90,
  passphrase: passphrase ? { file: `${folder}/portcullis-server.pass`, program: 'cat' } : null,
});

export const sshdFile = (content: string): OperationOf<'file'> => ({
  kind: 'file',
  path: '/etc/ssh/sshd_config.d/60-hardening.conf',
  content,
  mode: 0o600,
  owner: 'root',
  group: 'root',
  previousSha256: null,
  validate: 'mkdir -p /run/sshd; sshd -t',
  activate: 'systemctl reload ssh',
});

/** A schema with things to change, and a role whose name is hard to quote. */
export const seed = `
CREATE ROLE "o'dd ""app\\" LOGIN CREATEROLE;
CREATE TABLE public.patients (id int PRIMARY KEY, clinic text, name text);
INSERT INTO public.patients SELECT n, 'c' || n % 3, 'name ' || n FROM generate_series(1, 500) n;
GRANT SELECT ON public.patients TO PUBLIC;
`;
