import { childMain } from './engine.ts';
import type { ChildOrder } from './engine.ts';

const order = await new Promise<ChildOrder>((resolve) => {
  let text = '';
  const read = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
    if (!text.includes('\n')) return;
    process.stdin.off('data', read);
    resolve(JSON.parse(text) as ChildOrder);
  };
  process.stdin.on('data', read);
});
await childMain(order);
