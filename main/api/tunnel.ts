import { AppError } from '../../shared/contract/errors.ts';
import type { Target } from '../../shared/contract/target.ts';
import type { FactSet } from '../../shared/facts/facts.ts';
import { plainAccountName } from '../../shared/access/tunnel.ts';
import { guideFor, testTunnel } from '../engine/tunnel.ts';
import type { Host } from '../host/host.ts';
import { inLane, needSession, type AppContext, type HandlersOf } from './context.ts';

interface Ground {
  readonly target: Extract<Target, { kind: 'ssh' }>;
  readonly host: Host;
  readonly facts: FactSet;
}

/** What clients of a tunnel through SSH write, and a try of it from this machine. */
export function tunnelHandlers(
  context: AppContext,
): HandlersOf<'tunnel.guide' | 'tunnel.test' | 'tunnel.cancel'> {
  const ground = (): Ground | string => {
    const { host, facts } = needSession(context);
    const target = context.connection?.target;
    if (host === null || target?.kind !== 'ssh')
      return 'There is a tunnel only to a host that is reached over SSH.';
    return facts === null ? 'The target was not inspected yet.' : { target, host, facts: facts.facts };
  };
  return {
    'tunnel.guide': async ({ account, identityFile }) => {
      const found = ground();
      if (typeof found === 'string') return { ok: false, reason: found };
      const { target, host, facts } = found;
      const guide = guideFor(target, host, facts, account, identityFile);
      return {
        ok: true,
        login: host.description.loginUser,
        guide: { ...guide, clients: [...guide.clients] },
      };
    },
    'tunnel.test': async ({ account, identityFile, role, database }) => {
      const found = ground();
      if (typeof found === 'string')
        throw new AppError('refused', found, 'Connect over SSH and inspect first.');
      if (account !== null && !plainAccountName(account))
        throw new AppError(
          'invalid-input',
          `"${account}" is no name of an account.`,
          'Write it as in useradd.',
        );
      const { target, host, facts } = found;
      return inLane(context, 'tunnel', (signal) =>
        testTunnel(
          host,
          facts,
          {
            target,
            as: account === null ? null : { account, identityFile },
            role,
            database,
            prompter: context.desk,
          },
          signal,
        ),
      );
    },
    'tunnel.cancel': async () => {
      context.busy.get('tunnel')?.abort();
      return {};
    },
  };
}
