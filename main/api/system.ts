import { homedir } from 'node:os';
import { AppError } from '../../shared/contract/errors.ts';
import { profiles } from '../../shared/profiles/registry.ts';
import { findLocalClusters } from '../engine/local-clusters.ts';
import { listAliases } from '../ssh/ssh-config-file.ts';
import type { AppContext, HandlersOf } from './context.ts';

type SystemMethods =
  | 'app.info'
  | 'app.openDocumentation'
  | 'app.copy'
  | 'settings.get'
  | 'settings.set'
  | 'targets.list'
  | 'targets.forget'
  | 'targets.chooseFile'
  | 'targets.localClusters'
  | 'practice.status'
  | 'practice.reset'
  | 'practice.delete'
  | 'profiles.list';

const fileTitles = {
  facts: 'Choose a facts file',
  identity: 'Choose a private key',
  'known-hosts': 'Choose a known_hosts file',
} as const;
const practiceMs = 180_000;

/** What needs no connection: the program itself, settings, known targets, the practice server. */
export function systemHandlers(context: AppContext): HandlersOf<SystemMethods> {
  const { ports, store, practice } = context;
  const status = () => practice.status(AbortSignal.timeout(practiceMs));
  const refuseWhileInUse = (): void => {
    if (context.session?.host?.description.kind === 'practice') {
      throw new AppError('busy', 'The practice server is connected.', 'Disconnect first.');
    }
  };
  return {
    'app.info': async () => ({ version: ports.version, platform: process.platform, home: store.home }),
    'app.openDocumentation': async ({ url }) => {
      await ports.openDocumentation(url);
      return {};
    },
    'app.copy': async ({ text }) => {
      ports.copyText(text);
      return {};
    },
    'settings.get': async () => {
      const settings = await store.settings();
      ports.setTheme(settings.theme);
      return settings;
    },
    'settings.set': async (change) => {
      const settings = await store.changeSettings(change);
      ports.setTheme(settings.theme);
      return settings;
    },
    'targets.list': async () => ({
      known: [...(await store.targets())],
      // A config that cannot be read must not keep the window from starting; connecting will tell.
      aliases: (await listAliases(homedir()).catch(() => [])).map(({ alias, destination, via }) => ({
        alias,
        destination,
        via,
      })),
    }),
    'targets.forget': async ({ key }) => {
      await store.forgetTarget(key);
      return {};
    },
    'targets.chooseFile': async ({ purpose }) => ({
      path: await ports.askForFile({ title: fileTitles[purpose], showHidden: purpose !== 'facts' }),
    }),
    'targets.localClusters': async () => ({ clusters: await findLocalClusters(AbortSignal.timeout(10_000)) }),
    'practice.status': status,
    'practice.reset': async () => {
      refuseWhileInUse();
      await practice.reset(AbortSignal.timeout(practiceMs));
      return status();
    },
    'practice.delete': async () => {
      refuseWhileInUse();
      await practice.delete(AbortSignal.timeout(practiceMs));
      return status();
    },
    'profiles.list': async () => profiles.map(({ id, title, description }) => ({ id, title, description })),
  };
}
