import type { FileStatus, UnixSocket } from '../facts/files.ts';
import type { Accounts } from '../facts/system.ts';
import { matchIdent } from '../hba/ident.ts';
import { readIdent } from '../hba/read-files.ts';
import type { HbaRule } from '../hba/types.ts';
import type { ReachGround, SocketExposure, UnknownPart } from './exposure.ts';
import { admission } from './admitted.ts';
import type { Admitted } from './admitted.ts';
import { known } from './ground.ts';
import type { Region, Regions } from './regions.ts';
import type { Universe } from './universe.ts';

/** OS accounts that can open a socket: by the folders above it and the socket itself. */
export interface SocketAudience {
  readonly accounts: readonly string[];
  readonly everyAccount: boolean;
  /** Why it is not certain: an ACL, an unreadable account list. */
  readonly doubt: string | null;
}

function groupsOf(accounts: Accounts, name: string): ReadonlySet<string> {
  const user = accounts.users.find((one) => one.name === name);
  return new Set(
    accounts.groups
      .filter(({ gid, members }) => members.includes(name) || gid === user?.gid)
      .map((group) => group.name),
  );
}

/** Whether the mode gives the account the bit (1 search, 2 write); the first class that fits decides, as in the kernel. */
function allows(
  { mode, owner, group }: FileStatus,
  name: string,
  groups: ReadonlySet<string>,
  bit: 1 | 2,
): boolean {
  if (name === 'root') return true;
  const shift = owner === name ? 6 : groups.has(group) ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}

/** Who can connect to a Unix socket: write permission on it and search permission on each folder (unix(7)). */
export function socketAudience({ socket, folders }: UnixSocket, accounts: Accounts | null): SocketAudience {
  const way = [...folders.filter(({ type }) => type === 'directory'), socket];
  const acl = way.find(({ hasAcl }) => hasAcl);
  const everyAccount =
    folders.every(({ type, mode }) => type !== 'directory' || (mode & 0o001) !== 0) &&
    (socket.mode & 0o002) !== 0;
  const doubt = acl === undefined ? null : `an ACL on ${acl.path} may let others in or keep some away`;
  if (accounts === null) {
    const names = everyAccount ? [] : [...new Set(['root', socket.owner])];
    return { accounts: names, everyAccount, doubt: doubt ?? 'the accounts of the host were not read' };
  }
  const names = accounts.users
    .map(({ name }) => name)
    .filter((name) => {
      const groups = groupsOf(accounts, name);
      return way.every((status) => allows(status, name, groups, status === socket ? 2 : 1));
    });
  const rest = names.filter((name) => name !== 'root').sort();
  return {
    accounts: names.includes('root') ? ['root', ...rest] : rest,
    everyAccount: everyAccount && names.length === accounts.users.length,
    doubt,
  };
}

/** Which of the accounts may be which of the roles by `peer`, straight or by a map. */
export function peerAccounts(
  ground: ReachGround,
  universe: Universe,
  rule: HbaRule,
  audience: SocketAudience,
  role: string,
): { readonly accounts: readonly string[]; readonly certain: boolean } {
  const map = rule.options.findLast(({ name }) => name === 'map')?.value;
  if (map === undefined || map === '')
    return { accounts: audience.accounts.filter((name) => name === role), certain: true };
  const files = known(ground.facts.configurationFiles);
  const ident = files === null ? null : readIdent(files, ground.major);
  if (ident === null) return { accounts: audience.accounts, certain: false };
  const groups = new Map(universe.roles.map(({ name, groups: all }) => [name, all]));
  const context = { memberships: (one: string, group: string) => groups.get(one)?.has(group) === true };
  let certain = ident.problems.length === 0;
  const accounts = audience.accounts.filter((systemName) => {
    const match = matchIdent(ident.mappings, { map, systemName, role }, context);
    if (match.outcome === 'unknown') certain = false;
    return match.outcome !== 'none';
  });
  return { accounts, certain };
}

/** Every way in by a Unix socket: audience of the socket × lines of type local × roles. */
export function socketExposures(
  ground: ReachGround,
  universe: Universe,
  regions: Regions,
  rulesInForce: boolean,
): { readonly sockets: readonly SocketExposure[]; readonly unknown: readonly UnknownPart[] } {
  const found = known(ground.facts.unixSockets);
  const accounts = known(ground.facts.accounts);
  const unknown: UnknownPart[] = [];
  const tell = (reason: string): void => {
    unknown.push({ gate: 'listener', reason, from: [], to: null, firewallRule: null, hba: null });
  };
  if (found === null) tell('The Unix sockets were not looked at.');
  const sockets = (found ?? [])
    .filter(({ socket }) => socket.type === 'socket')
    .flatMap((one): readonly SocketExposure[] => {
      const audience = socketAudience(one, accounts);
      if (audience.doubt !== null) tell(`${one.socket.path}: ${audience.doubt}`);
      const admit = admission(universe, regions.people);
      return regions.regions
        .filter(({ transport }) => transport === 'local')
        .flatMap((region) => ofRegion(ground, universe, region, one, audience, rulesInForce, admit));
    });
  return { sockets, unknown };
}

function ofRegion(
  ground: ReachGround,
  universe: Universe,
  region: Region,
  { socket }: UnixSocket,
  audience: SocketAudience,
  rulesInForce: boolean,
  admit: ReturnType<typeof admission>,
): readonly SocketExposure[] {
  const rule = ground.rules?.[region.rule];
  if (rule === undefined || rule.method === 'reject') return [];
  return admit(region, rule.method).flatMap((group): readonly SocketExposure[] => {
    const certain = group.certain && region.doubt === null && audience.doubt === null && rulesInForce;
    const base = {
      path: socket.path,
      databases: group.databases,
      allDatabases: group.allDatabases,
      method: rule.method,
      hba: { file: rule.file, line: rule.line },
    };
    if (rule.method !== 'peer')
      return [
        {
          ...base,
          accounts: audience.accounts,
          everyAccount: audience.everyAccount,
          roles: group.roles,
          allRoles: group.allRoles,
          certainty: certain ? 'certain' : 'possible',
        },
      ];
    return byAccounts(group, (role) => peerAccounts(ground, universe, rule, audience, role)).map(
      ({ accounts, roles, sure }) => ({
        ...base,
        accounts,
        everyAccount: false,
        roles,
        allRoles: group.allRoles && roles.length === group.roles.length,
        certainty: certain && sure ? 'certain' : 'possible',
      }),
    );
  });
}

/** Roles that the same accounts may be, together. */
function byAccounts(
  { roles }: Admitted,
  accountsOf: (role: string) => { readonly accounts: readonly string[]; readonly certain: boolean },
): readonly {
  readonly accounts: readonly string[];
  readonly roles: readonly string[];
  readonly sure: boolean;
}[] {
  const groups = new Map<string, { accounts: readonly string[]; roles: string[]; sure: boolean }>();
  for (const role of roles) {
    const { accounts, certain } = accountsOf(role);
    if (accounts.length === 0) continue;
    const key = `${certain} ${JSON.stringify(accounts)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { accounts, roles: [role], sure: certain });
    else group.roles.push(role);
  }
  return [...groups.values()];
}
