import path from 'node:path';
import { z } from 'zod';
import {
  knownTargetSchema,
  settingsSchema,
  type KnownTarget,
  type Settings,
} from '../../shared/contract/values.ts';
import { waiverSchema, type Waiver } from '../../shared/findings/finding.ts';
import { JsonFile } from './json-file.ts';

export const defaultSettings: Settings = {
  theme: 'system',
  mode: 'guided',
  settingsVia: 'alter-system',
  editManaged: false,
  confirmWithinSeconds: 180,
  profile: 'baseline',
  keepRuns: 50,
  keepDays: 365,
};

const keptTargets = 20;

/** The program's own data on this machine: settings, known targets, waivers. Nothing in it is secret. */
export interface Store {
  readonly home: string;
  settings(): Promise<Settings>;
  changeSettings(change: Partial<Settings>): Promise<Settings>;
  targets(): Promise<readonly KnownTarget[]>;
  /** Puts it first and forgets the oldest above twenty. */
  rememberTarget(target: KnownTarget): Promise<void>;
  forgetTarget(key: string): Promise<void>;
  waivers(targetKey: string): Promise<readonly Waiver[]>;
  /** Replaces the waiver of the same check. */
  setWaiver(targetKey: string, waiver: Waiver): Promise<void>;
  removeWaiver(targetKey: string, check: string): Promise<void>;
}

/** Opens the store in a folder, which is made when something is first written. */
export function openStore(home: string): Store {
  const settingsFile = new JsonFile(path.join(home, 'settings.json'), settingsSchema, defaultSettings);
  const targetsFile = new JsonFile<readonly KnownTarget[]>(
    path.join(home, 'targets.json'),
    z.array(knownTargetSchema),
    [],
  );
  // A target's key can hold any character; in a file's name it is percent-encoded.
  const waiversFile = (key: string): JsonFile<readonly Waiver[]> =>
    new JsonFile<readonly Waiver[]>(
      path.join(home, 'waivers', `${encodeURIComponent(key)}.json`),
      z.array(waiverSchema),
      [],
    );
  return {
    home,
    settings: () => settingsFile.read(),
    async changeSettings(change) {
      const settings = { ...(await settingsFile.read()), ...change };
      await settingsFile.write(settings);
      return settings;
    },
    targets: () => targetsFile.read(),
    async rememberTarget(target) {
      const others = (await targetsFile.read()).filter(({ key }) => key !== target.key);
      await targetsFile.write([target, ...others].slice(0, keptTargets));
    },
    async forgetTarget(key) {
      await targetsFile.write((await targetsFile.read()).filter((target) => target.key !== key));
    },
    waivers: (key) => waiversFile(key).read(),
    async setWaiver(key, waiver) {
      const file = waiversFile(key);
      const others = (await file.read()).filter(({ check }) => check !== waiver.check);
      await file.write([...others, waiver]);
    },
    async removeWaiver(key, check) {
      const file = waiversFile(key);
      await file.write((await file.read()).filter((waiver) => waiver.check !== check));
    },
  };
}
