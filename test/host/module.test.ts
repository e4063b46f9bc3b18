/** The module works on memory that is not its own: it must not touch any by itself. */
import {MODULE} from '../../src/kernels/host/module.js';
import {moduleBytes} from '../../src/kernels/host/module_bytes.js';

const bytes = moduleBytes(MODULE);
const compiled = new WebAssembly.Module(bytes);

/** The ids of the module's sections, each followed by its size. */
function sections(): number[] {
  const ids: number[] = [];
  let at = 8;
  const size = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    ids.push(bytes[at++]);
    const length = size();
    at += length;
  }
  return ids;
}

test('it is at most 67 kB', () => {
  expect(bytes.length).toBeLessThanOrEqual(67_000);
});

test('it imports a memory and the two copies of tiles', () => {
  const names = WebAssembly.Module.imports(compiled).map(({name}) => name);
  expect(names.sort()).toEqual(['copy_in', 'copy_out', 'memory']);
});

test('it has neither data, nor a start function, nor any custom section', () => {
  const [custom, start, data] = [0, 8, 11];
  const ids = sections();
  expect(ids).not.toContain(custom);
  expect(ids).not.toContain(start);
  expect(ids).not.toContain(data);
});
