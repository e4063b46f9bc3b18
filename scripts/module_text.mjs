/**
 * Bytes as text, which `src/kernels/host/module_bytes.ts` reads: a byte below 84 is one character, any other
 * two. The same bytes are always the same characters, so that a page's compressor finds what repeats; base64
 * hides that, and hexadecimal digits take two characters for each.
 *
 * @param {Uint8Array} bytes
 */
export function moduleText(bytes) {
  const symbol = (/** @type {number} */ value) =>
    String.fromCharCode(value + (value < 52 ? 40 : 41));
  return Array.from(bytes, byte =>
    byte < 84 ? symbol(byte) : symbol(84 + Math.floor((byte - 84) / 86)) + symbol((byte - 84) % 86),
  ).join('');
}
