import { matchHba } from '../hba/match.ts';
import type { HbaConnection, HbaContext, HbaMatch } from '../hba/match.ts';
import { withoutSecrets } from '../hba/methods.ts';
import type { HbaRule } from '../hba/types.ts';
import { formatRule } from '../hba/write.ts';
import { formatAddress, parseAddress } from '../lib/cidr.ts';
import { approachOf } from './endpoints.ts';
import type { Approach } from './endpoints.ts';
import { notInspected } from './exposure.ts';
import type { Answer, Gate, Question, ReachGround } from './exposure.ts';
import { roleGate } from './gates.ts';
import { known } from './ground.ts';
import { peerAccounts, socketAudience } from './sockets.ts';
import { readUniverse } from './universe.ts';
import type { Somebody, Somewhere, Universe } from './universe.ts';

type Transport = HbaConnection['transport'];
type Because = Answer['because'];

/** The line as it is written, without padding and without secrets. */
export function lineText(rule: HbaRule, major: number): string {
  try {
    return formatRule(withoutSecrets(rule), major).replace(/\s+/g, ' ').trim();
  } catch {
    // A name with a line break cannot be written again.
    return `${rule.type} ${rule.method}`;
  }
}

function answer(
  verdict: Answer['verdict'],
  gate: Gate,
  rule: string | null,
  rest: { readonly line?: HbaRule | undefined; readonly transport?: Transport | null } = {},
): Answer {
  const { line, transport = null } = rest;
  const because: Because = { gate, rule, file: line?.file ?? null, line: line?.line ?? null };
  return { verdict, because, method: line?.method ?? null, transport };
}

/** What pg_hba.conf is asked with: groups by any membership, the host's own networks. */
export function hbaContextOf(ground: ReachGround, universe: Universe): HbaContext {
  const groups = new Map(universe.roles.map(({ name, groups: all }) => [name, all]));
  return {
    memberships: (role, group) => groups.get(role)?.has(group) === true,
    hostNetworks:
      known(ground.facts.interfaces)?.map(({ address, prefix }) => `${address}/${prefix}`) ?? null,
  };
}

/** Names that are not in the catalogs stand for themselves: the server refuses them behind the line. */
function somebody(universe: Universe, name: string): { readonly role: Somebody; readonly missing: boolean } {
  const found = universe.roles.find((role) => role.name === name && !role.ghost);
  if (found !== undefined) return { role: found, missing: false };
  const role: Somebody = {
    name,
    ghost: true,
    superuser: false,
    replication: true,
    barred: null,
    verifier: 'unknown',
    expired: false,
    groups: new Set([name]),
  };
  return { role, missing: universe.rolesKnown };
}

function judgeLine(
  ground: ReachGround,
  universe: Universe,
  question: Question,
  rule: HbaRule,
  transport: Transport,
): Answer {
  const text = lineText(rule, ground.major);
  if (rule.method === 'reject') return answer('refused', 'hba', text, { line: rule, transport });
  const { role, missing } = somebody(universe, question.role);
  const refuse = (reason: string): Answer => answer('refused', 'role', reason, { line: rule, transport });
  if (missing) return refuse('the role does not exist');
  const place: Somewhere | undefined = universe.databases.find(({ name, replication, ghost }) =>
    question.replication === true ? replication : name === question.database && !replication && !ghost,
  );
  if (place === undefined && universe.databasesKnown) return refuse('the database does not exist');
  const gate =
    place === undefined
      ? role.barred === null
        ? null
        : { sure: true, reason: role.barred }
      : roleGate(universe, role, place, rule);
  if (gate !== null)
    return answer(gate.sure ? 'refused' : 'unknown', 'role', gate.reason, { line: rule, transport });
  if (!universe.rolesKnown || !universe.databasesKnown)
    return answer('unknown', 'role', 'the roles or databases were not read', { line: rule, transport });
  return answer('allowed', 'hba', text, { line: rule, transport });
}

function judgeMatch(
  ground: ReachGround,
  universe: Universe,
  question: Question,
  match: HbaMatch,
  transport: Transport,
): Answer {
  if (match.outcome === 'none') return answer('refused', 'hba', 'no line matches', { transport });
  const here = judgeLine(ground, universe, question, match.rule, transport);
  if (match.outcome === 'match') return here;
  const otherwise = judgeMatch(ground, universe, question, match.otherwise, transport);
  if (here.verdict === otherwise.verdict && here.verdict !== 'allowed') return here;
  if (here.verdict === 'allowed' && otherwise.verdict === 'allowed' && here.method === otherwise.method)
    return here;
  return answer('unknown', 'hba', `line ${match.rule.line}: ${match.reason}`, {
    line: match.rule,
    transport,
  });
}

function byLines(ground: ReachGround, universe: Universe, question: Question, transport: Transport): Answer {
  if (ground.rules === null) return answer('unknown', 'hba', ground.hbaReason, { transport });
  const connection: HbaConnection = {
    role: question.role,
    database: question.replication === true ? '' : question.database,
    address: question.address,
    transport,
    replication: question.replication === true ? 'physical' : false,
  };
  const match = matchHba(ground.rules, connection, hbaContextOf(ground, universe));
  const found = judgeMatch(ground, universe, question, match, transport);
  const [problem] = ground.hbaProblems;
  return problem === undefined
    ? found
    : answer(
        'unknown',
        'hba',
        `the server refuses line ${problem.line}, so rules loaded earlier are in force`,
        {
          transport,
        },
      );
}

/** The best that one of several ways comes to. */
function best(answers: readonly Answer[]): Answer | undefined {
  return (
    answers.find(({ verdict }) => verdict === 'allowed') ??
    answers.find(({ verdict }) => verdict === 'unknown') ??
    answers[0]
  );
}

function byNetwork(ground: ReachGround, universe: Universe, question: Question): Answer {
  if (question.tls === true && ground.ssl === false)
    return answer('refused', 'listener', 'the server offers no TLS (ssl = off)', { transport: 'tls' });
  const transports: readonly Transport[] =
    question.tls === null
      ? ground.ssl === false
        ? ['tcp-plain']
        : ['tls', 'tcp-plain']
      : [question.tls ? 'tls' : 'tcp-plain'];
  const found = transports.map((transport): Answer => {
    const one = byLines(ground, universe, question, transport);
    return transport === 'tls' && ground.ssl === null && one.verdict === 'allowed'
      ? {
          ...one,
          verdict: 'unknown',
          because: { ...one.because, gate: 'listener', rule: 'whether the server offers TLS is not known' },
        }
      : one;
  });
  return best(found) ?? answer('unknown', 'hba', null);
}

function throughApproach(
  ground: ReachGround,
  universe: Universe,
  question: Question,
  { listener, certain, firewallRule, redirectedTo }: Approach,
): Answer {
  if (listener === null && redirectedTo === null) return answer('unknown', 'firewall', firewallRule);
  if (listener?.inspected !== true) {
    const place = redirectedTo === null ? '' : ` (led on to ${redirectedTo.address}:${redirectedTo.port})`;
    return answer(
      'unknown',
      certain ? 'listener' : 'firewall',
      certain ? `${notInspected}${place}` : firewallRule,
    );
  }
  const inside = byNetwork(ground, universe, question);
  if (inside.verdict === 'refused') return inside;
  if (!certain)
    return {
      ...inside,
      verdict: 'unknown',
      because: { gate: 'firewall', rule: firewallRule, file: null, line: null },
    };
  return inside.verdict === 'allowed' && ground.listenersReason !== null
    ? {
        ...inside,
        verdict: 'unknown',
        because: { gate: 'listener', rule: ground.listenersReason, file: null, line: null },
      }
    : inside;
}

function bySocket(ground: ReachGround, universe: Universe, question: Question): Answer {
  const sockets = known(ground.facts.unixSockets);
  if (sockets === null)
    return answer('unknown', 'listener', 'the Unix sockets were not looked at', { transport: 'local' });
  const open = sockets.filter(({ socket }) => socket.type === 'socket');
  if (open.length === 0)
    return answer('refused', 'listener', 'there is no Unix socket', { transport: 'local' });
  const found = byLines(ground, universe, question, 'local');
  const { line, file } = found.because;
  const rule = ground.rules?.find((one) => one.line === line && one.file === file);
  if (found.verdict !== 'allowed' || rule === undefined) return found;
  const audiences = open.map((one) => socketAudience(one, known(ground.facts.accounts)));
  const comes = audiences.map((audience) =>
    rule.method === 'peer'
      ? peerAccounts(ground, universe, rule, audience, question.role)
      : { accounts: audience.accounts, certain: audience.doubt === null },
  );
  if (comes.some(({ accounts, certain }) => accounts.length > 0 && certain)) return found;
  const gate = {
    gate: 'listener' as const,
    rule: 'no account of the host can connect as this role',
    file: null,
    line: null,
  };
  return comes.every(({ certain }, at) => certain && audiences[at]?.doubt === null)
    ? {
        ...found,
        verdict: 'refused',
        because: {
          ...gate,
          gate: rule.method === 'peer' ? 'hba' : 'listener',
          file: rule.file,
          line: rule.line,
        },
      }
    : {
        ...found,
        verdict: 'unknown',
        because: { ...gate, rule: audiences.find(({ doubt }) => doubt !== null)?.doubt ?? gate.rule },
      };
}

/**
 * Whether a client gets in, and what decides: the first gate that refuses, the line of pg_hba.conf when none does.
 * `allowed` takes for granted that it can prove who it is (the password, the certificate).
 */
export function can(ground: ReachGround, question: Question): Answer {
  const universe = readUniverse(ground.facts, ground.rules ?? []);
  if (question.address === 'local') return bySocket(ground, universe, question);
  const client = parseAddress(question.address);
  if (client === null) throw new TypeError(`"${question.address}" is no address.`);
  const port = question.port ?? ground.port;
  const { parts, approaches } = approachOf(ground, client, port);
  const asked = { ...question, address: formatAddress(client) };
  const answers = approaches.map((approach) => throughApproach(ground, universe, asked, approach));
  const found = best(answers);
  if (found !== undefined) return found;
  const passed = parts.find(({ verdict }) => verdict !== 'fail');
  const closed = parts.find(({ verdict }) => verdict === 'fail');
  if (passed === undefined && closed !== undefined) return answer('refused', 'firewall', closed.rule);
  const target = passed?.redirectedTo?.port ?? port;
  return answer(
    'refused',
    'listener',
    `nothing listens on port ${target} for ${client.family === 'ipv4' ? 'IPv4' : 'IPv6'} there`,
  );
}
