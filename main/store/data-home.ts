import { homedir } from 'node:os';
import path from 'node:path';

/** Where the program keeps its own data unless told otherwise, by each system's custom. */
export function dataHome(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32')
    return path.join(environment.LOCALAPPDATA ?? path.join(homedir(), 'AppData', 'Local'), 'Portcullis');
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support', 'Portcullis');
  return path.join(environment.XDG_DATA_HOME ?? path.join(homedir(), '.local', 'share'), 'portcullis');
}

/** The practice server's folder within the program's own. */
export function practiceHome(home: string): string {
  return path.join(home, 'practice');
}
