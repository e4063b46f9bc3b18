/** Characters from `(` to `~` without the backslash, which a string would have to escape. */
const SYMBOLS = 86;
/** The last three symbols begin a byte of two. */
const SINGLE = 83;
/** Each symbol below stands for the byte of its own value, */
const LOW = 72;

/** The bytes of a module that `scripts/module_text.mjs` wrote as text. */
export function moduleBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = [...Array(LOW).keys()];
  for (let at = 0; at < text.length; at++) {
    const symbol = symbolAt(text, at);
    // and the single ones beyond for those that the text begins with.
    bytes.push(
      symbol < SINGLE ? bytes[symbol] : (symbol - SINGLE) * SYMBOLS + symbolAt(text, ++at),
    );
  }
  return Uint8Array.from(bytes.slice(SINGLE));
}

function symbolAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code - (code > 92 ? 41 : 40);
}
