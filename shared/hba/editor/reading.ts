import { clientConnections } from '../../access/client-connections.ts';
import { membershipTest } from '../context.ts';
import { resolveIncludes } from '../includes.ts';
import type { HbaResolution } from '../includes.ts';
import { decidingRules, matchHba } from '../match.ts';
import type { HbaConnection, HbaContext, HbaMatch } from '../match.ts';
import { parseHba } from '../parse.ts';
import type { HbaRule } from '../types.ts';
import type { EditorClient, EditorGround } from './ground-schema.ts';

/** Texts by path that stand in place of what was inspected. */
export type Texts = Readonly<Record<string, string>>;

/** pg_hba.conf with its includes as the server would read it. */
export interface EditorReading extends HbaResolution {
  readonly context: HbaContext;
}

const contexts = new WeakMap<EditorGround, HbaContext>();

/** What rules refer to beyond the files. */
export function contextOf(ground: EditorGround): HbaContext {
  const present = contexts.get(ground);
  if (present !== undefined) return present;
  const context = { memberships: membershipTest(ground.memberships), hostNetworks: ground.hostNetworks };
  contexts.set(ground, context);
  return context;
}

/** Reads the files with some of their texts edited; without `texts`, as they were inspected. */
export function readEditor(ground: EditorGround, texts: Texts = {}): EditorReading {
  const { major, files } = ground;
  const [main] = files;
  const textOf = (path: string): string | null =>
    texts[path] ?? files.find((file) => file.path === path)?.text ?? null;
  const path = main?.path ?? 'pg_hba.conf';
  const resolution = resolveIncludes(parseHba(textOf(path) ?? '', { path, major }), textOf, (folder) =>
    namesIn(
      files.map((file) => file.path),
      folder,
    ),
  );
  return { ...resolution, context: contextOf(ground) };
}

/** The names of the files right in a folder, of all paths that are known. */
export function namesIn(paths: readonly string[], folder: string): string[] {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return paths
    .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
    .map((path) => path.slice(prefix.length));
}

/** `/etc/postgresql/17/main/pg_hba.conf:12`: names a line of a reading. */
export const placeKey = ({ file, line }: Pick<HbaRule, 'file' | 'line'>): string => `${file}:${line}`;

/** A client that was seen, with the line that it comes to. */
export interface ClientOnLine {
  readonly client: EditorClient;
  /** False when it may come to another line as well: something is not known. */
  readonly certain: boolean;
}

const byRole = new WeakMap<readonly HbaRule[], Map<string, readonly HbaRule[]>>();

/** The rules that may be for a role: in a long file nearly all name somebody else. Groups and patterns stay. */
function rulesFor(rules: readonly HbaRule[], role: string): readonly HbaRule[] {
  const known = byRole.get(rules) ?? new Map<string, readonly HbaRule[]>();
  byRole.set(rules, known);
  const found =
    known.get(role) ??
    rules.filter(({ users }) => users.some(({ kind, text }) => kind !== 'name' || text === role));
  known.set(role, found);
  return found;
}

/** The line that decides on a connection. */
export function matchIn({ rules, context }: EditorReading, connection: HbaConnection): HbaMatch {
  return matchHba(rulesFor(rules, connection.role), connection, context);
}

/** Who was seen, by the line that would decide on them; under the empty key those whom no line takes. */
export function clientsByLine(
  ground: EditorGround,
  reading: EditorReading,
): ReadonlyMap<string, readonly ClientOnLine[]> {
  const found = new Map<string, ClientOnLine[]>();
  for (const client of ground.clients) {
    const keys = new Set(
      clientConnections(client).flatMap((connection) => {
        const deciding = decidingRules(matchIn(reading, connection));
        return deciding.length === 0 ? [''] : deciding.map(placeKey);
      }),
    );
    for (const key of keys) {
      const present = found.get(key) ?? [];
      present.push({ client, certain: keys.size === 1 });
      found.set(key, present);
    }
  }
  return found;
}
