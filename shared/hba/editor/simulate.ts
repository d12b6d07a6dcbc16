import { describeRule } from '../describe.ts';
import type { HbaConnection, HbaMatch } from '../match.ts';
import type { HbaRule } from '../types.ts';
import { parseAddress } from '../../lib/cidr.ts';
import type { EditorGround } from './ground-schema.ts';
import { matchIn } from './reading.ts';
import type { EditorReading } from './reading.ts';

/** A client to ask about. */
export interface SimulatedClient {
  readonly role: string;
  /** Empty for physical replication. */
  readonly database: string;
  /** `local` for the Unix socket. */
  readonly address: string;
  readonly tls: boolean;
  readonly replication: boolean;
}

/** The line that decides on a client, in words. */
export interface LineAnswer {
  /** The line; null when no line is for the client, so that the server refuses. */
  readonly rule: HbaRule | null;
  readonly verdict: 'refused' | 'asked' | 'let-in' | 'unknown';
  /** One or two sentences. */
  readonly words: string;
}

const firstUpper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The client as the matcher takes it; null when its address is none. */
export function simulatedConnection(client: SimulatedClient): HbaConnection | null {
  const local = client.address.trim() === 'local';
  if (!local && parseAddress(client.address.trim()) === null) return null;
  return {
    role: client.role,
    database: client.replication ? '' : client.database,
    address: local ? 'local' : client.address.trim(),
    transport: local ? 'local' : client.tls ? 'tls' : 'tcp-plain',
    replication: client.replication ? 'physical' : false,
  };
}

function placeOf(rule: HbaRule, mainPath: string): string {
  return rule.file === mainPath ? `line ${rule.line}` : `line ${rule.line} of ${rule.file}`;
}

function answerOf(match: HbaMatch, ground: EditorGround): LineAnswer {
  const mainPath = ground.files[0]?.path ?? '';
  if (match.outcome === 'none')
    return { rule: null, verdict: 'refused', words: 'No line is for this client, so the server refuses it.' };
  const { rule } = match;
  const place = firstUpper(placeOf(rule, mainPath));
  if (match.outcome === 'unknown') {
    const otherwise = answerOf(match.otherwise, ground);
    return {
      rule,
      verdict: 'unknown',
      words: `${place}, perhaps: ${match.reason}. Otherwise: ${otherwise.words}`,
    };
  }
  const verdict = rule.method === 'reject' ? 'refused' : rule.method === 'trust' ? 'let-in' : 'asked';
  return { rule, verdict, words: `${place}: ${describeRule(rule)}` };
}

/** Which line decides on a client, by the server's own order: the first that fits. */
export function whoGetsWhichLine(
  client: SimulatedClient,
  ground: EditorGround,
  reading: EditorReading,
): LineAnswer {
  const connection = simulatedConnection(client);
  if (connection === null)
    return {
      rule: null,
      verdict: 'unknown',
      words: 'Write an address such as 10.1.2.3 or fd00::1, or local.',
    };
  if (connection.transport === 'tls' && ground.ssl === false)
    return {
      rule: null,
      verdict: 'refused',
      words: 'TLS is switched off in the server (ssl = off), so nobody can connect with it.',
    };
  const answer = answerOf(matchIn(reading, connection), ground);
  return reading.problems.length === 0
    ? answer
    : { ...answer, words: `Once the lines that the server refuses are corrected: ${answer.words}` };
}
