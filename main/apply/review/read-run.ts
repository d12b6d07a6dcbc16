import { z } from 'zod';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import { planSchema } from '../../../shared/plan/plan.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { RunOnHost } from '../run-on-host.ts';

const undoSchema = z.array(
  z.object({
    number: z.string(),
    undo: z.array(
      z.union([
        z.object({ kind: z.enum(['file', 'rights']), slot: z.string(), path: z.string() }),
        z.object({ kind: z.enum(['sql', 'commands', 'nothing']) }),
      ]),
    ),
  }),
);

/** A file at one moment. `content` has one character a byte; null where it was not read: a key, or too large. */
export interface FileVersion {
  readonly sha256: string;
  /** `640 0 116`: mode, owner, group. */
  readonly rights: string;
  readonly content: string | null;
}

/** A file that the run could put back: before, after, now. `absent` where there was or is none. */
export interface KeptFile {
  readonly kind: 'file' | 'rights';
  readonly slot: string;
  readonly path: string;
  readonly before: FileVersion | 'absent';
  readonly after: FileVersion | 'absent';
  readonly now: FileVersion | 'absent';
}

/** A listing of firewall rules that a step saved. */
export interface KeptRules {
  readonly step: number;
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly now: string;
}

/** A kept run as its folder on the host has it, and what stands in its files now. */
export interface RunOnRecord {
  readonly plan: Plan;
  /** The plan as it stands there: its hash is in the journal. */
  readonly planText: string;
  /** The slots and paths of each step, by its number. */
  readonly files: ReadonlyMap<number, readonly { readonly slot: string; readonly kind: 'file' | 'rights' }[]>;
  readonly kept: readonly KeptFile[];
  readonly rules: readonly KeptRules[];
}

/** Contents above this are compared by their sums only. */
const mostBytes = 1024 * 1024;

const functions = String.raw`
put64() { # KEY, bytes on standard input
  printf '%s\t_%s\n' "$1" "$(base64 | tr -d '\n')"
}
version() { # KEY FILE content|rights
  if [ ! -e "$2" ]; then printf '%s\tabsent\n' "$1"; return; fi
  content=!; sum=-
  if [ "$3" = content ]; then
    sum=$(sha "$2")
    if [ "$(wc -c <"$2")" -le ${mostBytes} ] && ! grep -q 'PRIVATE KEY' "$2"; then content=_$(base64 <"$2" | tr -d '\n'); fi
  fi
  printf '%s\t%s\t%s\t%s\n' "$1" "$sum" "$(rights "$2")" "$content"
}
# The server's account may have put a link to a file of others in its place: the bytes are those of a copy.
version_now() { # FILE
  rm -rf "$RUN/seen"; mkdir "$RUN/seen" || return
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then printf 'now\tabsent\n'
  elif copy_of "$1" "$RUN/seen/copy" 2>/dev/null; then version now "$RUN/seen/copy" content
  else printf 'now\tother\t%s\t!\n' "$(rights "$1")"; fi
  rm -rf "$RUN/seen"
}
`;

const rowLines = [
  `tab=$(printf '\\t')`,
  'while IFS=$tab read -r kind slot name sum left; do',
  '  path=$(printf %s "$name" | base64 -d)',
  `  printf 'kept\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$kind" "$slot" "$name" "$sum" "$left"`,
  '  if [ "$kind" = file ]; then version before "$RUN/backup/$slot" content; if [ -f "$RUN/left/$slot" ]; then version left "$RUN/left/$slot" content; fi; version_now "$path"',
  `  else printf 'before\\t-\\t%s\\t!\\n' "$(cat "$RUN/rights/$slot")"; version now "$path" rights; fi`,
  'done <"$RUN/after"',
];

// Counters and times differ between two listings of the same rules.
const normalise = String.raw`sed -e '/^#/d' -e 's/packets [0-9]* bytes [0-9]*//g' -e 's/\[[0-9]*:[0-9]*\]//g' -e 's/ # handle [0-9]*//'`;

function ruleLines(number: string, save: readonly string[]): readonly string[] {
  const one = (key: string, folder: string) =>
    `if [ -f ${folder} ]; then ${normalise} ${folder} | head -c 262144 | put64 ${key}; fi`;
  return [
    `SAVE="$RUN/saved-now/${number}"; rm -rf "$SAVE"; mkdir -p "$SAVE"; export SAVE`,
    '(',
    ...save,
    ')',
    `for one in "$SAVE"/*; do name=$(basename "$one")`,
    `printf 'rules\\t${Number(number)}\\t%s\\n' "$(printf %s "$name" | base64 | tr -d '\\n')"`,
    one('rulesbefore', `"$RUN/save/${number}/$name"`),
    one('rulesafter', `"$RUN/saved-after/${number}/$name"`),
    one('rulesnow', '"$one"'),
    'done',
    'rm -rf "$RUN/saved-now"',
  ];
}

const bytes = (field: string | undefined): string =>
  Buffer.from((field ?? '').slice(1), 'base64').toString('latin1');
const words = (field: string | undefined): string => Buffer.from(field ?? '', 'base64').toString('utf8');

function versionOf(fields: readonly string[]): FileVersion | 'absent' {
  const [sum = '', rights = '', content = '!'] = fields;
  if (sum === 'absent') return 'absent';
  return { sha256: sum, rights, content: content === '!' ? null : bytes(content) };
}

/** The plan of a run, from its folder. Throws ApplyRefused when it cannot be read. */
export async function readPlan(onHost: RunOnHost, signal: AbortSignal): Promise<Plan> {
  return parsePlan(onHost, await onHost.script(['cat "$RUN/plan.json"'], 60_000, signal));
}

function parsePlan(onHost: RunOnHost, text: string): Plan {
  try {
    const parsed = planSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // no JSON: told below
  }
  throw new ApplyRefused(
    'The plan of this run cannot be read: it was changed, or written by another version of this program.',
    `Run on the host: sh ${onHost.place.actor.folder}/runs/${onHost.place.runId}/revert.sh --by person`,
  );
}

/**
 * Reads a kept run and what stands in its files now; changes nothing but a folder of its own. Throws ApplyRefused when
 * the run's plan cannot be read.
 */
export async function readRun(onHost: RunOnHost, signal: AbortSignal): Promise<RunOnRecord> {
  const planText = await onHost.script(['cat "$RUN/plan.json"'], 60_000, signal);
  const plan = parsePlan(onHost, planText);
  const firewalls = plan.steps.flatMap(({ number, operation }) =>
    operation.kind === 'firewall' ? [ruleLines(String(number).padStart(3, '0'), operation.save)] : [],
  );
  const output = await onHost.script(
    [
      'set +e',
      functions,
      `if [ -s "$RUN/undo.json" ]; then put64 undo <"$RUN/undo.json"; fi`,
      ...rowLines,
      ...firewalls.flat(),
      'true',
    ],
    120_000,
    signal,
  );
  return { plan, planText, ...readRows(output) };
}

function readRows(output: string): Omit<RunOnRecord, 'plan' | 'planText'> {
  const files = new Map<number, readonly { readonly slot: string; readonly kind: 'file' | 'rights' }[]>();
  const kept: KeptFile[] = [];
  const rules: KeptRules[] = [];
  for (const line of output.split('\n')) {
    const [key, ...fields] = line.split('\t');
    const [file, listing] = [kept.at(-1), rules.at(-1)];
    if (key === 'undo') {
      const parsed = undoSchema.safeParse(JSON.parse(Buffer.from(bytes(fields[0]), 'latin1').toString()));
      for (const { number, undo } of parsed.data ?? [])
        files.set(
          Number(number),
          undo.flatMap((one) => ('slot' in one ? [{ slot: one.slot, kind: one.kind }] : [])),
        );
    } else if (key === 'kept') {
      const [kind, slot = '', name, sum = '', rights = ''] = fields;
      const after = sum === 'absent' ? 'absent' : { sha256: sum, rights, content: null };
      const path = words(name);
      kept.push({
        kind: kind === 'rights' ? 'rights' : 'file',
        slot,
        path,
        before: 'absent',
        after,
        now: 'absent',
      });
    } else if (file !== undefined && (key === 'before' || key === 'now')) {
      kept.splice(-1, 1, { ...file, [key]: versionOf(fields) });
    } else if (file !== undefined && key === 'left' && file.after !== 'absent') {
      const copy = versionOf(fields);
      // A copy that is not what the record says was changed since: it does not count.
      if (copy !== 'absent' && copy.sha256 === file.after.sha256)
        kept.splice(-1, 1, { ...file, after: { ...file.after, content: copy.content } });
    } else if (key === 'rules') {
      rules.push({ step: Number(fields[0]), name: words(fields[1]), before: '', after: '', now: '' });
    } else if (listing !== undefined && key?.startsWith('rules') === true) {
      rules.splice(-1, 1, { ...listing, [key.slice('rules'.length)]: bytes(fields[0]) });
    }
  }
  return { files, kept, rules };
}

/** Lines that keep the firewall's rules as they are now aside, before they are overwritten. */
export function keepRulesAside(plan: Plan, steps: readonly number[]): readonly string[] {
  return plan.steps.flatMap(({ number, operation }) =>
    operation.kind === 'firewall' && steps.includes(number)
      ? [
          `SAVE="$RUN/drifted/$(date -u +%Y%m%dT%H%M%SZ)/"${quoteShell(`firewall-${number}`)}; mkdir -p "$SAVE"; export SAVE`,
          '(',
          ...operation.save,
          ')',
        ]
      : [],
  );
}
