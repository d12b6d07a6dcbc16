import { safeStorage } from 'electron';

/** What the key ring offers; both Electron's newer, asynchronous interface and its older one are met. */
interface AsyncSafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(encrypted: Buffer): Promise<{ readonly result: string }>;
}

function hasAsyncInterface(storage: object): storage is AsyncSafeStorage {
  return (
    'encryptStringAsync' in storage &&
    'decryptStringAsync' in storage &&
    'isAsyncEncryptionAvailable' in storage
  );
}

/** Encrypts with a key that the operating system's key ring keeps. */
export interface SecretStorage {
  /** False where there is no key ring: nothing secret may be stored then. */
  isAvailable(): Promise<boolean>;
  encrypt(text: string): Promise<Uint8Array>;
  decrypt(encrypted: Uint8Array): Promise<string>;
}

export const secretStorage: SecretStorage = {
  async isAvailable() {
    // Without a key ring Chromium would encrypt with a password that is printed in its source.
    if (
      process.platform === 'linux' &&
      ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())
    ) {
      return false;
    }
    return hasAsyncInterface(safeStorage)
      ? safeStorage.isAsyncEncryptionAvailable()
      : (safeStorage as Electron.SafeStorage).isEncryptionAvailable();
  },
  async encrypt(text) {
    return hasAsyncInterface(safeStorage)
      ? safeStorage.encryptStringAsync(text)
      : (safeStorage as Electron.SafeStorage).encryptString(text);
  },
  async decrypt(encrypted) {
    const bytes = Buffer.from(encrypted);
    if (!hasAsyncInterface(safeStorage)) return (safeStorage as Electron.SafeStorage).decryptString(bytes);
    return (await safeStorage.decryptStringAsync(bytes)).result;
  },
};
