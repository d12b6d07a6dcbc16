import { bytesOfText, textOfBytes } from '../lib/text-bytes.ts';
import { assertNever } from '../lib/assert-never.ts';
import { parseRegex } from './regex-parse.ts';
import type { RegexNode } from './regex-parse.ts';

type Instruction =
  | { readonly op: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'start' | 'end' | 'match' }
  | { readonly op: 'save'; readonly slot: number };

const programLimit = 20_000;

class TooLarge extends Error {}

/** Thompson's construction; repeats are written out, so their size is bounded by programLimit. */
function compile(tree: RegexNode): readonly Instruction[] {
  const program: Instruction[] = [];
  const add = (instruction: Instruction): number => {
    if (program.length >= programLimit) throw new TooLarge();
    return program.push(instruction) - 1;
  };
  const optional = (item: RegexNode, lazy: boolean, loop: boolean): void => {
    const split = add({ op: 'jump', to: 0 });
    emit(item);
    if (loop) add({ op: 'jump', to: split });
    const [body, after] = [split + 1, program.length];
    program[split] = lazy
      ? { op: 'split', first: after, second: body }
      : { op: 'split', first: body, second: after };
  };
  const emit = (node: RegexNode): void => {
    switch (node.kind) {
      case 'empty':
        return;
      case 'start':
      case 'end':
        add({ op: node.kind });
        return;
      case 'set':
        add({ op: 'set', negated: node.negated, ranges: node.ranges });
        return;
      case 'sequence':
        node.items.forEach(emit);
        return;
      case 'choice': {
        const jumps: number[] = [];
        node.items.forEach((item, index) => {
          const last = index === node.items.length - 1;
          const split = last ? -1 : add({ op: 'jump', to: 0 });
          emit(item);
          if (last) return;
          jumps.push(add({ op: 'jump', to: 0 }));
          program[split] = { op: 'split', first: split + 1, second: program.length };
        });
        for (const jump of jumps) program[jump] = { op: 'jump', to: program.length };
        return;
      }
      case 'repeat': {
        for (let count = 0; count < node.min; count += 1) emit(node.item);
        if (node.max === Infinity) optional(node.item, node.lazy, true);
        else for (let count = node.min; count < node.max; count += 1) optional(node.item, node.lazy, false);
        return;
      }
      case 'group':
        add({ op: 'save', slot: 2 * node.index });
        emit(node.item);
        add({ op: 'save', slot: 2 * node.index + 1 });
        return;
      default:
        assertNever(node, 'regular expression');
    }
  };
  emit(tree);
  add({ op: 'match' });
  return program;
}

interface Thread {
  readonly at: number;
  /** Where group 1 began and ended. */
  readonly saved: readonly [number, number];
}

function runProgram(program: readonly Instruction[], text: string): readonly [number, number] | null {
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let threads: Thread[] = [];
  let matched: readonly [number, number] | null = null;
  for (let position = 0; position <= characters.length; position += 1) {
    const seen = new Set<number>();
    const ready: Thread[] = [];
    const follow = (first: Thread): void => {
      const stack = [first];
      for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
        if (seen.has(thread.at)) continue;
        seen.add(thread.at);
        const instruction = program[thread.at];
        const next = thread.at + 1;
        if (instruction === undefined) continue;
        if (instruction.op === 'jump') stack.push({ ...thread, at: instruction.to });
        else if (instruction.op === 'split') {
          stack.push({ ...thread, at: instruction.second }, { ...thread, at: instruction.first });
        } else if (instruction.op === 'start') {
          if (position === 0) stack.push({ ...thread, at: next });
        } else if (instruction.op === 'end') {
          if (position === characters.length) stack.push({ ...thread, at: next });
        } else if (instruction.op === 'save') {
          const [from, to] = thread.saved;
          const saved =
            instruction.slot === 2
              ? ([position, to] as const)
              : instruction.slot === 3
                ? ([from, position] as const)
                : thread.saved;
          stack.push({ at: next, saved });
        } else ready.push(thread);
      }
    };
    threads.forEach(follow);
    // The leftmost start wins, so a new attempt begins only while nothing has matched.
    if (matched === null) follow({ at: 0, saved: [-1, -1] });
    const survivors: Thread[] = [];
    for (const thread of ready) {
      const instruction = program[thread.at];
      if (instruction?.op === 'match') {
        matched = thread.saved;
        break;
      }
      const code = characters[position];
      if (instruction?.op !== 'set' || code === undefined) continue;
      const inside = instruction.ranges.some(([low, high]) => code >= low && code <= high);
      if (inside !== instruction.negated) survivors.push({ ...thread, at: thread.at + 1 });
    }
    threads = survivors;
    if (threads.length === 0 && matched !== null) break;
  }
  return matched;
}

/** The outcome of a regular expression. `group` is what its first group matched, null without one. */
export type RegexOutcome =
  | { readonly kind: 'match'; readonly group: string | null; readonly groupCertain: boolean }
  | { readonly kind: 'no-match' }
  | { readonly kind: 'unknown'; readonly reason: string };

const programs = new Map<
  string,
  { readonly program: readonly Instruction[]; readonly ambiguous: boolean } | string
>();
const cacheLimit = 500;

function programOf(
  pattern: string,
): { readonly program: readonly Instruction[]; readonly ambiguous: boolean } | string {
  const known = programs.get(pattern);
  if (known !== undefined) return known;
  const parsed = parseRegex(pattern);
  let result: { readonly program: readonly Instruction[]; readonly ambiguous: boolean } | string;
  if (parsed.kind === 'invalid') result = parsed.message;
  else if (parsed.kind === 'unsupported') result = parsed.reason;
  else {
    try {
      result = { program: compile(parsed.tree), ambiguous: parsed.ambiguous };
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      result = 'it is too large';
    }
  }
  if (programs.size >= cacheLimit) programs.clear();
  programs.set(pattern, result);
  return result;
}

/**
 * Searches `text` for the pattern of a `/regex` token (given without its slash), as the server does: not anchored,
 * letters and digits are ASCII (C collation). Takes time linear in the text. While somebody logs in no database is open
 * yet, so the server knows no encoding and takes each byte for a character: `.{3}` does not stand for "zoë".
 */
export function searchRegex(pattern: string, text: string): RegexOutcome {
  const compiled = programOf(bytesOfText(pattern));
  if (typeof compiled === 'string') return { kind: 'unknown', reason: compiled };
  const bytes = bytesOfText(text);
  const saved = runProgram(compiled.program, bytes);
  if (saved === null) return { kind: 'no-match' };
  const [from, to] = saved;
  const group = from < 0 || to < 0 ? null : textOfBytes(bytes.slice(from, to));
  // Where alternatives or lazy repeats leave a choice, the server prefers the longest and this program the first.
  return { kind: 'match', group, groupCertain: !compiled.ambiguous };
}
