import { createRequire } from 'node:module';
import { DebugLogger } from 'builder-util';
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { describe, expect, it } from 'vitest';
import { projectFolder, readProjectFile, trackedTextFiles } from './tracked-files.ts';

const require = createRequire(import.meta.url);

describe('the packaged program', () => {
  it('is described in a way that electron-builder takes', async () => {
    const config = await getConfig(projectFolder, 'electron-builder.yml', null);
    await expect(validateConfiguration(config, new DebugLogger(false))).resolves.toBeUndefined();
    const broken = { ...config, asarr: true };
    await expect(validateConfiguration(broken, new DebugLogger(false))).rejects.toThrow('asarr');
  });

  it('has every door of the run-time shut', async () => {
    const config = await getConfig(projectFolder, 'electron-builder.yml', null);
    expect(config.asar).toBe(true);
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('is for the three systems', async () => {
    const config = await getConfig(projectFolder, 'electron-builder.yml', null);
    expect(config.linux?.target).toEqual(['AppImage', 'deb', 'rpm', 'tar.gz']);
    expect(config.win?.target).toEqual(['nsis']);
    expect(config.mac).toMatchObject({ target: ['dmg'] });
  });

  it('ships a current Electron', () => {
    const { version } = require('electron/package.json') as { readonly version: string };
    expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(45);
  });
});

describe('Electron', () => {
  it('makes pages with the shielded preferences only', () => {
    const makers = trackedTextFiles()
      .filter((path) => path.startsWith('main/'))
      .filter((path) => /new (BrowserWindow|WebContentsView|BrowserView)\(/.test(readProjectFile(path)));
    expect(makers).toEqual(['main/electron/print-pdf.ts', 'main/electron/window.ts']);
    for (const path of makers) {
      const preferences = /webPreferences: \{([^}]*)\}/.exec(readProjectFile(path))?.[1] ?? '';
      expect(preferences).toContain('...webPreferences');
      expect(preferences).not.toMatch(/sandbox|contextIsolation|nodeIntegration|webSecurity|webviewTag/);
    }
  });

  it('hands the page no more than the contract', () => {
    const preload = readProjectFile('main/preload/index.ts');
    expect(preload.match(/exposeInMainWorld/g)).toHaveLength(1);
    expect(preload).not.toMatch(/ipcRenderer\.(send|sendSync|postMessage)\(/);
  });
});
