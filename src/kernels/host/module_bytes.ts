/** Characters from `(` to `~` without the backslash, which a string would have to escape. */
const SYMBOLS = 86;
/** The last two symbols begin a byte of two. */
const SINGLE = 84;

/** The bytes of a module that `scripts/module_text.mjs` wrote as text. */
export function moduleBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const symbol = symbolAt(text, at);
    bytes.push(
      symbol < SINGLE ? symbol : SINGLE + (symbol - SINGLE) * SYMBOLS + symbolAt(text, ++at),
    );
  }
  return Uint8Array.from(bytes);
}

function symbolAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code - (code > 92 ? 41 : 40);
}
