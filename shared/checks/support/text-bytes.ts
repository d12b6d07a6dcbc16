export { bytesOfText, textOfBytes } from '../../lib/text-bytes.ts';
