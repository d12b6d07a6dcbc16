import { childMain } from './engine.ts';
import type { ChildOrder } from './engine.ts';

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
await childMain(JSON.parse(Buffer.concat(chunks).toString('utf8')) as ChildOrder);
