import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { OperationHandler } from '../prepared-step.ts';
import { bytesOnOutput } from '../run-shell.ts';
import { sha256 } from './rewrite.ts';

const account = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/;

/**
 * A whole file: written, replaced or removed. The command that validates runs on the new content in its place (as
 * `sshd -t` reads a folder of snippets) before the one that activates it; when it fails, the old bytes are back at once.
 */
export const fileHandler: OperationHandler<OperationOf<'file'>> = {
  reads: ({ path }) => [{ path, content: false }],
  prepare(operation, preparation) {
    const { path, content, mode, owner, group, previousSha256, validate, activate } = operation;
    const state = preparation.file(path);
    if (state.type === 'folder' || state.type === 'other') throw new ApplyRefused(`${path} is no file.`);
    if (state.sha256 !== previousSha256) {
      throw new ApplyRefused(`${path} is not what it was when inspected.`, 'Inspect the host again.');
    }
    for (const name of [owner, group]) {
      if (!account.test(name)) throw new ApplyRefused(`${name} is no name of an account.`);
    }
    const undo = preparation.undoFile(path);
    const slot = preparation.slot('file', state.realPath);
    const target = quoteShell(state.realPath);
    const spare = preparation.first(`write ${slot}`) ? ` || spare ${slot}` : '';
    const write =
      content === null
        ? [`remove_file ${target}`]
        : [
            `${bytesOnOutput(content)} | write_file ${target} ${sha256(content)} ${owner}:${group} ${mode.toString(8)}`,
          ];
    const check =
      validate === null
        ? []
        : [
            `if ! ( ${validate} ) >"$RUN/validate.out" 2>&1; then`,
            `  put_back ${slot} ${target}; echo "the new ${path.replaceAll(/[^\w./ -]/g, '?')} is not valid:" >&2; cat "$RUN/validate.out" >&2; exit 1`,
            'fi',
          ];
    return {
      undo: [
        undo,
        ...(activate === null
          ? []
          : [{ kind: 'commands' as const, title: `taking ${path} up again`, lines: [activate] }]),
      ],
      server: 'nothing',
      save: [],
      texts: [],
      budgetSeconds: 20,
      async run(tools) {
        await tools.change(
          [
            `expect ${target} ${previousSha256 ?? '-'}${spare}`,
            ...(content === null ? [] : [`own ${slot} ${sha256(content)}`]),
            ...write,
            ...check,
            ...(activate === null ? [] : [`( ${activate} ) >&2`]),
            content === null ? `[ ! -e ${target} ]` : `[ "$(sha ${target})" = ${sha256(content)} ]`,
          ],
          60_000,
        );
        tools.log(
          'file',
          `${state.realPath}: ${content === null ? 'removed' : 'written, read back: the same'}`,
        );
        return content === null ? 'removed' : 'written, read back';
      },
    };
  },
};
