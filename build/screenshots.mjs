/** `npm run screenshots`: walks through the real window with the practice server and pictures it (docs/screenshots). */
import { runMain, setUp } from './setup.mjs';
import { runTypeScript } from './set-up/typescript.mjs';
import { onVirtualScreen } from './set-up/virtual-screen.mjs';

await runMain(async () => {
  const { electron } = await setUp({ needs: 'test' });
  process.env.PORTCULLIS_ELECTRON = electron.executable;
  process.env.ELECTRON_OVERRIDE_DIST_PATH = electron.folder;
  const ended = onVirtualScreen('build/screenshots.mjs');
  if (ended !== undefined) return ended;
  const { takeScreenshots } = await runTypeScript('test/screenshots/take.ts');
  await takeScreenshots();
  return 0;
});
