import type { ChainEnd } from '../journal/chain.ts';

/** What the host's folder says of a run. */
export interface HostStatus {
  readonly state: 'none' | 'open' | 'kept' | 'reverting' | 'rolled-back' | 'rollback-failed';
  readonly at: string;
  readonly by: string;
  /** Numbers of the steps that a rollback left as they were, by somebody's choice. */
  readonly left: readonly number[];
  /** Commands that the rollback left to a person. */
  readonly finishByHand: readonly string[];
  /** The end of the rollback's log. */
  readonly log: readonly string[];
  readonly deadlineSeconds: number | null;
  /** Where the host's journal of the run ends; null when there is none. */
  readonly end: ChainEnd | null;
}

/** Prints where the journal of the run ends. */
export const endLines: readonly string[] = [
  String.raw`sed -n 's/^{"hash":"\([0-9a-f]\{64\}\)","entry":{"seq":\([0-9]*\),.*}}$/end \2 \1/p' "$RUN/journal.jsonl" 2>/dev/null | tail -n 1`,
];

/** Where the journal of the run ends, as endLines printed it; null when there is none. */
export function readEnd(output: string): ChainEnd | null {
  const [, seq, hash] = /^end (\d+) ([0-9a-f]{64})$/m.exec(output) ?? [];
  return seq === undefined || hash === undefined ? null : { seq: Number(seq), hash };
}

/** Prints what readStatus reads. */
export const statusLines: readonly string[] = [
  'set +e',
  ...endLines,
  `printf 'status\\t%s\\n' "$(cat "$RUN/status" 2>/dev/null)"`,
  `if [ -s "$RUN/deadline" ]; then printf 'left\\t%s\\n' "$(($(cat "$RUN/deadline") - $(date +%s)))"; fi`,
  `for one in "$RUN"/todo/*; do if [ -f "$one" ]; then sed 's/^/todo\t/' "$one"; fi; done`,
  `tail -n 40 "$RUN/revert.log" 2>/dev/null | sed 's/^/log\t/'`,
  'true',
];

export function readStatus(output: string): HostStatus {
  const lines = output.split('\n').map((line) => {
    const tab = line.indexOf('\t');
    return tab < 0 ? ['', line] : [line.slice(0, tab), line.slice(tab + 1)];
  });
  const all = (key: string): readonly string[] =>
    lines.flatMap(([name, text]) => (name === key && text !== undefined ? [text] : []));
  const [state = '', at = '', by = '', left = ''] = (all('status')[0] ?? '').split(' ');
  const states = ['open', 'kept', 'reverting', 'rolled-back', 'rollback-failed'] as const;
  const seconds = all('left')[0];
  return {
    state: states.find((one) => one === state) ?? 'none',
    at,
    by,
    left: left
      .replace(/^left:/, '')
      .split(',')
      .map(Number)
      .filter((step) => step > 0)
      .sort((one, other) => one - other),
    finishByHand: all('todo'),
    log: all('log'),
    end: readEnd(output),
    deadlineSeconds: seconds === undefined ? null : Number(seconds),
  };
}
