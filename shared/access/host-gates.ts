import type { FactSet } from '../facts/facts.ts';
import type { FileStatus, UnixSocket } from '../facts/files.ts';
import type { Sshd } from '../facts/network.ts';
import { isSshd } from './client.ts';
import type { Client } from './client.ts';
import { listOf, refusal, settingOf } from './entry.ts';
import type { Refusal, Way } from './entry.ts';

/** Debian's /var/run is a link to /run. */
const plainFolder = (path: string): string => path.replace(/^\/var\/run(?=\/|$)/, '/run').replace(/\/+$/, '');

/** The folders in which the server puts its sockets; empty when they are not known. */
export function socketFolders(facts: FactSet): readonly string[] {
  return listOf(settingOf(facts, 'unix_socket_directories') ?? '');
}

/** Groups of an account; null when the accounts of the host are not known. */
function groupsOf({ accounts }: FactSet, account: string): readonly string[] | null {
  if (accounts.state !== 'collected') return null;
  const primary = accounts.value.users.find(({ name }) => name === account)?.gid;
  return accounts.value.groups
    .filter(({ gid, members }) => gid === primary || members.includes(account))
    .map(({ name }) => name);
}

/** Whether an account has the right (bits of one class: 2 to write, 1 to pass); undefined when nobody can tell. */
function may(
  facts: FactSet,
  status: FileStatus,
  account: string | undefined,
  right: 1 | 2,
): boolean | undefined {
  const everybody = [6, 3, 0].every((shift) => ((status.mode >> shift) & right) !== 0);
  if (everybody || account === 'root' || status.type === 'missing') return true;
  if (account === undefined || status.hasAcl) return undefined;
  const groups = groupsOf(facts, account);
  if (account !== status.owner && groups === null) return undefined;
  const shift = account === status.owner ? 6 : groups?.includes(status.group) === true ? 3 : 0;
  return ((status.mode >> shift) & right) !== 0;
}

/** Whether the account may connect to the socket: write to it, and pass the folders above it. */
function mayConnect(
  facts: FactSet,
  { socket, folders }: UnixSocket,
  account: string | undefined,
): boolean | undefined {
  const answers = [
    may(facts, socket, account, 2),
    ...folders.map((folder) => may(facts, folder, account, 1)),
  ];
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

/** Whether the client's socket is there and its account may use it. */
export function socketGate(facts: FactSet, client: Client, way: Way): Refusal | null {
  if (client.address !== null) return null;
  const folders = socketFolders(facts).map(plainFolder);
  if (way.directory !== null && settingOf(facts, 'unix_socket_directories') !== null) {
    if (!folders.includes(plainFolder(way.directory)))
      return refusal('socket', `there would be no Unix socket in ${way.directory}`);
  }
  if (facts.unixSockets.state !== 'collected') return null;
  const socket = facts.unixSockets.value.find(
    ({ directory }) => way.directory === null || plainFolder(directory) === plainFolder(way.directory),
  );
  // A tunnel to the socket connects as the account of the ssh login, which ss shows as that of the client.
  const allowed = socket === undefined ? true : mayConnect(facts, socket, client.account);
  if (allowed === true || socket === undefined) return null;
  const { mode, owner, group } = socket.socket;
  const rights = `${(mode & 0o777).toString(8).padStart(4, '0')} ${owner}:${group}`;
  return allowed === false
    ? refusal('socket', `account ${client.account ?? ''} may not connect to the Unix socket (${rights})`)
    : refusal('socket', `the Unix socket is open to some accounts only (${rights})`, 'possible');
}

const first = (sshd: Sshd, name: string): string => (sshd.settings[name]?.[0] ?? '').toLowerCase();

/** One of ssh's patterns: * and ? stand for any characters and any one. */
function patternMatches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}

const words = (sshd: Sshd, name: string): readonly string[] =>
  (sshd.settings[name] ?? []).flatMap((line) => line.split(/\s+/)).filter((word) => word !== '');

/** Whether a pattern of AllowUsers or DenyUsers stands for the account; its part behind @ is about the client. */
const userMatches = (pattern: string, account: string): boolean =>
  patternMatches(pattern.replace(/@.*$/, ''), account);

export interface SshLogin {
  readonly account: string;
  /** What opened the door; null when it is not known. */
  readonly with: 'key' | 'password' | null;
}

/** Whether sshd lets the account log in as it did; null when it does. */
export function sshLoginGate(facts: FactSet, { account, with: means }: SshLogin): Refusal | null {
  if (facts.sshd.state !== 'collected') return null;
  const sshd = facts.sshd.value;
  const root = first(sshd, 'permitrootlogin');
  const refused = (because: string, rule: string): Refusal =>
    refusal('sshd', `sshd ${because}`, 'certain', rule);
  const lists = ['allowusers', 'denyusers', 'allowgroups', 'denygroups'].map((name) => words(sshd, name));
  const [allowUsers = [], denyUsers = [], allowGroups = [], denyGroups = []] = lists;
  const groups = groupsOf(facts, account);
  const inGroup = (list: readonly string[]) =>
    list.some((pattern) => groups?.some((group) => patternMatches(pattern, group)));
  if (account === 'root' && root === 'no') return refused('lets root in no more', 'PermitRootLogin no');
  if (denyUsers.some((pattern) => userMatches(pattern, account)))
    return refused(`refuses ${account}`, `DenyUsers ${denyUsers.join(' ')}`);
  if (allowUsers.length > 0 && !allowUsers.some((pattern) => userMatches(pattern, account)))
    return refused(`lets in only ${allowUsers.join(' ')}`, `AllowUsers ${allowUsers.join(' ')}`);
  if (groups !== null && inGroup(denyGroups))
    return refused(`refuses the groups of ${account}`, `DenyGroups ${denyGroups.join(' ')}`);
  if (groups !== null && allowGroups.length > 0 && !inGroup(allowGroups))
    return refused(`lets in only groups that ${account} is not in`, `AllowGroups ${allowGroups.join(' ')}`);
  const noKey = first(sshd, 'pubkeyauthentication') === 'no';
  const interactive = ['kbdinteractiveauthentication', 'challengeresponseauthentication'].filter(
    (name) => sshd.settings[name] !== undefined,
  );
  const noPassword =
    (account === 'root' && !['', 'yes'].includes(root)) ||
    (first(sshd, 'passwordauthentication') === 'no' &&
      interactive.every((name) => first(sshd, name) === 'no'));
  const methods = first(sshd, 'authenticationmethods');
  const keyOnly =
    methods !== '' && methods !== 'any' && methods.split(/\s+/).every((one) => one.includes('publickey'));
  const hasKey = sshd.accountsWithKeys.includes(account);
  if (noPassword || keyOnly) {
    if (means === 'password') return refused('takes no passwords any more', 'PasswordAuthentication no');
    if (means === null && !hasKey)
      return refused(`takes keys only, and ${account} has none`, 'PasswordAuthentication no');
  }
  if (noKey && means === 'key') return refused('takes no keys any more', 'PubkeyAuthentication no');
  return null;
}

/** Whether sshd carries the tunnel through which a client on the loopback or the socket comes. */
export function tunnelGate(facts: FactSet, client: Client): Refusal | null {
  if (!isSshd(client.program) || facts.sshd.state !== 'collected') return null;
  const sshd = facts.sshd.value;
  const port = settingOf(facts, 'port') ?? '';
  const refused = (rule: string): Refusal => refusal('sshd', 'sshd carries no tunnel to it', 'certain', rule);
  if (first(sshd, 'disableforwarding') === 'yes') return refused('DisableForwarding yes');
  const setting = client.address === null ? 'allowstreamlocalforwarding' : 'allowtcpforwarding';
  const value = first(sshd, setting);
  if (value === 'no' || value === 'remote')
    return refused(
      `${client.address === null ? 'AllowStreamLocalForwarding' : 'AllowTcpForwarding'} ${value}`,
    );
  const open = words(sshd, 'permitopen');
  if (open.length > 0 && open[0] !== 'any') {
    const fits = open.some((one) => one.endsWith(`:${port}`) || one.endsWith(':*'));
    if (client.address === null || !fits) return refused(`PermitOpen ${open.join(' ')}`);
  }
  // For root sshd runs as root too, so its account tells as much.
  const login =
    client.account === undefined ? null : sshLoginGate(facts, { account: client.account, with: null });
  return login;
}
