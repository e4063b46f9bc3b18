const SYMBOLS = 86;
const SINGLE = 83;
const LOW = 72;

/**
 * Bytes as text, which `src/kernels/host/module_bytes.ts` reads: a byte below 72, or one of the commonest others, is
 * one character, any other two. The text begins with these others. The same bytes are always the same characters,
 * so that a page's compressor finds what repeats; base64 hides that.
 *
 * @param {Uint8Array} bytes
 */
export function moduleText(bytes) {
  const counts = Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const high = [...counts.keys()].slice(LOW).sort((a, b) => counts[b] - counts[a]);
  const common = high.slice(0, SINGLE - LOW);

  const symbol = (/** @type {number} */ value) =>
    String.fromCharCode(value + (value < 52 ? 40 : 41));
  const pair = (/** @type {number} */ byte) =>
    symbol(SINGLE + Math.floor(byte / SYMBOLS)) + symbol(byte % SYMBOLS);
  const texts = [...counts.keys()].map(byte => (byte < LOW ? symbol(byte) : pair(byte)));
  common.forEach((byte, i) => (texts[byte] = symbol(LOW + i)));
  return [...common.map(pair), ...Array.from(bytes, byte => texts[byte])].join('');
}
