// A process of its own for applyAndWait: node 20 runs no TypeScript by itself, so Vite loads it.
import { createServer } from 'vite';

const [address, key, home] = process.argv.slice(2);
const server = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
const { applyAndWait } = await server.ssrLoadModule('/test/integration/apply/child.ts');
await applyAndWait({ address, key }, home);
await server.close();
