import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { OperationHandler } from '../prepared-step.ts';

const account = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/;

/** Mode, owner and group of a file or folder. Undone as such: what the file holds by then is none of its business. */
export const fileModeHandler: OperationHandler<OperationOf<'file-mode'>> = {
  reads: ({ path }) => [{ path, content: false }],
  prepare(operation, preparation) {
    const { path, mode, owner, group, previous } = operation;
    const state = preparation.file(path);
    if (state.type === 'absent') throw new ApplyRefused(`${path} does not exist.`, 'Inspect the host again.');
    if (mode !== null && state.mode !== previous.mode && preparation.first(`mode ${state.realPath}`)) {
      throw new ApplyRefused(
        `The mode of ${path} is ${state.mode.toString(8)} by now, not ${previous.mode.toString(8)}.`,
        'Inspect the host again.',
      );
    }
    for (const name of [owner, group]) {
      if (name !== null && !account.test(name)) throw new ApplyRefused(`${name} is no name of an account.`);
    }
    const target = quoteShell(state.realPath);
    const octal = mode === null ? null : mode.toString(8);
    const ownership =
      owner === null && group === null ? null : `${owner ?? ''}${group === null ? '' : `:${group}`}`;
    const slot = preparation.slot('rights', state.realPath);
    const spare = preparation.first(`write ${slot}`)
      ? ` || { [ -e "$RUN/given/${slot}" ] || spare r${slot}; exit 1; }`
      : '';
    const wanted = [owner, group, octal].filter((part) => part !== null).join(' ');
    const pattern = [owner, group, octal]
      .map((part) => part ?? '*')
      .join(' ')
      .replaceAll(/[^* ]+/g, quoteShell)
      .replaceAll(' ', "' '");
    return {
      undo: [{ kind: 'rights', slot, path: state.realPath }],
      server: 'nothing',
      save: [],
      texts: [],
      budgetSeconds: 3,
      async run(tools) {
        await tools.change([
          `now=$(change_rights ${slot} ${target} '${ownership ?? ''}' '${octal ?? ''}')${spare}`,
          `case $now in ${pattern}) ;; *) echo "it is $now by now, not ${wanted}" >&2; exit 1 ;; esac`,
        ]);
        tools.log('file', `${state.realPath}: ${wanted}`);
        return `${wanted}, read back`;
      },
    };
  },
};
