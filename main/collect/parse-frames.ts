import { gunzipSync } from 'node:zlib';
import { absent, collected, denied, failed } from '../../shared/facts/fact.ts';
import type { Fact } from '../../shared/facts/fact.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Frame, ProbeAccount, ShellValue } from './define-collector.ts';

const maximumUnpackedBytes = 128 * 1024 * 1024;

/** The output of a script, by probe name: the probe's own frame first, then those that it printed by itself. */
export type FramesByProbe = ReadonlyMap<string, readonly Frame[]>;

/**
 * Takes the frames out of a script's output. Noise before the first mark (a login banner on stdout) is dropped. A
 * probe that was interrupted has the exit code -1. Null when there is no mark at all: then no script ran.
 */
export function parseFrames(output: Buffer, boundary: string): FramesByProbe | null {
  const start = output.indexOf(`${boundary} `);
  const lineEnd = start < 0 ? -1 : output.indexOf(10, start);
  if (lineEnd < 0) return null;
  const form = output.toString('latin1', start + boundary.length + 1, lineEnd);
  return parsePlainFrames(
    form === 'gzip' ? unpack(output.subarray(lineEnd + 1)) : output.subarray(lineEnd),
    boundary,
  );
}

/** The same for output that was not compressed, from its first frame on. */
export function parsePlainFrames(output: Buffer, boundary: string): FramesByProbe {
  const frames = new Map<string, Frame[]>();
  const mark = Buffer.from(`\n${boundary} `);
  let open: { name: string; label: string; bytes: Buffer } | null = null;
  const outer: { name: string; label: string; bytes: Buffer }[] = [];
  const add = (name: string, frame: Frame) => {
    const list = frames.get(name) ?? [];
    list.push(frame);
    frames.set(name, list);
  };
  for (let at = output.indexOf(mark); at >= 0;) {
    const next = output.indexOf(mark, at + mark.length);
    const segment = output.subarray(at + mark.length, next < 0 ? output.length : next);
    const newline = segment.indexOf(10);
    const head = segment.toString('latin1', 0, newline < 0 ? segment.length : newline);
    if (head.startsWith('+ ')) {
      if (open !== null) outer.push(open);
      const tab = head.slice(2).search(/[\t ]/) < 0 ? -1 : head.slice(2).search(/[\t ]/) + 2;
      open = {
        name: tab < 0 ? head.slice(2) : head.slice(2, tab),
        label: tab < 0 ? '' : Buffer.from(head.slice(tab + 1), 'latin1').toString('utf8'),
        bytes: newline < 0 ? Buffer.alloc(0) : segment.subarray(newline + 1),
      };
    } else if (head.startsWith('- ') && open !== null) {
      add(open.name, { label: open.label, bytes: open.bytes, truncated: false, ...trailer(segment) });
      open = outer.pop() ?? null;
    }
    at = next;
  }
  for (const frame of open === null ? outer : [...outer, open])
    add(frame.name, {
      label: frame.label,
      bytes: frame.bytes,
      exitCode: -1,
      stderr: 'interrupted',
      truncated: true,
    });
  return frames;
}

/** The output of one probe as a fact: what a refusal, a missing subject, a time limit or a byte limit means. */
export function shellFact(
  frames: readonly Frame[] | undefined,
  expected: { readonly as: ProbeAccount; readonly capBytes: number; readonly seconds: number },
  rights: { readonly root: boolean; readonly whyNotRoot: string },
): Fact<ShellValue> {
  const own = frames?.find((frame) => frame.label === '');
  if (own === undefined) return failed('the script ended before it came to this');
  const privileged = expected.as === 'login' || rights.root;
  const needsRoot = denied(`needs root: ${rights.whyNotRoot}`);
  const reason = firstLine(own.stderr);
  if (own.exitCode === 77) return needsRoot;
  if (own.exitCode === 78) return absent(reason === '' ? 'it does not exist on this host' : reason);
  if (own.exitCode === 124 || own.exitCode === 137)
    return failed(`no answer within ${expected.seconds} seconds`);
  if (own.exitCode === -1) return failed('interrupted');
  if (!privileged && own.exitCode !== 0 && /permission denied|not permitted|must be root/i.test(own.stderr))
    return needsRoot;
  const truncated = own.bytes.length > expected.capBytes;
  const bytes = truncated ? own.bytes.subarray(0, expected.capBytes) : own.bytes;
  return collected({
    exitCode: own.exitCode,
    text: bytes.toString('utf8'),
    bytes,
    stderr: reason,
    truncated,
    frames: (frames ?? []).filter((frame) => frame.label !== ''),
    privileged,
  });
}

/** The trailer: standard error, then the exit code on the last line. */
function trailer(segment: Buffer): { exitCode: number; stderr: string } {
  const text = segment.toString('utf8').slice(2).trimEnd();
  const lastLine = text.lastIndexOf('\n');
  const code = text.slice(lastLine + 1);
  return {
    // Without a code (what the probe left behind held its output open) nobody knows how it ended.
    exitCode: /^\d{1,3}$/.test(code) ? Number(code) : -1,
    stderr: lastLine < 0 ? '' : text.slice(0, lastLine),
  };
}

function firstLine(text: string): string {
  return printable(text.trim().split('\n')[0] ?? '').slice(0, 300);
}

function unpack(bytes: Buffer): Buffer {
  return gunzipSync(bytes, { maxOutputLength: maximumUnpackedBytes, finishFlush: 2 });
}
