import type { Session } from '../facts/cluster.ts';
import type { FactSet } from '../facts/facts.ts';
import type { Login } from '../facts/logging.ts';

/** What a client asks of the connection, by libpq's names; `offered`: TLS where the server has it, and only then. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'offered';

/** A client that got in: connected now, or seen in the server's log. */
export interface Client {
  readonly role: string;
  /** null for physical replication, which names no database. */
  readonly database: string | null;
  /** null for the Unix socket. */
  readonly address: string | null;
  /** null when it is not known. */
  readonly tls: boolean | null;
  readonly replication: boolean;
  readonly sessionsNow: number;
  readonly logins: number;
  readonly lastAt: string | null;
  /** False for replication that the log shows without its database: physical, or logical with any database. */
  readonly databaseKnown?: boolean;
  /** Encrypted by GSSAPI. */
  readonly gss?: boolean;
  /** `TLSv1.2`; missing where it is not known. */
  readonly tlsVersion?: string;
  readonly tlsCipher?: string;
  /** The subject of its certificate; null when it was asked for one and gave none, missing when nobody knows. */
  readonly certificate?: string | null;
  /** The account at the other end on the host itself; missing where it is not known. */
  readonly account?: string;
  /** The program at the other end on the host itself: `psql`, `sshd` for a tunnel. */
  readonly program?: string;
  /** The address of the server that it connected to. */
  readonly serverAddress?: string;
  /** The line of pg_hba.conf that let it in, as the log says. */
  readonly place?: { readonly file: string; readonly line: number };
  /** Missing for clients that were seen: then what they did tells what they may do. */
  readonly sslMode?: SslMode;
  /** True: it has the right password; false: it has none. Missing for clients that were seen. */
  readonly password?: boolean;
}

/** Processes of sshd that carry tunnels. */
export const isSshd = (program: string | undefined): boolean => /^sshd(-session)?$/.test(program ?? '');

function ofSession(session: Session, asksCertificate: boolean): Client {
  const { role, database, address, replication, tls, tlsVersion, tlsCipher } = session;
  const dn = session.certificate ?? null;
  const certificate = dn ?? (asksCertificate && session.certificate !== undefined ? null : undefined);
  return {
    role,
    database,
    address,
    tls: address === null ? false : tls,
    replication,
    sessionsNow: 1,
    logins: 0,
    lastAt: null,
    ...(session.gss ? { gss: true } : {}),
    ...(tls && tlsVersion !== null ? { tlsVersion } : {}),
    ...(tls && tlsCipher !== null ? { tlsCipher } : {}),
    ...(tls && certificate !== undefined ? { certificate } : {}),
    ...ifKnown('account', session.account),
    ...ifKnown('program', session.program),
    ...ifKnown('serverAddress', session.serverAddress),
  };
}

function ofLogin(login: Login): Client {
  const { role, database, address, tls, count, lastAt, method, identity, file, line } = login;
  const replication = login.replication === true;
  // By peer the identity is the account; by other methods a role, a principal or a certificate's name.
  const account = method === 'peer' ? identity : null;
  return {
    role,
    database,
    address,
    tls,
    replication,
    sessionsNow: 0,
    logins: count,
    lastAt,
    ...(replication && database === null && login.physical !== true ? { databaseKnown: false } : {}),
    ...(login.gss === true ? { gss: true } : {}),
    ...ifKnown('tlsVersion', login.tlsVersion),
    ...(method === 'cert' ? ifKnown('certificate', identity) : {}),
    ...ifKnown('account', account),
    ...(file === undefined || file === null || line === undefined || line === null
      ? {}
      : { place: { file, line } }),
  };
}

function ifKnown<K extends keyof Client>(name: K, value: Client[K] | null): Partial<Client> {
  return value === null || value === undefined ? {} : { [name]: value };
}

/**
 * Everybody seen, one entry a role, database, address and transport, and what else decides on it; sessions of
 * background processes and of this program are left out.
 */
export function clientsSeen(facts: Pick<FactSet, 'sessions' | 'logins' | 'settings'>): readonly Client[] {
  const clients = new Map<string, Client>();
  const add = (client: Client): void => {
    const { sessionsNow, logins, lastAt, ...identity } = client;
    const key = JSON.stringify(Object.entries(identity).sort(([one], [other]) => (one < other ? -1 : 1)));
    const present = clients.get(key);
    clients.set(key, {
      ...client,
      sessionsNow: (present?.sessionsNow ?? 0) + sessionsNow,
      logins: (present?.logins ?? 0) + logins,
      lastAt: [present?.lastAt ?? '', lastAt ?? ''].sort().at(-1) || null,
    });
  };
  if (facts.sessions.state === 'collected') {
    const settings = facts.settings.state === 'collected' ? facts.settings.value : [];
    const asksCertificate = (settings.find(({ name }) => name === 'ssl_ca_file')?.value ?? '') !== '';
    for (const session of facts.sessions.value) {
      if (session.application !== 'portcullis') add(ofSession(session, asksCertificate));
    }
  }
  if (facts.logins.state === 'collected') facts.logins.value.logins.map(ofLogin).forEach(add);
  return joinSightings([...clients.values()]);
}

/** What the log saw of a client that is connected now is the same client, seen in less detail. */
function joinSightings(clients: readonly Client[]): readonly Client[] {
  const result: Client[] = [];
  for (const client of clients) {
    const index = client.sessionsNow > 0 ? -1 : result.findIndex((one) => isSameSeen(one, client));
    const session = result[index];
    if (session === undefined) result.push(client);
    else
      result[index] = {
        ...client,
        ...session,
        databaseKnown: true,
        logins: session.logins + client.logins,
        lastAt: [session.lastAt ?? '', client.lastAt ?? ''].sort().at(-1) || null,
      };
  }
  return result;
}

/** A session and logins agree in all that both of them know. */
function isSameSeen(session: Client, logins: Client): boolean {
  if (session.sessionsNow === 0) return false;
  const same = (name: keyof Client): boolean =>
    session[name] === undefined || logins[name] === undefined || session[name] === logins[name];
  return (
    (['role', 'address', 'tls', 'replication'] as const).every((name) => session[name] === logins[name]) &&
    (session.database === logins.database || logins.databaseKnown === false) &&
    (session.gss ?? false) === (logins.gss ?? false) &&
    (['tlsVersion', 'account'] as const).every(same)
  );
}
